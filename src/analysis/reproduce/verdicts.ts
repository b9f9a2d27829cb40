import {
  type Family,
  type InflationVerdict,
  inflationTest,
  type Stratum,
} from '../../core/inflation-test.ts';
import type { Rng } from '../../core/rng.ts';
import type { Cell } from '../../domain/cell.ts';
import { earlierScoreEstimate, estimatesOf } from '../../domain/estimates.ts';
import {
  type Estimate,
  type Measurement,
  type ObjectiveName,
  objectiveDirections,
  objectiveNames,
} from '../../domain/objective.ts';
import { claimedObjectives } from '../../run/folder/lock.ts';
import type { BestFile, Claim, LockedCell } from '../../run/folder/lock-schema.ts';
import type { Obstacles } from './differences.ts';

/** Chance that any claim of an honest lock is said not to have held: at most this for all of them together. */
export const overallLevel = 0.05;
/** The score's share of it where costs are checked too: it is what people choose a config by. */
const scoreLevel = 0.045;

/**
 * Fresh cells per claimed cell by default. With so many the fresh mean's own error hardly counts: a score
 * two of its standard errors too high is then found out in about 85% of cases (see test/experiments/results.md).
 */
export const freshPerClaimed = 24;

/** Fewer fresh cells than this say nothing of their spread. */
const fewestCells = 2;

/** Whether one figure of a run held when it was measured again. */
export interface ClaimVerdict {
  readonly split: Cell['split'];
  readonly objective: ObjectiveName;
  /** `unchecked`: nothing could be said, `reason` tells why. */
  readonly verdict: 'held' | 'not-held' | 'unchecked';
  readonly reason: string;
  readonly claimed: Estimate;
  /** Over fresh cells; `null` when none were measured. */
  readonly fresh: Estimate | null;
  readonly cells: { readonly claimed: number; readonly fresh: number };
  /** Of the fresh samples' test, adjusted for the claims that share its level; `null` where it was not made. */
  readonly p: number | null;
  readonly level: number | null;
  /** Chance that a claim two of its standard errors too good would have been found out. */
  readonly power: number | null;
  /** How much too good (in the objective's unit) a claim must be to be found out in 80% of cases. */
  readonly detectable: number | null;
}

/** Answers per instance that a claim is measured again with unless told otherwise. */
export function defaultRepeats(claim: Claim): number {
  return Math.max(1, Math.ceil((freshPerClaimed * claim.cells) / Math.max(1, claim.instances)));
}

/** The split whose claim is checked unless told otherwise: the holdout's, where the run measured one. */
export function defaultSplit(lock: BestFile): Cell['split'] {
  return lock.claims.holdout === null ? 'tuning' : 'holdout';
}

/** Holds fresh cells against the claims of one split. Claims of the other split come out unchecked. */
export function verdictsOf(
  lock: BestFile,
  split: Cell['split'],
  fresh: readonly LockedCell[] | null,
  barred: Obstacles,
  rng: Rng,
): ClaimVerdict[] {
  const other = split === 'holdout' ? 'tuning' : 'holdout';
  return [...claimsOf(lock, split, fresh, barred, rng), ...otherClaims(lock, other, barred)];
}

function claimsOf(
  lock: BestFile,
  split: Cell['split'],
  fresh: readonly LockedCell[] | null,
  barred: Obstacles,
  rng: Rng,
): ClaimVerdict[] {
  const now = fresh === null || fresh.length === 0 ? null : estimatesOf(fresh);
  const claim = lock.claims[split];
  const figures = figuresOf(lock, split, barred);
  if (claim === null || figures.length === 0) return [];
  const checks = figures.map((figure) => ({
    ...figure,
    obstacle: barred.all ?? obstacleOf(claim, figure.about.objective, fresh, barred),
  }));
  const testable = checks.flatMap(({ about, obstacle }) => (obstacle === undefined ? [about.objective] : []));
  const tests = testClaims(claim, fresh ?? [], testable, rng);
  const asked = sharedInstances(claim, fresh ?? []).length;
  // A measurement that was cut off speaks of the questions that it came to.
  const part =
    asked < claim.instances ? ` (on ${asked} of the ${claim.instances} questions it rests on)` : '';
  return checks.map(({ about: claimed, contradiction, obstacle }) => {
    const test = tests.get(claimed.objective);
    const { p = null, level = null, power = null, detectable = null } = test ?? {};
    const about = {
      ...claimed,
      fresh: now === null ? null : now[claimed.objective],
      cells: { claimed: claim.cells, fresh: fresh?.length ?? 0 },
      ...{ p, level, power, detectable },
    };
    if (contradiction !== undefined) return { ...about, verdict: 'not-held', reason: contradiction };
    if (test === undefined)
      return { ...about, verdict: 'unchecked', reason: obstacle ?? 'it was not measured' };
    if (test.rejected) return { ...about, verdict: 'not-held', reason: `fresh samples say otherwise${part}` };
    return { ...about, verdict: 'held', reason: `fresh samples do not speak against it${part}` };
  });
}

/** Claims of the split that was not measured again. Figures that contradict their own cells are said all the same. */
function otherClaims(lock: BestFile, split: Cell['split'], barred: Obstacles): ClaimVerdict[] {
  const reason =
    split === 'tuning'
      ? 'not measured again: a config that was selected by its tuning score claims too much there (--split tuning checks it all the same)'
      : 'not measured again (--split holdout checks it)';
  return figuresOf(lock, split, barred).map(({ about, contradiction }) => ({
    ...about,
    verdict: contradiction === undefined ? 'unchecked' : 'not-held',
    reason: contradiction ?? reason,
  }));
}

/** A claim's figures, none of them tested yet, and what is wrong with each whatever fresh samples say. */
function figuresOf(lock: BestFile, split: Cell['split'], barred: Obstacles) {
  const claim = lock.claims[split];
  const stated = split === 'tuning' ? lock.member.objectives : lock.member.holdout;
  if (claim === null || stated === null) return [];
  const follows = claimedObjectives(claim.evidence);
  return objectiveNames.map((objective) => ({
    about: {
      ...{ split, objective, claimed: stated[objective], fresh: null },
      cells: { claimed: claim.cells, fresh: 0 },
      ...{ p: null, level: null, power: null, detectable: null },
    },
    contradiction:
      contradictionOf(claim, stated[objective], follows[objective], objective) ?? barred.wrong?.[split],
  }));
}

/** Whether the figures of a claim disagree with each other, or with the cells they are said to rest on. */
function contradictionOf(
  claim: Claim,
  stated: Estimate,
  follows: Claim['objectives']['score'],
  objective: ObjectiveName,
): string | undefined {
  const written = claim.objectives[objective];
  const tells = (estimate: Estimate): boolean =>
    (['mean', 'low', 'high'] as const).every(
      (part) => same(stated[part], estimate[part]) && same(written[part], estimate[part]),
    );
  const scores = claim.evidence.flatMap(({ score }) => score ?? []);
  const agrees =
    claim.cells === claim.evidence.length &&
    (tells(follows) || (objective === 'score' && tells(earlierScoreEstimate(scores)))) &&
    same(written.deviation, follows.deviation);
  if (agrees) return undefined;
  const mean = follows.mean === null ? 'unknown' : Number(follows.mean.toPrecision(6));
  return `it does not follow from the cells it rests on: their mean is ${mean}`;
}

/** Equal up to the rounding of sums. */
function same(first: number | null, second: number | null): boolean {
  if (first === null || second === null) return first === second;
  return Math.abs(first - second) <= 1e-9 * Math.max(1e-9, Math.abs(first), Math.abs(second));
}

function obstacleOf(
  claim: Claim,
  objective: ObjectiveName,
  fresh: readonly LockedCell[] | null,
  barred: Obstacles,
): string | undefined {
  if (objective === 'score' && barred.score !== undefined) return barred.score;
  if (objective === 'latency' && barred.latency !== undefined) return barred.latency;
  if (objective === 'usd' && barred.usd !== undefined) return barred.usd;
  if (claim.cells < 2) return 'it rests on one cell only, which shows no spread';
  if (claim.evidence.some((cell) => cell[objective] === null)) return 'it was unknown when it was claimed';
  if (fresh === null) return 'it was not measured';
  if (fresh.length < fewestCells) return 'too few fresh answers could be scored';
  if (sharedInstances(claim, fresh).length === 0)
    return 'no fresh answer to a question that it rests on could be scored';
  if (fresh.some((cell) => cell[objective] === null)) return 'it is unknown now';
  return undefined;
}

/** Tests the cells of a claim against fresh ones. @returns the objectives' verdicts with their levels. */
export function testClaims(
  claim: Claim,
  fresh: readonly LockedCell[],
  objectives: readonly ObjectiveName[],
  rng: Rng,
): Map<ObjectiveName, InflationVerdict & { level: number }> {
  const families = familiesOf(objectives);
  // Where nothing is to be tested, instances may lack fresh cells.
  if (families.length === 0) return new Map();
  const verdicts = inflationTest(strataOf(claim, fresh), families, rng);
  return new Map(
    families.flatMap(({ quantities, level }) =>
      quantities.flatMap((quantity) => {
        const verdict = verdicts.get(quantity);
        const name = objectiveNames[quantity];
        return verdict === undefined || name === undefined ? [] : [[name, { ...verdict, level }] as const];
      }),
    ),
  );
}

/** The score has a level of its own; costs, which go together, share one. */
function familiesOf(objectives: readonly ObjectiveName[]): Family[] {
  const costs = objectives.filter((name) => name !== 'score').map((name) => objectiveNames.indexOf(name));
  if (costs.length === objectives.length) {
    return costs.length === 0 ? [] : [{ quantities: costs, level: overallLevel }];
  }
  const score = { quantities: [objectiveNames.indexOf('score')] };
  if (costs.length === 0) return [{ ...score, level: overallLevel }];
  return [
    { ...score, level: scoreLevel },
    // Rounded, since 0.05 - 0.045 is a little more than 0.005.
    { quantities: costs, level: Math.round((overallLevel - scoreLevel) * 1e6) / 1e6 },
  ];
}

/** Questions that a claim rests on and that were answered afresh. */
function sharedInstances(claim: Claim, fresh: readonly LockedCell[]): string[] {
  const answered = new Set(fresh.map((cell) => cell.instance));
  return [...new Set(claim.evidence.map((cell) => cell.instance))]
    .filter((instance) => answered.has(instance))
    .sort();
}

function strataOf(claim: Claim, fresh: readonly LockedCell[]): Stratum[] {
  const instances = sharedInstances(claim, fresh);
  const ofInstance = (cells: readonly LockedCell[]): Map<string, number[][]> => {
    const grouped = new Map<string, number[][]>(instances.map((instance) => [instance, []]));
    for (const cell of cells) grouped.get(cell.instance)?.push(inflationOf(cell));
    return grouped;
  };
  const [claimed, again] = [ofInstance(claim.evidence), ofInstance(fresh)];
  return instances.map((instance) => ({
    claimed: claimed.get(instance) ?? [],
    fresh: again.get(instance) ?? [],
  }));
}

/** Values in the order of `objectiveNames`, turned so that a better claim is a larger number. */
function inflationOf(cell: Measurement): number[] {
  return objectiveNames.map((name) => (objectiveDirections[name] === 'max' ? 1 : -1) * (cell[name] ?? 0));
}
