import { defined } from '../../core/defined.ts';
import { createRng } from '../../core/rng.ts';
import { type Budget, nothingSpent, type Spent } from '../../domain/budget.ts';
import type { Cell } from '../../domain/cell.ts';
import { firstFreshRepeat } from '../../run/cells/cell-runner.ts';
import { type EvaluateDependencies, evaluateConfigs } from '../../run/evaluate.ts';
import type { BestFile, LockedCell } from '../../run/folder/lock-schema.ts';
import { createMemoryJournal } from '../../run/journal/journal.ts';
import { foldEvents, spentOf } from '../../run/run-state.ts';
import type { CutOff } from '../../run/types.ts';
import type { Obstacles } from './differences.ts';
import { type ClaimVerdict, defaultRepeats, defaultSplit, verdictsOf } from './verdicts.ts';

export interface ReproduceSettings {
  /** Whose claim is measured again; default the holdout's, where there is one. */
  readonly split?: Cell['split'];
  /** Fresh answers per instance; default so many that two standard errors too much show. */
  readonly repeats?: number;
  /** Which set of fresh samples, from 1 (the default): another number never shares a sample with it. */
  readonly draw?: number;
  readonly concurrency: number;
  readonly budget?: Budget;
}

/** What measuring claims again came to. */
export interface Reproduction {
  readonly split: Cell['split'];
  readonly repeats: number;
  readonly claims: readonly ClaimVerdict[];
  /** `unchecked` when not a single claim could be checked. */
  readonly verdict: ClaimVerdict['verdict'];
  /** Fresh cells: asked for, scored, and unscored for want of an answer or a grade. */
  readonly answers: { readonly planned: number; readonly scored: number; readonly unscored: number };
  /** By the fresh calls. */
  readonly spent: Spent;
  /** Why not all that was planned was asked. */
  readonly cutOff?: CutOff;
  /** What fresh latencies are told at; absent: as measured. */
  readonly slowdown?: BestFile['slowdown'];
  /** The scored ones, by repeat and instance. */
  readonly fresh: readonly LockedCell[];
  /** Why cells went unscored, each reason once. */
  readonly troubles: readonly string[];
}

/** Measures the claims of a lock again with samples that its run never drew, and says which held. */
export async function reproduce(
  lock: BestFile,
  settings: ReproduceSettings,
  dependencies: EvaluateDependencies,
  barred: Obstacles = {},
): Promise<Reproduction> {
  const split = settings.split ?? defaultSplit(lock);
  const claim = lock.claims[split];
  const repeats = settings.repeats ?? (claim === null ? 1 : defaultRepeats(claim));
  if (claim === null || barred.all !== undefined) return unmeasured(lock, split, repeats, barred);
  const spending = createMemoryJournal();
  const [measured] = await evaluateConfigs(
    [lock.member.config],
    {
      split,
      repeats,
      // Other questions say nothing of the claim.
      instances: new Set(claim.evidence.map(({ instance }) => instance)),
      firstRepeat: firstFreshRepeat(settings.draw ?? 1),
      concurrency: settings.concurrency,
      seed: lock.seed,
      ...defined({ budget: settings.budget }),
    },
    dependencies,
    spending,
  );
  const results = measured?.results ?? [];
  const fresh = results.flatMap(({ cell, result }): LockedCell[] =>
    result.grade.kind === 'scored'
      ? [{ instance: cell.instance, repeat: cell.repeat, ...result.measurement }]
      : [],
  );
  // Not in order of finishing, which depends on the machine where models are real.
  fresh.sort((a, b) => a.repeat - b.repeat || (a.instance < b.instance ? -1 : 1));
  const claims = verdictsOf(
    lock,
    split,
    fresh,
    { ...barred, ...loadObstacle(lock, measured?.slowdown, settings.concurrency) },
    createRng(`reproduce/${lock.member.id}/${lock.seed}`),
  );
  const troubles = results.flatMap(({ result }) =>
    result.grade.kind === 'unscored' ? [result.grade.reason] : [],
  );
  return {
    split,
    repeats,
    claims,
    verdict: overall(claims),
    answers: {
      planned: measured?.planned ?? 0,
      scored: fresh.length,
      unscored: results.length - fresh.length,
    },
    spent: spentOf(foldEvents(spending.written)),
    ...defined({ cutOff: measured?.cutOff, slowdown: measured?.slowdown }),
    fresh,
    troubles: [...new Set(troubles)].slice(0, 5),
  };
}

/** With so few calls at once nothing is to be taken off. */
const few = 2;

/** Latencies compare where both are told at the same load. */
function loadObstacle(
  { slowdown: claimed = {} }: BestFile,
  fresh: BestFile['slowdown'] = {},
  concurrency: number,
): Obstacles {
  const statedAt = (of: NonNullable<BestFile['slowdown']>, provider: string): number | undefined =>
    of[provider]?.statedAt;
  const apart = Object.keys(claimed).filter((provider) => {
    const now = statedAt(fresh, provider) ?? (concurrency <= few ? 1 : undefined);
    return now !== statedAt(claimed, provider);
  });
  if (apart.length === 0) return {};
  const load = apart.map((provider) => loadName(statedAt(claimed, provider) ?? 1)).join(', ');
  return {
    latency: `it is told for ${load}, and the fresh answers did not show what their own load added (--concurrency 1 needs no such knowledge)`,
  };
}

function loadName(calls: number): string {
  return calls === 1 ? 'one user' : `${calls} calls in flight`;
}

/** What is to be said of a lock whose claims are out of reach. */
export function unmeasured(
  lock: BestFile,
  split: Cell['split'],
  repeats: number,
  barred: Obstacles,
): Reproduction {
  const claims = verdictsOf(lock, split, null, barred, createRng(0));
  return {
    split,
    repeats,
    claims,
    verdict: overall(claims),
    answers: { planned: 0, scored: 0, unscored: 0 },
    spent: nothingSpent,
    fresh: [],
    troubles: [],
  };
}

function overall(claims: readonly ClaimVerdict[]): ClaimVerdict['verdict'] {
  if (claims.some((claim) => claim.verdict === 'not-held')) return 'not-held';
  return claims.some((claim) => claim.verdict === 'held') ? 'held' : 'unchecked';
}
