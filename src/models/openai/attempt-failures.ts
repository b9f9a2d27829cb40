import { redact } from '../../core/redact.ts';
import { callFailure } from '../abort.ts';
import type { CallFailure, ChatRequest } from '../chat-model.ts';
import { errorIn, wordsIn } from './error-body.ts';
import type { ReplyHeaders } from './http-post.ts';
import type { AnswerCollector } from './openai-answer.ts';
import { adaptDialect, type Dialect } from './openai-dialect.ts';
import { ServerError } from './openai-errors.ts';
import type { Received } from './response-body.ts';

/** What was read of a response beside the answer. */
export interface Read {
  readonly streamed: boolean;
  /** The server said that nothing follows. */
  readonly isDone: boolean;
  /** What it said in place of an answer. */
  readonly words?: string;
}

/** What may be left out of a request so that the server takes it, where that is why it was refused. */
export function refusedParameter(
  error: unknown,
  { cause }: CallFailure,
  dialect: Dialect,
  request: ChatRequest,
): Partial<Dialect> | undefined {
  if (!(error instanceof ServerError)) return undefined;
  const { status, param, message } = error.told;
  if (cause !== 'rejected' && status !== 500 && status !== 501) return undefined;
  return adaptDialect({ status, param, message: message.slice(0, 4000) }, dialect, request);
}

/** Some servers report errors with status 200: in place of the answer, or in the middle of it. */
export function throwIfError(received: Extract<Received, { value: unknown }>, headers: ReplyHeaders): void {
  const { value } = received;
  const named = received.kind === 'chunk' && received.name === 'error';
  const told =
    errorIn(value) ?? (named ? { message: wordsIn(value) ?? 'an error without words' } : undefined);
  if (told !== undefined) throw new ServerError(told, headers);
}

/** What is wrong with a response that came without an error, if anything. */
export function answerFailure(
  answer: AnswerCollector,
  { streamed, words }: Read,
  serviceMs: number,
  secrets: readonly string[],
): CallFailure | undefined {
  const broken = (code: string, message: string): CallFailure =>
    callFailure('infrastructure', code, message, { serviceMs });
  const refused = (code: string, message: string, retryable = false): CallFailure =>
    callFailure('refused', code, redact(message, secrets).slice(0, 500), { retryable, serviceMs });
  if (answer.end === 'filtered')
    return refused('content-filter', "the provider's content filter stopped the answer");
  if (answer.end === 'broken') return broken('server-error', 'the server gave up half-way');
  if (answer.end === 'bad-sample')
    return refused('bad-sample', 'the server could not use what the model wrote', true);
  const says = words === undefined ? '' : `; it says: ${redact(words.slice(0, 500), secrets).slice(0, 200)}`;
  if (answer.end === undefined && (!streamed || !answer.hasChoice)) {
    const what = streamed && words === undefined ? 'the stream' : 'the response';
    return broken(
      streamed && words === undefined ? 'stream-cut' : 'empty-response',
      `${what} held no choice${says}`,
    );
  }
  if (answer.end === undefined) return broken('stream-cut', 'the stream ended without a finish reason');
  if (answer.refusal !== '' && answer.text === '') return refused('refusal', answer.refusal);
  return undefined;
}
