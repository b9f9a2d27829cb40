import { type ChildProcess, spawn } from 'node:child_process';
import { compiledProgram } from './compiled-program.ts';
import { clusterEnv } from './workers.ts';

/** `mixtune …` in a process of its own, which may be killed. */
export interface CliProcess {
  readonly child: ChildProcess;
  /** All that it wrote so far. */
  readonly text: () => string;
  /** Resolves to its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

const running = new Set<ChildProcess>();

export function spawnCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliProcess {
  const child = spawn(process.execPath, [compiledProgram('src/cli/main.ts'), ...args], {
    env: { ...process.env, ...clusterEnv, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal ?? '');
    });
  });
  return { child, text: () => text, ended };
}

/** Also those that were stopped. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
