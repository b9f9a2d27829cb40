import type { InputError } from '../core/errors.ts';
import { keysOf } from '../core/records.ts';
import { err, ok, type Result, unwrap } from '../core/result.ts';
import { unknownName } from '../core/unknown-name.ts';
import { auto } from './auto.ts';
import { bandit } from './bandit/bandit-strategy.ts';
import { evolution } from './evolution.ts';
import { random } from './random-strategy.ts';
import type { Strategy, StrategyContext } from './strategy.ts';
import type { StrategyRecord } from './strategy-record.ts';
import { withHopefulBaselines } from './with-baselines.ts';

const strategies = { auto, bandit, evolution, random } as const satisfies Record<string, StrategyRecord>;

export type StrategyName = keyof typeof strategies;
export const strategyNames = keysOf(strategies);

/** Checks a strategy's name. @param source where it was given, for the error: `--strategy`, or a file and the path in it. */
export function parseStrategyName(
  name: string,
  source = '--strategy',
  path = '',
): Result<StrategyName, InputError> {
  const known = strategyNames.find((candidate) => candidate === name);
  if (known !== undefined) return ok(known);
  return err(unknownName(source, `one of ${strategyNames.join(', ')}`, name, strategyNames, { path }));
}

/** A strategy that begins with the baselines, and its schedule. Throws {@link InputError} for an unknown name. */
export function strategyRecord(name: string): StrategyRecord {
  const record: StrategyRecord = strategies[unwrap(parseStrategyName(name))];
  return { ...record, create: (context) => withHopefulBaselines(record.create, context) };
}

/** The strategy of that name, beginning with the baselines. Throws {@link InputError} for an unknown name. */
export function createStrategy(name: string, context: StrategyContext): Strategy {
  return strategyRecord(name).create(context);
}
