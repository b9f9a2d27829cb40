/** Line ends as `\n`; no byte-order mark and no NUL, which no reader of answers accepts. */
export function cleanText(answer: string): string {
  const text = answer.charCodeAt(0) === 0xfeff ? answer.slice(1) : answer;
  const withoutNul = text.includes('\0') ? text.replaceAll('\0', '') : text;
  return withoutNul.includes('\r') ? withoutNul.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : withoutNul;
}

const thinkTag = /<(\/?)(?:think|thinking|thought|reasoning)>/gi;

/**
 * The answer without its thinking: closed `<think>…</think>` blocks go, so does all that stands before a
 * closing tag whose opening one the server kept, and all after an opening tag that is never closed
 * (handed back as `unclosed`).
 */
export function splitThinking(text: string): { readonly answer: string; readonly unclosed: string | null } {
  if (!text.includes('<')) return { answer: text, unclosed: null };
  let kept: string[] = [];
  let from = 0;
  let openedAt: number | null = null;
  for (const tag of text.matchAll(thinkTag)) {
    const isClosing = tag[1] === '/';
    const end = tag.index + tag[0].length;
    if (!standsAlone(text, tag.index, end)) continue;
    if (isClosing) {
      // With no opening tag before it all that came so far was thinking.
      if (openedAt === null) kept = [];
      openedAt = null;
      from = end;
    } else if (openedAt === null) {
      kept.push(text.slice(from, tag.index));
      openedAt = end;
    }
  }
  if (openedAt === null) kept.push(text.slice(from));
  return { answer: kept.join('\n'), unclosed: openedAt === null ? null : text.slice(openedAt) };
}

/** A tag inside a quoted string or a code span (`"<think>"`) is talked about, not used. */
function standsAlone(text: string, start: number, end: number): boolean {
  const before = text[start - 1];
  return before === undefined || before !== text[end] || !/["'`]/.test(before);
}
