import { InputError } from '../../../core/errors.ts';
import type { Bounds } from '../../../domain/bounds.ts';
import { type Budget, ceilingsOf } from '../../../domain/budget.ts';
import type { ObjectiveName } from '../../../domain/objective.ts';
import { formatCount, formatUsd } from '../../../report/format.ts';
import type { SearchSpace } from '../../../search/space.ts';
import type { PlannedJob } from '../jobs/job.ts';
import type { ModelStack } from './model-stack.ts';

/** A dollar ceiling holds only where every model has a price. @param given the ceiling's option */
export function refuseUnpriced(
  maxUsd: number | undefined,
  models: readonly string[],
  card: ModelStack['card'],
  bounds: Bounds = {},
  given = '--max-usd',
): void {
  if (maxUsd === undefined && bounds.usd === undefined) return;
  const unpriced = models.filter((name) => (card(name)?.price ?? null) === null);
  if (unpriced.length === 0) return;
  const [option, expected] =
    maxUsd === undefined
      ? ['--bound', 'models whose prices are known (--prices), or a bound on tokens or latency']
      : [given, 'models whose prices are known (--prices), or another ceiling (--max-tokens, --max-calls)'];
  throw new InputError(option, { expected, found: `no price for ${unpriced.join(', ')}` });
}

/** From this share of the ceiling on, what one answer may cost can end a run long before the ceiling is spent. */
const dearShare = 0.1;

/**
 * Holds a job's ceiling on dollars against the prices of its models.
 * @returns what to know of it before the job starts
 * @throws InputError where a price is unknown, one answer may cost more than the ceiling, or nothing costs anything and
 *   no other ceiling would end the job
 */
export function checkDollars(
  { settings, space }: Pick<PlannedJob, 'settings' | 'space'>,
  models: readonly string[],
  card: ModelStack['card'],
): string[] {
  const { budget, bounds, objectives } = settings;
  refuseUnpriced(budget.maxUsd, models, card, bounds);
  return [
    freeNote(budget, models, card),
    dearNote(budget.maxUsd, space, card),
    budget.maxUsd === undefined ? undefined : unlikePricesNote(objectives, space, card),
  ].filter((note) => note !== undefined);
}

/** Prices that differ by more than this make tokens a poor measure of dollars. */
const unlikePrices = 3;

/** Where tokens are an objective, dollars are none, and a token of one model costs many times another's. */
function unlikePricesNote(
  objectives: readonly ObjectiveName[],
  { models }: Pick<SearchSpace, 'models'>,
  card: ModelStack['card'],
): string | undefined {
  if (objectives.includes('usd') || !objectives.includes('tokens')) return undefined;
  const priced = models
    .map((name) => ({ name, usd: card(name)?.price?.outputPerMillion ?? 0 }))
    .filter(({ usd }) => usd > 0)
    .sort((a, b) => b.usd - a.usd);
  const [dearest, cheapest] = [priced[0], priced.at(-1)];
  if (dearest === undefined || cheapest === undefined) return undefined;
  const times = dearest.usd / cheapest.usd;
  if (times <= unlikePrices) return undefined;
  const instead = objectives.map((name) => (name === 'tokens' ? 'usd' : name)).join(',');
  return `A token that ${dearest.name} writes costs ${Number(times.toPrecision(2))} times one of ${cheapest.name}, and the front counts tokens: --objectives ${instead} counts dollars`;
}

/** No ceiling on dollars ends what costs none. */
function freeNote(budget: Budget, models: readonly string[], card: ModelStack['card']): string | undefined {
  const free = models.filter((name) => {
    const price = card(name)?.price;
    return price?.inputPerMillion === 0 && price.outputPerMillion === 0;
  });
  if (budget.maxUsd === undefined || free.length === 0) return undefined;
  const found = `a price of 0 for ${free.join(', ')}`;
  if (free.length < models.length) return `--max-usd binds other models alone: ${found}`;
  if (ceilingsOf(budget).length > 1) return `--max-usd binds nothing: ${found}`;
  throw new InputError('--max-usd', {
    expected:
      'another ceiling beside it (--max-calls, --max-tokens, --max-time), since dollars end no job of these models',
    found,
  });
}

/**
 * A model of which one answer may cost more than all that may be spent would never be asked, and a search that comes to
 * it would end there.
 *
 * @returns what to tell where one answer may cost so much of the ceiling that a part of it cannot be spent
 */
function dearNote(
  maxUsd: number | undefined,
  { models, maxTokens }: Pick<SearchSpace, 'models' | 'maxTokens'>,
  card: ModelStack['card'],
): string | undefined {
  if (maxUsd === undefined) return undefined;
  const costs = models.map((name) => {
    return { name, usd: ((card(name)?.price?.outputPerMillion ?? 0) * maxTokens) / 1e6 };
  });
  const dear = costs.filter(({ usd }) => usd >= dearShare * maxUsd).sort((a, b) => b.usd - a.usd);
  const [most] = dear;
  if (most === undefined) return undefined;
  const named = (costly: typeof dear): string =>
    costly.map(({ name, usd }) => `${name} (${formatUsd(usd)})`).join(', ');
  if (most.usd <= maxUsd)
    return `What one answer may cost (${formatCount(maxTokens)} tokens, the space's maxTokens) is set aside before it is asked for, and is much of ${formatUsd(maxUsd)}: ${named(dear)}. Such a model is asked no more once less than that is left; a space with a smaller maxTokens leaves more room`;
  throw new InputError('--max-usd', {
    expected: `more than one answer of each model may cost (${formatUsd(most.usd)} for ${formatCount(maxTokens)} tokens, the space's maxTokens), or other --models`,
    found: `${formatUsd(maxUsd)}, too little for one answer of ${named(dear.filter(({ usd }) => usd > maxUsd))}`,
  });
}
