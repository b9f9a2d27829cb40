/**
 * What may decide over a job besides its program's own time, which the worker counts: how much processor
 * time it takes, which a long piece of C code may use without being counted, and wall time.
 */
export interface JobGuards {
  /** Processor time, in ms, from which an outcome depends on the machine too much to be taken. */
  readonly doubtfulMs: number;
  /** Processor time, in ms, after which a program has surely used up its limit. */
  readonly processorMs: number;
  /** Wall time, in ms, after which a job that was not given that much is given up. */
  readonly wallMs: number;
}

/** However short a program's limit, what the process does beside it may take so much. */
const overheadMs = 1_000;

/**
 * The guards for a limit on a program's own time. An ordinary machine takes 0.5 to 2 ms for a millisecond
 * of it; other programs beside it, which share caches and cores, make that more, rarely twice as much. A
 * program that ends within four times its limit is judged; one that takes eight times is stopped; what is
 * between the two could be either on another day. A hundredth of a processor is enough to end in time.
 */
export function guardsFor(limitMs: number): JobGuards {
  return {
    doubtfulMs: 4 * limitMs + overheadMs,
    processorMs: 8 * limitMs + 2 * overheadMs,
    wallMs: Math.max(120_000, 200 * limitMs),
  };
}

interface GuardListener {
  onOver(message: string): void;
  onStarved(reason: string): void;
}

/** Watches one job from its start until {@link stop}. */
export class TimeGuard {
  readonly #guards: JobGuards;
  readonly #read: () => Promise<number | null>;
  readonly #listener: GuardListener;
  readonly #started = performance.now();
  /** Processor time when the job began, and what it has used since, where that is known. */
  readonly #before: Promise<number | null>;
  #usedMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(guards: JobGuards, read: () => Promise<number | null>, listener: GuardListener) {
    this.#guards = guards;
    this.#read = read;
    this.#listener = listener;
    this.#before = read();
    // A thread uses no more processor time than wall time: no need to look before.
    this.#lookAfter(guards.doubtfulMs);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Why an outcome that came is not to be taken, if so. */
  doubt(): { readonly kind: 'undecided'; readonly reason: string } | null {
    const used = this.#usedMs;
    if (used === null || used <= this.#guards.doubtfulMs || used >= this.#guards.processorMs) return null;
    return {
      kind: 'undecided',
      reason: `it took ${seconds(used)} of processor time, so near the limit that the machine decides`,
    };
  }

  #lookAfter(ms: number): void {
    this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    const [before, now] = await Promise.all([this.#before, this.#read()]);
    if (this.#stopped) return;
    this.#usedMs = before === null || now === null ? null : now - before;
    const used = this.#usedMs ?? 0;
    const wall = performance.now() - this.#started;
    if (used >= this.#guards.processorMs) {
      this.#listener.onOver(`did not end within ${seconds(used)} of processor time`);
    } else if (wall >= this.#guards.wallMs) {
      const got = this.#usedMs === null ? 'an unknown amount' : seconds(used);
      this.#listener.onStarved(
        `the machine was too busy: in ${seconds(wall)} the program got ${got} of processor time`,
      );
    } else {
      const soonest = Math.max(100, Math.min(this.#guards.processorMs - used, this.#guards.wallMs - wall));
      this.#lookAfter(Math.min(soonest, 1_000));
    }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
