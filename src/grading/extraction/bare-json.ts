import { finalText } from './final-text.ts';
import { extractJson, wholeJson } from './json.ts';

/**
 * What keeps a client from reading an answer with `JSON.parse`: prose or a code fence around its JSON, or JSON that is
 * not to the letter. `undefined` for an answer that is one JSON value and nothing else. Thinking does not count.
 */
export function whyNotBare(answer: string): string | undefined {
  const text = finalText(answer);
  const whole = wholeJson(text);
  if (whole?.form === 'strict') return undefined;
  if (whole !== undefined) return 'The answer is no valid JSON.';
  if (extractJson(answer) === undefined) return 'The answer holds no JSON.';
  const isFenced = /^(?:```|~~~)[\s\S]*(?:```|~~~)$/.test(text);
  return `The answer holds more than the JSON${isFenced ? ': a code fence around it' : ''}.`;
}
