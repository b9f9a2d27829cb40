import { canonicalJson, sha256 } from '../core/canonical-json.ts';
import { settingNames } from '../domain/agent.ts';
import type { ChatModel, ChatRequest } from './chat-model.ts';

/** SHA-256 (64 hex digits) of all that makes two calls the same call. */
export type CallKey = string;

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
  const parts: Readonly<Record<string, unknown>> = {
    ...request,
    messages: request.messages.map(({ content, role }) => ({ content, role })),
    revision,
    sample: { index: request.sample.index, repeat: request.sample.repeat },
  };
  // The one setting whose keys are of a user's making.
  if (typeof request.responseFormat === 'object') return canonicalJson(parts);
  const inOrder: Record<string, unknown> = {};
  for (const key of keysInOrder) inOrder[key] = parts[key];
  return JSON.stringify(inOrder);
}

/** A seed for providers that take one: 31 bits, equal for equal samples. */
export function sampleSeed(sample: ChatRequest['sample']): number {
  return Number.parseInt(sha256(`sample/${sample.repeat}/${sample.index}`).slice(0, 8), 16) >>> 1;
}
