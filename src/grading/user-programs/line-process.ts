import { onAbort } from '../../core/abort.ts';
import { withTail } from '../../core/tail.ts';
import { killGroup, unrefWhole } from '../process-group.ts';
import { type ProcessRequest, type Program, startProgram } from './run-process.ts';

/** The line that a program wrote, or why there is none. Whatever failed, the process is of no more use. */
export type LineOutcome =
  | { readonly kind: 'line'; readonly line: string; readonly stderr: string }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly stderr: string;
      /** Whether it was the time limit, or the caller who no longer wants it. */
      readonly stopped: boolean;
    };

const lineEnd = 0x0a;

/** A program that reads a line for each answer and writes one; it does one at a time, and stays until it is killed. */
export class LineProcess {
  /** Resolves when the process has gone. */
  readonly ended: Promise<void>;
  readonly #child: ReturnType<typeof startProgram>;
  #alive = true;
  #waiting: { take(line: string): void; tooLong(bytes: number): void; end(how: string): void } | null = null;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #stderr = '';
  readonly #onQuit: (what: string) => void;

  /** @param onQuit told what it did, where it ended or wrote what nobody had asked for between two answers */
  constructor(program: Program, onQuit: (what: string) => void) {
    this.#child = startProgram(program);
    this.#onQuit = onQuit;
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
    this.#listen();
    // One that waits for answers does not keep this process running; the time limit of an answer does.
    unrefWhole(this.#child);
  }

  /** False once it has ended, was killed, or wrote what nobody had asked for. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Gives it one line; call it again only after it has resolved. Blank lines of its own do not count. */
  ask({ input, timeLimitMs, outputBytes, signal }: ProcessRequest): Promise<LineOutcome> {
    if (signal?.aborted) {
      return Promise.resolve({ kind: 'failed', reason: 'aborted', stderr: '', stopped: true });
    }
    this.#stderr = '';
    return new Promise((resolve) => {
      const settle = (outcome: LineOutcome): void => {
        clearTimeout(timer);
        stopListening();
        this.#waiting = null;
        resolve(outcome);
      };
      const fail = (reason: string, stopped = false): void => {
        this.kill();
        settle({ kind: 'failed', reason, stderr: this.#stderr, stopped });
      };
      const timer = setTimeout(() => fail(`did not answer within ${timeLimitMs} ms`, true), timeLimitMs);
      const stopListening = onAbort(signal, () => fail('aborted', true));
      this.#waiting = {
        take: (line) => settle({ kind: 'line', line, stderr: this.#stderr }),
        tooLong: (bytes) => {
          if (bytes > outputBytes) fail(`wrote more than ${outputBytes} bytes`);
        },
        end: (how) => fail(how),
      };
      if (this.#alive) this.#child.stdin.write(input);
      else fail('had ended');
    });
  }

  /** At once, with whatever it started. */
  kill(): void {
    this.#alive = false;
    killGroup(this.#child);
    // Whoever waits for its end waits for something that keeps this process running.
    this.#child.ref();
    // One that got away from the group ends with its input.
    this.#child.stdin.destroy();
  }

  #listen(): void {
    const child = this.#child;
    child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = withTail(this.#stderr, chunk);
    });
    child.on('error', (error) => {
      this.#alive = false;
      this.#waiting?.end(error.message);
    });
    // Not `exit`: its last words may still be in the pipe.
    child.on('close', (code, signal) => {
      const torn = this.#bytes === 0 ? '' : ' in the middle of a line';
      const how = `ended with ${signal ?? `code ${code}`}${torn}`;
      if (this.#waiting === null) this.#quit(how);
      this.#alive = false;
      this.#waiting?.end(`${how} before it answered`);
    });
  }

  #receive(chunk: Buffer): void {
    let rest = chunk;
    for (let at = rest.indexOf(lineEnd); at >= 0; at = rest.indexOf(lineEnd)) {
      this.#keep(rest.subarray(0, at));
      const line = Buffer.concat(this.#chunks).toString('utf8').trim();
      this.#chunks = [];
      this.#bytes = 0;
      if (line !== '') this.#waiting?.take(line);
      rest = rest.subarray(at + 1);
    }
    if (rest.length > 0) this.#keep(rest);
  }

  #keep(piece: Buffer): void {
    if (this.#waiting === null) {
      // What nobody asked for is not kept: it may be without end.
      if (piece.length === 0) return;
      this.#quit(`wrote ${JSON.stringify(piece.toString('utf8', 0, 400).slice(0, 80))}`);
      this.kill();
      return;
    }
    this.#chunks.push(piece);
    this.#bytes += piece.length;
    this.#waiting.tooLong(this.#bytes);
  }

  /** Between two answers; what it does once it was killed is nobody's fault. */
  #quit(what: string): void {
    if (this.#alive) this.#onQuit(`${what} after it had answered`);
  }
}
