import { defined } from '../../core/defined.ts';
import { sampleSeed } from '../call-key.ts';
import type { ChatMessage, ChatRequest } from '../chat-model.ts';
import {
  allTaken,
  featureOf,
  fieldOf,
  optionalSettings,
  type ParameterFeature,
  parametersOf,
  sentSettings,
  type TakenSettings,
} from './optional-parameters.ts';

/**
 * What of the chat API a server takes for one of its models. Learned from its refusals. `n` is not
 * part of it: samples are calls of their own, each with its own seed, so `n` is never sent.
 */
export interface Dialect extends TakenSettings {
  readonly stream: boolean;
  /** `stream_options: {include_usage}`, without which a stream tells no usage. */
  readonly streamOptions: boolean;
  readonly seed: boolean;
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** False: what a system message says goes to the head of the user's. */
  readonly systemMessages: boolean;
  /** `positive`: zero is refused, so nearly zero is sent; `one`: 1 whatever is asked; `none`: left out. */
  readonly temperature: 'any' | 'positive' | 'one' | 'none';
}

export const fullDialect: Dialect = {
  stream: true,
  streamOptions: true,
  seed: true,
  maxTokensField: 'max_tokens',
  systemMessages: true,
  temperature: 'any',
  ...allTaken,
};

/** Sent for 0 where only positive temperatures are taken: as good as greedy. */
const nearlyZero = 0.01;

/** @param model the server's own name of the model, without the provider. */
export function requestBody(
  request: ChatRequest,
  model: string,
  dialect: Dialect,
): Readonly<Record<string, unknown>> {
  const temperature = sentTemperature(request.temperature, dialect.temperature);
  return {
    model,
    messages: dialect.systemMessages
      ? request.messages.map(({ role, content }) => ({ role, content }))
      : withoutSystem(request.messages),
    ...defined({ temperature }),
    ...parametersOf(request, dialect),
    ...defined({ [dialect.maxTokensField]: request.maxTokens }),
    ...(dialect.seed ? { seed: sampleSeed(request.sample) } : {}),
    stream: dialect.stream,
    ...(dialect.stream && dialect.streamOptions ? { stream_options: { include_usage: true } } : {}),
  };
}

function sentTemperature(asked: number | undefined, taken: Dialect['temperature']): number | undefined {
  if (asked === undefined || taken === 'none') return undefined;
  if (taken === 'one') return 1;
  return taken === 'positive' ? Math.max(nearlyZero, asked) : asked;
}

/** The messages with what system messages say put at the head of the next user message. */
function withoutSystem(messages: readonly ChatMessage[]): { role: 'user' | 'assistant'; content: string }[] {
  const kept: { role: 'user' | 'assistant'; content: string }[] = [];
  let instructions: string[] = [];
  for (const { role, content } of messages) {
    if (role === 'system') instructions.push(content);
    else if (role === 'user') {
      kept.push({ role, content: [...instructions, content].join('\n\n') });
      instructions = [];
    } else kept.push({ role, content });
  }
  if (instructions.length > 0) kept.push({ role: 'user', content: instructions.join('\n\n') });
  return kept;
}

/**
 * Parts of the API that a request makes use of when sent in a dialect. A server that has once taken
 * them all need not be asked carefully again; see DialectBook.
 */
export type DialectFeature =
  | 'stream'
  | 'stream-options'
  | 'seed'
  | 'max_tokens'
  | 'max_completion_tokens'
  | 'system-message'
  | 'temperature'
  | 'zero-temperature'
  | ParameterFeature;

export function featuresOf(request: ChatRequest, dialect: Dialect): DialectFeature[] {
  const { temperature } = request;
  const uses: readonly [boolean, DialectFeature][] = [
    [dialect.stream, 'stream'],
    [dialect.stream && dialect.streamOptions, 'stream-options'],
    [dialect.seed, 'seed'],
    [request.maxTokens !== undefined, dialect.maxTokensField],
    [dialect.systemMessages && request.messages.some(({ role }) => role === 'system'), 'system-message'],
    // A server that takes only temperature 1 is not found out by a 1.
    [isFree(dialect) && temperature !== undefined && temperature !== 1, 'temperature'],
    [dialect.temperature === 'any' && temperature === 0, 'zero-temperature'],
    ...sentSettings(request, dialect).map((setting): [boolean, DialectFeature] => [true, featureOf(setting)]),
  ];
  return uses.flatMap(([used, feature]) => (used ? [feature] : []));
}

const isFree = ({ temperature }: Dialect): boolean => temperature === 'any' || temperature === 'positive';

/** Departures from the full API in plain words, for people; none for a server that takes everything. */
export function describeDialect(dialect: Dialect): string[] {
  const temperatures: Record<Dialect['temperature'], string | undefined> = {
    any: undefined,
    positive: 'no temperature 0 (0.01 is sent)',
    one: 'only temperature 1',
    none: 'no temperature',
  };
  return [
    dialect.stream ? undefined : 'no streaming',
    dialect.stream && !dialect.streamOptions ? 'no stream_options (usage may be estimated)' : undefined,
    dialect.seed ? undefined : 'no seed',
    dialect.maxTokensField === 'max_tokens' ? undefined : 'max_completion_tokens for max_tokens',
    dialect.systemMessages ? undefined : 'no system messages (sent as part of the question)',
    temperatures[dialect.temperature],
    ...optionalSettings.map((setting) => (dialect[setting] ? undefined : `no ${fieldOf(setting)}`)),
  ].filter((text) => text !== undefined);
}

/** A refusal as far as dialects go: HTTP status, the parameter the server named, its text. */
export interface Refusal {
  readonly status: number | undefined;
  readonly param: string | undefined;
  readonly message: string;
}

const refusalStatuses = new Set([400, 405, 422, 501]);
const refusalWords =
  /unsupported|not (?:be )?(?:supported|permitted|allowed|implemented|available|accepted)|n't (?:support|allow|accept)|does not (?:support|allow|accept)|unknown|unrecogni[sz]ed|unexpected|extra (?:fields?|inputs?)|additional propert|invalid|disabled|forbidden|deprecated|only .{0,30}(?:supported|allowed|accepted)/i;
/** The value is at fault, not the parameter: nothing to be left out silently. */
const rangeWords =
  /less than|greater than|between|range|at (?:most|least)|minimum|maximum|exceed|too (?:large|high|big|small|low)|[<>≤≥]|\b0(?:\.0+)?\s*(?:,|to|and|-|–|\.\.)\s*[12]\b/i;
/** The parameter is not there at all. */
const absentWords =
  /unsupported|not (?:be )?supported|unknown|unrecogni[sz]ed|unexpected|extra (?:fields?|inputs?)|not (?:be )?permitted|additional propert/i;

/**
 * What to leave out or rename so that the server may take the request, or `undefined` when the
 * refusal is about something else. Only things the request actually held are given up.
 */
export function adaptDialect(
  refusal: Refusal,
  used: Dialect,
  request: ChatRequest,
): Partial<Dialect> | undefined {
  const { status, message, param } = refusal;
  const sent = new Set(featuresOf(request, used));
  const againstSystem = sent.has('system-message') && refusesSystem(refusal);
  // llama.cpp reports what its chat templates refuse as 500.
  if (status === 500 && againstSystem) return { systemMessages: false };
  if (status === undefined || !refusalStatuses.has(status)) return undefined;
  const names = (field: string): boolean => param === field || new RegExp(`\\b${field}\\b`).test(message);
  // Some models take one of the two only.
  if (sent.has('top-p') && request.temperature !== undefined && names('temperature') && names('top_p')) {
    return { topP: false };
  }
  if (request.maxTokens !== undefined) {
    const other = otherMaxTokensField(used.maxTokensField, names, message);
    if (other !== undefined) return { maxTokensField: other };
  }
  if (againstSystem) return { systemMessages: false };
  if (
    sent.has('zero-temperature') &&
    names('temperature') &&
    /positive|> ?0(?!\.\d)|greater than 0(?!\.\d)/i.test(message)
  ) {
    return { temperature: 'positive' };
  }
  if (!refusalWords.test(message) && param === undefined) return undefined;
  if (sent.has('stream-options') && names('stream_options')) return { streamOptions: false };
  if (used.seed && names('seed')) return { seed: false };
  if (request.temperature !== undefined && used.temperature !== 'none' && names('temperature')) {
    const change = otherTemperature(message, used.temperature);
    if (change !== undefined) return change;
  }
  const refused = sentSettings(request, used).find((setting) => names(fieldOf(setting)));
  if (refused !== undefined && !rangeWords.test(message) && !/\bmust contain\b/i.test(message)) {
    return { [refused]: false };
  }
  const againstStreaming = names('stream') || /\bstreaming\b/i.test(message);
  if (used.stream && againstStreaming) return { stream: false };
  return undefined;
}

function otherMaxTokensField(
  used: Dialect['maxTokensField'],
  names: (field: string) => boolean,
  message: string,
): Dialect['maxTokensField'] | undefined {
  const refused = names(used) && absentWords.test(message) && !rangeWords.test(message);
  if (used === 'max_completion_tokens') return refused ? 'max_tokens' : undefined;
  return message.includes('max_completion_tokens') || refused ? 'max_completion_tokens' : undefined;
}

function refusesSystem({ message }: Refusal): boolean {
  const aboutRoles =
    /\bsystem\b.{0,40}(?:role|message|prompt|instruction)|\brole\b.{0,60}\bsystem\b|["'`]system["'`]|developer instruction|only user and assistant roles|roles must alternate/i;
  const refused = refusalWords.test(message) || /not enabled|must alternate/i.test(message);
  return refused && aboutRoles.test(message);
}

function otherTemperature(message: string, used: Dialect['temperature']): Partial<Dialect> | undefined {
  const says1 = /(?:only|must be|should be|set to|has to be)\b.{0,40}\b1(?:\.0)?\b(?!\.\d)/i.test(message);
  if (rangeWords.test(message)) return undefined;
  return { temperature: says1 && used !== 'one' ? 'one' : 'none' };
}
