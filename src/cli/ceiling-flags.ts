import { type Budget, ceilingKeys } from '../domain/budget.ts';
import { type Flag, type OptionsOf, value } from './command-line.ts';
import { parseCount, parseCountFrom, parseDuration, parseUsd } from './option-values.ts';

/** The ceiling on time is given in any unit, so its option's name has none. */
type CeilingOption = Exclude<keyof Budget, 'maxSeconds'> | 'maxTime';

/** `--max-…` for every ceiling. */
export const ceilingFlags = {
  maxEvaluations: value(
    '<n>',
    'configurations (default: 200, unless another ceiling is given)',
    parseCountFrom(1),
  ),
  maxCalls: value('<n>', 'model calls', parseCount),
  maxTokens: value('<n>', 'input and output tokens together, e.g. 2M', parseCount),
  maxTokensIn: value('<n>', 'input tokens', parseCount),
  maxTokensOut: value('<n>', 'output tokens', parseCount),
  maxUsd: value('<x>', 'US dollars', parseUsd),
  maxTime: value('<time>', 'time, e.g. 8h, 90m or 30s (simulated time with simulated models)', parseDuration),
} satisfies Readonly<Record<CeilingOption, Flag<number>>>;

const { maxEvaluations: _evaluations, ...ofCalls } = ceilingFlags;
/** Those on what calls cost and take; for commands that evaluate given configs. */
export const callCeilingFlags = ofCalls;

type CeilingOptions = Partial<OptionsOf<typeof ceilingFlags>>;

/** The ceilings that the command line sets. */
export function budgetOf(options: CeilingOptions): Budget {
  const given = ceilingKeys.map((key) => [key, options[key === 'maxSeconds' ? 'maxTime' : key]] as const);
  return Object.fromEntries(given.filter(([, limit]) => limit !== undefined));
}
