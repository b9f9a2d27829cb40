import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';

/** A program in a process of its own that answers each line with a line, in order. */
export class LineWorker {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #stderr = '';

  /** @param before what the process is started through. */
  constructor(program: string, before: readonly string[] = []) {
    const [command = '', ...given] = [...before, process.execPath, program];
    this.child = spawn(command, given, { stdio: 'pipe' });
    this.#ended = once(this.child, 'exit');
    this.child.stderr?.on('data', (text) => {
      this.#stderr += String(text);
    });
    if (this.child.stdout === null) throw new Error('no output');
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** Rejects with how the process ended where it gave no answer. */
  async ask(line: string): Promise<string> {
    this.child.stdin?.write(`${line}\n`);
    const answer = await this.#lines.next();
    if (answer.done !== true) return answer.value;
    await this.#ended;
    throw new Error(`the process ended: ${this.child.signalCode ?? this.child.exitCode} ${this.#stderr}`);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }
}
