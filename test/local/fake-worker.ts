import type { Clock } from '../../src/core/clock.ts';
import type { LoadedModel, ToWorker } from '../../src/local/wire.ts';
import type { ModelWorker, WorkerEnd } from '../../src/local/worker-process.ts';

export interface FakeWorkerPlan {
  readonly memoryBytes?: number;
  readonly loadMs?: number;
  readonly answerMs?: number;
  /** Name of a model whose weights are not to be read. */
  readonly cannotLoad?: string;
  /** Text of a question that kills the process. */
  readonly dieOn?: string;
  /** Text of a question that is never answered, and whose stop is not heeded. */
  readonly hangOn?: string;
  readonly pieces?: readonly string[];
}

/** A worker without a process, on the test's clock. */
export class FakeWorker implements ModelWorker {
  alive = true;
  readonly ended: Promise<string>;
  readonly #clock: Clock;
  readonly #plan: FakeWorkerPlan;
  readonly #death = new AbortController();
  readonly #stop = { asked: new AbortController() };

  constructor(clock: Clock, plan: FakeWorkerPlan) {
    this.#clock = clock;
    this.#plan = plan;
    this.ended = new Promise((resolve) => {
      this.#death.signal.addEventListener('abort', () => resolve('killed'));
    });
  }

  async load({ file }: Omit<Extract<ToWorker, { type: 'load' }>, 'type'>): Promise<LoadedModel> {
    const { loadMs = 0, memoryBytes = 1, cannotLoad } = this.#plan;
    if (loadMs === Number.POSITIVE_INFINITY) throw new Error(await this.ended);
    await this.#clock.sleep(loadMs);
    if (cannotLoad !== undefined && file.includes(cannotLoad)) throw new Error('no such file');
    return { type: 'loaded', contextTokens: 4096, memoryBytes };
  }

  async ask(
    { messages }: Omit<Extract<ToWorker, { type: 'ask' }>, 'type' | 'id'>,
    onPiece: (text: string) => void,
  ): Promise<WorkerEnd> {
    const { dieOn, hangOn, pieces = ['an ', 'answer'], answerMs = 10 } = this.#plan;
    const text = messages.at(-1)?.content ?? '';
    if (text === dieOn) this.kill();
    if (text === hangOn) await this.ended;
    if (!this.alive) return { type: 'died', message: await this.ended };
    const stop = new AbortController();
    this.#stop.asked = stop;
    try {
      for (const piece of pieces) {
        await this.#clock.sleep(answerMs / pieces.length, stop.signal);
        onPiece(piece);
      }
    } catch {
      return { type: 'done', id: 0, end: 'stopped', inputTokens: 5, reusedTokens: 0, outputTokens: 0 };
    }
    return { type: 'done', id: 0, end: 'stop', inputTokens: 5, reusedTokens: 0, outputTokens: pieces.length };
  }

  stop(): void {
    this.#stop.asked.abort(new Error('stop'));
  }

  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#death.abort(new Error('killed'));
  }
}
