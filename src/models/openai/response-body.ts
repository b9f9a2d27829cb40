import { parsedJson } from '../../core/json.ts';
import type { Reply } from './http-post.ts';

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
async function* textOf(body: Reply['body'], limit: number): AsyncGenerator<string> {
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
export async function readText(body: Reply['body'], limit: number): Promise<string> {
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
export async function* readAnswer(body: Reply['body'], limit: number): AsyncGenerator<Received> {
  const lines = new LineSplitter();
  let reader: LineReader | undefined;
  // What a piece brings is read at once: a generator for each step would make every token wait for each.
  for await (const piece of textOf(body, limit)) {
    const text = reader === undefined ? piece.trimStart() : piece;
    if (text === '') continue;
    if (reader === undefined && text.startsWith('<')) {
      yield { kind: 'text', text };
      return;
    }
    reader ??= /^[[{]/.test(text) || text.startsWith('null') ? new JsonReader() : new EventReader();
    for (const line of lines.push(text)) for (const received of reader.line(line)) yield received;
  }
  if (reader === undefined) return;
  for (const line of lines.end()) for (const received of reader.line(line)) yield received;
  for (const received of reader.end()) yield received;
}

/** Reads a body line by line. */
interface LineReader {
  line(line: string): Iterable<Received>;
  end(): Iterable<Received>;
}

class JsonReader implements LineReader {
  /** The value of the first line while it is alone. */
  #first: unknown;
  /** Lines of a value that takes more than one. */
  #lines: string[] | undefined;
  #isFirst = true;

  *line(line: string): Iterable<Received> {
    if (this.#isFirst) {
      this.#isFirst = false;
      this.#first = parsedJson(line);
      if (this.#first === undefined) this.#lines = [line];
    } else if (this.#lines !== undefined) this.#lines.push(line);
    else if (line.trim() !== '') {
      if (this.#first !== undefined) yield { kind: 'chunk', value: this.#first };
      this.#first = undefined;
      yield { kind: 'chunk', value: JSON.parse(line) };
    }
  }

  *end(): Iterable<Received> {
    if (this.#lines !== undefined) yield { kind: 'whole', value: JSON.parse(this.#lines.join('\n')) };
    else if (this.#first !== undefined) yield { kind: 'whole', value: this.#first };
  }
}

/** Server-sent events, as the HTML standard parts them. */
class EventReader implements LineReader {
  #data: string[] = [];
  #name = '';
  #stray = '';
  #seen = false;

  *line(line: string): Iterable<Received> {
    if (line !== '') {
      this.#field(line);
      return;
    }
    const [data, name] = [this.#data, this.#name];
    this.#data = [];
    this.#name = '';
    if (data.length === 0) return;
    this.#seen = true;
    yield eventOf(data.join('\n'), name);
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#name = value;
    else if (field !== '' && field !== 'id' && field !== 'retry' && this.#stray === '')
      this.#stray = line.slice(0, 500);
  }

  *end(): Iterable<Received> {
    // Some servers end without the blank line; what was cut off is no JSON.
    const last = this.#data.join('\n');
    if (last.startsWith('[DONE]') || (last !== '' && parsedJson(last) !== undefined))
      yield eventOf(last, this.#name);
    else if (!this.#seen && this.#stray !== '') yield { kind: 'text', text: this.#stray };
  }
}

function eventOf(data: string, name: string): Received {
  if (data.startsWith('[DONE]')) return { kind: 'done' };
  const named = name === '' ? {} : { name };
  // Some servers tell an error in words.
  if (name === 'error') return { kind: 'chunk', value: parsedJson(data) ?? data, name };
  return { kind: 'chunk', value: JSON.parse(data), ...named };
}

/** Lines, which end with LF, CR or both; an end that comes late holds nothing up. */
class LineSplitter {
  #begun: string[] = [];
  #afterReturn = false;

  *push(piece: string): Iterable<string> {
    let from = this.#afterReturn && piece.startsWith('\n') ? 1 : 0;
    this.#afterReturn = false;
    const ends = /\r\n?|\n/g;
    ends.lastIndex = from;
    for (let end = ends.exec(piece); end !== null; end = ends.exec(piece)) {
      this.#begun.push(piece.slice(from, end.index));
      const line = this.#begun.join('');
      this.#begun = [];
      from = ends.lastIndex;
      this.#afterReturn = end[0] === '\r' && from === piece.length;
      yield line;
    }
    if (from < piece.length) this.#begun.push(piece.slice(from));
  }

  *end(): Iterable<string> {
    const last = this.#begun.join('');
    if (last !== '') yield last;
  }
}
