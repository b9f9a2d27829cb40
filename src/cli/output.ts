import { printable } from '../core/printable.ts';
import type { Environment } from '../models/provider-list.ts';
import { createColors } from '../report/colors.ts';
import type { Look } from '../report/look.ts';
import { wrapText } from '../report/wrap-text.ts';

/** A place to write to as the system has it; `process.stdout` is one, and so is any writable stream. */
export type RawStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** Where commands write: whatever a text holds, a terminal shows it and obeys nothing in it. */
export interface CliStream {
  /** False when the stream would rather be left alone until it drains. */
  write(text: string): boolean;
  line(text?: string): void;
  /** One value on its own lines, for machines. */
  json(value: unknown): void;
  /** Broken between words on a terminal; elsewhere it stays one line, for `grep` and the like. */
  paragraph(text: string): void;
  /** Colours for a terminal, unless NO_COLOR is set or TERM is `dumb`; none elsewhere, where lines have 100 characters. */
  readonly look: Look;
  /** Writes what was held back for the next piece to decide what it means. */
  flush(): void;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** For the cursor's movements and what is printable already; never for text from outside. */
  readonly raw: RawStream;
}

/** Ends in half a character, or in half a line's end: what follows in a stream of text says which. */
const undecided = /[\r\ud800-\udbff]$/;

/** @param env what it says of colours */
export function printableStream(raw: RawStream, env: Environment = {}): CliStream {
  let held = '';
  const isPlain = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  const write = (text: string): boolean => {
    const whole = held + text;
    held = undecided.exec(whole)?.[0] ?? '';
    const decided = held === '' ? whole : whole.slice(0, -1);
    return decided === '' || raw.write(printable(decided));
  };
  const line = (text = ''): void => void write(`${text}\n`);
  const look = (): Look => {
    const isTerminal = raw.isTTY === true;
    // A terminal that does not know its size says 0.
    const width = isTerminal ? raw.columns || 80 : 100;
    const paragraphs = isTerminal ? width : Number.POSITIVE_INFINITY;
    return { width, paragraphs, colors: createColors(isTerminal && !isPlain) };
  };
  return {
    raw,
    write,
    line,
    json: (value) => line(JSON.stringify(value, null, 2)),
    paragraph: (text) => line(wrapText(text, look().paragraphs)),
    get look() {
      return look();
    },
    flush() {
      if (held !== '') raw.write(printable(held));
      held = '';
    },
    get isTTY() {
      return raw.isTTY === true;
    },
    get columns() {
      return raw.columns || 80;
    },
    get rows() {
      return raw.rows || 24;
    },
  };
}
