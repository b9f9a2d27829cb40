/** What can wait in a {@link CallQueue}. */
export interface Queued {
  /** Smaller numbers first. */
  readonly priority: number;
  /** Among equal priorities: since when it could have been made. Default: always. Equal ones in order of coming. */
  readonly since?: number;
  /** Decides between calls that could have been made since the same time, whatever their order of coming. */
  readonly name?: string;
}

/**
 * Waiting calls by priority. Enters and leaves in constant time however many wait, since there are few
 * distinct priorities.
 */
export class CallQueue<Call extends Queued> {
  /** Sets keep the order of insertion and delete from anywhere. */
  readonly #byPriority = new Map<number, Set<Call>>();
  /** Priorities in use, smallest first. */
  readonly #priorities: number[] = [];
  /** The last of each. */
  readonly #newest = new Map<number, Call>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(call: Call): void {
    const { priority } = call;
    let waiting = this.#byPriority.get(priority);
    if (waiting === undefined) {
      waiting = new Set();
      this.#byPriority.set(priority, waiting);
      const at = this.#priorities.findIndex((other) => other > priority);
      this.#priorities.splice(at < 0 ? this.#priorities.length : at, 0, priority);
    }
    // Those that come late are the exception: after an interruption calls come back in any order.
    const last = this.#newest.get(priority);
    waiting.add(call);
    this.#newest.set(priority, last !== undefined && isSooner(call, last) ? last : call);
    if (last !== undefined && isSooner(call, last)) {
      const sorted = [...waiting].sort((a, b) => (isSooner(a, b) ? -1 : isSooner(b, a) ? 1 : 0));
      this.#byPriority.set(priority, new Set(sorted));
    }
    this.#size++;
  }

  /** The first call that is suitable, which stays in the queue. */
  first(suits: (call: Call) => boolean): Call | undefined {
    for (const priority of this.#priorities) {
      for (const call of this.#byPriority.get(priority) ?? []) if (suits(call)) return call;
    }
    return undefined;
  }

  /** Takes a waiting call out; false if it does not wait (any more). */
  delete(call: Call): boolean {
    const { priority } = call;
    const waiting = this.#byPriority.get(priority);
    if (waiting === undefined || !waiting.delete(call)) return false;
    this.#size--;
    if (waiting.size === 0) {
      this.#byPriority.delete(priority);
      this.#newest.delete(priority);
      this.#priorities.splice(this.#priorities.indexOf(priority), 1);
    }
    return true;
  }

  *[Symbol.iterator](): Iterator<Call> {
    for (const priority of [...this.#priorities]) yield* [...(this.#byPriority.get(priority) ?? [])];
  }
}

/** Of equal priority, in whatever order they came. */
export function isSooner(one: Queued, other: Queued): boolean {
  const [since, sinceOther] = [one.since ?? 0, other.since ?? 0];
  return since === sinceOther ? (one.name ?? '') < (other.name ?? '') : since < sinceOther;
}
