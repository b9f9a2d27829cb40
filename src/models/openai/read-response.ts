import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import type { ChatRequest } from '../chat-model.ts';
import type { CallWatch } from '../limits/call-watch.ts';
import { type Read, throwIfError } from './attempt-failures.ts';
import type { DialectTalk } from './dialect-book.ts';
import { asText, wordsIn } from './error-body.ts';
import type { Reply } from './http-post.ts';
import type { AnswerCollector } from './openai-answer.ts';
import { type Received, readAnswer, responseLimit } from './response-body.ts';

/** How long a server may take to end a response whose end it has told, in ms. */
const drainMs = 1000;

/** Whoever follows a response: what is read goes to `answer`, and `watch` hears of it. */
interface Reading {
  readonly request: ChatRequest;
  readonly answer: AnswerCollector;
  readonly watch: CallWatch;
  readonly talk: DialectTalk;
  readonly clock: Clock;
}

/**
 * Reads a response into the collector, as far as it counts.
 * @throws ServerError where it is an error with status 200; what breaks the connection
 */
export async function readResponse(response: Reply, reading: Reading): Promise<Read> {
  const { request, answer, watch, talk, clock } = reading;
  // Some servers take `stream: true` and then answer in one piece all the same.
  const isJson = /^application\/json\b/i.test(response.headers.get('content-type') ?? '');
  let streamed = talk.dialect.stream && !isJson;
  if (!streamed) watch.gotToken();
  let isDone = false;
  let words: string | undefined;
  const body = readAnswer(response.body, responseLimit(request.maxTokens));
  while (!isDone && !answer.isCut && watch.cause === undefined) {
    const next = await body.next();
    if (next.done === true) break;
    const received = next.value;
    if (received.kind === 'whole') streamed = false;
    if (received.kind === 'done') isDone = true;
    else if (received.kind === 'text') words = received.text;
    else {
      throwIfError(received, response.headers);
      talk.accepted(request);
      const { usage } = answer;
      answer.accept(received.value);
      if (answer.end !== undefined) watch.gotEnd(answer.usage !== usage);
      // Whatever it is, it is the server's, and may say why this is no answer.
      words ??= wordsIn(received.value) ?? (answer.hasChoice ? undefined : asText(received.value));
    }
  }
  if (isDone) void drain(body, watch.controller, clock);
  // Ends the request, so that no more is generated.
  else if (answer.isCut) watch.controller.abort();
  if (watch.cause === undefined && answer.hasChoice && (isDone || !streamed)) answer.end ??= 'stop';
  return { streamed, isDone, ...defined({ words }) };
}

/** Reads what follows the end, normally nothing, so that the connection can serve the next call. */
async function drain(
  body: AsyncGenerator<Received>,
  controller: AbortController,
  clock: Clock,
): Promise<void> {
  const stopWaiting = clock.after(drainMs, () => controller.abort());
  try {
    while ((await body.next()).done !== true);
  } catch {
    // The answer is there; how the connection ends is of no matter.
  }
  stopWaiting();
}
