import { defined } from '../core/defined.ts';
import { elementAt } from '../core/element-at.ts';
import { type Agent, samplesOf, settingsOf } from '../domain/agent.ts';
import type { Degradation, DegradationCode } from '../domain/cell-result.ts';
import type { StageKind } from '../domain/moa-config.ts';
import { callKey, requestIdentity, withTokenLimit } from '../models/call-key.ts';
import type {
  CallFailure,
  CallOptions,
  ChatMessage,
  ChatOutcome,
  ChatRequest,
  ChatResponse,
  Usage,
} from '../models/chat-model.ts';
import { isEmptyAnswer } from './parse.ts';
import type { CallRecord, MoaDependencies, MoaEvent, Trace } from './types.ts';

/** Where calls belong in the config; see {@link CallRecord}. */
export interface CallPlace {
  readonly stage: string;
  readonly stageKind: StageKind;
  readonly round: number;
}

/** One agent's part in a group: all its samples share the messages. */
export interface AgentCall {
  readonly agent: Agent;
  readonly messages: readonly ChatMessage[];
  readonly onDelta?: (text: string) => void;
}

export interface AgentAnswer {
  readonly agent: Agent;
  readonly text: string;
  readonly truncated: boolean;
  /** Position in the group's list of agent calls. */
  readonly call: number;
}

export interface GroupResult {
  /** Answers in the order of agents and samples, never of arrival; failed and empty ones are absent. */
  readonly answers: readonly AgentAnswer[];
  /** Why the absent ones are absent. */
  readonly lost: readonly { readonly infrastructure: boolean; readonly note: string }[];
  /** A call was cancelled: the whole run counts as not done. */
  readonly aborted: boolean;
}

interface PlannedCall {
  readonly agent: Agent;
  readonly request: ChatRequest;
  readonly call: number;
  readonly label: string;
  readonly onDelta?: (text: string) => void;
}

interface EndedCall {
  readonly record: CallRecord;
  readonly text: string;
  /** Ended by its token limit, be it before it wrote anything. */
  readonly truncated: boolean;
}

/** Makes a run's calls, group by group, and keeps the trace. */
export class Calls {
  readonly #dependencies: MoaDependencies;
  readonly #records: CallRecord[] = [];
  readonly #degraded: Degradation[] = [];
  /** How often each request has been made in this run. */
  readonly #occurrences = new Map<string, number>();
  /** Ends calls in flight. */
  readonly #signal: AbortSignal | undefined;
  #latencyMs = 0;

  constructor(dependencies: MoaDependencies) {
    this.#dependencies = dependencies;
    const { signal, deadline } = dependencies;
    this.#signal =
      signal !== undefined && deadline !== undefined
        ? AbortSignal.any([signal, deadline])
        : (signal ?? deadline);
  }

  get aborted(): boolean {
    return this.#dependencies.signal?.aborted === true;
  }

  get #late(): boolean {
    return this.#dependencies.deadline?.aborted === true;
  }

  emit(event: MoaEvent): void {
    this.#dependencies.onEvent?.(event);
  }

  degrade(stage: string, code: DegradationCode, note: string, agent?: string): void {
    this.#degraded.push({ stage, code, note, ...defined({ agent }) });
  }

  /** Makes calls side by side, all issued at once in their order; resolves when the last has ended. */
  async together(place: CallPlace, calls: readonly AgentCall[]): Promise<GroupResult> {
    if (this.aborted) return { answers: [], lost: [], aborted: true };
    if (this.#late) return this.#tooLate(place, calls);
    const planned = calls.flatMap((call, index) => this.#plan(call, index));
    const ended = await Promise.all(planned.map((call) => this.#make(place, call)));
    this.#latencyMs += ended.reduce((longest, { record }) => Math.max(longest, record.serviceMs), 0);
    const answers: AgentAnswer[] = [];
    const lost: { infrastructure: boolean; note: string }[] = [];
    let aborted = false;
    for (const [index, { record, text, truncated }] of ended.entries()) {
      const { agent, call, label } = elementAt(planned, index);
      this.#records.push(record);
      const isAborted = record.failure?.cause === 'aborted';
      const cutOff = isAborted && this.#late && !this.aborted;
      if (isAborted && !cutOff) aborted = true;
      if (truncated) {
        this.degrade(place.stage, 'truncated', `${label} was cut off at its token limit`, agent.name);
      }
      if (record.outcome === 'failed' || record.outcome === 'empty') {
        const note = `${label} ${cutOff ? 'was cut off by the deadline' : whyLost(record, truncated)}`;
        lost.push({ infrastructure: cutOff || isInfrastructure(record), note });
        this.degrade(place.stage, 'agent-dropped', note, agent.name);
        continue;
      }
      answers.push({ agent, text, truncated, call });
    }
    return { answers, lost, aborted };
  }

  #tooLate(place: CallPlace, calls: readonly AgentCall[]): GroupResult {
    const lost = calls.map(({ agent }) => {
      const note = `${agent.name} was not asked: the deadline had passed`;
      this.degrade(place.stage, 'agent-dropped', note, agent.name);
      return { infrastructure: true, note };
    });
    return { answers: [], lost, aborted: false };
  }

  trace(): Trace {
    const usages = this.#records.flatMap((record) => (record.usage === null ? [] : [record.usage]));
    const total = (count: (usage: Usage) => number): number =>
      usages.reduce((sum, usage) => sum + count(usage), 0);
    return {
      calls: this.#records,
      degraded: this.#degraded,
      latencyMs: this.#latencyMs,
      inputTokens: total((usage) => usage.inputTokens),
      outputTokens: total((usage) => usage.outputTokens),
      tokensEstimated: usages.some((usage) => usage.estimated),
      usd: totalUsd(this.#records),
      infrastructureFailures: this.#records.filter(isInfrastructure).length,
    };
  }

  /** Numbers equal requests in the order in which they are issued, so that each is its own sample. */
  #plan({ agent, messages, onDelta }: AgentCall, call: number): PlannedCall[] {
    const settings = withTokenLimit({ model: agent.model, messages, ...settingsOf(agent) });
    const samples = samplesOf(agent);
    const identity = requestIdentity(settings);
    const first = this.#occurrences.get(identity) ?? 0;
    this.#occurrences.set(identity, first + samples);
    const repeat = this.#dependencies.repeat ?? 0;
    return Array.from({ length: samples }, (_, sample) => ({
      agent,
      call,
      request: { ...settings, sample: { repeat, index: first + sample } },
      label: samples === 1 ? agent.name : `${agent.name} (sample ${sample + 1} of ${samples})`,
      ...defined({ onDelta }),
    }));
  }

  async #make(place: CallPlace, call: PlannedCall): Promise<EndedCall> {
    const { model, priority } = this.#dependencies;
    const signal = this.#signal;
    const options: CallOptions = {
      purpose: 'agent',
      ...defined({ signal, priority, onDelta: call.onDelta }),
    };
    const outcome = await model.complete(call.request, options);
    const text = outcome.kind === 'answered' ? passedOn(outcome.response, call.agent) : '';
    const record: CallRecord = {
      key: callKey(call.request, model),
      ...place,
      agent: call.agent.name,
      model: call.agent.model,
      ...told(outcome, text),
    };
    this.emit({ kind: 'agent-finished', call: record, text });
    const truncated = outcome.kind === 'answered' && outcome.response.finishReason === 'length';
    return { record, text, truncated };
  }
}

/**
 * What of a response later stages see. Reasoning that is asked for stands under headings, not in tags,
 * since tagged thinking is taken out of references and answers.
 */
function passedOn({ text, reasoning }: ChatResponse, { passReasoning }: Agent): string {
  if (passReasoning !== true || reasoning === undefined || isEmptyAnswer(reasoning)) return text;
  const thought = `Reasoning:\n${reasoning.trim()}`;
  return isEmptyAnswer(text) ? thought : `${thought}\n\nAnswer:\n${text}`;
}

type Told = Pick<CallRecord, 'outcome' | 'failure' | 'usage' | 'usd' | 'serviceMs' | 'cached'>;

/** @param text what is passed on of an answer. */
function told(outcome: ChatOutcome, text: string): Told {
  if (outcome.kind === 'failed') {
    const { cause, code, message, usage, usd, serviceMs } = outcome.failure;
    const failure: Pick<CallFailure, 'cause' | 'code' | 'message'> = { cause, code, message };
    return {
      outcome: 'failed',
      failure,
      usage: usage ?? null,
      usd: usd ?? null,
      serviceMs,
      cached: false,
    };
  }
  const { finishReason, usage, usd, serviceMs } = outcome.response;
  const answered = finishReason === 'length' ? 'truncated' : 'answered';
  return {
    outcome: isEmptyAnswer(text) ? 'empty' : answered,
    usage,
    usd,
    serviceMs,
    cached: outcome.cached ?? false,
  };
}

function totalUsd(records: readonly CallRecord[]): number | null {
  let total = 0;
  for (const record of records) {
    if (record.usd !== null) total += record.usd;
    else if (record.usage !== null) return null;
  }
  return total;
}

function isInfrastructure(record: CallRecord): boolean {
  return record.failure?.cause === 'infrastructure' || record.failure?.cause === 'rejected';
}

/** The end of what is noted of a model that answered, without a word and without being cut off. */
export const wroteNothing = 'wrote nothing';

function whyLost({ outcome, failure }: CallRecord, truncated: boolean): string {
  if (outcome === 'empty') return truncated ? `${wroteNothing} before its token limit` : wroteNothing;
  return `failed: ${failure?.cause} (${failure?.code}): ${failure?.message}`;
}
