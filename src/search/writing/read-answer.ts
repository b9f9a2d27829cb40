import { wellFormed } from '../../core/well-formed.ts';

/** The tags between which a prompt writer is asked to put the new prompt. */
export const openingTag = '<new_prompt>';
export const closingTag = '</new_prompt>';

/** Longer answers are cut before they are looked at; no prompt may be nearly as long. */
const longestAnswer = 200_000;

/**
 * The prompt in a writer's answer: what stands between the last pair of tags. Thinking goes first, in whatever tags;
 * so do fences, quotes and labels around a prompt, byte-order marks, NUL and other control characters. `undefined`:
 * it holds none. An answer without the tags that were asked for may be a refusal, a question or a remark, in any words.
 */
export function readWrittenPrompt(answer: string): string | undefined {
  const tagged = betweenTags(withoutThinking(cleaned(answer.slice(0, longestAnswer))));
  const prompt = tagged === undefined ? '' : unwrapped(tagged);
  return prompt === '' ? undefined : prompt;
}

function cleaned(text: string): string {
  return wellFormed(
    text
      .replace(/^\uFEFF/, '')
      .replace(/\r\n?/g, '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a prompt
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g, '')
      // Direction marks and invisible separators: what people read must be what models read.
      .replace(/[\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g, ''),
  );
}

/** What stands behind the last end of thinking; nothing of thinking that never ends. */
function withoutThinking(text: string): string {
  const closing = /<\/(?:think|thinking|thought|reasoning)>/gi;
  let from = 0;
  for (const match of text.matchAll(closing)) from = match.index + match[0].length;
  const rest = text.slice(from);
  const open = /<(?:think|thinking|thought|reasoning)>/i.exec(rest);
  return open === null ? rest : rest.slice(0, open.index);
}

function betweenTags(text: string): string | undefined {
  const end = text.toLowerCase().lastIndexOf(closingTag);
  const start = text.toLowerCase().lastIndexOf(openingTag, end < 0 ? undefined : end);
  if (start < 0) return undefined;
  // A tag that is never closed: the answer was cut off, or the model forgot it. The length check decides.
  return text.slice(start + openingTag.length, end < 0 ? undefined : end);
}

function unwrapped(text: string): string {
  let prompt = text.trim();
  const fence = /^(`{3,}|~{3,})[^\n`]*\n([\s\S]*?)\n\1$/.exec(prompt);
  if (fence !== null && !fence[2]?.includes(fence[1] ?? '```')) prompt = fence[2]?.trim() ?? '';
  prompt = prompt.replace(/^(?:sure|certainly|of course|okay|ok|here)\b[^\n]{0,160}:[ \t]*\n/i, '').trim();
  prompt = prompt
    .replace(/^(?:#+\s*|\*\*)?(?:new|improved|revised|rewritten) prompt(?:\*\*)?:?(?:\*\*)?[ \t]*\n/i, '')
    .trim();
  const quoted = /^"([^"]*)"$/.exec(prompt) ?? /^“([^“”]*)”$/.exec(prompt);
  return (quoted?.[1] ?? prompt).trim();
}
