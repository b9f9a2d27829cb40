import { type Bounds, keepsBounds, valuesOf } from '../../domain/bounds.ts';
import { type Cell, cellOfKey } from '../../domain/cell.ts';
import { estimatesOf } from '../../domain/estimates.ts';
import { equalSpend, headliners } from '../../domain/headliners.ts';
import type { ConfigId, MoaConfig } from '../../domain/moa-config.ts';
import type { Estimates, Measurement } from '../../domain/objective.ts';
import type { EndReason, Phase, RunEvent } from '../../run/journal/events.ts';
import { applyEvent, countEvaluations, createRunState, type Effort, effortOf } from '../../run/run-state.ts';
import { trialOf } from '../../search/search-state.ts';
import type { Trial } from '../../search/trial.ts';
import { type TrialAims, TrialBook } from '../../search/trial-book.ts';

/** A scored cell. */
export interface PastCell {
  readonly instance: string;
  /** 0..1. */
  readonly score: number;
  readonly measurement: Measurement;
}

/** A concluded trial with its scored cells, as the journal tells it. */
export interface PastTrial {
  readonly trial: number;
  readonly id: ConfigId;
  readonly config: MoaConfig;
  readonly operator: string;
  /** Numbers of parents that are trials of this run. */
  readonly parents: readonly number[];
  /** What the run had used when the trial was concluded first. */
  readonly at: Effort;
  /** Over tuning cells. */
  readonly estimates: Estimates;
  /** May be on the final front: others were measured on few cells and are no rivals, however well they did there. */
  readonly finalist: boolean;
  /** Whether it may be the run's best by what it costs: without bounds, and where these choose nothing, all may. */
  readonly affordable: boolean;
  readonly tuning: readonly PastCell[];
  readonly holdout: readonly PastCell[];
}

/** A run as `answer` reads it: concluded trials with at least one scored tuning cell, oldest first. */
export interface RunHistory {
  readonly trials: readonly PastTrial[];
  /** The run's best, as everywhere. */
  readonly best: ConfigId | null;
  /** The best single model as asked first, as the headline has it where it has one; `null` where none was scored. */
  readonly single: ConfigId | null;
  /** Bounds on costs that the best keeps: only what keeps them may be the best. */
  readonly within: Bounds;
  /** Those of the trials that the search tried and measured, and not its end for comparison. */
  readonly evaluations: number;
  /** Those that the search began, measured or not: what a run's result counts. */
  readonly tried: number;
  readonly phase: Phase;
  readonly ended: EndReason | null;
  /** At the end of the search, or at the last event where it goes on. */
  readonly search: Effort;
  /** At the last event. */
  readonly total: Effort;
}

/**
 * What inference and forecast are made from: what the end measured for comparison the search never proposed, and it
 * stays only where it is the best.
 */
export function searchedOf(history: RunHistory): RunHistory {
  const { trials, best } = history;
  return { ...history, trials: trials.filter(({ operator, id }) => operator !== equalSpend || id === best) };
}

/** Folds a journal; it is only read. */
export function historyOf(events: Iterable<RunEvent>, aims: TrialAims): RunHistory {
  const state = createRunState();
  // By the trial itself: a search that begins anew numbers its own from 0.
  const concluded = new Map<Trial, Effort>();
  let searchEnd: Effort | undefined;
  for (const event of events) {
    if (event.kind === 'phase-started' && event.phase !== 'search') searchEnd ??= effortOf(state);
    applyEvent(state, event);
    if (event.kind !== 'trial-finished') continue;
    const trial = trialOf(state, event.trial);
    // A trial is concluded again whenever further answers of it are in: it came in the first time.
    if (!concluded.has(trial)) concluded.set(trial, effortOf(state));
  }
  const book = new TrialBook(state, aims);
  for (const trial of state.trials) book.changed(trial);
  const best = book.best()?.best;
  const within = costsKeptBy(best, aims.bounds);
  const singleOf = (among: readonly Trial[]): ConfigId | undefined =>
    headliners(among.map(book.measured), aims.objectives, aims.bounds).find(({ kind }) => kind === 'single')
      ?.of.id;
  const contenders = new Set<Trial>([...book.contenders(), ...book.baselines()]);
  const trials = state.trials.flatMap((trial): PastTrial[] => {
    const at = concluded.get(trial);
    const scored = { tuning: scoredCells(trial, 'tuning'), holdout: scoredCells(trial, 'holdout') };
    if (at === undefined || scored.tuning.length === 0) return [];
    const { id, config, origin } = trial;
    const parents = origin.parents.flatMap((parent) => state.byId.get(parent)?.trial ?? []);
    const estimates = estimatesOf(scored.tuning.map(({ measurement }) => measurement));
    const { operator } = origin;
    const finalist = state.believed === null || contenders.has(trial);
    const affordable = keepsBounds(valuesOf(trial), within);
    const told = { trial: trial.trial, id, config, operator, parents, at, estimates, finalist, affordable };
    return [{ ...told, ...scored }];
  });
  return {
    trials,
    best: best?.id ?? null,
    within,
    single: singleOf(book.contenders()) ?? singleOf(book.baselines()) ?? null,
    evaluations: trials.filter(({ operator }) => operator !== equalSpend).length,
    tried: countEvaluations(state),
    phase: state.phase,
    ended: state.ended,
    search: searchEnd ?? effortOf(state),
    total: effortOf(state),
  };
}

/** The bounds on costs; where the best does not keep them, they chose nothing, and are none. */
function costsKeptBy(best: Trial | undefined, bounds: Bounds = {}): Bounds {
  const { score: _, ...costs } = bounds;
  return best !== undefined && keepsBounds(valuesOf(best), costs) ? costs : {};
}

/** Of a split, in order of finishing. */
function scoredCells({ results }: Trial, split: Cell['split']): PastCell[] {
  return [...results].flatMap(([key, { grade, measurement }]) => {
    const cell = cellOfKey(key);
    if (cell.split !== split || grade.kind !== 'scored') return [];
    return [{ instance: cell.instance, score: grade.value, measurement }];
  });
}
