import type { Clock } from '../core/clock.ts';
import type { Result } from '../core/result.ts';
import type { MoaEvent } from '../moa/types.ts';
import { type ApiError, errorBody } from '../models/api-error.ts';
import { chunkChoice } from '../models/openai/chat-api.ts';
import type { ChatAsk } from './chat-request.ts';
import { chunkBody, finishReason, type Header, mixtuneBody, usageBody } from './completion.ts';
import { EventStream } from './event-stream.ts';
import type { Running, ServedAnswer } from './service.ts';
import { stagePiece } from './stage-pieces.ts';

/** How long the head waits for a first sign of the answer, so that early failures have a status; in ms. */
const headWaitMs = 3_000;

type ChatEvent = MoaEvent | { readonly kind: 'broke-off' };

/** An answer on its way to a client as a stream of pieces. */
export class ChatStream {
  readonly #events: EventStream;
  readonly #header: () => Header;
  readonly #ask: ChatAsk;
  /** Until the head is sent, pieces wait here. */
  readonly #early: object[] = [];
  #live = false;
  #written = '';
  #brokeOff = false;
  #sign: () => void = () => undefined;
  readonly #firstSign: Promise<void>;

  constructor(clock: Clock, ask: ChatAsk, header: () => Header, onGone: () => void) {
    this.#events = new EventStream(clock, onGone);
    this.#ask = ask;
    this.#header = header;
    this.#firstSign = new Promise((resolve) => {
      this.#sign = resolve;
    });
  }

  get body(): ReadableStream<Uint8Array> {
    return this.#events.body;
  }

  /** Takes what happens in the config. */
  readonly take = (event: ChatEvent): void => {
    if (event.kind === 'broke-off' || event.kind === 'answer-restarted') {
      this.#brokeOff ||= this.#written !== '';
      return;
    }
    if (this.#brokeOff) return;
    if (event.kind === 'answer-delta') {
      this.#written += event.text;
      this.#send({ choices: [chunkChoice({ content: event.text })] });
    } else {
      const piece = stagePiece(event, this.#ask.bounds.stages ?? 'names');
      if (piece !== undefined) this.#send(piece);
    }
    const isSign =
      event.kind === 'answer-delta' || (event.kind === 'agent-finished' && event.call.outcome !== 'failed');
    if (isSign) this.#sign();
  };

  /**
   * Waits until it can be told what status the answer begins with.
   * @returns what went wrong, if it did before anything came.
   */
  async head(clock: Clock, outcome: Promise<Result<ServedAnswer, ApiError>>): Promise<ApiError | undefined> {
    const waited = new AbortController();
    const early = await Promise.race([
      outcome,
      this.#firstSign.then(() => undefined),
      clock.sleep(headWaitMs, waited.signal).catch(() => undefined),
    ]).finally(() => waited.abort());
    if (early?.ok === false) {
      this.#events.close();
      return early.error;
    }
    this.#live = true;
    this.#send({ choices: [chunkChoice({ role: 'assistant', content: '' })] });
    for (const piece of this.#early.splice(0)) this.#events.send(this.#chunk(piece));
    return undefined;
  }

  /** Nothing will come. */
  abandon(): void {
    this.#events.close();
  }

  /** Ends the stream with what the request came to. */
  finish(running: Running, result: Result<ServedAnswer, ApiError>): void {
    if (!this.#events.open) return;
    if (!result.ok) {
      this.fail(result.error);
      return;
    }
    const answer = result.value;
    const cut = this.#close(answer);
    if (cut === undefined) {
      this.fail(brokenStream);
      return;
    }
    const mixtune = mixtuneBody(running, answer);
    const usage = this.#ask.includeUsage ? { usage: null } : {};
    this.#send({ choices: [chunkChoice({}, cut ? 'length' : finishReason(answer))], ...usage, mixtune });
    if (this.#ask.includeUsage)
      this.#events.send(this.#chunk({ choices: [], usage: usageBody(answer.trace) }));
    this.#events.finish();
  }

  /** Clients raise an error that stands in the stream. */
  fail(error: ApiError): void {
    if (!this.#events.open) return;
    this.#events.send(errorBody(error));
    this.#events.close();
  }

  /**
   * Sends what is missing of the answer. At the deadline a piece of the last stage may stand there, and the
   * answer is another candidate: what stands is then all that comes.
   * @returns whether what was sent is cut off; `undefined` where it is not the answer.
   */
  #close({ text, late }: ServedAnswer): boolean | undefined {
    if (text.startsWith(this.#written) && !this.#brokeOff) {
      const rest = text.slice(this.#written.length);
      if (rest !== '') this.#send({ choices: [chunkChoice({ content: rest })] });
      return false;
    }
    return late && this.#written !== '' ? true : undefined;
  }

  #send(piece: object): void {
    const usage = this.#ask.includeUsage && !('usage' in piece) ? { usage: null } : {};
    if (this.#live) this.#events.send(this.#chunk({ ...piece, ...usage }));
    else this.#early.push({ ...piece, ...usage });
  }

  #chunk(piece: object): object {
    return chunkBody(this.#header(), piece);
  }
}

const brokenStream: ApiError = {
  status: 502,
  code: 'broken_stream',
  message: 'The answer broke off upstream and its new beginning differs from what was sent; ask again',
};
