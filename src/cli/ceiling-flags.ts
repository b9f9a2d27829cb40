import { kebabCase } from '../core/kebab-case.ts';
import { type Budget, ceilingKeys } from '../domain/budget.ts';
import { type Flag, type OptionsOf, value } from './command-line.ts';
import { parseCountFrom, parseTimeLimit, parseUsd } from './option-values.ts';

/** The ceiling on time is given in any unit, so its option's name has none. */
type CeilingOption = Exclude<keyof Budget, 'maxSeconds'> | 'maxTime';

/** `--max-…` for every ceiling. None is 0, which would leave nothing to do, but that on dollars: models may be free. */
export const ceilingFlags = {
  maxEvaluations: value(
    '<n>',
    'configurations (default: 200, unless another ceiling is given)',
    parseCountFrom(1),
  ),
  maxCalls: value('<n>', 'model calls', parseCountFrom(1)),
  maxTokens: value('<n>', 'input and output tokens together, e.g. 2M', parseCountFrom(1)),
  maxTokensIn: value('<n>', 'input tokens', parseCountFrom(1)),
  maxTokensOut: value('<n>', 'output tokens', parseCountFrom(1)),
  maxUsd: value('<x>', 'US dollars', parseUsd),
  maxTime: value(
    '<time>',
    'time, e.g. 8h, 90m or 30s (simulated time with simulated models)',
    parseTimeLimit,
  ),
} satisfies Readonly<Record<CeilingOption, Flag<number>>>;

const { maxEvaluations: _evaluations, ...ofCalls } = ceilingFlags;
/** Those on what calls cost and take; for commands that evaluate given configs. */
export const callCeilingFlags = ofCalls;

type CeilingOptions = Partial<OptionsOf<typeof ceilingFlags>>;

/** The ceilings that the command line sets. */
export function budgetOf(options: CeilingOptions): Budget {
  const given = ceilingKeys.map((key) => [key, options[nameOfCeiling(key)]] as const);
  return Object.fromEntries(given.filter(([, limit]) => limit !== undefined));
}

/** `--max-usd`: the option that sets a ceiling. */
export function optionOfCeiling(key: keyof Budget): string {
  return `--${kebabCase(nameOfCeiling(key))}`;
}

function nameOfCeiling(key: keyof Budget): CeilingOption {
  return key === 'maxSeconds' ? 'maxTime' : key;
}
