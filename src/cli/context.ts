import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Clock } from '../core/clock.ts';
import type { Environment } from '../models/provider-list.ts';
import type { Look } from '../report/look.ts';
import { type CliStream, printableStream, type RawStream } from './output.ts';
import { withoutSecrets } from './wiring/secrets.ts';

/** All of the process that mixtune may touch; tests pass their own. */
export interface ProcessContext {
  /** The arguments after the program's own name. */
  readonly argv: readonly string[];
  /** mixtune's own version. */
  readonly version: string;
  readonly env: Environment;
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
  /** Tells on stderr what is worth knowing beside the work, without secrets. */
  readonly notice: (text: string) => void;
}

export function createCliContext(process: ProcessContext): CliContext {
  const { env } = process;
  const [stdout, stderr] = [printableStream(process.stdout, env), printableStream(process.stderr, env)];
  const notice = (text: string): void => stderr.paragraph(`mixtune: ${withoutSecrets(text, env)}`);
  return { ...process, stdout, stderr, notice };
}

/** What a command found, on stdout: as JSON where that is asked for, else as text for people. */
export function tell(
  { stdout }: CliContext,
  { json }: { readonly json?: boolean },
  found: unknown,
  text: (look: Look) => string,
): void {
  if (json === true) stdout.json(found);
  else stdout.line(text(stdout.look));
}
