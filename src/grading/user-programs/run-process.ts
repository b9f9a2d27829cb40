import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { onAbort } from '../../core/abort.ts';
import { withTail } from '../../core/tail.ts';
import { endWithUs, killGroup, killLeftovers } from '../process-group.ts';

/** A program of the user's with its arguments, and where it runs. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** One answer for a program. */
export interface ProcessRequest {
  readonly input: string;
  readonly timeLimitMs: number;
  /** Bytes of standard output, and of standard error, that are kept; more on stdout ends the process. */
  readonly outputBytes: number;
  readonly signal: AbortSignal | undefined;
}

export type ProcessOutcome =
  | {
      readonly kind: 'ended';
      /** Its exit code, or the signal that ended it. */
      readonly code: number | NodeJS.Signals | null;
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly stderr: string };

/** What a grader's process sees of this one's environment. */
const passedOn = ['PATH', 'LANG', 'LC_ALL', 'SYSTEMROOT'] as const;

/** Starts a program in a scrubbed environment, and in a process group of its own, to be killed whole. */
export function startProgram({
  command,
  args,
  cwd,
}: Program): ChildProcessByStdio<Writable, Readable, Readable> {
  const env = Object.fromEntries(
    passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  endWithUs(child);
  // A program need not read its input.
  child.stdin.on('error', () => {});
  child.on('exit', () => {
    killLeftovers(child);
    closeOnceRead(child);
  });
  return child;
}

/**
 * Lets `close` come for a program that has ended, whoever else holds its pipes: what it started in a session of its own
 * is not killed with it.
 */
function closeOnceRead({ stdout, stderr }: ChildProcessByStdio<Writable, Readable, Readable>): void {
  // Between the two the event loop looks for what can be read, and all of the program's own words are in the pipes.
  setImmediate(() =>
    setImmediate(() => {
      stdout.destroy();
      stderr.destroy();
    }),
  );
}

/** Runs a program to its end: input on stdin, output read, killed with all its children at the time limit. */
export function runProcess(program: Program, request: ProcessRequest): Promise<ProcessOutcome> {
  const { input, timeLimitMs, outputBytes, signal } = request;
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve({ kind: 'failed', reason: 'aborted', stderr: '' });
    const child = startProgram(program);
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = '';
    let reason: string | null = null;
    const stop = (why: string): void => {
      reason ??= why;
      killGroup(child);
    };
    const onTime = (): void => stop(`did not end within ${timeLimitMs} ms`);
    const timer = setTimeout(onTime, timeLimitMs);
    const stopListening = onAbort(signal, () => stop('aborted'));
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > outputBytes) stop(`wrote more than ${outputBytes} bytes`);
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = withTail(stderr, chunk);
    });
    child.stdin.end(input);
    const settle = (outcome: ProcessOutcome): void => {
      clearTimeout(timer);
      stopListening();
      resolve(outcome);
    };
    child.on('error', (error) => settle({ kind: 'failed', reason: error.message, stderr }));
    child.on('close', (code, killedBy) => {
      if (reason !== null) settle({ kind: 'failed', reason, stderr });
      else
        settle({
          kind: 'ended',
          code: code ?? killedBy,
          stdout: Buffer.concat(chunks).toString('utf8'),
          stderr,
        });
    });
  });
}
