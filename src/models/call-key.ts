import { canonicalJson, sha256 } from '../core/canonical-json.ts';
import { remembered } from '../core/remembered.ts';
import { settingNames } from '../domain/agent.ts';
import type { ChatMessage, ChatModel, ChatRequest } from './chat-model.ts';

/** SHA-256 (64 hex digits) of all that makes two calls the same call. */
export type CallKey = string;

/** Generated tokens of a call that names no limit of its own. */
export const defaultMaxTokens = 4096;

/** A request as it is sent, and as its key is made: with a limit on what is generated. */
export function withTokenLimit<Asked extends Pick<ChatRequest, 'maxTokens'>>(asked: Asked): Asked {
  return asked.maxTokens === undefined ? { ...asked, maxTokens: defaultMaxTokens } : asked;
}

export function callKey(request: ChatRequest, model: Pick<ChatModel, 'revision'>): CallKey {
  const revision = model.revision(request.model);
  const known = keys.get(request);
  if (known?.revision === revision) return known.key;
  const key = sha256(canonicalRequest(request, revision));
  keys.set(request, { revision, key });
  return key;
}

/** Engine, cache and journal ask for the same request's key in turn; requests are immutable. */
const keys = new WeakMap<ChatRequest, { readonly revision: string; readonly key: CallKey }>();

const keysInOrder = ['messages', 'model', 'revision', 'sample', ...settingNames].sort();

/**
 * The canonical JSON (RFC 8785) of a request with its revision. Written with its keys in order, it is
 * several times faster than the general way; a test holds the two equal.
 */
function canonicalRequest(request: ChatRequest, revision: string): string {
  const { index, repeat } = request.sample;
  const parts: Readonly<Record<string, unknown>> = { ...request, revision, sample: { index, repeat } };
  let text = '';
  for (const key of keysInOrder) {
    const part = parts[key];
    if (part === undefined) continue;
    text += `${text === '' ? '{' : ','}"${key}":`;
    if (key === 'messages') text += messagesJson(request.messages);
    // The one setting whose keys are of a user's making.
    else text += key === 'responseFormat' ? canonicalJson(part) : JSON.stringify(part);
  }
  return `${text}}`;
}

/** What makes two requests of one revision equal but for their samples. */
export function requestIdentity({ messages, ...settings }: Omit<ChatRequest, 'sample'>): string {
  return `${JSON.stringify(settings)}${messagesJson(messages)}`;
}

/** Samples share their messages, which are most of a request. */
const messagesAsJson = new WeakMap<readonly ChatMessage[], string>();

function messagesJson(messages: readonly ChatMessage[]): string {
  return remembered(messagesAsJson, messages, () =>
    JSON.stringify(messages.map(({ content, role }) => ({ content, role }))),
  );
}

/** A seed for providers that take one: 31 bits, equal for equal samples. */
export function sampleSeed(sample: ChatRequest['sample']): number {
  return Number.parseInt(sha256(`sample/${sample.repeat}/${sample.index}`).slice(0, 8), 16) >>> 1;
}
