import { abortAfter, type Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Rng } from '../core/rng.ts';
import type { ModelSettings } from '../domain/agent.ts';
import { isWrapper, wordConversation } from '../domain/task-wording.ts';
import { runMoa } from '../moa/engine.ts';
import type { MoaEvent, MoaOutcome, Trace } from '../moa/types.ts';
import type { ApiError } from '../models/api-error.ts';
import type { Adaptation } from './adaptation.ts';
import { RequestAllowance } from './allowance.ts';
import { avoidDown, avoidedText } from './avoid-down.ts';
import { boundsForBody, type RequestBounds } from './bounds.ts';
import { choose, type Front, figuresOf, type Member, memberModel } from './catalogue.ts';
import type { ChatAsk } from './chat-request.ts';
import { DayAccounts, dayOf } from './day-accounts.ts';
import type { KeyEntry } from './keys.ts';
import { isCutToNothing, withOverrides } from './last-stage.ts';
import { failureOf } from './no-answer.ts';
import { Places } from './places.ts';
import { KeyRateLimits } from './rate-limits.ts';
import type { ServeMetrics } from './serve-metrics.ts';
import type { StateHealth } from './state-health.ts';
import type { ServeStore } from './store.ts';
import type { Upstream } from './upstream.ts';
import { worstUsdOf } from './worst-case.ts';

/** Which member answers a request. */
interface Decision {
  readonly member: Member;
  readonly why: string;
  /** Another is held for the best; this one is tried. */
  readonly explored?: boolean;
}

/** What a request came to. */
export interface ServedAnswer {
  readonly text: string;
  readonly truncated: boolean;
  readonly trace: Trace;
  /** The deadline passed before the config was through. */
  readonly late: boolean;
  /** Milliseconds from the request to the answer. */
  readonly ms: number;
}

export interface Running {
  readonly id: string;
  /** As the models get it. */
  readonly question: string;
  /** The task's prompt stands around the conversation's first question. */
  readonly isPrompted: boolean;
  /** What the request set in place of the config's own. */
  readonly overrides: ModelSettings;
  readonly decision: Decision;
  readonly relaxed: boolean;
  readonly outcome: Promise<Result<ServedAnswer, ApiError>>;
}

export interface ServiceOptions {
  readonly front: () => Front;
  readonly upstream: Upstream;
  readonly store: ServeStore;
  readonly health: StateHealth;
  readonly metrics: ServeMetrics;
  readonly clock: Clock;
  readonly today: () => Date;
  readonly newId: () => string;
  readonly rng: Rng;
  /** Requests answered at once, and that may wait for a place; more are told to come again. */
  readonly maxInFlight: number;
  readonly maxQueued: number;
  /** Seconds after which the best candidate so far is the answer. */
  readonly deadline: number;
  /** US dollars that all requests together may cost in a day (UTC). */
  readonly maxUsdDay?: number;
  /** Learns which member answers; absent: the run's figures decide. */
  readonly adaptation?: Adaptation;
  /** Told of what went wrong without keeping a client from its answer. */
  readonly onBug: (error: unknown) => void;
}

/** Seeds of requests that name none are drawn above every seed that a client is likely to name. */
const ownSeeds = 2 ** 40;

/** Answers chat requests: chooses, admits, reserves, runs, settles. */
export class ChatService {
  readonly #options: ServiceOptions;
  /** Of requests under way; they end when it does. */
  readonly places: Places;
  readonly #rates: KeyRateLimits;
  readonly #accounts: DayAccounts;
  readonly #health: StateHealth;
  #number = 0;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#health = options.health;
    this.places = new Places(options.maxInFlight, options.maxQueued);
    this.#accounts = new DayAccounts(options.store, options.today, options.maxUsdDay);
    this.#rates = new KeyRateLimits(() => options.clock.now());
  }

  /**
   * Begins to answer, or says at once why not.
   * @param gone aborted when nobody waits for the answer any more.
   */
  start(
    ask: ChatAsk,
    key: KeyEntry | undefined,
    gone: AbortSignal,
    onEvent: (event: MoaEvent | { readonly kind: 'broke-off' }) => void,
  ): Result<Running, ApiError> {
    const refused = this.places.refusal();
    if (refused !== undefined) return err(refused);
    const front = this.#options.front();
    const { adaptation, upstream } = this.#options;
    const chosen = choose(adaptation?.front(front) ?? front, ask.model, ask.bounds);
    if (!chosen.ok) return chosen;
    const { choice, avoided } = avoidDown(chosen.value, (model) => upstream.isDown(model));
    const id = this.#options.newId();
    const adapted = adaptation?.decide(ask, choice, (one) => this.#mayHave(one, ask, key));
    const [member] = choice.fitting;
    const decided = adapted ?? { member, why: choice.why };
    const decision =
      avoided === undefined ? decided : { ...decided, why: decided.why + avoidedText(avoided) };
    const forbidden = notAllowed(key, ask.model, decision.member);
    if (forbidden !== undefined) return err(forbidden);
    const expected = figuresOf(decision.member)?.tokens.mean ?? 1000;
    const entered = key === undefined ? ok({ settle: () => undefined }) : this.#rates.enter(key, expected);
    if (!entered.ok) return entered;
    if (avoided !== undefined) this.#options.metrics.avoided(avoided.member.id);
    // What cannot be written down is not learned from.
    if (adapted !== undefined) this.#health.attempt(() => adaptation?.begin(id, adapted.decision));
    const { clock } = this.#options;
    const seconds = Math.min(this.#options.deadline, ask.bounds.deadline ?? Number.POSITIVE_INFINITY);
    const deadline = abortAfter(clock, seconds * 1000);
    const worded = wordedFor(decision.member, ask);
    const work = {
      ...{ ask: worded, key, gone, deadline: deadline.signal, onEvent },
      ...{ id, decision, bounds: choice.bounds, number: this.#number++, began: clock.now() },
    };
    const leave = front.enter?.();
    const outcome = this.places
      .inTurn(work, () => this.#answer(work))
      .then((turn) => {
        entered.value.settle(turn.ok ? turn.value.tokens : 0);
        return turn.ok ? turn.value.result : turn;
      })
      .finally(() => {
        deadline.cancel();
        leave?.();
      });
    const isPrompted = ask.bounds.raw !== true && isWrapper(decision.member.source.prompt);
    return ok({
      id,
      question: worded.question,
      isPrompted,
      overrides: ask.overrides,
      decision,
      relaxed: choice.relaxed,
      outcome,
    });
  }

  /** Whether a member could answer a request, by its key and by what is left to spend. */
  #mayHave(member: Member, ask: ChatAsk, key: KeyEntry | undefined): boolean {
    if (notAllowed(key, ask.model, member) !== undefined) return false;
    const worded = wordedFor(member, ask);
    const worst = worstUsdOf(withOverrides(member.config, ask.overrides), worded, member.source.card);
    return this.#accounts.of(key).every((account) => account.fits(worst));
  }

  async #answer(work: Work): Promise<Answered> {
    const { ask, key, decision } = work;
    const { config, source } = decision.member;
    const changed = withOverrides(config, ask.overrides);
    const accounts = this.#accounts.of(key);
    const worst = worstUsdOf(changed, ask, source.card);
    const allowance = RequestAllowance.open(accounts, worst);
    if (allowance === undefined) return { result: err(this.#accounts.missing(accounts, worst)), tokens: 0 };
    try {
      return await this.#spend(work, changed, allowance, worst);
    } finally {
      // Also where the state cannot be written: what was set aside would be missing all day.
      allowance.close();
    }
  }

  /** Runs a request for which money is set aside, and writes down what it came to. */
  async #spend(
    work: Work,
    config: Member['config'],
    allowance: RequestAllowance,
    worst: number | null,
  ): Promise<Answered> {
    const { decision, id, began } = work;
    const { store, metrics, clock } = this.#options;
    const { source } = decision.member;
    const opened = {
      ...this.#record(work),
      config: decision.member.id,
      run: source.name,
      reservedUsd: worst,
    };
    const kept = this.#health.attempt(() => store.opened(opened));
    // A limit on dollars holds over restarts; without one only a record is lost.
    if (!kept.ok && allowance.isLimited) return { result: kept, tokens: 0 };
    metrics.decided(decision.member.id, decision.explored ?? false);
    const { outcome, late } = await this.#run(work, config, allowance);
    const ms = clock.now() - began;
    const result = resultOf(outcome, late, ms, isCutToNothing(config, work.ask.overrides, outcome.trace));
    metrics.ended(decision.member.id, ms, outcome.trace, result.ok ? undefined : result.error.code);
    if (result.ok) this.#noteViolations(work.bounds, outcome.trace);
    const closed = {
      outcome: result.ok ? 'answered' : result.error.code,
      ...{ usd: allowance.usd, tokensIn: allowance.tokensIn, tokensOut: allowance.tokensOut },
      ...{ calls: allowance.calls, latencyMs: outcome.trace.latencyMs },
      degraded: outcome.trace.degraded.length,
    };
    try {
      this.#health.attempt(() => {
        if (!kept.ok) store.opened(opened);
        store.closed(id, closed);
        if (result.ok && !late) this.#options.adaptation?.ended(decision.member.id, outcome.trace);
      });
    } catch (error) {
      // The answer is paid for. A request that is not closed counts at its worst case after a restart.
      this.#options.onBug(error);
    }
    return { result, tokens: allowance.tokensIn + allowance.tokensOut };
  }

  async #run(
    work: Work,
    config: Member['config'],
    allowance: RequestAllowance,
  ): Promise<{ outcome: MoaOutcome; late: boolean }> {
    const { ask, decision, number, gone, deadline, onEvent } = work;
    const { source } = decision.member;
    const broken = ask.stream ? new AbortController() : undefined;
    const restarted = (): void => {
      onEvent({ kind: 'broke-off' });
      broken?.abort();
    };
    const outcome = await runMoa(
      config,
      {
        text: ask.question,
        ...{ earlier: ask.earlier, instructions: ask.instructions },
        ...defined({ task: source.task }),
      },
      {
        model: this.#options.upstream.modelFor({
          ...{ source, allowance, number },
          ...(broken === undefined ? {} : { onRestart: restarted }),
        }),
        extractAnswer: source.extractAnswer,
        repeat: ask.seed ?? ownSeeds + this.#options.rng.integer(2 ** 32),
        signal: broken === undefined ? gone : AbortSignal.any([gone, broken.signal]),
        deadline,
        onEvent,
      },
    );
    return { outcome, late: deadline.aborted };
  }

  #record({ id, ask, key, decision, bounds }: Work) {
    const now = this.#options.today();
    return {
      ...{ id, at: now.getTime(), day: dayOf(now), key: key?.name ?? '' },
      ...{ model: ask.model, why: decision.why },
      bounds: JSON.stringify(boundsForBody(bounds)),
    };
  }

  #noteViolations(
    { maxLatency, maxUsd, maxTokens }: RequestBounds,
    { latencyMs, usd, inputTokens, outputTokens }: Trace,
  ): void {
    if (maxLatency !== undefined && latencyMs > maxLatency * 1000) this.#options.metrics.violated('latency');
    if (maxUsd !== undefined && usd !== null && usd > maxUsd) this.#options.metrics.violated('usd');
    if (maxTokens !== undefined && inputTokens + outputTokens > maxTokens)
      this.#options.metrics.violated('tokens');
  }
}

interface Work {
  /** Worded for the member. */
  readonly ask: ChatAsk;
  readonly key: KeyEntry | undefined;
  readonly gone: AbortSignal;
  readonly deadline: AbortSignal;
  readonly onEvent: (event: MoaEvent | { readonly kind: 'broke-off' }) => void;
  readonly id: string;
  readonly decision: Decision;
  /** Those that hold. */
  readonly bounds: RequestBounds;
  readonly number: number;
  /** When the request came, ms on the clock. */
  readonly began: number;
}

interface Answered {
  readonly result: Result<ServedAnswer, ApiError>;
  /** What counts against the key's tokens a minute. */
  readonly tokens: number;
}

/** The request as the member's models are to see it: as its task was asked while tuning. */
function wordedFor({ source }: Member, ask: ChatAsk): ChatAsk {
  return ask.bounds.raw === true ? ask : { ...ask, ...wordConversation(source.prompt, ask) };
}

function notAllowed(key: KeyEntry | undefined, asked: string, member: Member): ApiError | undefined {
  const allowed = key?.models;
  if (allowed === undefined || allowed.includes(asked) || allowed.includes(memberModel(member.id)))
    return undefined;
  const message = `The key "${key?.name}" may ask for ${allowed.join(', ')}, not for "${asked}"`;
  return { status: 403, code: 'model_not_allowed', message, param: 'model' };
}

/** @param isCut the request's own limit left no room for an answer: as OpenAI's API has it, an empty one that was cut off */
function resultOf(
  outcome: MoaOutcome,
  late: boolean,
  ms: number,
  isCut: boolean,
): Result<ServedAnswer, ApiError> {
  if (outcome.kind !== 'answered' && outcome.cause === 'config' && isCut && !late)
    return ok({ text: '', truncated: true, trace: outcome.trace, late, ms });
  if (outcome.kind !== 'answered') return err(failureOf(outcome, late));
  const { answer: text, truncated, trace } = outcome;
  return ok({ text, truncated, trace, late: late && trace.degraded.length > 0, ms });
}
