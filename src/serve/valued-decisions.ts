import { statSync } from 'node:fs';
import Database from 'libsql';
import { z } from 'zod';
import type { ValuedDecision } from '../adapt/off-policy.ts';
import { InputError, messageOf } from '../core/errors.ts';

const numbers = z.array(z.number());
const decisionSchema = z
  .object({
    features: numbers,
    arms: z.array(z.string()).min(1),
    priors: z.array(z.object({ mean: z.number(), variance: z.number() })),
    propensities: z.array(z.number().min(0).max(1)),
    expected: numbers,
    champion: z.int().min(0),
    chosen: z.int().min(0),
  })
  .refine(
    ({ arms, propensities, expected, champion, chosen }) =>
      [propensities.length, expected.length].every((length) => length === arms.length) &&
      champion < arms.length &&
      (propensities[chosen] ?? 0) > 0,
    'chances and expectations of every arm, and one that had a chance chosen',
  );

/**
 * Decisions of a server's state that somebody valued, each with the mean of what its sources said; also while a
 * server uses it. A log may be somebody else's, so all of it is checked.
 * @throws InputError
 */
export function readValuedDecisions(file: string): ValuedDecision[] {
  const rows = read(file);
  return rows.map(({ request, body, value }) => {
    const parsed = decisionSchema.safeParse(parsedJson(body));
    if (parsed.success && value >= 0 && value <= 1) return { decision: parsed.data, value };
    const found = parsed.success
      ? `the value ${value}`
      : `a fault at "${parsed.error.issues[0]?.path.join('.') ?? ''}": ${parsed.error.issues[0]?.message}`;
    throw new InputError(file, {
      path: `decision ${request}`,
      expected: 'a decision with its chances',
      found,
    });
  });
}

interface Row {
  readonly request: string;
  readonly body: string;
  readonly value: number;
}

function read(file: string): Row[] {
  const expected = "a server's state that --adapt has written (serve.sqlite)";
  try {
    if (!statSync(file).isFile()) throw new Error('no file');
    const database = new Database(file, { readonly: true });
    try {
      return database
        .prepare(
          'SELECT request, body, value FROM adapt_decisions JOIN (SELECT request, AVG(value) AS value FROM feedback GROUP BY request) USING (request) ORDER BY number',
        )
        .all() as Row[];
    } finally {
      database.close();
    }
  } catch (error) {
    throw new InputError(file, { path: '', expected, found: messageOf(error) });
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
