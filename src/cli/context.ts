import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Clock } from '../core/clock.ts';
import { type Colors, createColors } from '../report/colors.ts';
import { wrapText } from '../report/wrap-text.ts';
import { type CliStream, printableStream, type RawStream } from './output.ts';

/** All of the process that mixtune may touch; tests pass their own. */
export interface ProcessContext {
  /** The arguments after the program's own name. */
  readonly argv: readonly string[];
  /** mixtune's own version. */
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: RawStream;
  readonly stderr: RawStream;
  /** The machine's clock; runs of simulated models make their own virtual one. */
  readonly clock: Clock;
  /** Date and time of day, for run ids and manifests. */
  readonly today: () => Date;
  /** Whether `tune` forecasts what a job will take, and asks where that is much; default: true. */
  readonly forecasts?: boolean;
  /** How endpoints are asked what they serve; default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Folder of the package itself, which holds the shipped `tasks` and `search-spaces`. */
  readonly packageFolder: string;
  /** The built page, into which reports put their data; absent: there is none, and runs end without a report. */
  readonly readPage?: () => Promise<string>;
  /**
   * Starts mixtune once more with these arguments, in a process of its own, which Ctrl-C on the terminal does not
   * reach; absent where nothing can be started.
   */
  readonly startSelf?: (args: readonly string[]) => ChildProcessWithoutNullStreams;
  /** Shows a file or an address in the user's browser; absent where there is none. */
  readonly showInBrowser?: (target: string) => void;
  /** Calls back on the first Ctrl-C (or SIGTERM) until released; a later one ends the process. */
  readonly onInterrupt: (callback: () => void) => () => void;
}

/** The same as commands have it: all that they write comes out printable. */
export interface CliContext extends Omit<ProcessContext, 'stdout' | 'stderr'> {
  readonly stdout: CliStream;
  readonly stderr: CliStream;
}

export function createCliContext(process: ProcessContext): CliContext {
  return { ...process, stdout: printableStream(process.stdout), stderr: printableStream(process.stderr) };
}

/** Colours for a terminal, unless NO_COLOR is set or TERM is `dumb`; none elsewhere. */
export function colorsOn(stream: CliStream, env: CliContext['env']): Colors {
  const isPlain = env.NO_COLOR !== undefined && env.NO_COLOR !== '';
  return createColors(!isPlain && stream.isTTY === true && env.TERM !== 'dumb');
}

/** Characters that a line on the stream may have; 100 where it is no terminal. */
export function widthOf(stream: CliStream): number {
  return stream.isTTY === true ? (stream.columns ?? 80) : 100;
}

/** How tables look on stdout. */
export function tableLook({ stdout, env }: CliContext) {
  return { width: widthOf(stdout), styleHead: colorsOn(stdout, env).dim };
}

/** A paragraph on a terminal is broken between words; elsewhere it stays one line, for `grep` and the like. */
export function paragraphWidth(stream: CliStream): number {
  return stream.isTTY === true ? widthOf(stream) : Number.POSITIVE_INFINITY;
}

export function writeParagraph(stream: CliStream, text: string): void {
  writeLine(stream, wrapText(text, paragraphWidth(stream)));
}

export function writeLine(stream: CliStream, line = ''): void {
  stream.write(`${line}\n`);
}

/** One JSON value on its own lines, for machines. */
export function writeJson(stream: CliStream, value: unknown): void {
  writeLine(stream, JSON.stringify(value, null, 2));
}
