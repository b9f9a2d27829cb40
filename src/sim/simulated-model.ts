import { sha256 } from '../core/canonical-json.ts';
import type { Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import { createRng } from '../core/rng.ts';
import { abortedOutcome, callFailure, failedOutcome } from '../models/abort.ts';
import { callKey } from '../models/call-key.ts';
import {
  type CallFailure,
  type CallOptions,
  type ChatModel,
  type ChatOutcome,
  type ChatRequest,
  type ChatResponse,
  type EarlierCall,
  priceOf,
} from '../models/chat-model.ts';
import { type AnswerWriter, createAnswerWriter } from './answer-writer.ts';
import { findPersona } from './cards.ts';
import { simulationVersion, timing } from './constants.ts';
import { checkedFaults, drawFault, type FaultRates, rateLimited } from './faults.ts';
import { type Persona, personas } from './personas.ts';
import { ServerLoad, type ServerLoadOptions } from './server-load.ts';
import type { Textbook } from './textbook/textbook.ts';
import { serviceTime } from './timing.ts';
import { countInputTokens, countTokens, firstTokens } from './tokens.ts';

export interface SimulatedModelOptions {
  /** Time passes on this clock. */
  readonly clock: Clock;
  /** Names the world: models' blind spots and habits, and every draw, derive from it. */
  readonly seed: string | number;
  readonly faults?: FaultRates;
  /** Questions that the models know by heart; all others they guess at. Part of the revision. */
  readonly textbook?: Textbook;
  /** The server that they share. @defaultValue one that any number of calls leaves as fast as it is */
  readonly load?: ServerLoadOptions;
}

/**
 * The simulated models behind the port. An answer is a pure function of the request, the seed and the
 * textbook; the request's text is all a model reads. Only failures of the infrastructure depend on the attempt (as
 * told, else counted in this instance), so that a retry can succeed; and times, on a server under load, on the
 * calls beside.
 * @example
 * import { createSimulatedModel, VirtualClock } from 'mixtune';
 *
 * const model = createSimulatedModel({ clock: new VirtualClock(), seed: 1 });
 */
export function createSimulatedModel(options: SimulatedModelOptions): ChatModel {
  return new SimulatedModel(options);
}

class SimulatedModel implements ChatModel {
  readonly #clock: Clock;
  readonly #revision: string;
  /** The revision without the textbook: a new question in it must not change how others are answered. */
  readonly #world: string;
  readonly #faults: Required<FaultRates>;
  readonly #write: AnswerWriter;
  readonly #load: ServerLoad | undefined;
  /** Failed attempts by call; holds failed calls only and so stays small. */
  readonly #failedAttempts = new Map<string, number>();

  constructor({ clock, seed, faults, textbook, load }: SimulatedModelOptions) {
    this.#clock = clock;
    this.#world = `${simulationVersion}#${seed}`;
    this.#revision = textbook === undefined ? this.#world : `${this.#world}+${textbook.hash.slice(0, 12)}`;
    this.#faults = checkedFaults(faults);
    this.#write = createAnswerWriter(seed, textbook);
    this.#load = load === undefined ? undefined : new ServerLoad(clock, load);
  }

  slowsUnderLoad(): boolean {
    return this.#load !== undefined;
  }

  past(calls: readonly EarlierCall[]): void {
    this.#load?.past(calls);
  }

  revision(): string {
    return this.#revision;
  }

  async complete(request: ChatRequest, options: CallOptions = {}): Promise<ChatOutcome> {
    if (options.signal?.aborted) return abortedOutcome();
    const persona = findPersona(request.model);
    if (persona === undefined) return failedOutcome(unknownModel(request.model));
    const started = this.#clock.now();
    const planned = this.#plan(request, persona, options.attempt);
    try {
      if (this.#load !== undefined) return await this.#underLoad(this.#load, planned, request, options);
      if (planned.kind === 'failed') await this.#serve(planned.failure.serviceMs, options);
      else await this.#deliver(planned.response, options);
      return planned;
    } catch (error) {
      if (options.signal?.aborted) return abortedOutcome(this.#clock.now() - started);
      throw error;
    }
  }

  /** What will come of the call; no time has passed yet. */
  #plan(request: ChatRequest, persona: Persona, toldAttempt: number | undefined): ChatOutcome {
    const inputTokens = countInputTokens(request.messages);
    const room = persona.contextTokens - inputTokens;
    if (room < 1) return failedOutcome(contextOverflow(persona, inputTokens));
    const key = callKey(request, this);
    const rng = createRng(
      this.#revision === this.#world ? key : sha256({ ...request, revision: this.#world }),
    );
    const { firstTokenMs } = serviceTime(persona, inputTokens, 0, rng.derive('time'));
    const attempt = toldAttempt ?? this.#failedAttempts.get(key) ?? 0;
    const failure = drawFault(this.#faults, rng, attempt, firstTokenMs);
    if (failure !== null) {
      if (failure.retryable) this.#failedAttempts.set(key, attempt + 1);
      return failedOutcome(failure);
    }
    const whole = this.#write(request, persona, rng);
    const limit = Math.min(request.maxTokens ?? Number.POSITIVE_INFINITY, room);
    const text = countTokens(whole) > limit ? firstTokens(whole, limit) : whole;
    const usage = { inputTokens, outputTokens: countTokens(text), estimated: false };
    const time = serviceTime(persona, inputTokens, usage.outputTokens, rng.derive('time'));
    const response: ChatResponse = {
      text,
      finishReason: text.length < whole.length ? 'length' : 'stop',
      usage,
      serviceMs: time.serviceMs,
      firstTokenMs: time.firstTokenMs,
      usd: priceOf(persona, usage),
      fingerprint: `simulated-${this.#revision}`,
    };
    return { kind: 'answered', response };
  }

  /** Lets the rest of a call's service time pass; an interrupted call has some behind it. */
  #serve(serviceMs: number, { signal, elapsedMs = 0 }: CallOptions): Promise<void> {
    return this.#clock.sleep(Math.max(0, serviceMs - elapsedMs), signal);
  }

  async #deliver(response: ChatResponse, options: CallOptions): Promise<void> {
    const { signal, onDelta } = options;
    if (onDelta === undefined) return this.#serve(response.serviceMs, options);
    let at = 0;
    await inPieces(response, onDelta, (ms) => {
      const wait = Math.max(0, ms - at);
      at = ms;
      return this.#clock.sleep(wait, signal);
    });
  }

  /** The same on a server that others keep busy: what the call takes is what it turns out to take. */
  async #underLoad(
    load: ServerLoad,
    planned: ChatOutcome,
    request: ChatRequest,
    { signal, onDelta, elapsedMs = 0 }: CallOptions,
  ): Promise<ChatOutcome> {
    const started = this.#clock.now() - elapsedMs;
    const key = callKey(request, this);
    if (planned.kind === 'answered') {
      const { inputTokens, outputTokens } = planned.response.usage;
      const waitMs = load.refuses(key, inputTokens + outputTokens);
      if (waitMs > 0) return failedOutcome(rateLimited(waitMs));
    }
    const service = await load.enter(key, signal);
    try {
      if (planned.kind === 'failed') {
        // What fails does so in its own time: a time-out, say, is the caller's.
        const served = { ...defined({ signal }), elapsedMs: this.#clock.now() - service.since };
        await this.#serve(planned.failure.serviceMs, served);
        return failedOutcome({ ...planned.failure, serviceMs: this.#clock.now() - started });
      }
      const { response } = planned;
      if (onDelta === undefined) {
        await service.upTo(response.serviceMs);
        const serviceMs = this.#clock.now() - started;
        const first = (response.firstTokenMs ?? 0) / Math.max(1, response.serviceMs);
        return { ...planned, response: { ...response, serviceMs, firstTokenMs: first * serviceMs } };
      }
      let firstTokenMs: number | undefined;
      await inPieces(
        response,
        (piece) => {
          firstTokenMs ??= this.#clock.now() - started;
          onDelta(piece);
        },
        (ms) => service.upTo(ms),
      );
      const serviceMs = this.#clock.now() - started;
      return {
        ...planned,
        response: { ...response, serviceMs, firstTokenMs: firstTokenMs ?? serviceMs },
      };
    } finally {
      service.leave();
    }
  }
}

/** Hands an answer on piece by piece. @param upTo resolves when so many ms of its service have passed. */
async function inPieces(
  { text, serviceMs, firstTokenMs }: ChatResponse,
  onDelta: (piece: string) => void,
  upTo: (ms: number) => Promise<void>,
): Promise<void> {
  const first = firstTokenMs ?? 0;
  const pieces = piecesOf(text);
  const gap = pieces.length > 1 ? (serviceMs - first) / (pieces.length - 1) : 0;
  await upTo(first);
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await upTo(first + index * gap);
    onDelta(piece);
  }
  if (pieces.length <= 1) await upTo(serviceMs);
}

/** At most `timing.pieces` pieces of equal size that join to the text; never one inside a surrogate pair. */
function piecesOf(text: string): string[] {
  const characters = Array.from(text);
  const size = Math.max(timing.tokensPerPiece * 4, Math.ceil(characters.length / timing.pieces));
  const pieces: string[] = [];
  for (let from = 0; from < characters.length; from += size) {
    pieces.push(characters.slice(from, from + size).join(''));
  }
  return pieces;
}

function unknownModel(model: string): CallFailure {
  const names = personas.map((persona) => `sim/${persona.name}`).join(', ');
  const message = `there is no simulated model "${model}"; there are ${names}`;
  return callFailure('rejected', 'unknown-model', message, { status: 404 });
}

function contextOverflow(persona: Persona, inputTokens: number): CallFailure {
  const message = `simulated: ${inputTokens} tokens of input do not fit ${persona.name}'s ${persona.contextTokens}`;
  const serviceMs = persona.firstTokenMs;
  return callFailure('context-overflow', 'context-overflow', message, { status: 400, serviceMs });
}
