/** Bytes that a response may have beside what its tokens need: for headers of chunks, pings, comments, web pages. */
const freeBytes = 16 * 2 ** 20;
/** Bytes that a token takes at most where it streams: some servers send probabilities with each. */
const bytesPerToken = 2048;
/** Taken for calls that name no limit. */
const assumedTokens = 32_768;

/** Bytes that are read of a response, whatever they are: more is not waited for. */
export function responseLimit(maxTokens = assumedTokens): number {
  return freeBytes + maxTokens * bytesPerToken;
}

/** A response that does not end within its limit. */
export class ResponseTooLargeError extends Error {
  constructor(limit: number) {
    super(`the server's response does not end: more than ${Math.floor(limit / 2 ** 20)} MiB came`);
  }
}

/** The text of a body, in pieces, as far as the limit goes. */
async function* textOf(body: Response['body'], limit: number): AsyncGenerator<string> {
  if (body === null) return;
  // Takes a byte-order mark away, and keeps characters whole that packets part.
  const decoder = new TextDecoder();
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.byteLength;
    if (bytes > limit) throw new ResponseTooLargeError(limit);
    const text = decoder.decode(piece, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** A body's whole text. @throws ResponseTooLargeError */
export async function readText(body: Response['body'], limit: number): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of textOf(body, limit)) pieces.push(piece);
  return pieces.join('');
}

/** What a body brought. */
export type Received =
  /** One of several: an event of a stream, or a line. `name` is the event's. */
  | { readonly kind: 'chunk'; readonly value: unknown; readonly name?: string }
  /** The body itself. */
  | { readonly kind: 'whole'; readonly value: unknown }
  /** `[DONE]`: nothing follows that counts. */
  | { readonly kind: 'done' }
  /** Text that is neither JSON nor an event stream, or its beginning. */
  | { readonly kind: 'text'; readonly text: string };

/**
 * Reads an answer by what it is, not by what its headers call it: an event stream, JSON in one piece, or a
 * JSON value a line. Takes time linear in the body.
 * @throws ResponseTooLargeError, or SyntaxError for JSON that is none
 */
export async function* readAnswer(body: Response['body'], limit: number): AsyncGenerator<Received> {
  const pieces = textOf(body, limit);
  let head = '';
  // Not a loop over the pieces, whose end would end them.
  while (head === '') {
    const next = await pieces.next();
    if (next.done === true) return;
    head = next.value.trimStart();
  }
  const rest = withHead(head, pieces);
  if (/^[[{]/.test(head) || head.startsWith('null')) yield* readJson(rest);
  else if (head.startsWith('<')) yield { kind: 'text', text: head };
  else yield* readEvents(rest);
}

async function* withHead(head: string, pieces: AsyncGenerator<string>): AsyncGenerator<string> {
  yield head;
  yield* pieces;
}

async function* readJson(pieces: AsyncGenerator<string>): AsyncGenerator<Received> {
  const lines = linesOf(pieces);
  const first = await lines.next();
  if (first.done === true) return;
  const value = parsed(first.value);
  if (value === undefined) {
    const all = [first.value];
    for await (const line of lines) all.push(line);
    yield { kind: 'whole', value: JSON.parse(all.join('\n')) };
    return;
  }
  let isAlone = true;
  for await (const line of lines) {
    if (line.trim() === '') continue;
    if (isAlone) yield { kind: 'chunk', value: value.value };
    isAlone = false;
    yield { kind: 'chunk', value: JSON.parse(line) };
  }
  if (isAlone) yield { kind: 'whole', value: value.value };
}

/** `undefined` for text that is no JSON by itself, such as the first of several lines. */
function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Server-sent events, as the HTML standard parts them. */
async function* readEvents(pieces: AsyncGenerator<string>): AsyncGenerator<Received> {
  let data: string[] = [];
  let name = '';
  let stray = '';
  let seen = false;
  for await (const line of linesOf(pieces)) {
    if (line !== '') {
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (field === 'data') data.push(value);
      else if (field === 'event') name = value;
      else if (field !== '' && field !== 'id' && field !== 'retry' && stray === '')
        stray = line.slice(0, 500);
      continue;
    }
    if (data.length > 0) {
      seen = true;
      yield eventOf(data.join('\n'), name);
    }
    data = [];
    name = '';
  }
  // Some servers end without the blank line; what was cut off is no JSON.
  const last = data.join('\n');
  if (last.startsWith('[DONE]') || (last !== '' && parsed(last) !== undefined)) yield eventOf(last, name);
  else if (!seen && stray !== '') yield { kind: 'text', text: stray };
}

function eventOf(data: string, name: string): Received {
  if (data.startsWith('[DONE]')) return { kind: 'done' };
  const named = name === '' ? {} : { name };
  // Some servers tell an error in words.
  if (name === 'error') return { kind: 'chunk', value: parsed(data)?.value ?? data, name };
  return { kind: 'chunk', value: JSON.parse(data), ...named };
}

/** Lines, which end with LF, CR or both; an end that comes late holds nothing up. */
async function* linesOf(pieces: AsyncGenerator<string>): AsyncGenerator<string> {
  let begun: string[] = [];
  let afterReturn = false;
  for await (const piece of pieces) {
    let from: number = afterReturn && piece.startsWith('\n') ? 1 : 0;
    afterReturn = false;
    const ends = /\r\n?|\n/g;
    ends.lastIndex = from;
    for (let end = ends.exec(piece); end !== null; end = ends.exec(piece)) {
      begun.push(piece.slice(from, end.index));
      yield begun.join('');
      begun = [];
      from = ends.lastIndex;
      afterReturn = end[0] === '\r' && from === piece.length;
    }
    if (from < piece.length) begun.push(piece.slice(from));
  }
  const last = begun.join('');
  if (last !== '') yield last;
}
