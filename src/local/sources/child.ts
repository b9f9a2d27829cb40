import { type ChildProcess, spawn } from 'node:child_process';
import { onAbort } from '../../core/abort.ts';
import { defined } from '../../core/defined.ts';

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly shell?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Given the process once it runs, e.g. to read its output. */
  readonly onStart?: (child: ChildProcess) => void;
}

/**
 * Runs a program to its end.
 * @throws Error with the last lines that it wrote to stderr when it fails, or when it is aborted.
 */
export function runChild(
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<void> {
  const { signal, onStart, env, cwd, shell } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...defined({ env, cwd, shell }),
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(-2_000);
    });
    const stopListening = onAbort(signal, () => child.kill('SIGKILL'));
    onStart?.(child);
    child.once('error', (error) => {
      stopListening();
      reject(new Error(`${command}: ${error.message}`));
    });
    child.once('close', (code, killedBy) => {
      stopListening();
      if (signal?.aborted === true) reject(new Error('stopped'));
      else if (code === 0) resolve();
      else reject(new Error(lastLines(errors) || `${command} ended with ${killedBy ?? `exit code ${code}`}`));
    });
    // Left unread, a full pipe would stop the child.
    if (child.stdout.listenerCount('data') === 0 && onStart === undefined) child.stdout.resume();
  });
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-5).join('\n');
}
