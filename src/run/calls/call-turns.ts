import type { Clock } from '../../core/clock.ts';
import { CallLimiter } from '../../models/limits/limiter.ts';
import type { Reservation } from '../journal/events.ts';
import type { Recorder } from '../journal/recorder.ts';
import type { Traffic } from './traffic.ts';

export interface CallTurnsOptions {
  readonly recorder: Pick<Recorder, 'now'>;
  /** Calls in flight at once. */
  readonly concurrency: number;
  readonly traffic: Traffic;
  /** Models that cells ask. @defaultValue none: cells are begun as if their calls could be sent */
  readonly models?: readonly string[];
  readonly clock: Clock;
  /**
   * Whether few calls are sent until the first are answered, so that it is known how long calls take that have none
   * beside. @defaultValue false
   */
  readonly lookAround?: boolean;
  /** How many calls were answered so far, for `lookAround`. @defaultValue none */
  readonly answered?: () => number;
  /**
   * Whether a model's call of this worst case lacks room below a ceiling. While calls are in flight it then waits for
   * what they leave, and takes no slot: who goes first is decided by priority alone, also when the run goes on after an
   * interruption. With none in flight it starts, and is refused.
   * @defaultValue never
   */
  readonly lacksRoom?: (model: string, worst: Reservation) => boolean;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/** So many calls at once until so many were answered, or so many ms have passed. */
const lookAround = { calls: 2, answered: 8, ms: 2_000 };

/** Rank within an instant (see Clock.turn): calls start before the scheduler looks again. */
const dispatchRank = 1;

const nothingReserved: Reservation = { tokensIn: 0, tokensOut: 0, usd: 0 };

/** Calls per slot that may wait for limits and outages while other models are asked. */
const heldBackCells = 4;
/** Of the slots: where so many calls of a model wait for its limit, it is used as far as it goes. */
const heldBackShare = 1 / 4;

const none: ReadonlySet<string> = new Set();

/** Whose turn it is among the calls of a run or a server: lets them start by priority as slots, limits and outages allow. */
export class CallTurns {
  readonly limiter: CallLimiter;
  readonly #options: CallTurnsOptions;
  /** Lanes whose next call waits for room below a ceiling. */
  readonly #short = new Set<string>();
  /** Nothing is in flight that could leave it. */
  #roomIsFinal = false;
  /** When waiting calls are looked at again for their gates' sake. */
  #alarmAt = Number.POSITIVE_INFINITY;
  #roundAsked = false;
  #draining = false;

  constructor(options: CallTurnsOptions) {
    this.#options = options;
    const { recorder, traffic, concurrency, signal } = options;
    this.limiter = new CallLimiter({
      concurrency,
      signal,
      atMost: () => this.#slots,
      gate: {
        now: () => recorder.now(),
        earliest: ({ lane, worst }, now) =>
          this.#isShort(lane, worst as Reservation)
            ? Number.POSITIVE_INFINITY
            : traffic.route(lane, worst as Reservation, now).at,
      },
    });
    this.limiter.pause();
    this.limiter.onChange(() => this.#askForRound());
    if (options.lookAround === true && this.#slots < concurrency) this.#setAlarm(lookAround.ms);
  }

  /** Calls in flight for now. */
  get #slots(): number {
    const { concurrency, recorder, answered = () => 0 } = this.#options;
    if (this.#options.lookAround !== true || concurrency <= lookAround.calls) return concurrency;
    const isOver = answered() >= lookAround.answered || recorder.now() >= lookAround.ms;
    return isOver ? concurrency : lookAround.calls;
  }

  /** See CallDesk. */
  get wantsWork(): boolean {
    const { running, waiting } = this.limiter;
    // What waits for room below a ceiling is to have it before anything else is begun.
    const heldBack = this.limiter.heldBack((lane) => !this.#short.has(lane));
    const concurrency = this.#slots;
    if (heldBack === 0) return running + waiting < concurrency;
    if (waiting >= heldBackCells * concurrency || running + waiting - heldBack >= concurrency) return false;
    return this.#isAnyOpen();
  }

  /** See CallDesk. */
  get heldBack(): ReadonlySet<string> {
    const { recorder, traffic } = this.#options;
    const least = Math.max(2, Math.floor(heldBackShare * this.#slots));
    let held: Set<string> | undefined;
    for (const model of this.limiter.crowded(least)) {
      // Asked anew: what the limiter remembers hangs on when it last looked, which a run that is resumed does not know.
      if (traffic.route(model, nothingReserved, recorder.now()).at <= recorder.now()) continue;
      held ??= new Set();
      held.add(model);
    }
    return held ?? none;
  }

  #isShort(lane: string, worst: Reservation): boolean {
    const isFinal = this.#roomIsFinal && this.limiter.running === 0;
    const isShort = !isFinal && this.#options.lacksRoom?.(lane, worst) === true;
    if (isShort) this.#short.add(lane);
    else this.#short.delete(lane);
    return isShort;
  }

  /** Whether a call of any model could be sent now, for all that their lanes say. */
  #isAnyOpen(): boolean {
    const { recorder, traffic, models } = this.#options;
    if (models === undefined) return true;
    const now = recorder.now();
    return models.some((model) => traffic.route(model, nothingReserved, now).at <= now);
  }

  /** No call starts from now on; those in flight go on. */
  drain(): void {
    this.#draining = true;
  }

  /**
   * Lets waiting calls start at the end of the instant, when all that this instant brings has asked:
   * priority then decides who goes first, not the order in which promises happened to settle.
   */
  #askForRound(): void {
    if (this.#roundAsked || this.#draining) return;
    this.#roundAsked = true;
    void this.#options.clock.turn(dispatchRank).then(() => {
      this.#roundAsked = false;
      if (this.#draining) return;
      this.#round();
    });
  }

  #round(): void {
    const { traffic, recorder } = this.#options;
    this.limiter.drop((model) => {
      const failure = traffic.givenUp(model, recorder.now());
      return failure && { kind: 'failed', failure: { ...failure, retryable: false } };
    });
    this.limiter.resume();
    // One after the other: what one refused call leaves behind it may fit.
    if (this.limiter.running === 0 && this.#short.size > 0) {
      this.#roomIsFinal = true;
      this.limiter.resume();
      this.#roomIsFinal = false;
    }
    this.limiter.pause();
    const at = this.limiter.nextAt;
    if (at < this.#alarmAt) this.#setAlarm(at);
  }

  #setAlarm(at: number): void {
    const { clock, recorder, signal } = this.#options;
    this.#alarmAt = at;
    clock.sleep(Math.max(0, at - recorder.now()), signal).then(
      () => {
        if (this.#alarmAt === at) this.#alarmAt = Number.POSITIVE_INFINITY;
        this.#askForRound();
      },
      () => undefined,
    );
  }
}
