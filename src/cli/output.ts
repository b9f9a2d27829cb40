import { printable } from '../core/printable.ts';

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

export function printableStream(raw: RawStream): CliStream {
  let held = '';
  return {
    raw,
    write(text) {
      const whole = held + text;
      held = undecided.exec(whole)?.[0] ?? '';
      const decided = held === '' ? whole : whole.slice(0, -1);
      return decided === '' || raw.write(printable(decided));
    },
    flush() {
      if (held !== '') raw.write(printable(held));
      held = '';
    },
    get isTTY() {
      return raw.isTTY === true;
    },
    get columns() {
      return raw.columns ?? 80;
    },
    get rows() {
      return raw.rows ?? 24;
    },
  };
}
