import { join } from 'node:path';
import { elementAt } from '../../core/element-at.ts';
import { mean, variance } from '../../core/statistics.ts';
import type { CallKey } from '../../models/call-key.ts';
import type { ChatResponse } from '../../models/chat-model.ts';
import { readManifest } from '../../run/folder/manifest-file.ts';
import { runNamesIn } from '../../run/folder/run-folder.ts';
import { openJournalOf } from '../../run/journal/look-into-journal.ts';
import type { SqliteJournal } from '../../run/journal/sqlite-journal.ts';
import type { Manifest } from '../../run/types.ts';
import type { Belief, Beliefs, ModelBelief } from './beliefs.ts';

/** One answered call of an earlier run. */
export interface PastCall {
  readonly model: string;
  readonly outputTokens: number;
  /** Dispatch to last token. */
  readonly serviceMs: number;
  readonly firstTokenMs: number | null;
  /** From a run of the same task. */
  readonly sameTask: boolean;
}

export interface EarlierCalls {
  readonly calls: readonly PastCall[];
  /** Runs that calls were taken from. */
  readonly runs: readonly string[];
}

export interface HistoryQuery {
  readonly task: string;
  readonly models: readonly string[];
  /** Where the models are reached; another endpoint's model of the same name is another model. */
  readonly baseUrl?: string;
  /** Calls that suffice for one model; newer runs are read first. Default 400. */
  readonly callsPerModel?: number;
  /** Runs that are opened at most. Default 10. */
  readonly mostRuns?: number;
}

/** Verdicts, orders and choices say little of how long an answer is. */
const shortRole = /^\W*(?:verdict|ranking|agents)\b|\b(?:VERDICT|RANKING|AGENTS):/;

/** Reads (only reads) what models wrote and how long they took in the runs of a folder. */
export async function readHistory(runsFolder: string, query: HistoryQuery): Promise<EarlierCalls> {
  const { callsPerModel = 400, mostRuns = 10, models } = query;
  const calls: PastCall[] = [];
  const runs: string[] = [];
  const counts = new CallCounts(models, callsPerModel);
  for (const { folder, manifest } of (await matchingRuns(runsFolder, query)).slice(0, mostRuns)) {
    if (counts.areEnough()) break;
    const found = readCalls(folder, manifest.task.name === query.task, counts);
    if (found.length > 0) runs.push(manifest.run);
    calls.push(...found);
  }
  return { calls, runs };
}

async function matchingRuns(
  runsFolder: string,
  { models, baseUrl, task }: HistoryQuery,
): Promise<{ folder: string; manifest: Manifest }[]> {
  const found: { folder: string; manifest: Manifest }[] = [];
  for (const name of await runNamesIn(runsFolder)) {
    const folder = join(runsFolder, name);
    // A folder that is no run, or of another version, is none of our business here.
    const manifest = await readManifest(folder).catch(() => undefined);
    if (manifest === undefined || manifest.endpoint.baseUrl !== baseUrl) continue;
    if (manifest.settings.models.some((model) => models.includes(model))) found.push({ folder, manifest });
  }
  const isSame = (manifest: Manifest): number => (manifest.task.name === task ? 0 : 1);
  return found.sort(
    (a, b) =>
      isSame(a.manifest) - isSame(b.manifest) || (a.manifest.startedAt < b.manifest.startedAt ? 1 : -1),
  );
}

/** How many calls of each model were taken, and whether one more is wanted. */
class CallCounts {
  readonly #counts: Map<string, number>;
  readonly #wanted: number;
  #open: number;

  constructor(models: readonly string[], wanted: number) {
    this.#counts = new Map(models.map((model) => [model, 0]));
    this.#wanted = wanted;
    this.#open = this.#counts.size;
  }

  wants(model: string): boolean {
    return (this.#counts.get(model) ?? this.#wanted) < this.#wanted;
  }

  took(model: string): void {
    const count = (this.#counts.get(model) ?? 0) + 1;
    this.#counts.set(model, count);
    if (count === this.#wanted) this.#open--;
  }

  areEnough(): boolean {
    return this.#open === 0;
  }
}

function readCalls(folder: string, sameTask: boolean, counts: CallCounts): PastCall[] {
  let journal: SqliteJournal | undefined;
  try {
    journal = openJournalOf(folder);
    const dispatched = new Map<number, { readonly model: string; readonly key: CallKey }>();
    const found: PastCall[] = [];
    for (const event of journal.events()) {
      if (event.kind === 'call-dispatched' && event.purpose === 'agent') dispatched.set(event.call, event);
      if (event.kind !== 'call-answered') continue;
      const asked = dispatched.get(event.call);
      dispatched.delete(event.call);
      if (asked === undefined || !counts.wants(asked.model)) continue;
      const response = journal.answer(asked.key);
      if (response === undefined || !isTelling(response)) continue;
      counts.took(asked.model);
      found.push({ model: asked.model, sameTask, ...lengthAndTime(response) });
      if (counts.areEnough()) break;
    }
    return found;
  } catch {
    // A journal that cannot be read teaches nothing; that run's own commands say what is wrong with it.
    return [];
  } finally {
    journal?.close();
  }
}

function isTelling({ text, usage }: ChatResponse): boolean {
  return usage.outputTokens > 0 && !shortRole.test(text);
}

function lengthAndTime({ usage, serviceMs, firstTokenMs }: ChatResponse) {
  return { outputTokens: usage.outputTokens, serviceMs, firstTokenMs };
}

/** Fewer calls than these teach nothing. */
const leastCalls = 5;
/** How far this job may differ from the earlier ones (deviation of the logarithm). */
const lengthTransfer = { same: 0.2, other: 0.45 };
const speedTransfer = 0.12;
/** Where an answer did not stream, this share of its time is taken to have passed before the first token. */
const firstTokenShare = 0.15;

/** The beliefs after what earlier runs showed of the models. */
export function learn(beliefs: Beliefs, { calls }: Pick<EarlierCalls, 'calls'>): Beliefs {
  return { ...beliefs, models: beliefs.models.map((model) => learnModel(model, calls)) };
}

function learnModel(belief: ModelBelief, calls: readonly PastCall[]): ModelBelief {
  const own = calls.filter((call) => call.model === belief.model);
  const same = own.filter((call) => call.sameTask);
  const useSame = same.length >= leastCalls;
  const lengths = (useSame ? same : own).map((call) => call.outputTokens);
  if (lengths.length < leastCalls) return belief;
  const transfer = useSame ? lengthTransfer.same : lengthTransfer.other;
  const timed = own.filter((call) => call.serviceMs > 0);
  const seen = beliefFrom(lengths, transfer, belief.outputTokens);
  // Another task's answers tell of the model's habits, and what is usual for this task's kind of answer of the task.
  const median = useSame ? seen.median : Math.sqrt(seen.median * belief.outputTokens.median);
  const learned: ModelBelief = {
    ...belief,
    outputTokens: { ...seen, median },
    // Remarks are among the calls that were seen.
    remarkTokens: median,
    lengthFrom: useSame ? 'earlier-runs' : 'other-task',
    learnedCalls: own.length,
  };
  if (timed.length < leastCalls) return learned;
  const first = timed.map((call) => Math.max(1, call.firstTokenMs ?? call.serviceMs * firstTokenShare));
  const speeds = timed.map(
    (call, index) => (1000 * call.outputTokens) / Math.max(1, call.serviceMs - elementAt(first, index)),
  );
  return {
    ...learned,
    firstTokenMs: beliefFrom(first, speedTransfer, belief.firstTokenMs),
    tokensPerSecond: beliefFrom(speeds, speedTransfer, belief.tokensPerSecond),
    speedFrom: 'earlier-runs',
  };
}

/** The log-normal that fits, less sure by the error of its median and by how far jobs differ. */
function beliefFrom(values: readonly number[], transfer: number, before: Belief): Belief {
  const logs = values.map((value) => Math.log(value));
  const spread = variance(logs) ?? before.varies ** 2;
  const centre = mean(logs) ?? Math.log(before.median);
  return {
    median: Math.exp(centre),
    unsure: Math.sqrt(transfer ** 2 + spread / values.length),
    varies: Math.sqrt(spread),
  };
}
