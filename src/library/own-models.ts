import { z } from 'zod';
import { type Clock, createRealClock } from '../core/clock.ts';
import { asError, InputError, messageOf } from '../core/errors.ts';
import { own } from '../core/records.ts';
import { redact } from '../core/redact.ts';
import { unwrap } from '../core/result.ts';
import { parseWith } from '../domain/validation.ts';
import { failedOutcome } from '../models/abort.ts';
import {
  type ChatModel,
  type ChatRequest,
  type ModelPrice,
  priceOf,
  type Usage,
} from '../models/chat-model.ts';
import { estimateUsage } from '../models/token-estimate.ts';
import { functionRevision } from '../run/of-program.ts';

/** What a function that stands for a model gives back: the answer's text alone, or with what it cost. */
export type OwnAnswer =
  | string
  | {
      readonly text: string;
      /** @defaultValue our own count of the request's and the answer's tokens, marked as estimated */
      readonly tokens?: { readonly input: number; readonly output: number };
      /** US dollars. @defaultValue the tokens at the model's price (`prices`), else unknown */
      readonly usd?: number;
      /** Seconds from sending to the last token. @defaultValue the time that the function took */
      readonly seconds?: number;
    };

const amount = z.number().min(0);
const detailedSchema = z.looseObject({
  text: z.string(),
  tokens: z.looseObject({ input: amount, output: amount }).optional(),
  usd: amount.optional(),
  seconds: amount.optional(),
});
const answerSchema = z.union([z.string(), detailedSchema]);

/**
 * A model of your own. What it throws counts as an outage: the call is tried again, then left unscored. An answer of
 * another form, with amounts below 0 or none at all, leaves it unscored at once.
 */
export type OwnModel = (
  request: ChatRequest,
  options: { readonly signal: AbortSignal | undefined },
) => OwnAnswer | Promise<OwnAnswer>;

/** The settings that a search chooses for a function of your own. */
export type OwnSettings = Omit<ChatRequest, 'messages' | 'sample'> & {
  /** The prompt, as the space words it; empty where the space has an empty one. */
  readonly prompt: string;
  /** From 0; other repeats want fresh answers. */
  readonly repeat: number;
};

/** A system of your own that answers questions: what lies behind it is its own affair. */
export type OwnSystem = (
  question: string,
  settings: OwnSettings,
  options: { readonly signal: AbortSignal | undefined },
) => OwnAnswer | Promise<OwnAnswer>;

/**
 * Puts functions, by the names of their models, behind the port through which everything reaches a model: what `tune`
 * chose asks them through it (`runMoa`). A call that throws is a failed call; nothing here tries again.
 * @param options `prices`: of answers whose function tells no dollars (default: none is known); `onThrown` is told of
 * each message that a model's function throws, once (default: nobody is)
 *
 * @example
 * import { createAnswerExtractor, createOwnModels, presets, runMoa } from 'mixtune';
 *
 * const model = createOwnModels({ 'mine/echo': ({ messages }) => messages.at(-1)?.content ?? '' });
 * const config = presets.together(['mine/echo', 'mine/echo']);
 * const extractAnswer = createAnswerExtractor({ answer: 'text' });
 * const outcome = await runMoa(config, { text: 'Hello' }, { model, extractAnswer });
 * if (outcome.kind !== 'answered') throw new Error(outcome.reason);
 */
export function createOwnModels(
  functions: Readonly<Record<string, OwnModel>>,
  options: {
    readonly clock?: Pick<Clock, 'now'>;
    readonly prices?: ReadonlyMap<string, ModelPrice>;
    readonly onThrown?: (text: string) => void;
  } = {},
): ChatModel {
  const { clock = createRealClock(), prices, onThrown } = options;
  const told = new Set<string>();
  return {
    // A function has no version of its own; answers of an earlier program are not shared (see `cache`).
    revision: () => functionRevision,
    async complete(request, { signal } = {}) {
      const ask = own(functions, request.model);
      const from = clock.now();
      try {
        if (ask === undefined) throw new Error(`no function for the model ${request.model}`);
        // A copy: a try after this one sends the request again, and its bytes are counted.
        const given: unknown = await ask(structuredClone(request), { signal });
        const answer = unwrap(parseWith(answerSchema, given, `the answer of ${request.model}`));
        const { text, tokens, usd, seconds }: z.output<typeof detailedSchema> =
          typeof answer === 'string' ? { text: answer } : answer;
        const usage: Usage =
          tokens === undefined
            ? estimateUsage(request.messages, { text })
            : { inputTokens: tokens.input, outputTokens: tokens.output, estimated: false };
        const serviceMs = seconds === undefined ? clock.now() - from : 1000 * seconds;
        const cost = usd ?? priceOf(prices?.get(request.model) ?? null, usage);
        return {
          kind: 'answered',
          response: { text, finishReason: 'stop', usage, serviceMs, firstTokenMs: null, usd: cost },
        };
      } catch (thrown) {
        const error = asError(thrown);
        const aborted = signal?.aborted === true;
        const message = redact(messageOf(error));
        // Its own mistake, which asking again would not mend.
        const isWrong = error instanceof InputError;
        const text = isWrong ? message : `${request.model} threw: ${message}`;
        if (!aborted && !told.has(text)) onThrown?.(text);
        told.add(text);
        return failedOutcome({
          cause: aborted ? 'aborted' : 'infrastructure',
          code: aborted ? 'aborted' : isWrong ? 'own-model-answer' : 'own-model-threw',
          message,
          retryable: !aborted && !isWrong,
          serviceMs: clock.now() - from,
        });
      }
    },
  };
}

/** A system as a model that is asked once: its prompt is the system message, the question the user's. */
export function modelOf(system: OwnSystem): OwnModel {
  return ({ messages, sample, ...settings }, options) => {
    const [first, last] = [messages[0], messages.at(-1)];
    const prompt = first?.role === 'system' ? first.content : '';
    return system(last?.content ?? '', { ...settings, prompt, repeat: sample.repeat }, options);
  };
}
