import { statSync } from 'node:fs';
import Database from 'libsql';
import type { ValuedDecision } from '../adapt/off-policy.ts';
import { InputError, messageOf } from '../core/errors.ts';
import { parsedJson } from '../core/json.ts';
import { adaptDecisionSchema } from './adapt-schemas.ts';
import { refuseForeignState } from './store.ts';

/**
 * Decisions of a server's state that somebody valued, each with the mean of what its sources said; also while a
 * server uses it. A log may be somebody else's, so all of it is checked.
 * @throws InputError
 */
export function readValuedDecisions(file: string): ValuedDecision[] {
  const rows = read(file);
  return rows.map(({ request, body, value }) => {
    const parsed = adaptDecisionSchema.safeParse(parsedJson(body));
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
      refuseForeignState(database, file);
      return database
        .prepare(
          'SELECT request, body, value FROM adapt_decisions JOIN (SELECT request, AVG(value) AS value FROM feedback GROUP BY request) USING (request) ORDER BY number',
        )
        .all() as Row[];
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(file, { expected, found: messageOf(error) });
  }
}
