import type { Clock } from '../core/clock.ts';

const encoder = new TextEncoder();
/** How often a stream that says nothing shows that it lives, in ms. */
const keepAliveMs = 10_000;

/** Server-sent events without names, which some clients take for ends; comments keep the line open. */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #ended = new AbortController();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** @param onGone called when the client has gone. */
  constructor(clock: Clock, onGone: () => void) {
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#end();
        onGone();
      },
    });
    void this.#keepAlive(clock);
  }

  get open(): boolean {
    return this.#controller !== undefined;
  }

  send(data: object): void {
    this.#write(`data: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends it as clients expect. */
  finish(): void {
    this.#write('data: [DONE]\n\n');
    this.close();
  }

  close(): void {
    const controller = this.#controller;
    this.#end();
    controller?.close();
  }

  #write(text: string): void {
    this.#controller?.enqueue(encoder.encode(text));
  }

  #end(): void {
    this.#controller = undefined;
    this.#ended.abort();
  }

  async #keepAlive(clock: Clock): Promise<void> {
    try {
      for (;;) {
        await clock.sleep(keepAliveMs, this.#ended.signal);
        this.#write(': keep-alive\n\n');
      }
    } catch {
      // It has ended.
    }
  }
}
