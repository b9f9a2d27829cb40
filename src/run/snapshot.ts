import { cellKey } from '../domain/cell.ts';
import type { ConfigId, MoaConfig } from '../domain/moa-config.ts';
import type { CallKey } from '../models/call-key.ts';
import type { Origin } from '../search/strategy.ts';
import {
  type DraftEvent,
  type DraftHistory,
  isDraftEvent,
  type OpenDraft,
  retellDraft,
  type WrittenDraft,
} from './draft-book.ts';
import type { CellResult, RunEvent, RunEventOf } from './events.ts';
import type { SnapshotPart, SnapshotStore, StoredSnapshot } from './journal.ts';
import { type OpenCall, type OpenCell, openCell, type RunState } from './run-state.ts';
import type { ScoredCell, TrialState } from './trial-state.ts';
import { scoredCells } from './trial-state.ts';

/** What those who follow a run's trials are shown again when it is loaded, in the order in which it happened. */
export interface History extends DraftHistory {
  readonly trialStarted: (trial: TrialState) => void;
  readonly cellFinished: (trial: TrialState) => void;
  readonly trialFinished: (trial: TrialState) => void;
  /** It was granted cells, or was on its way when the history ends. */
  readonly trialOpened: (trial: TrialState) => void;
}

/** Score, latency, tokens and usd of a scored cell; nothing for an unscored one. `event`: where its result is. */
type CellRow = readonly [cellKey: string, event: number, ...costs: (number | null)[]];

interface PartJson {
  /** A trial's number where it was settled, maybe again; -1 where the next trial was started, -2: the next draft. */
  readonly order: readonly number[];
  /** `event`: where its config is. */
  readonly started: readonly { readonly id: ConfigId; readonly origin: Origin; readonly event: number }[];
  /** `cells`: since it was settled before, or since it was started. */
  readonly settled: readonly { readonly status: TrialState['status']; readonly cells: readonly CellRow[] }[];
  /** What happened to drafts, without the requests; absent in snapshots of earlier versions. */
  readonly drafts?: readonly DraftEvent[];
}

/** What is not settled, and the sums. */
interface HeadJson {
  readonly sums: Pick<RunState, (typeof sums)[number]>;
  readonly reserved: RunState['reserved'];
  readonly openCells: readonly OpenCell[];
  readonly openCalls: readonly OpenCall[];
  readonly failedAttempts: readonly (readonly [CallKey, readonly FailedAttempt[]])[];
  readonly lostToCells: readonly (readonly [string, Lost])[];
  /** Absent in snapshots of earlier versions. */
  readonly drafts?: {
    readonly asked: number;
    readonly fruitless: number;
    readonly open: readonly OpenDraft[];
    readonly written: readonly WrittenDraft[];
    readonly prompts: readonly string[];
  };
  /** What the run's follower knew, see Recorder. */
  readonly follower?: unknown;
  readonly running: readonly {
    readonly trial: number;
    readonly granted: number;
    readonly begun: readonly string[];
    /** Since it was settled before. */
    readonly cells: readonly CellRow[];
  }[];
}

export function followerIn({ head }: StoredSnapshot): unknown {
  return (JSON.parse(head) as HeadJson).follower;
}

type FailedAttempt = RunState['failedAttempts'] extends Map<CallKey, readonly (infer One)[]> ? One : never;
type Lost = RunState['lostToCells'] extends Map<string, infer One> ? One : never;

const sums = [
  'at',
  'phase',
  'ended',
  'refusal',
  'concluded',
  'level',
  'concludedAtLevel',
  'extraGranted',
  'extensions',
  'believed',
  'cells',
  'calls',
  'tokensIn',
  'tokensOut',
  'usd',
  'unscored',
  'largestReservation',
] as const;

const started = -1;
const drafted = -2;
const nothing = { model: '', messages: [], sample: { repeat: 0, index: 0 } } as const;

/**
 * Gathers what happens between two snapshots, so that each writes only what is new. A snapshot is an
 * index: it says what happened in which order and where in the journal configs and results stand.
 */
export class SnapshotGatherer {
  readonly #state: RunState;
  #event = 0;
  #order: number[] = [];
  #started: { readonly id: ConfigId; readonly origin: Origin; readonly event: number }[] = [];
  #settled: { readonly status: TrialState['status']; readonly cells: readonly CellRow[] }[] = [];
  #drafts: DraftEvent[] = [];
  /** Finished cells of trials on their way, since they were settled before; by the trial's number. */
  readonly #running = new Map<number, CellRow[]>();

  constructor(state: RunState) {
    this.#state = state;
  }

  /** To be shown each event that no snapshot covers, before it goes into the state. */
  take(event: RunEvent): void {
    this.#event++;
    switch (event.kind) {
      case 'trial-started':
        this.#order.push(started);
        this.#started.push({ id: event.id, origin: event.origin, event: this.#event });
        this.#running.set(event.trial, []);
        return;
      case 'cells-granted':
        if (!this.#running.has(event.trial)) this.#running.set(event.trial, []);
        return;
      case 'cell-finished':
        this.#takeCell(event);
        return;
      case 'trial-finished':
        this.#order.push(event.trial);
        this.#settled.push({ status: event.status, cells: this.#running.get(event.trial) ?? [] });
        this.#running.delete(event.trial);
        return;
      default:
        if (isDraftEvent(event)) this.#takeDraft(event);
    }
  }

  /** What a snapshot adds to those before it; gathering starts anew. */
  part(): SnapshotPart {
    const history: PartJson = {
      order: this.#order,
      started: this.#started,
      settled: this.#settled,
      drafts: this.#drafts,
    };
    this.#order = [];
    this.#started = [];
    this.#settled = [];
    this.#drafts = [];
    return { history: JSON.stringify(history) };
  }

  /** The part of a snapshot that the next one replaces. */
  head(follower?: unknown): string {
    const state = this.#state;
    const head: HeadJson = {
      sums: Object.fromEntries(sums.map((name) => [name, state[name]])) as HeadJson['sums'],
      reserved: state.reserved,
      openCells: [...state.openCells.values()],
      openCalls: [...state.openCalls.values()],
      failedAttempts: [...state.failedAttempts],
      lostToCells: [...state.lostToCells],
      drafts: {
        asked: state.drafts.asked,
        fruitless: state.drafts.fruitless,
        open: [...state.drafts.open.values()],
        written: [...state.drafts.written.values()],
        prompts: state.drafts.prompts,
      },
      ...(follower === undefined ? {} : { follower }),
      running: [...this.#running].map(([trial, cells]) => ({
        trial,
        granted: (state.trials[trial] as TrialState).granted,
        begun: [...(state.trials[trial] as TrialState).begun],
        cells,
      })),
    };
    return JSON.stringify(head);
  }

  /** Goes on behind a snapshot. */
  resume({ events, head }: StoredSnapshot): void {
    this.#event = events;
    for (const { trial, cells } of (JSON.parse(head) as HeadJson).running)
      this.#running.set(trial, [...cells]);
  }

  #takeDraft(event: DraftEvent): void {
    this.#order.push(drafted);
    // What was asked of the writer is needed while it is open, and then the head has it.
    this.#drafts.push(event.kind === 'draft-started' ? { ...event, request: nothing } : event);
  }

  #takeCell(event: RunEventOf<'cell-finished'>): void {
    const open = this.#state.openCells.get(event.cell);
    if (open === undefined) return;
    const { score, latency, tokens, usd } = event.result.measurement;
    const costs = event.result.grade.kind === 'scored' ? [score, latency, tokens, usd] : [];
    this.#running.get(event.trial)?.push([cellKey(open.of), this.#event, ...costs]);
  }
}

/** Brings an empty state to where a snapshot was taken, showing its history on the way. */
export function restoreSnapshot(
  state: RunState,
  stored: StoredSnapshot,
  store: SnapshotStore,
  history?: History,
): void {
  for (const part of stored.parts) restorePart(state, part, store, history);
  const head = JSON.parse(stored.head) as HeadJson;
  Object.assign(state, head.sums);
  Object.assign(state.reserved, head.reserved);
  state.olderAnswers = true;
  for (const open of head.openCalls) state.openCalls.set(open.call, open);
  for (const [key, attempts] of head.failedAttempts) state.failedAttempts.set(key, [...attempts]);
  for (const [key, failure] of head.lostToCells) state.lostToCells.set(key, failure);
  restoreDrafts(state, head.drafts);
  for (const open of head.openCells) openCell(state, open);
  for (const { trial: number, ...rest } of head.running) {
    const trial = state.trials[number] as LoadedTrial;
    trial.goOn(rest.begun, rest.cells, rest.granted);
    history?.trialOpened(trial);
  }
}

function restoreDrafts({ drafts }: RunState, head: HeadJson['drafts']): void {
  if (head === undefined) return;
  drafts.asked = head.asked;
  drafts.fruitless = head.fruitless;
  for (const open of head.open) drafts.open.set(open.draft, open);
  for (const written of head.written) drafts.written.set(written.draft, written);
  drafts.prompts.push(...head.prompts);
}

function restorePart(
  state: RunState,
  part: SnapshotPart,
  store: SnapshotStore,
  history: History | undefined,
): void {
  const json = JSON.parse(part.history) as PartJson;
  let nextStarted = 0;
  let nextSettled = 0;
  let nextDraft = 0;
  for (const step of json.order) {
    if (step === drafted) {
      const event = json.drafts?.[nextDraft++];
      if (event !== undefined && history !== undefined) retellDraft(event, history);
    } else if (step === started) {
      const { id, origin, event } = json.started[nextStarted++] as PartJson['started'][number];
      const trial = new LoadedTrial(state.trials.length, { id, origin }, event, store);
      state.trials.push(trial);
      state.byId.set(id, trial);
      history?.trialStarted(trial);
    } else {
      const trial = state.trials[step] as LoadedTrial;
      const { status, cells } = json.settled[nextSettled++] as PartJson['settled'][number];
      trial.settle(status, cells);
      history?.trialFinished(trial);
    }
  }
}

/**
 * A trial out of a snapshot. Few trials of a long run are ever looked at again, so config and results
 * are read from the journal when they are; until then it knows what its cells measured.
 */
class LoadedTrial implements TrialState {
  readonly trial: number;
  readonly id: ConfigId;
  readonly origin: Origin;
  status: TrialState['status'] = 'running';
  granted = 0;
  openCells = 0;
  readonly #store: SnapshotStore;
  readonly #event: number;
  #cells: readonly CellRow[] = [];
  #config: MoaConfig | undefined;
  #results: Map<string, CellResult> | undefined;
  #begun: Set<string> | undefined;

  constructor(
    trial: number,
    { id, origin }: { readonly id: ConfigId; readonly origin: Origin },
    event: number,
    store: SnapshotStore,
  ) {
    this.trial = trial;
    this.id = id;
    this.origin = origin;
    this.#event = event;
    this.#store = store;
  }

  get config(): MoaConfig {
    this.#config ??= (this.#store.event(this.#event) as RunEventOf<'trial-started'>).config;
    return this.#config;
  }

  get results(): Map<string, CellResult> {
    this.#results ??= new Map(
      this.#cells.map(([key, event]) => [
        key,
        (this.#store.event(event) as RunEventOf<'cell-finished'>).result,
      ]),
    );
    return this.#results;
  }

  /** A settled trial began the cells that it has results of. */
  get begun(): Set<string> {
    this.#begun ??= new Set(this.#cells.map(([key]) => key));
    return this.#begun;
  }

  get begunCount(): number {
    return this.#begun?.size ?? this.#cells.length;
  }

  get inFlight(): boolean {
    return this.openCells > 0;
  }

  measurements(): readonly ScoredCell[] {
    if (this.#results !== undefined) return scoredCells(this.#results, 'tuning');
    const scored: ScoredCell[] = [];
    for (const [key, , score, latency, tokens, usd] of this.#cells) {
      if (score === undefined || latency == null || tokens == null || usd === undefined) continue;
      scored.push({ key, measurement: { score, latency, tokens, usd } });
    }
    return scored;
  }

  settle(status: TrialState['status'], cells: readonly CellRow[]): void {
    this.status = status;
    this.#add(cells);
    this.granted = this.#cells.length;
  }

  /** Takes up a trial that had cells to come. */
  goOn(begun: readonly string[], cells: readonly CellRow[], granted: number): void {
    this.#add(cells);
    this.#begun = new Set(begun);
    this.granted = granted;
  }

  #add(cells: readonly CellRow[]): void {
    this.#cells = [...this.#cells, ...cells];
    this.#results = undefined;
    this.#begun = undefined;
  }
}
