import { estimatesOf } from '../../domain/estimates.ts';
import { equalSpend } from '../../domain/headliners.ts';
import type { ConfigId, MoaConfig } from '../../domain/moa-config.ts';
import type { Estimates, Measurement } from '../../domain/objective.ts';
import type { EndReason, Phase, RunEvent } from '../../run/events.ts';
import { applyEvent, createRunState } from '../../run/run-state.ts';
import type { Trial } from '../../search/trial.ts';
import { type TrialAims, TrialBook } from '../../search/trial-book.ts';

/** A scored cell. */
export interface PastCell {
  readonly instance: string;
  /** 0..1. */
  readonly score: number;
  readonly measurement: Measurement;
}

/** What a run had used up to some moment. */
export interface Effort {
  /** Trials concluded. */
  readonly evaluations: number;
  /** Input and output tokens together. */
  readonly tokens: number;
  /** `null` as soon as one call had no known price. */
  readonly usd: number | null;
  /** Time on the run's clock. */
  readonly seconds: number;
}

/** A concluded trial with its scored cells, as the journal tells it. */
export interface PastTrial {
  readonly trial: number;
  readonly id: ConfigId;
  readonly config: MoaConfig;
  readonly operator: string;
  /** Numbers of parents that are trials of this run. */
  readonly parents: readonly number[];
  /** What the run had used when the trial was concluded. */
  readonly at: Effort;
  /** Over tuning cells. */
  readonly estimates: Estimates;
  /** May be on the final front: others were measured on few cells and are no rivals, however well they did there. */
  readonly finalist: boolean;
  readonly tuning: readonly PastCell[];
  readonly holdout: readonly PastCell[];
}

/** A run as `answer` reads it: concluded trials with at least one scored tuning cell, oldest first. */
export interface RunHistory {
  readonly trials: readonly PastTrial[];
  /** The run's best, as everywhere. */
  readonly best: ConfigId | null;
  /** Those of the trials that the search tried, and not its end for comparison. */
  readonly evaluations: number;
  /** Trials that were started, concluded or not, scored or not. */
  readonly started: number;
  readonly phase: Phase;
  readonly ended: EndReason | null;
  /** At the end of the search, or at the last event where it goes on. */
  readonly search: Effort;
  /** At the last event. */
  readonly total: Effort;
}

/** Folds a journal; it is only read. */
export function historyOf(events: Iterable<RunEvent>, aims: TrialAims): RunHistory {
  const state = createRunState();
  const concluded = new Map<number, Effort>();
  const cells = new Map<number, { tuning: PastCell[]; holdout: PastCell[] }>();
  let searchEnd: Effort | undefined;
  let compared = 0;
  const effort = (): Effort => ({
    evaluations: state.concluded - compared,
    tokens: state.tokensIn + state.tokensOut,
    usd: state.usd,
    seconds: state.at / 1000,
  });
  for (const event of events) {
    if (event.kind === 'phase-started' && event.phase !== 'search') searchEnd ??= effort();
    if (event.kind === 'cell-finished') {
      const open = state.openCells.get(event.cell);
      const { grade, measurement } = event.result;
      if (open !== undefined && grade.kind === 'scored') {
        const kept = cells.get(event.trial) ?? { tuning: [], holdout: [] };
        kept[open.of.split].push({
          instance: open.of.instance,
          score: grade.value,
          measurement,
        });
        cells.set(event.trial, kept);
      }
    }
    applyEvent(state, event);
    if (event.kind === 'search-restarted') {
      concluded.clear();
      cells.clear();
      compared = 0;
    }
    if (event.kind !== 'trial-finished') continue;
    // What stands beside the search for comparison was not its try.
    if (state.trials[event.trial]?.origin.operator === equalSpend && !concluded.has(event.trial)) compared++;
    concluded.set(event.trial, effort());
  }
  const book = new TrialBook(state, aims);
  for (const trial of state.trials) book.changed(trial);
  const contenders = new Set<Trial>([...book.contenders(), ...book.baselines()]);
  const trials = state.trials.flatMap((trial): PastTrial[] => {
    const at = concluded.get(trial.trial);
    const scored = cells.get(trial.trial);
    if (at === undefined || scored === undefined || scored.tuning.length === 0) return [];
    const { id, config, origin } = trial;
    const parents = origin.parents.flatMap((parent) => state.byId.get(parent)?.trial ?? []);
    const estimates = estimatesOf(scored.tuning.map(({ measurement }) => measurement));
    const { operator } = origin;
    const finalist = state.believed === null || contenders.has(trial);
    return [{ trial: trial.trial, id, config, operator, parents, at, estimates, finalist, ...scored }];
  });
  return {
    trials,
    best: book.best()?.best.id ?? null,
    evaluations: trials.filter(({ operator }) => operator !== equalSpend).length,
    started: state.trials.length,
    phase: state.phase,
    ended: state.ended,
    search: searchEnd ?? effort(),
    total: effort(),
  };
}
