import { defined } from '../../core/defined.ts';
import type { QuotaLeft, RateLimitInfo } from '../chat-model.ts';
import { parseWait } from './error-body.ts';
import type { ReplyHeaders } from './http-post.ts';

/** A reset further away than this, in ms, is that of a quota of hours or a day, which is no matter of pace. */
const longestMinute = 90_000;

/** What may follow the name of a header, the plain name last (Cerebras says `…-tokens-minute`). */
const suffixes = ['-minute', ''] as const;

/**
 * What a response says of its key's limits per minute, or `undefined`: `x-ratelimit-limit-requests`,
 * `-remaining-`, `-reset-` and the same with `tokens`, as OpenAI, Groq, Cerebras, SambaNova and LiteLLM
 * send them. Headers that do not say whether they count requests or tokens, and for which time, tell nothing.
 */
export function readRateLimit(headers: ReplyHeaders | undefined, message = ''): RateLimitInfo | undefined {
  const requests = quotaOf(headers, 'requests');
  const tokens = quotaOf(headers, 'tokens');
  const told = messageLimit(message);
  const exhausted = exhaustedBy(message);
  const info: RateLimitInfo = {
    ...defined({ requests, tokens, exhausted }),
    // Only a refusal names the limit in words; it is that of the quota that was exhausted.
    ...(told === undefined || exhausted === undefined
      ? {}
      : { [exhausted]: { ...(exhausted === 'tokens' ? tokens : requests), perMinute: told } }),
  };
  return Object.keys(info).length === 0 ? undefined : info;
}

function quotaOf(headers: ReplyHeaders | undefined, what: 'requests' | 'tokens'): QuotaLeft | undefined {
  for (const suffix of suffixes) {
    const limit = numberIn(headers, `x-ratelimit-limit-${what}${suffix}`);
    if (limit === undefined || limit <= 0) continue;
    const reset = parseWait(headers?.get(`x-ratelimit-reset-${what}${suffix}`) ?? '');
    // Groq's plain "requests" are those of a day.
    if (suffix === '' && reset !== undefined && reset > longestMinute) return undefined;
    const remaining = numberIn(headers, `x-ratelimit-remaining-${what}${suffix}`);
    return {
      perMinute: limit,
      ...(remaining === undefined ? {} : { left: Math.min(1, Math.max(0, remaining / limit)) }),
    };
  }
  return undefined;
}

function numberIn(headers: ReplyHeaders | undefined, name: string): number | undefined {
  const text = headers?.get(name)?.trim() ?? '';
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function exhaustedBy(message: string): RateLimitInfo['exhausted'] {
  if (/tokens per (?:min|minute)\b|\bTPM\b/i.test(message)) return 'tokens';
  if (/requests per (?:min|minute)\b|\bRPM\b/i.test(message)) return 'requests';
  return undefined;
}

/** `… on tokens per minute (TPM): Limit 6000, Used 5800, Requested 900`, as OpenAI and Groq put it. */
function messageLimit(message: string): number | undefined {
  const found = /\b(?:TPM|RPM)\)?:? Limit:? (\d+)\b/i.exec(message)?.[1];
  return found === undefined ? undefined : Number(found);
}
