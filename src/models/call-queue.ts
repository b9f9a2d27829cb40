import type { Queue, QueueAddOptions } from 'p-queue';

type Run = () => Promise<unknown>;

/**
 * Waiting calls for p-queue: higher priority first, equal ones in order. Unlike p-queue's own queue
 * it removes any waiting call at once, without a signal per call, and inserts in constant time however
 * many wait (there are few distinct priorities).
 */
export class CallQueue implements Queue<Run, QueueAddOptions> {
  /** Sets keep the order of insertion and delete from anywhere. */
  readonly #byPriority = new Map<number, Map<string, Run>>();
  /** Priorities in use, highest first. */
  readonly #priorities: number[] = [];
  #size = 0;
  #unnamed = 0;

  get size(): number {
    return this.#size;
  }

  enqueue(
    run: Run,
    { priority = 0, id = `unnamed-${this.#unnamed++}` }: Partial<QueueAddOptions> = {},
  ): void {
    let waiting = this.#byPriority.get(priority);
    if (waiting === undefined) {
      waiting = new Map();
      this.#byPriority.set(priority, waiting);
      const at = this.#priorities.findIndex((other) => other < priority);
      this.#priorities.splice(at < 0 ? this.#priorities.length : at, 0, priority);
    }
    waiting.set(id, run);
    this.#size++;
  }

  dequeue(): Run | undefined {
    const priority = this.#priorities[0];
    const first = priority === undefined ? undefined : this.#byPriority.get(priority)?.entries().next().value;
    if (priority === undefined || first === undefined) return undefined;
    this.takeOut(first[0], priority);
    return first[1];
  }

  /** Takes a waiting call out; false if it does not wait (any more). */
  takeOut(id: string, priority: number): boolean {
    const waiting = this.#byPriority.get(priority);
    if (waiting === undefined || !waiting.delete(id)) return false;
    this.#size--;
    if (waiting.size === 0) {
      this.#byPriority.delete(priority);
      this.#priorities.splice(this.#priorities.indexOf(priority), 1);
    }
    return true;
  }

  filter({ priority = 0 }: Readonly<Partial<QueueAddOptions>>): Run[] {
    return [...(this.#byPriority.get(priority)?.values() ?? [])];
  }

  setPriority(): void {
    throw new Error('CallQueue.setPriority: the limiter never changes a priority');
  }
}
