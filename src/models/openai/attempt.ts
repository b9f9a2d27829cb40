import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import type { CallFailure, CallOptions, ChatRequest, RateLimitInfo } from '../chat-model.ts';
import { CallWatch } from '../limits/call-watch.ts';
import { serverName } from '../model-names.ts';
import type { SecretForms } from '../secret-mask.ts';
import { answerFailure, type Read, refusedParameter } from './attempt-failures.ts';
import type { DialectTalk } from './dialect-book.ts';
import type { Reply } from './http-post.ts';
import { AnswerCollector } from './openai-answer.ts';
import type { ChatBody } from './openai-client.ts';
import { type Dialect, requestBody } from './openai-dialect.ts';
import { ServerError, toCallFailure } from './openai-errors.ts';
import { readRateLimit } from './rate-limit-headers.ts';
import { readResponse } from './read-response.ts';
import { RedirectedError } from './redirected-error.ts';

/** What one request came to, or how to ask otherwise. */
export type CallAttempt = EndedAttempt | AskOtherwise;

export interface EndedAttempt {
  readonly kind: 'ended';
  /** What was read of an answer, whole or not. */
  readonly answer: AnswerCollector;
  /** Why it is none; absent: it is whole. */
  readonly failure?: CallFailure;
  /** The server may have generated more than is known. */
  readonly isLost: boolean;
  /** Dispatch to last token. */
  readonly serviceMs: number;
  /** `null`: it came in one piece, or nothing of it did. */
  readonly firstTokenMs: number | null;
  readonly rateLimit?: RateLimitInfo;
}

interface AskOtherwise {
  readonly kind: 'ask-otherwise';
  /** What can be left out or renamed; absent: the same, elsewhere. */
  readonly change?: Partial<Dialect>;
  /** Where the server says that chat completions are. */
  readonly path?: string;
  /** What it comes to where that leads nowhere. */
  readonly failure: CallFailure;
}

/** What all requests to a server have in common. */
export interface Asking {
  readonly send: (body: ChatBody, signal: AbortSignal) => Promise<Reply>;
  readonly clock: Clock;
  readonly today: (() => Date) | undefined;
  /** Longest from dispatch to last token, and to the first one of a stream, in ms. */
  readonly totalMs: number;
  readonly firstTokenMs: number;
  readonly keys: readonly string[];
  readonly secrets: SecretForms;
}

/** Sends a request once in the talk's dialect and reads what comes. Never throws. */
export async function attemptCall(
  request: ChatRequest,
  options: CallOptions,
  talk: DialectTalk,
  { send, clock, today, totalMs, firstTokenMs: mostFirstMs, keys, secrets }: Asking,
): Promise<CallAttempt> {
  const { dialect } = talk;
  const dispatchedAt = clock.now();
  const elapsed = (): number => clock.now() - dispatchedAt;
  const watch = new CallWatch(clock, options.signal, totalMs, dialect.stream ? mostFirstMs : null);
  let firstTokenMs: number | null = null;
  const sink = {
    onText: (text: string) => options.onDelta?.(text),
    onRestart: () => options.onRestart?.(),
    onToken: () => {
      // Pieces that hold nothing show that the line is open, not that an answer comes.
      options.onHeard?.('rest');
      watch.gotToken();
      firstTokenMs ??= elapsed();
    },
  };
  const answer = new AnswerCollector(sink, secrets, request.maxTokens);
  let read: Read = { streamed: false, isDone: false };
  let failure: CallFailure | undefined;
  let rateLimit: RateLimitInfo | undefined;
  let isLost = false;
  try {
    const body = requestBody(request, serverName(request.model), dialect);
    const response = await send(body, watch.controller.signal);
    isLost = true;
    options.onHeard?.('first token');
    rateLimit = readRateLimit(response.headers);
    read = await readResponse(response, { request, answer, watch, talk, clock });
    isLost = false;
  } catch (error) {
    if (watch.endedAt !== undefined && !(error instanceof ServerError)) {
      // Neither time nor a broken connection takes away what was whole.
      read = { streamed: dialect.stream, isDone: false };
    } else if (watch.cause === undefined) {
      failure = toCallFailure(error, { secrets: keys, serviceMs: elapsed(), today });
      if (error instanceof RedirectedError) watch.controller.abort();
      if (error instanceof ServerError) isLost = false;
      if (error instanceof RedirectedError && error.to !== undefined)
        return { kind: 'ask-otherwise', path: error.to, failure };
      const change = answer.hasOutput ? undefined : refusedParameter(error, failure, dialect, request);
      if (change !== undefined) return { kind: 'ask-otherwise', change, failure };
    }
  } finally {
    watch.end();
  }
  const isLeft = watch.endedAt !== undefined && !read.isDone;
  const serviceMs = isLeft ? watch.endedAt - dispatchedAt : elapsed();
  const late = watch.failure(serviceMs);
  isLost ||= late?.cause === 'infrastructure';
  failure = late ?? failure;
  if (failure === undefined) answer.finish();
  failure ??= answerFailure(answer, read, serviceMs, keys);
  return {
    ...{ kind: 'ended', answer, isLost, serviceMs, firstTokenMs: read.streamed ? firstTokenMs : null },
    ...defined({ failure, rateLimit }),
  };
}
