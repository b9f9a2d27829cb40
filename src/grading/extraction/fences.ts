/** A stretch of an answer: fenced code, or the lines between fences. */
export interface Block {
  readonly kind: 'fenced' | 'plain';
  readonly lines: readonly string[];
  /** False when the text ended before the fence did: the block may be cut off. */
  readonly closed: boolean;
}

interface OpenFence {
  readonly character: '`' | '~';
  readonly length: number;
  readonly indent: number;
  readonly quoted: boolean;
  readonly lines: string[];
}

/** Longest text before a fence's marks that can be a list or quote mark. */
const longestPrefix = 40;
const infoString = /^[A-Za-z][\w.+#-]{0,19}$/;

/**
 * Parts an answer at its Markdown fences, more forgivingly than CommonMark: marks after prose or at the
 * end of a code line, fences inside list items and quotes, code beside the marks, a fence that opens
 * before the last one was closed. One pass, no backtracking.
 */
export function splitFences(text: string): Block[] {
  const blocks: Block[] = [];
  let plain: string[] = [];
  let open: OpenFence | null = null;
  const flushPlain = (): void => {
    if (plain.length > 0) blocks.push({ kind: 'plain', lines: plain, closed: true });
    plain = [];
  };
  const close = (fence: OpenFence, closed: boolean): void => {
    blocks.push({ kind: 'fenced', lines: dedented(fence), closed });
    open = null;
  };
  for (const line of text.split('\n')) {
    const fence: OpenFence | null = open;
    const marks = marksIn(line);
    if (fence === null) {
      const opening = marks === null ? null : openingOf(line, marks);
      if (opening === null) plain.push(line);
      else {
        plain.push(opening.before);
        flushPlain();
        open = opening.fence;
        if (opening.complete) close(opening.fence, true);
      }
      continue;
    }
    if (marks === null) {
      fence.lines.push(line);
      continue;
    }
    const change = changeOf(line, marks, fence);
    if (change === 'content') fence.lines.push(line);
    else if (change === 'close') close(fence, true);
    else if (change === 'code-and-close') {
      fence.lines.push(line.slice(0, marks.index));
      close(fence, true);
    } else {
      close(fence, false);
      open = openingOf(line, marks)?.fence ?? null;
    }
  }
  if (open !== null) close(open, false);
  flushPlain();
  return blocks;
}

interface Marks {
  readonly index: number;
  readonly character: '`' | '~';
  readonly length: number;
}

/** The first run of three or more fence marks in a line. */
function marksIn(line: string): Marks | null {
  const back = line.indexOf('```');
  const tilde = line.indexOf('~~~');
  if (back < 0 && tilde < 0) return null;
  const index = back < 0 || (tilde >= 0 && tilde < back) ? tilde : back;
  const character = index === back ? '`' : '~';
  let end = index + 3;
  while (line[end] === character) end++;
  return { index, character, length: end - index };
}

function openingOf(
  line: string,
  marks: Marks,
): { readonly fence: OpenFence; readonly before: string; readonly complete: boolean } | null {
  const prefix = line.slice(0, marks.index);
  const rest = line.slice(marks.index + marks.length);
  const isMarkPrefix = prefix.length <= longestPrefix && /^[\s>]*(?:[-*+]|\d{1,3}[.)])?\s*$/.test(prefix);
  const info = rest.trim();
  if (!isMarkPrefix && info !== '' && !infoString.test(info)) return null;
  if (!isMarkPrefix && marks.character === '~') return null;
  const fence: OpenFence = {
    character: marks.character,
    length: marks.length,
    indent: isMarkPrefix ? prefix.replaceAll('>', ' ').length : 0,
    quoted: isMarkPrefix && prefix.includes('>'),
    lines: [],
  };
  const before = isMarkPrefix ? '' : prefix;
  const again = rest.indexOf(marks.character.repeat(marks.length));
  if (again >= 0) {
    fence.lines.push(withoutTag(rest.slice(0, again)));
    return { fence, before, complete: true };
  }
  if (startsCode(rest)) fence.lines.push(withoutTag(rest));
  return { fence, before, complete: false };
}

/** Code beside the opening marks: ```` ```def f(): ```` or ```` ```python def f(): ````. */
function startsCode(rest: string): boolean {
  return /^[ \t]?(?:[A-Za-z]\w{0,10}[ \t])?(?:def|async def|import|from|class|@)\b/.test(rest.slice(0, 60));
}

function withoutTag(rest: string): string {
  return rest.trimStart().replace(/^(?:python3?|py)[ \t]+/i, '');
}

function changeOf(
  line: string,
  marks: Marks,
  fence: OpenFence,
): 'content' | 'close' | 'code-and-close' | 'reopen' {
  if (marks.character !== fence.character) return 'content';
  const before = line.slice(0, marks.index);
  const after = line.slice(marks.index + marks.length).trim();
  const bare = fence.quoted ? before.replaceAll('>', '').trim() : before.trim();
  if (bare === '') {
    if (before.length > fence.indent + 3) return 'content';
    if (after === '') return marks.length >= fence.length ? 'close' : 'content';
    if (infoString.test(after)) return 'reopen';
    return marks.length >= fence.length ? 'close' : 'content';
  }
  return after === '' && marks.length >= fence.length && marks.character === '`'
    ? 'code-and-close'
    : 'content';
}

/** The lines without the fence's own indentation and quote marks, and without an indentation they share. */
function dedented(fence: OpenFence): string[] {
  const unquoted = fence.quoted
    ? fence.lines.map((line) => line.replace(/^[ \t]{0,8}>[ ]?/, ''))
    : fence.lines;
  return dedent(unquoted);
}

/** Removes the leading whitespace that all non-blank lines share. */
export function dedent(lines: readonly string[]): string[] {
  let shared: string | null = null;
  for (const line of lines) {
    const indent = indentOf(line);
    if (indent.length === line.length) continue;
    if (shared === null) shared = indent;
    shared = shared.slice(0, sharedLength(shared, indent));
    if (shared === '') return [...lines];
  }
  const length = shared?.length ?? 0;
  return lines.map((line) => (indentOf(line).length === line.length ? '' : line.slice(length)));
}

function sharedLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

/** Leading spaces and tabs. */
export function indentOf(line: string): string {
  let end = 0;
  while (line[end] === ' ' || line[end] === '\t') end++;
  return line.slice(0, end);
}
