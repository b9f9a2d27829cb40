import { type Difference, pairedDifference } from '../core/paired-difference.ts';
import { meanInterval, unitRange } from '../core/statistics.ts';
import { samplesOf } from './agent.ts';
import { comparisonLevel, firstByTuning, type MeasuredCell, type MeasuredConfig } from './best.ts';
import type { ConfigId, MoaConfig } from './moa-config.ts';
import type { Estimate, ObjectiveName } from './objective.ts';
import { roundsOf, seatsOf } from './stages/simple-stages.ts';
import { passesOf, simpleStages } from './stages/stages.ts';

/** Configs that are measured at the end only, to compare the best mixture with: their trials' operator. */
export const equalSpend = 'equal-spend';

/** Operator of trials of systems that the user brought along: measured as they are, in the search's space or not. */
export const ownSystem = 'own-system';

/** What a run has to say of mixing, in the order in which it says it. */
export const headlineKinds = [
  /** The best single model, asked once with the space's first prompt. */
  'single',
  /** The best of the systems that the user brought along. */
  'own',
  /** The best config that asks one model once: its prompt and its temperature tuned. */
  'tuned-single',
  /** The best config that the search found among those with more than one call. */
  'mixture',
  /** A majority vote over several answers of the tuned single model, for about what the mixture spends. */
  'vote',
  /** The best of several answers of the tuned single model, picked by itself, for about the same. */
  'best-of',
] as const;
export type HeadlineKind = (typeof headlineKinds)[number];

export interface HeadlineLine {
  readonly kind: HeadlineKind;
  readonly id: ConfigId;
  /** Mean score on the cells that all lines have, with its 95% interval; unknown where it was not measured there. */
  readonly score: Estimate;
  /** Tokens per question on tuning cells. */
  readonly tokens: number | null;
  /** How much more it scores than others, paired by question, with intervals at the run's {@link comparisonLevel}. */
  readonly over: readonly (Pick<Difference, 'mean' | 'low' | 'high' | 'questions'> & {
    readonly kind: HeadlineKind;
    readonly id: ConfigId;
  })[];
}

/**
 * The best single model as asked first, the same tuned, the best mixture, and plain ways to spend as much: each is the
 * one that TUNING put first, none the luckiest on the holdout, so the differences on the holdout are unbiased.
 */
export interface Headline {
  /** Where scores and differences are from: the holdout, or tuning cells where there is none (too good by luck). */
  readonly split: 'holdout' | 'tuning';
  /** Questions, and cells of each line. */
  readonly questions: number;
  readonly cells: number;
  readonly lines: readonly HeadlineLine[];
}

/** Whether a config asks one model once. */
export function isSingle({ stages }: MoaConfig): boolean {
  const [stage, ...others] = simpleStages(stages);
  if (stage === undefined || others.length > 0 || roundsOf(stage) > 1) return false;
  if (stages.some((outer) => passesOf(outer).times > 1)) return false;
  const [seat, ...more] = seatsOf(stage);
  return seat !== undefined && more.length === 0 && samplesOf(seat.agent) === 1;
}

/** Who stands in the headline: those that tuning put first. */
export function headliners<Contender extends MeasuredConfig>(
  contenders: readonly Contender[],
  objectives: readonly ObjectiveName[],
): { readonly kind: HeadlineKind; readonly of: Contender }[] {
  const first = (kind: HeadlineKind, is: (contender: Contender) => boolean) => {
    const of = firstByTuning(contenders.filter(is), objectives);
    return of === undefined ? [] : [{ kind, of }];
  };
  return [
    ...first('single', ({ operator }) => operator === 'baseline'),
    ...first('own', ({ operator }) => operator === ownSystem),
    ...first('tuned-single', ({ config, operator }) => isSingle(config) && operator !== ownSystem),
    ...first(
      'mixture',
      ({ config, operator }) => !isSingle(config) && operator !== equalSpend && operator !== ownSystem,
    ),
  ];
}

/**
 * The headline of what was measured; `undefined` where no single model was.
 * @param plain vote and best of several that spend what the mixture does, as far as they are contenders: the others are
 *   no rivals to the best, so nothing is said of them
 */
export function headlineOf(
  contenders: readonly MeasuredConfig[],
  plain: readonly { readonly kind: HeadlineKind; readonly of: MeasuredConfig }[],
  objectives: readonly ObjectiveName[],
): Headline | undefined {
  const rivalsOnly = plain.filter(({ of }) => contenders.some(({ id }) => id === of.id));
  const found = [...headliners(contenders, objectives), ...rivalsOnly];
  if (!found.some(({ kind }) => kind === 'single')) return undefined;
  const split = found.some(({ of }) => of.holdout.length > 0) ? 'holdout' : 'tuning';
  const measured = found.filter(({ of }) => of[split].length > 0);
  const level = comparisonLevel(contenders, split);
  const shared = sharedCells(measured.map(({ of }) => of[split]));
  return {
    split,
    questions: new Set([...shared.values()].map(({ instance }) => instance)).size,
    cells: shared.size,
    lines: found.map(({ kind, of }) => ({
      kind,
      id: of.id,
      score: meanInterval(
        of[split].filter(({ cell }) => shared.has(cell)).map(({ score }) => score),
        0.95,
        unitRange,
      ),
      tokens: of.means.tokens,
      over: rivals[kind].flatMap((rival) => {
        const other = found.find((each) => each.kind === rival)?.of;
        if (other === undefined || other.id === of.id) return [];
        const difference = pairedDifference(of[split], other[split], level);
        if (difference === undefined) return [];
        const { mean, low, high, questions } = difference;
        return [{ kind: rival, id: other.id, mean, low, high, questions }];
      }),
    })),
  };
}

/** Whom each is compared with. */
const rivals: Readonly<Record<HeadlineKind, readonly HeadlineKind[]>> = {
  single: [],
  own: [],
  'tuned-single': ['single', 'own'],
  mixture: ['tuned-single', 'single', 'vote', 'best-of', 'own'],
  vote: ['tuned-single'],
  'best-of': ['tuned-single'],
};

/** The cells that all have. */
function sharedCells(each: readonly (readonly MeasuredCell[])[]): Map<string, MeasuredCell> {
  const [first = [], ...others] = each;
  const sets = others.map((cells) => new Set(cells.map(({ cell }) => cell)));
  return new Map(
    first.filter(({ cell }) => sets.every((set) => set.has(cell))).map((answer) => [answer.cell, answer]),
  );
}
