import { canonicalJson } from '../../core/canonical-json.ts';
import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import { shortened } from '../../core/shortened.ts';
import { type Cell, cellOfKey } from '../../domain/cell.ts';
import type { CellResult } from '../../domain/cell-result.ts';
import { earlierScoreEstimate, estimatesOf } from '../../domain/estimates.ts';
import { type Estimate, type Estimates, type ObjectiveName, objectiveNames } from '../../domain/objective.ts';
import type { Task } from '../../domain/task.ts';
import type { Grader } from '../../grading/grader.ts';
import { type CallKey, callKey, withTokenLimit } from '../../models/call-key.ts';
import type { CallFailure, ChatModel, ChatRequest, ChatResponse } from '../../models/chat-model.ts';
import type { Trial } from '../../search/trial.ts';
import { askCell, runCell } from '../cells/cell-runner.ts';
import type { BestFile, Claim } from '../folder/lock-schema.ts';
import type { RunEvent } from '../journal/events.ts';
import type { Journal } from '../journal/journal.ts';
import type { Manifest } from '../types.ts';

export interface ReplayModelOptions {
  readonly answer: (key: CallKey, request: ChatRequest) => ChatResponse | undefined;
  readonly revision: (model: string) => string;
  /** How calls ended that never got an answer; see {@link lastFailures}. */
  readonly failures?: Pick<ReadonlyMap<CallKey, CallFailure>, 'get'>;
  /** What a call comes to of which nothing is known. @defaultValue a failure that says so */
  readonly lacking?: (request: ChatRequest) => CallFailure;
  /** Called for each request with the weights that answered, where told. */
  readonly onAnswer?: (model: string, fingerprint: string | undefined) => void;
}

/** By a run's own names of its models' revisions. */
export function revisionsOf({ models }: Pick<Manifest, 'models'>): (model: string) => string {
  return (model) => models?.[model]?.revision ?? '';
}

/** Answers from a run's journal as its calls ended then. */
export function replayOfRun(
  journal: Pick<Journal, 'answer' | 'events'>,
  revision: (model: string) => string,
): ReplayModel {
  return createReplayModel({
    answer: (key) => journal.answer(key),
    revision,
    failures: lastFailures(journal.events()),
  });
}

export type ReplayModel = ChatModel & { readonly missing: () => number };

/** Answers from what is recorded alone. What is not fails, and is counted. */
export function createReplayModel(options: ReplayModelOptions): ReplayModel {
  let missing = 0;
  return {
    missing: () => missing,
    revision: options.revision,
    complete: async (asked: ChatRequest, callOptions) => {
      const request = withTokenLimit(asked);
      const key = callKey(request, { revision: options.revision });
      const response = options.answer(key, request);
      if (response !== undefined) {
        options.onAnswer?.(request.model, response.fingerprint);
        callOptions?.onDelta?.(response.text);
        return { kind: 'answered', response, cached: true };
      }
      const failure = options.failures?.get(key);
      if (failure !== undefined) return { kind: 'failed', failure };
      missing++;
      return { kind: 'failed', failure: options.lacking?.(request) ?? notInJournal };
    },
  };
}

const notInJournal: CallFailure = {
  cause: 'infrastructure',
  code: 'not-in-journal',
  message: "the run's journal holds no answer to this call",
  retryable: false,
  serviceMs: 0,
};

/** The last failure of each call that failed, by key. */
export function lastFailures(events: Iterable<RunEvent>): Map<CallKey, CallFailure> {
  const keys = new Map<number, CallKey>();
  const failures = new Map<CallKey, CallFailure>();
  for (const event of events) {
    if (event.kind === 'call-dispatched') keys.set(event.call, event.key);
    if (event.kind === 'call-answered' || event.kind === 'call-lost') keys.delete(event.call);
    if (event.kind !== 'call-failed') continue;
    const key = keys.get(event.call);
    keys.delete(event.call);
    if (key !== undefined) failures.set(key, event.failure);
  }
  return failures;
}

/** Names of the weights that gave a trial's answers, by model, sorted. */
export async function fingerprintsOf(parts: {
  readonly trial: Pick<Trial, 'config' | 'results'>;
  readonly manifest: Pick<Manifest, 'models'>;
  readonly task: Task;
  readonly journal: Pick<Journal, 'answer'>;
  readonly extractAnswer: (text: string) => string | null;
}): Promise<Map<string, string[]>> {
  const { trial, manifest, task, journal, extractAnswer } = parts;
  const found = new Map<string, Set<string>>();
  const model = createReplayModel({
    answer: (key) => journal.answer(key),
    revision: revisionsOf(manifest),
    onAnswer: (name, fingerprint) => {
      if (fingerprint === undefined) return;
      const names = found.get(name) ?? new Set();
      found.set(name, names.add(fingerprint));
    },
  });
  for (const key of trial.results.keys()) {
    await askCell(trial.config, cellOfKey(key), { task, model, extractAnswer });
  }
  return new Map([...found].map(([name, fingerprints]) => [name, [...fingerprints].sort()]));
}

export interface ReplayParts {
  /** With results as the journal tells them, in order of finishing. */
  readonly trial: Pick<Trial, 'config' | 'results' | 'measured'>;
  readonly task: Task;
  readonly grader: Grader;
  readonly model: ReplayModel;
  readonly clock: Clock;
  readonly extractAnswer: (text: string) => string | null;
  readonly signal: AbortSignal;
}

/** A cell that came out otherwise than the journal has it. */
interface ReplayDifference {
  readonly cell: Cell;
  /** What differs: `grade`, `measurement`, `answer`, …, with both values. */
  readonly what: string;
}

export interface ReplayResult {
  readonly cells: number;
  readonly differences: readonly ReplayDifference[];
  /** Objectives that the replayed cells give, by split. */
  readonly objectives: Readonly<Record<Cell['split'], Estimates>>;
  /** Calls whose answers the journal does not hold. */
  readonly missingCalls: number;
}

/** Plays all of a trial's cells again from their recorded answers, through engine and grader. */
export async function replayTrial(parts: ReplayParts): Promise<ReplayResult> {
  const { trial, ...options } = parts;
  const differences: ReplayDifference[] = [];
  const replayed: { cell: Cell; result: CellResult }[] = [];
  for (const [key, recorded] of trial.results) {
    const cell = cellOfKey(key);
    const outcome = await runCell(trial.config, cell, 0, options);
    if (outcome.kind === 'abandoned') break;
    // When its calls were served is recorded, and does not come out of a replay.
    const result = { ...outcome.result, ...defined({ path: recorded.path }) };
    replayed.push({ cell, result });
    const what = differenceOf(recorded, outcome.result);
    if (what !== undefined) differences.push({ cell, what });
  }
  const objectivesOf = (split: Cell['split']): Estimates =>
    estimatesOf(
      replayed
        .filter(({ cell, result }) => cell.split === split && result.grade.kind === 'scored')
        .map(({ result }) => trial.measured(result)),
    );
  return {
    cells: replayed.length,
    differences,
    objectives: { tuning: objectivesOf('tuning'), holdout: objectivesOf('holdout') },
    missingCalls: parts.model.missing(),
  };
}

/** All but the path: what else was under way at the provider is not in the answers. */
const compared = [
  'grade',
  'measurement',
  'answer',
  'reason',
  'degraded',
  'calls',
  'tokensEstimated',
] as const;

/** The first thing in which a cell came out otherwise than it was recorded, with both values. */
export function differenceOf(recorded: CellResult, now: CellResult): string | undefined {
  const different = compared.find((name) => text(recorded[name]) !== text(now[name]));
  if (different === undefined) return undefined;
  return `${different}: recorded ${short(recorded[different])}, now ${short(now[different])}`;
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : canonicalJson(value);
}

function short(value: unknown): string {
  const whole = text(value);
  return shortened(whole, 158);
}

/** Whether a claim's figure came out of the replay to the last bit. */
export interface ReplayVerdict {
  readonly split: Cell['split'];
  readonly objective: ObjectiveName;
  readonly verdict: 'held' | 'not-held';
  readonly claimed: Estimate;
  readonly replayed: Estimate;
}

const scoresOf = (claim: Claim | null): number[] =>
  (claim?.evidence ?? []).flatMap(({ score }) => score ?? []);

/** Holds every figure of a lock against those of the replay; equal means equal, not nearly so. */
export function replayVerdicts(lock: BestFile, result: ReplayResult): ReplayVerdict[] {
  return (['holdout', 'tuning'] as const).flatMap((split) => {
    const claimed = split === 'tuning' ? lock.member.objectives : lock.member.holdout;
    if (claimed === null) return [];
    return objectiveNames.map((objective) => {
      const replayed = result.objectives[split][objective];
      const equal =
        text(claimed[objective]) === text(replayed) ||
        // Answers that differ are told beside this.
        (objective === 'score' &&
          claimed.score.mean === replayed.mean &&
          text(claimed.score) === text(earlierScoreEstimate(scoresOf(lock.claims[split]))));
      return {
        split,
        objective,
        verdict: equal ? ('held' as const) : ('not-held' as const),
        claimed: claimed[objective],
        replayed,
      };
    });
  });
}
