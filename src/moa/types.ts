import type { Degradation } from '../domain/cell-result.ts';
import type { StageKind } from '../domain/moa-config.ts';
import type { CallKey } from '../models/call-key.ts';
import type { CallFailure, ChatMessage, ChatModel, Usage } from '../models/chat-model.ts';

/** What a config is asked. */
export interface Question {
  readonly text: string;
  /** The task's description; fills `{{task}}`. */
  readonly task?: string;
  /** Turns of the conversation before the question, oldest first; every agent is given them. */
  readonly earlier?: readonly ChatMessage[];
  /** What whoever asks says to every agent, behind the agent's own system message. */
  readonly instructions?: string;
}

/** An answer that stages pass on, with the agent it came from. */
export interface Candidate {
  readonly text: string;
  readonly agent: string;
  readonly model: string;
  /** Cut off at its token limit; it stays a candidate. */
  readonly truncated: boolean;
}

/** One call as the trace keeps it; the answer itself is found by its key. */
export interface CallRecord {
  readonly key: CallKey;
  /**
   * Path of the stage in the config: `stages[1]`; inside a loop with its 0-based iteration,
   * `stages[0].stages[2]@1`; a router's own call has `.router` at the end.
   */
  readonly stage: string;
  readonly stageKind: StageKind;
  /** 0-based round of a propose stage, else iteration of the loop around the stage, else 0. */
  readonly round: number;
  readonly agent: string;
  readonly model: string;
  readonly outcome: 'answered' | 'empty' | 'truncated' | 'failed';
  readonly failure?: Pick<CallFailure, 'cause' | 'code' | 'message'>;
  readonly usage: Usage | null;
  readonly usd: number | null;
  readonly serviceMs: number;
  readonly cached: boolean;
}

/** What an answer took: every call, and their sums. */
export interface Trace {
  readonly calls: readonly CallRecord[];
  readonly degraded: readonly Degradation[];
  /** Critical path over the stages of the calls' service times, in ms. */
  readonly latencyMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** True when any call's tokens are an estimate. */
  readonly tokensEstimated: boolean;
  /**
   * `null` when any call's price is unknown. A failed call counts when its usage is known; one that
   * reports neither usage nor price (a 429, say) adds nothing and leaves the sum known.
   */
  readonly usd: number | null;
  /**
   * Calls lost to what says nothing about the config: outages, time-outs, and requests that the provider
   * rejected (wrong key, unknown model). Above 0 a cell's score may be lower than the config deserves.
   */
  readonly infrastructureFailures: number;
}

/** What a config came to on one question: its answer, or why there is none; either way with what it took. */
export type MoaOutcome =
  | {
      readonly kind: 'answered';
      readonly answer: string;
      /** The answer was cut off at its token limit. */
      readonly truncated: boolean;
      readonly trace: Trace;
    }
  | {
      readonly kind: 'no-answer';
      /** `infrastructure`: the cell is unscored. `config`: it scores 0 with this reason. `aborted`: as if never run. */
      readonly cause: 'infrastructure' | 'config' | 'aborted';
      readonly reason: string;
      readonly trace: Trace;
    };

/** What happens while a config answers a question, in order. */
export type MoaEvent =
  | {
      readonly kind: 'stage-started';
      readonly stage: string;
      readonly stageKind: StageKind;
      readonly round: number;
      readonly agents: readonly string[];
    }
  | { readonly kind: 'agent-finished'; readonly call: CallRecord; readonly text: string }
  | { readonly kind: 'stage-finished'; readonly stage: string; readonly candidates: number }
  /** A piece of the final answer as it is written. */
  | { readonly kind: 'answer-delta'; readonly text: string }
  /** What was streamed so far is not the answer after all (its call failed); the answer follows whole. */
  | { readonly kind: 'answer-restarted' };

/** What a config is run with. */
export interface MoaDependencies {
  readonly model: ChatModel;
  /** The form of an answer that votes compare; `null` when an answer has none (it cannot win a vote). */
  readonly extractAnswer: (text: string) => string | null;
  /** Cell's repeat; different repeats use fresh samples. @defaultValue 0 */
  readonly repeat?: number;
  /** Aborting it ends the question without an answer. @defaultValue never */
  readonly signal?: AbortSignal;
  /**
   * When it aborts, calls in flight end and none begins: the answer is the best candidate so far, and the
   * trace lists what was cut off. Without a candidate there is no answer, for `infrastructure`.
   */
  readonly deadline?: AbortSignal;
  /** Calls with a smaller number go first where calls must queue. @defaultValue 0 */
  readonly priority?: number;
  /** Told of each stage, call and piece of the answer. @defaultValue nobody is told */
  readonly onEvent?: (event: MoaEvent) => void;
}
