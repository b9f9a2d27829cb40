import { spawn } from 'node:child_process';
import { onAbort } from '../../core/abort.ts';

export interface ProcessRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly input: string;
  readonly timeLimitMs: number;
  /** Bytes of standard output, and of standard error, that are kept; more on stdout ends the process. */
  readonly outputBytes: number;
  readonly signal: AbortSignal | undefined;
}

export type ProcessOutcome =
  | { readonly kind: 'ended'; readonly code: number | null; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly stderr: string };

/** What a grader's process sees of this one's environment. */
const passedOn = ['PATH', 'LANG', 'LC_ALL', 'SYSTEMROOT'] as const;
const stderrKept = 2_000;

/**
 * Runs a program to its end: input on stdin, output read, a scrubbed environment, a process group of its
 * own that is killed with all its children at the time limit and after the end.
 */
export function runProcess(request: ProcessRequest): Promise<ProcessOutcome> {
  const { command, args, cwd, input, timeLimitMs, outputBytes, signal } = request;
  const env = Object.fromEntries(
    passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve({ kind: 'failed', reason: 'aborted', stderr: '' });
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = '';
    let reason: string | null = null;
    const stop = (why: string): void => {
      reason ??= why;
      killGroup(child.pid);
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
      stderr = (stderr + chunk.toString('utf8')).slice(-stderrKept);
    });
    // A program need not read its input.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const settle = (outcome: ProcessOutcome): void => {
      clearTimeout(timer);
      stopListening();
      resolve(outcome);
    };
    child.on('error', (error) => settle({ kind: 'failed', reason: error.message, stderr }));
    // Children that hold its pipes open would keep `close` from coming.
    child.on('exit', () => killGroup(child.pid));
    child.on('close', (code) => {
      if (reason !== null) settle({ kind: 'failed', reason, stderr });
      else settle({ kind: 'ended', code, stdout: Buffer.concat(chunks).toString('utf8'), stderr });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All gone already.
  }
}
