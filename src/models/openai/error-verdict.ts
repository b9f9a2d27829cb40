import type { CallFailure, FailureCause } from '../chat-model.ts';
import { waitInWords } from './error-body.ts';

export type FailureVerdict = Pick<CallFailure, 'cause' | 'code' | 'retryable'>;

export const verdict = (
  cause: FailureCause,
  code: string,
  retryable = cause === 'infrastructure',
): FailureVerdict => ({
  cause,
  code,
  retryable,
});

/** How servers say that a prompt (with its answer) does not fit, each in its own words. */
const contextWordings: readonly RegExp[] = [
  /context_length_exceeded|exceed_context_size/,
  /context.{0,20}(?:length|window|size|limit)/i,
  /maximum (?:context|prompt|input)/i,
  /(?:prompt|input|request|conversation|messages?) (?:is |are )?too (?:long|large|big)/i,
  /length of all messages is too long/i,
  /too many (?:input )?tokens/i,
  /exceeds?.{0,40}(?:context|token limit|max(?:imum)? (?:number of )?(?:input )?tokens)/i,
  /exceeded (?:the )?model token limit/i,
  /reduce the length/i,
  // Together, TGI: `inputs` tokens + `max_new_tokens` must be <= 4097
  /inputs?`? tokens \+ `?max_new_tokens`? must be/i,
  // DashScope
  /range of input length should be/i,
  // vLLM: what is left of the window for the answer is less than nothing.
  /max_(?:completion_|new_)?tokens must be at least 1, got -\d/i,
  /(?:prompt|input) (?:length|tokens?).{0,40}(?:longer|larger|greater|more) than (?:the )?(?:max|model|context|n_ctx)/i,
  /longer than the (?:maximum )?model(?:'s)? (?:max )?(?:context |length)/i,
  // llama.cpp
  /compared to KV size|exceeds? the (?:available )?(?:context|batch|KV)/i,
  // Zhipu and others
  /(?:prompt|输入|上下文|消息|提示词?|内容).{0,12}(?:超长|过长|超出|超过)|(?:超出|超过).{0,16}(?:上下文|最大.{0,6}长度|token)/i,
  // vLLM, Copilot
  /token count.{0,30}exceed|prompt length.{0,80}(?:exceed|max_num_tokens)/i,
  // French, German, Spanish, Italian, Portuguese
  /(?:context|kontext|prompt|token|invite).{0,80}(?:dépass|überschreit|excede|supera|ultrapassa)|(?:dépass|überschreit|excede|supera|ultrapassa).{0,80}(?:context|kontext|token)/i,
  /コンテキスト.{0,12}超え|컨텍스트.{0,12}초과/,
];
const filterWords =
  /content[ _-]?(?:filter|management|policy|moderation)|safety (?:system|filter)|responsible ai|flagged|violat\w+ .{0,40}polic/i;
const quotaWords = /insufficient_quota|exceeded your current quota|insufficient (?:balance|credits?|funds)/i;
/** A quota of so short a time is a pace, whatever the server calls it. */
const minuteWords = /per[ _-]?(?:min(?:ute)?|second)\b|PerMinute|PerSecond|\b[RT]PM\b/i;
const longWords = /per[ _-]?(?:day|month|week)\b|PerDay|PerMonth/i;
/** A longer wait than this, in ms, is no matter of pace. */
const longestPace = 3_600_000;
const modelWords =
  /model.{0,80}(?:not (?:exist|found|a valid)|does ?n[o']t exist|unknown|no such)|(?:invalid|unknown|no such|unsupported) model|not a valid model|model_not_found|invalid_model/i;
const keyWords =
  /(?:invalid|incorrect|wrong|missing|expired|no).{0,20}(?:api[ _-]?key|token provided|credentials)|unauthori[sz]ed|authentication|AuthFailure|invalid_api_key/i;
/** LM Studio and others answer a path that they do not have with status 200. */
const pathWords =
  /unexpected endpoint|no such (?:endpoint|route)|unknown (?:endpoint|route)|cannot (?:post|get) \//i;
/** What this one sample was, and another need not be: a tool called where none is, JSON that is none. */
const sampleWords =
  /tool_use_failed|json_validate_failed|output_parse_failed|malformed_function_call|tool choice is none, but model called a tool|failed to (?:call a function|generate json)/i;
const unsupportedWords = /does not support|not supported|unsupported|bad ?request|invalid[ _]request/i;
const rateWords = /rate.?limit|too many requests|resource.?exhausted|slow down/i;

/** Refusals for the pace from servers that know no status for them (AWS). */
const throttleWords = /throttl|too many requests/i;

const isContextOverflow = (words: string): boolean => contextWordings.some((wording) => wording.test(words));

/** Says what an HTTP answer that is an error means for the call. @param words code, type and message */
export function classifyStatus(status: number, words: string, waitMs = waitInWords(words)): FailureVerdict {
  if (/context_length_exceeded|exceed_context_size/.test(words))
    return verdict('context-overflow', 'context-overflow');
  if (quotaWords.test(words) && (status === 429 || status === 403) && !isPace(words, waitMs)) {
    return verdict('rejected', 'insufficient-quota');
  }
  if (status === 429 || (status === 400 && throttleWords.test(words)))
    return verdict('infrastructure', 'rate-limited');
  if (status === 408) return verdict('infrastructure', 'timeout');
  if (status === 409 || status === 425) return verdict('infrastructure', 'conflict');
  if (status >= 400 && status !== 401 && sampleWords.test(words))
    return verdict('refused', 'bad-sample', true);
  if ((status === 400 || status === 422 || status === 403) && filterWords.test(words)) {
    return verdict('refused', 'content-filter');
  }
  if ((status === 400 || status === 422 || status === 500) && isContextOverflow(words)) {
    return verdict('context-overflow', 'context-overflow');
  }
  if (status >= 500) return verdict('infrastructure', 'server-error');
  if (status === 413) return verdict('context-overflow', 'request-too-large');
  if (status === 401) return verdict('rejected', 'unauthorized');
  if (status === 402) return verdict('rejected', 'payment-required');
  if (status === 403) return verdict('rejected', 'forbidden');
  if (status === 404 || ((status === 400 || status === 422) && modelWords.test(words))) {
    return verdict('rejected', 'unknown-model');
  }
  return verdict('rejected', 'bad-request');
}

function isPace(words: string, waitMs: number | undefined): boolean {
  if (longWords.test(words)) return false;
  return minuteWords.test(words) || (waitMs !== undefined && waitMs <= longestPace);
}

/** The same for an error that came with no status: with 200, or inside a stream. */
export function classifyWords(words: string): FailureVerdict {
  if (sampleWords.test(words)) return verdict('refused', 'bad-sample', true);
  if (filterWords.test(words)) return verdict('refused', 'content-filter');
  if (isContextOverflow(words)) return verdict('context-overflow', 'context-overflow');
  if (rateWords.test(words)) return verdict('infrastructure', 'rate-limited');
  if (quotaWords.test(words)) return verdict('rejected', 'insufficient-quota');
  if (keyWords.test(words)) return verdict('rejected', 'unauthorized');
  if (pathWords.test(words)) return verdict('rejected', 'unknown-endpoint');
  if (modelWords.test(words)) return verdict('rejected', 'unknown-model');
  if (unsupportedWords.test(words)) return verdict('rejected', 'bad-request');
  return verdict('infrastructure', 'server-error');
}
