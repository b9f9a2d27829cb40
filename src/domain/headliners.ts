import { enoughQuestions, pairedDifference, type ScoredAnswer } from '../core/paired-difference.ts';
import { samplesOf } from './agent.ts';
import { type Bounds, byNearness, keepsBounds, listBounds, valuesOf } from './bounds.ts';
import type { ConfigId, MoaConfig } from './moa-config.ts';
import { asCost, type Measurement, type ObjectiveName } from './objective.ts';
import { roundsOf, seatsOf } from './stages/simple-stages.ts';
import { passesOf, simpleStages } from './stages/stages.ts';

/** The score of one cell. */
export interface MeasuredCell extends ScoredAnswer {
  /** Its key. */
  readonly cell: string;
}

/** A config with all that a run measured of it. */
export interface MeasuredConfig {
  readonly id: ConfigId;
  readonly config: MoaConfig;
  /** Where it came from: `baseline`, `start`, `crossover`, …; see {@link cameBy}. */
  readonly operator: string;
  /** Over its tuning cells. */
  readonly means: Measurement;
  /** Scored tuning cells, and scored holdout cells. */
  readonly tuning: readonly MeasuredCell[];
  readonly holdout: readonly MeasuredCell[];
  /** It was asked as good as all the equal tuning cells that finalists get. */
  readonly hasEqualCells: boolean;
  /** Holdout cells that it was asked, scored or not. */
  readonly holdoutBegun: number;
  /** In nearly all of its tuning answers all else failed that was to choose among its first stage's answers, or to go on from them. */
  readonly answersAlone?: boolean;
}

/** Configs that are measured at the end only, to compare the best mixture with: their trials' operator. */
export const equalSpend = 'equal-spend';

/** The cost of which such a config is to take as much: tokens of a dear model are no measure of those of a cheap one. */
export function spentIn(objectives: readonly ObjectiveName[]): 'tokens' | 'usd' {
  return objectives.includes('usd') && !objectives.includes('tokens') ? 'usd' : 'tokens';
}

/** Operator of trials of single models as asked first, the plain way that every result is compared with. */
export const baseline = 'baseline';

/** Operator of trials of systems that the user brought along: measured as they are, in the search's space or not. */
export const ownSystem = 'own-system';

/** Whether an operator made a trial, alone or with others, joined by `+`: a single model may also be the user's own system. */
export const cameBy = (by: string, operator: string): boolean => operator.split('+').includes(by);

/** Whether it is there for others to be compared with: a single model as asked first, or the user's own system. */
export const isBaseline = ({ operator }: { readonly operator: string }): boolean =>
  cameBy(baseline, operator) || cameBy(ownSystem, operator);

/** What a run has to say of mixing, in the order in which it says it. */
export const headlineKinds = [
  /** The best single model, asked once with the space's first prompt. */
  'single',
  /** The best of the systems that the user brought along. */
  'own',
  /** The best config that asks one model once: its prompt and its temperature tuned. */
  'tuned-single',
  /** The best config that the search found among those with more than one call that are of use. */
  'mixture',
  /** A majority vote over several answers of the tuned single model, for about what the mixture spends. */
  'vote',
  /** The best of several answers of the tuned single model, picked by itself, for about the same. */
  'best-of',
  /** The one to use, where it is none of those: the holdout or bounds on its score chose it. */
  'best',
] as const;
export type HeadlineKind = (typeof headlineKinds)[number];

/** Whether a config asks one model once. */
export function isSingle({ stages }: MoaConfig): boolean {
  const [stage, ...others] = simpleStages(stages);
  if (stage === undefined || others.length > 0 || roundsOf(stage) > 1) return false;
  if (stages.some((outer) => passesOf(outer).times > 1)) return false;
  const [seat, ...more] = seatsOf(stage);
  return seat !== undefined && more.length === 0 && samplesOf(seat.agent) === 1;
}

/**
 * Who stands in the headline: those that tuning put first. A single model as asked first that did not get all equal
 * cells is a rival on those that it has, as a tuned single model too (see {@link leaderOf}), so that none is called the
 * best single model that one known beforehand is ahead of. Where any contender meets the bounds on tuning cells, only
 * those of a kind stand for it that meet them, too, or where none does, come nearest (in costs, then in score): what
 * cannot be used is no rival.
 */
export function headliners<Contender extends MeasuredConfig>(
  contenders: readonly Contender[],
  objectives: readonly ObjectiveName[],
  bounds: Bounds = {},
): { readonly kind: HeadlineKind; readonly of: Contender }[] {
  // Asked for each cell at a run's end, where most runs have no bounds.
  const isBounded =
    listBounds(bounds).length > 0 && contenders.some((one) => keepsBounds(valuesOf(one), bounds));
  const nearer = byNearness(bounds);
  const nearest = (kind: readonly Contender[]): readonly Contender[] => {
    if (!isBounded) return kind;
    const [first] = kind.toSorted((a, b) => nearer(valuesOf(a), valuesOf(b)));
    return kind.filter((one) => first !== undefined && nearer(valuesOf(one), valuesOf(first)) === 0);
  };
  const first = (kind: HeadlineKind, is: (contender: Contender) => boolean) => {
    const all = nearest(contenders.filter(is));
    const found = firstByTuning(all, objectives);
    const of = found === undefined || kind === 'mixture' ? found : leaderOf(found, all);
    return of === undefined ? [] : [{ kind, of }];
  };
  return [
    ...first('single', ({ operator }) => cameBy(baseline, operator)),
    ...first('own', ({ operator }) => cameBy(ownSystem, operator)),
    ...first('tuned-single', ({ config, operator }) => isSingle(config) && operator !== ownSystem),
    ...first(
      'mixture',
      ({ config, operator, answersAlone }) =>
        !isSingle(config) && answersAlone !== true && operator !== equalSpend && operator !== ownSystem,
    ),
  ];
}

/** Fewer holdout answers than this say nothing. */
export const leastHoldout = 20;

/**
 * Where a ceiling left some of them without holdout, or without the equal tuning cells, those that have them: who was
 * measured least is the first by luck. One holdout answer will do, since the holdout does not choose, and a dear model
 * may have no room for more.
 */
function measuredMost<Contender extends MeasuredConfig>(contenders: readonly Contender[]): Contender[] {
  const held = contenders.filter(({ holdoutBegun }) => holdoutBegun > 0);
  const onHoldout = held.length > 0 ? held : [...contenders];
  const equal = onHoldout.filter(({ hasEqualCells }) => hasEqualCells);
  return equal.length > 0 ? equal : onHoldout;
}

/**
 * Who leads where a limit or the time left baselines fewer answers than others: of those the one that scores higher than
 * `first`, on its own tuning cells and on the questions that both answered. Few and chosen by nobody, they are not ahead
 * by the luck of many, as whoever the search found on few cells may be.
 */
function leaderOf<Contender extends MeasuredConfig>(
  first: Contender,
  contenders: readonly Contender[],
): Contender {
  const most = new Set(measuredMost(contenders));
  const scoreOf = ({ means }: Contender): number => means.score ?? 0;
  const fewer = contenders.filter((each) => isBaseline(each) && !most.has(each));
  let leader = first;
  for (const rival of fewer) {
    if (scoreOf(rival) <= scoreOf(leader)) continue;
    const gain = pairedDifference(rival.tuning, leader.tuning);
    if (gain !== undefined && gain.questions >= enoughQuestions && gain.mean > 0) leader = rival;
  }
  return leader;
}

/** With this share of its equal cells a trial may be the best: a ceiling cuts off first who costs most, not who is worst. */
export const asGoodAsAll = 0.75;

/** Fewer answers than this part of the most that another has are no match for them. */
const fewOfMost = 0.25;

/** Whether so few answers are no match for the most that any score beside it stands on. */
export function areFew(answers: number, most: number): boolean {
  return answers < fewOfMost * most;
}

/**
 * Of those that were measured most, the one with the highest mean score on tuning cells; of equals the one that takes
 * least of the run's other objectives together (the least product: a tenth less latency is often luck, three times the
 * tokens are not).
 */
export function firstByTuning<Contender extends MeasuredConfig>(
  contenders: readonly Contender[],
  objectives: readonly ObjectiveName[],
): Contender | undefined {
  return measuredMost(contenders).sort((a, b) => byTuning(a.means, b.means, objectives))[0];
}

/** Order by score, then by the product of the other objectives, then by each in their order; what is unknown comes last. */
function byTuning(a: Measurement, b: Measurement, objectives: readonly ObjectiveName[]): number {
  const others = objectives.filter((name) => name !== 'score');
  const product = (of: Measurement): number =>
    others.reduce((sum, name) => sum + Math.log(costOf(of, name)), 0);
  const differences = [
    costOf(a, 'score') - costOf(b, 'score'),
    product(a) - product(b),
    ...others.map((name) => costOf(a, name) - costOf(b, name)),
  ];
  // Two unknown values differ by NaN.
  return differences.find((difference) => difference !== 0 && !Number.isNaN(difference)) ?? 0;
}

const costOf = (means: Measurement, name: ObjectiveName): number =>
  asCost(name, means[name]) ?? Number.POSITIVE_INFINITY;
