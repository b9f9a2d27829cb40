import { elementAt } from '../core/element-at.ts';
import type { Bounds } from '../domain/bounds.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import { hypervolumeGain, hypervolumeGains, nonDominated, normaliseObjective } from '../pareto/index.ts';
import { boundedCorner, excessOf, insideOf, reachedCorner } from './bounded-corner.ts';
import { scoreOff } from './surrogate/log-odds.ts';
import type { ScorePosterior } from './surrogate/score-posterior.ts';
import type { LogEntry, TrialLog } from './surrogate/trial-log.ts';

type Values = Readonly<Record<ObjectiveName, number | null>>;

/** A trial as it is believed to be: costs as they were measured, the score with its luck taken back. */
export interface BelievedTrial {
  /** Index in the log. */
  readonly trial: number;
  readonly id: ConfigId;
  readonly entry: LogEntry;
  readonly score: number;
  /** On the front's scales: 0 ideal, 1 worthless. */
  readonly point: readonly number[];
}

/** So far outside the bounds, beyond the nearest trial, a trial is still near: about twice a cost. */
const nearBounds = 0.1;

interface ThoughtChanges {
  readonly without?: BelievedTrial;
  readonly beside?: readonly (readonly number[])[];
}

/** Places of a normal distribution in standard deviations, from the best down, and the probability around each. */
const places: readonly (readonly [number, number])[] = [
  [3, 0.003],
  [2.5, 0.0092],
  [2, 0.0278],
  [1.5, 0.0656],
  [1, 0.121],
  [0.5, 0.1747],
  [0, 0.1973],
  [-0.5, 0.1747],
  [-1, 0.121],
  [-1.5, 0.0656],
  [-2.2, 0.0401],
];

/** The non-dominated trials by what is believed of them, and what others would add to it. */
export class BelievedFront {
  readonly trials: readonly BelievedTrial[];
  readonly members: readonly BelievedTrial[];
  readonly ids: readonly ConfigId[];
  readonly #isBounded: boolean;
  readonly #objectives: readonly ObjectiveName[];
  readonly #points: readonly (readonly number[])[];
  /** The bounds, and the corner of what gains. */
  readonly #bounded: readonly number[];
  readonly #corner: readonly number[];

  constructor(log: TrialLog, beliefs: ScorePosterior, objectives: readonly ObjectiveName[], bounds?: Bounds) {
    this.#objectives = objectives;
    this.#isBounded = bounds !== undefined;
    const entries = log.newestAt(beliefs.position);
    this.trials = entries.flatMap((entry): BelievedTrial[] => {
      const score = entry === undefined ? undefined : beliefs.scoreOf(entry.trial);
      if (entry === undefined || score === undefined) return [];
      const point = pointOf({ ...entry, score }, objectives);
      if (point === undefined) return [];
      const { id } = elementAt(log.trials, entry.trial);
      return [{ trial: entry.trial, id, entry, score, point }];
    });
    const directions = objectives.map(() => 'min' as const);
    const whole = this.trials.filter(({ entry }) => !entry.dropped);
    this.members = nonDominated(whole, ({ point }) => point, directions);
    this.ids = this.members.map(({ id }) => id);
    this.#bounded = boundedCorner(objectives, bounds);
    this.#corner = reachedCorner(
      this.#bounded,
      whole.map(({ point }) => point),
    );
    this.#points = this.#counting(this.members.map(({ point }) => point));
  }

  /** On the front's scales; what is unknown counts as worthless. */
  pointOf(values: Values): readonly number[] {
    return pointOf(values, this.#objectives) ?? this.#objectives.map(() => 1);
  }

  #counting(points: readonly (readonly number[])[]): readonly (readonly number[])[] {
    return this.#isBounded ? insideOf(points, this.#corner) : points;
  }

  /** How far a point lies outside the bounds; 0 where there are none. */
  excessOf(point: readonly number[]): number {
    return this.#isBounded ? excessOf(point, this.#bounded) : 0;
  }

  /** Whether a point meets the bounds, or is about as near to them as the nearest trial; always where there are none. */
  isNear(point: readonly number[]): boolean {
    return !this.#isBounded || excessOf(point, this.#corner) <= nearBounds;
  }

  /**
   * What a trial would add to the hypervolume on average, the log odds of its score being distributed normally.
   * @param costs what it costs; unknown costs are worthless
   * @param changes a member that is to be thought away, and points that are to be thought of as on the front
   */
  expectedGain(
    costs: Omit<Values, 'score'>,
    mean: number,
    deviation: number,
    { without, beside = [] }: ThoughtChanges = {},
  ): number {
    const others = [...this.#pointsWithout(without), ...this.#counting(beside)];
    const point = this.pointOf({ ...costs, score: mean });
    const axis = this.#objectives.indexOf('score');
    if (axis < 0) return hypervolumeGain(point, others, this.#corner);
    const scores = places.map(([place]) => normaliseObjective('score', scoreOff(mean, deviation, place)));
    const gains = hypervolumeGains(point, axis, scores, others, this.#corner);
    return places.reduce((sum, [, probability], at) => sum + probability * elementAt(gains, at), 0);
  }

  /** What a point would add to the hypervolume. @param without a member that is to be thought away */
  gainOf(point: readonly number[], without?: BelievedTrial): number {
    return hypervolumeGain(point, this.#pointsWithout(without), this.#corner);
  }

  #pointsWithout(member: BelievedTrial | undefined): readonly (readonly number[])[] {
    return member === undefined ? this.#points : this.#points.filter((point) => point !== member.point);
  }
}

/** `undefined` where an objective is unknown. */
function pointOf(values: Values, objectives: readonly ObjectiveName[]): readonly number[] | undefined {
  const point: number[] = [];
  for (const name of objectives) {
    const value = values[name];
    if (value === null || Number.isNaN(value)) return undefined;
    point.push(normaliseObjective(name, name === 'score' ? Math.min(1, Math.max(0, value)) : value));
  }
  return point;
}
