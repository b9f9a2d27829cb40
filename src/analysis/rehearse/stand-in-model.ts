import type { Clock } from '../../core/clock.ts';
import { elementAt } from '../../core/element-at.ts';
import { remembered } from '../../core/remembered.ts';
import { createRng, type Rng } from '../../core/rng.ts';
import { callKey } from '../../models/call-key.ts';
import {
  type CallFailure,
  type CallOptions,
  type ChatMessage,
  type ChatModel,
  type ChatOutcome,
  type ChatRequest,
  type ModelCard,
  priceOf,
  type Usage,
} from '../../models/chat-model.ts';
import type { AssumedModel, AssumedWorld } from './assumed-world.ts';
import type { CallRole } from './call-role.ts';
import { bestFirst, fullLengthOf, qualityIn, writeText } from './stand-in-text.ts';

export interface StandInOptions {
  readonly clock: Clock;
  readonly world: AssumedWorld;
  readonly card: (model: string) => ModelCard | undefined;
  readonly roleOf: (request: ChatRequest) => CallRole;
  /** Told of every answer, for the account by stage. */
  readonly onAnswer?: (answer: {
    role: CallRole;
    usage: Usage;
    usd: number | null;
    serviceMs: number;
  }) => void;
}

/** Deviation of the logarithm of lengths that a prompt brings with it, the same in all its calls. */
const promptVaries = 0.2;
/** Prompts are read so many times faster than answers are written. */
const prefillFactor = 20;
const tokensPerMessage = 4;
/** Of a written prompt with the remarks before it; assumed. */
const promptTokens = 300;
const failedAfter = { least: 200, most: 10_000 };

/**
 * Stands in for every model of a job that is only rehearsed: no network, no weights. Its answers are
 * filler of plausible length that carries how good the answer would be; its times follow the speed
 * profile. All is a function of the world's seed, the request and the attempt.
 */
export function createStandInModel(options: StandInOptions): ChatModel {
  const { clock, world } = options;
  const lasting = drawOnce(world.seed);
  const model: ChatModel = {
    revision: () => world.seed,
    async complete(request: ChatRequest, call: CallOptions = {}): Promise<ChatOutcome> {
      const outcome = plan(request, call.attempt ?? 0, callKey(request, model), { ...options, lasting });
      const serviceMs = outcome.kind === 'answered' ? outcome.response.serviceMs : outcome.failure.serviceMs;
      try {
        await clock.sleep(serviceMs, call.signal);
      } catch (error) {
        if (call.signal?.aborted) return failed('aborted', 'aborted', 0);
        throw error;
      }
      if (outcome.kind === 'answered') {
        const { usage, usd } = outcome.response;
        options.onAnswer?.({ role: options.roleOf(request), usage, usd, serviceMs });
      }
      return outcome;
    },
  };
  return model;
}

/** A standard normal value by the name of what it stays the same for. */
type Lasting = (name: string) => number;

/** Each is drawn once: seeding a stream takes longer than all else that a call does here. */
function drawOnce(seed: string): Lasting {
  const drawn = new Map<string, number>();
  return (name) => remembered(drawn, name, () => createRng(`${seed}/${name}`).normal());
}

function plan(
  request: ChatRequest,
  attempt: number,
  key: string,
  options: StandInOptions & { readonly lasting: Lasting },
): ChatOutcome {
  const { world, card, roleOf, lasting } = options;
  const rng = createRng(`${world.seed}/call/${key}/${attempt}`);
  if (rng.next() < world.failureRate) {
    const { least, most } = failedAfter;
    return failed('infrastructure', 'server-error', Math.round(least * (most / least) ** rng.next()));
  }
  const known = card(request.model);
  const inputTokens = countInput(request.messages, world.charactersPerToken);
  const room = (known?.contextTokens ?? Number.POSITIVE_INFINITY) - inputTokens;
  if (room < 1) return failed('context-overflow', 'context-overflow', 100);
  const role = roleOf(request);
  const assumed = world.model(request.model);
  const luck: Luck = { lasting, habit: `habit/${request.model}/${promptOf(request)}`, rng };
  const wanted = answerLength(role, world, assumed, luck);
  const outputTokens = Math.min(wanted, room, request.maxTokens ?? Number.POSITIVE_INFINITY);
  const usage: Usage = { inputTokens, outputTokens, estimated: false };
  const times = timesOf(assumed, usage, rng);
  return {
    kind: 'answered',
    response: {
      text: writeText(role, request, answerQuality(role, request, world, luck), {
        characters: Math.round(outputTokens * world.charactersPerToken),
        rng,
      }),
      finishReason: outputTokens < wanted ? 'length' : 'stop',
      usage,
      ...times,
      usd: priceOf(known?.price ?? null, usage),
    },
  };
}

interface Luck {
  readonly lasting: Lasting;
  /** How the names of what lasts of this model with this prompt begin. */
  readonly habit: string;
  /** Fresh. */
  readonly rng: Rng;
}

/** What a call writes: an answer, what is said of answers, or a prompt. */
const written: Readonly<Record<CallRole, 'answer' | 'remark' | 'prompt'>> = {
  answer: 'answer',
  refine: 'answer',
  critique: 'remark',
  verify: 'remark',
  rank: 'remark',
  route: 'remark',
  fuse: 'answer',
  judge: 'remark',
  write: 'prompt',
};

function answerLength(
  role: CallRole,
  world: AssumedWorld,
  model: AssumedModel,
  { lasting, habit, rng }: Luck,
): number {
  const luck = promptVaries * lasting(`${habit}/length`) + model.lengthVaries * rng.normal();
  // A prompt is as long whatever the answers are that it asks for.
  const usual = { answer: model.outputTokens, remark: model.remarkTokens, prompt: promptTokens };
  return Math.max(1, Math.round(usual[written[role]] * world.roleLength[role] * Math.exp(luck)));
}

/** Log-odds of a good answer: own skill, the prompt's luck, the question, and the company of earlier answers. */
function answerQuality(
  role: CallRole,
  request: ChatRequest,
  world: AssumedWorld,
  { lasting, habit, rng }: Luck,
): number {
  const question = request.messages.at(-1)?.content ?? '';
  const own =
    0.3 +
    world.model(request.model).skill +
    0.4 * lasting(`${habit}/quality`) +
    0.6 * rng.normal() +
    0.5 * lasting(`question/${question.slice(0, 200)}`);
  const earlier = request.messages.flatMap(({ content }) => qualityIn(content));
  if (role === 'answer' || earlier.length === 0) return own;
  const mean = earlier.reduce((sum, quality) => sum + quality, 0) / earlier.length;
  const best = elementAt(earlier, elementAt(bestFirst(earlier), 0));
  return 0.4 * own + 0.6 * (mean + 0.35 * (best - mean)) + world.companyGain;
}

function timesOf(model: AssumedModel, usage: Usage, rng: Rng): { serviceMs: number; firstTokenMs: number } {
  const prefill = (1000 * usage.inputTokens) / (model.tokensPerSecond * prefillFactor);
  const first = model.firstTokenMs * Math.exp(model.firstTokenVaries * rng.normal()) + prefill;
  const speed = model.tokensPerSecond * Math.exp(model.speedVaries * rng.normal());
  const firstTokenMs = Math.round(first);
  return { firstTokenMs, serviceMs: firstTokenMs + Math.round((1000 * usage.outputTokens) / speed) };
}

function countInput(messages: readonly ChatMessage[], charactersPerToken: number): number {
  return messages.reduce(
    (sum, { content }) => sum + tokensPerMessage + Math.ceil(fullLengthOf(content) / charactersPerToken),
    0,
  );
}

/** What of the system message is the prompt and not filled in: its beginning. */
function promptOf(request: ChatRequest): string {
  return request.messages.length < 2 ? '' : (request.messages[0]?.content.slice(0, 80) ?? '');
}

function failed(cause: CallFailure['cause'], code: string, serviceMs: number): ChatOutcome {
  const retryable = cause === 'infrastructure';
  return {
    kind: 'failed',
    failure: { cause, code, message: `rehearsed: ${code}`, retryable, serviceMs },
  };
}
