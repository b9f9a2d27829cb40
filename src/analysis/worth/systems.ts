import type { Clock } from '../../core/clock.ts';
import { valueAt } from '../../core/element-at.ts';
import { type Budget, leftOf, nothingSpent, type Spent, sumOfSpent } from '../../domain/budget.ts';
import { cellKey, cellOfKey } from '../../domain/cell.ts';
import type { CellResult } from '../../domain/cell-result.ts';
import { type ConfigId, configId, type MoaConfig } from '../../domain/moa-config.ts';
import type { Task } from '../../domain/task.ts';
import type { Grader } from '../../grading/grader.ts';
import type { ChatModel } from '../../models/chat-model.ts';
import type { SharedAnswers } from '../../run/calls/kept-answers.ts';
import { plannedCalls } from '../../run/calls/planned-calls.ts';
import { type ReplayModel, replayOfRun, revisionsOf } from '../../run/calls/replay.ts';
import { runCell } from '../../run/cells/cell-runner.ts';
import { type EvaluateDependencies, type EvaluateSettings, evaluateConfigs } from '../../run/evaluate.ts';
import { createMemoryJournal, type Journal } from '../../run/journal/journal.ts';
import { foldEvents, type RunState, spentOf } from '../../run/run-state.ts';
import type { CutOff, Manifest } from '../../run/types.ts';
import type { System } from './effects.ts';
import { withAgentsOnly } from './fewer-agents.ts';

/** How what was not recorded is asked. */
export interface FreshCalls {
  readonly settings: Omit<EvaluateSettings, 'cells' | 'split' | 'repeats' | 'budget'>;
  readonly dependencies: Omit<EvaluateDependencies, 'task' | 'grader' | 'extractAnswer'>;
  /** Hard ceilings on all that is asked. */
  readonly budget: Budget;
}

export interface SystemsParts {
  readonly journal: Pick<Journal, 'answer' | 'events'>;
  readonly state: RunState;
  readonly manifest: Pick<Manifest, 'models'>;
  /** The task as the run saw it. */
  readonly task: Task;
  readonly grader: Grader;
  readonly clock: Clock;
  readonly extractAnswer: (text: string) => string | null;
  readonly signal: AbortSignal;
}

/** One system with where its answers come from. */
interface KnownSystem {
  readonly config: MoaConfig;
  readonly results: Map<string, CellResult>;
  readonly fresh: Set<string>;
  /** Calls at most that each missing cell would take. */
  readonly missing: Map<string, number>;
}

export interface SystemEvidence {
  readonly recorded: number;
  readonly fresh: number;
  readonly missing: number;
  readonly missingCalls: number;
}

/**
 * Configs of some of a config's agents, and what they were measured at. A cell of such a system is known without a
 * call where the run tried that very config, or where the run's journal holds the answers to all of its calls: those of
 * the first stage nearly always, those of a later stage only where it is shown the very same answers. Votes and
 * choices are worked out again from the answers, and grades are made anew.
 */
export class SystemBook {
  readonly #parts: SystemsParts;
  readonly #whole: MoaConfig;
  readonly #cells: readonly string[];
  readonly #replay: ReplayModel;
  /** Equal systems of different agents are one. */
  readonly #known = new Map<ConfigId, KnownSystem>();
  readonly #idOf = new Map<number, ConfigId | null>();
  cutOff: CutOff | undefined;
  /** By everything that was asked so far. */
  spent: Spent = nothingSpent;

  /** @param cells keys of the cells that are looked at */
  constructor(whole: MoaConfig, cells: readonly string[], parts: SystemsParts) {
    this.#parts = parts;
    this.#whole = whole;
    this.#cells = cells;
    const { journal, manifest } = parts;
    this.#replay = replayOfRun(journal, revisionsOf(manifest));
  }

  /** @param mask bits of the agents that it has, in the order of `agentsOf` */
  at(mask: number): System {
    const id = this.#idOf.get(mask);
    if (id === undefined) throw new Error(`system ${mask} was not looked up`);
    return id === null ? { config: null, results: new Map() } : valueAt(this.#known, id);
  }

  /** Of some systems together, each counted once. */
  evidence(masks: readonly number[]): SystemEvidence {
    const ids = new Set(masks.map((mask) => this.#idOf.get(mask)));
    let [recorded, fresh, missing, missingCalls] = [0, 0, 0, 0];
    for (const id of ids) {
      const known = id == null ? undefined : this.#known.get(id);
      if (known === undefined) continue;
      recorded += known.results.size - known.fresh.size;
      fresh += known.fresh.size;
      missing += known.missing.size;
      for (const calls of known.missing.values()) missingCalls += calls;
    }
    return { recorded, fresh, missing, missingCalls };
  }

  /** Looks up what is recorded of systems; asks nobody. */
  async lookUp(masks: readonly number[]): Promise<void> {
    for (const mask of masks) {
      if (this.#idOf.has(mask)) continue;
      const config = withAgentsOnly(this.#whole, agentsIn(mask));
      const id = config === null ? null : configId(config);
      this.#idOf.set(mask, id);
      if (config === null || id === null || this.#known.has(id)) continue;
      this.#known.set(id, await this.#recorded(config, id));
    }
  }

  async #recorded(config: MoaConfig, id: ConfigId): Promise<KnownSystem> {
    const { state, signal } = this.#parts;
    const tried = state.byId.get(id)?.results;
    const known: KnownSystem = { config, results: new Map(), fresh: new Set(), missing: new Map() };
    for (const key of this.#cells) {
      signal.throwIfAborted();
      const result = tried?.get(key);
      if (result?.grade.kind === 'scored') known.results.set(key, result);
      else await this.#playAgain(known, key);
    }
    return known;
  }

  async #playAgain({ config, results, missing }: KnownSystem, key: string): Promise<void> {
    let found = 0;
    const counted: ChatModel = {
      revision: this.#replay.revision,
      complete: async (request, options) => {
        const outcome = await this.#replay.complete(request, options);
        if (outcome.kind === 'answered') found++;
        return outcome;
      },
    };
    const before = this.#replay.missing();
    const outcome = await runCell(config, cellOfKey(key), 0, { ...this.#parts, model: counted });
    const isWhole = this.#replay.missing() === before && outcome.kind === 'done';
    if (isWhole) results.set(key, outcome.result);
    else missing.set(key, Math.max(1, plannedCalls(config) - found));
  }

  /** Asks what is missing of systems; where a ceiling ends it, all have the same cells as far as may be. */
  async ask(masks: readonly number[], fresh: FreshCalls): Promise<void> {
    await this.lookUp(masks);
    const ids = new Set(masks.map((mask) => this.#idOf.get(mask)));
    const lacking = [...ids].flatMap((id) => {
      const known = id == null ? undefined : this.#known.get(id);
      return known === undefined || known.missing.size === 0 ? [] : [known];
    });
    if (lacking.length === 0 || this.cutOff !== undefined) return;
    const wanted = this.#cells.filter((key) => lacking.some(({ missing }) => missing.has(key)));
    const { task, grader, extractAnswer, journal } = this.#parts;
    const spending = createMemoryJournal();
    const { settings, dependencies } = fresh;
    const sharedAnswers = alsoFrom(journal, dependencies.sharedAnswers);
    const scored = await evaluateConfigs(
      lacking.map(({ config }) => config),
      { ...settings, repeats: 1, cells: wanted.map(cellOfKey), budget: leftOf(fresh.budget, this.spent) },
      { ...dependencies, task, grader, extractAnswer, sharedAnswers },
      spending,
    );
    this.spent = sumOfSpent(this.spent, spentOf(foldEvents(spending.written)));
    for (const { config, results, cutOff } of scored) {
      const known = valueAt(this.#known, configId(config));
      this.cutOff ??= cutOff;
      for (const { cell, result } of results) {
        const key = cellKey(cell);
        if (!known.missing.delete(key)) continue;
        known.results.set(key, result);
        known.fresh.add(key);
      }
    }
  }
}

function agentsIn(mask: number): Set<number> {
  return new Set(Array.from({ length: 32 }, (_, at) => at).filter((at) => mask & (1 << at)));
}

/** The run's own answers first, then those that runs share. */
function alsoFrom(journal: Pick<Journal, 'answer'>, shared: SharedAnswers | undefined): SharedAnswers {
  return {
    get: (key) => {
      const response = journal.answer(key);
      // The desk asks for the answer alone.
      return response === undefined ? shared?.get(key) : { model: '', revision: '', response };
    },
    put: (key, call) => shared?.put(key, call),
  };
}
