import { type ChildProcess, fork } from 'node:child_process';
import { Socket } from 'node:net';
import { ownFile } from '../core/package-files.ts';
import { withTail } from '../core/tail.ts';
import { type Done, type LoadedModel, readMessage, type ToWorker } from './wire.ts';

const workerFile = ownFile('local/runtime/worker.mjs');

/** What came of a request: the worker's own word, its error, or that its process died under it. */
export type WorkerEnd =
  | Done
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'died'; readonly message: string };

interface Running {
  readonly id: number;
  readonly onPiece: (text: string) => void;
  readonly settle: (end: WorkerEnd) => void;
}

/** One model that answers one request at a time. */
export interface ModelWorker {
  readonly alive: boolean;
  /** Resolves when it has gone, with why. */
  readonly ended: Promise<string>;
  /** @throws Error when the model cannot be loaded. */
  load(order: Omit<Extract<ToWorker, { type: 'load' }>, 'type'>): Promise<LoadedModel>;
  /** Answers one request; the caller waits for its end before the next. Never rejects. */
  ask(
    request: Omit<Extract<ToWorker, { type: 'ask' }>, 'type' | 'id'>,
    onPiece: (text: string) => void,
  ): Promise<WorkerEnd>;
  /** Asks for the end of the request under way; it comes with the next token or block of the prompt. */
  stop(): void;
  /** At once, whatever it does. */
  kill(): void;
}

/** A worker in a process of its own. It keeps this process from ending only while it works, and ends with it. */
export class ModelWorkerProcess implements ModelWorker {
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #loading: { resolve: (loaded: LoadedModel) => void; reject: (reason: Error) => void } | null = null;
  #running: Running | null = null;
  #requests = 0;
  #stderr = '';
  #alive = true;

  constructor() {
    this.#child = fork(workerFile, [], {
      // node-llama-cpp needs the system's variables, and nobody's keys.
      env: systemVariables(process.env),
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A terminal's Ctrl-C is for this process, which decides what becomes of the calls.
      detached: process.platform !== 'win32',
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = withTail(this.#stderr, chunk);
    });
    this.#child.on('message', (value) => this.#receive(value));
    this.ended = new Promise((resolve) => {
      const end = (reason: string): void => {
        this.#alive = false;
        this.#loading?.reject(new Error(reason));
        this.#running?.settle({ type: 'died', message: reason });
        resolve(reason);
      };
      this.#child.once('error', (error) => end(`the worker process could not start: ${error.message}`));
      this.#child.once('close', (code, signal) => {
        const last = this.#stderr.trim().split('\n').at(-1) ?? '';
        end(`the worker process ended (${signal ?? `exit code ${code}`})${last === '' ? '' : `: ${last}`}`);
      });
    });
    this.#hold(false);
  }

  get alive(): boolean {
    return this.#alive;
  }

  load(order: Omit<Extract<ToWorker, { type: 'load' }>, 'type'>): Promise<LoadedModel> {
    return this.#held(
      new Promise((resolve, reject) => {
        this.#loading = { resolve, reject };
        this.#send({ type: 'load', ...order });
      }),
    );
  }

  ask(
    request: Omit<Extract<ToWorker, { type: 'ask' }>, 'type' | 'id'>,
    onPiece: (text: string) => void,
  ): Promise<WorkerEnd> {
    if (!this.#alive) return Promise.resolve({ type: 'died', message: 'the worker process has ended' });
    return this.#held(
      new Promise((resolve) => {
        const id = this.#requests++;
        this.#running = { id, onPiece, settle: resolve };
        this.#send({ type: 'ask', id, ...request });
      }),
    );
  }

  stop(): void {
    if (this.#running !== null) this.#send({ type: 'stop', id: this.#running.id });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #held<Value>(work: Promise<Value>): Promise<Value> {
    this.#hold(true);
    try {
      return await work;
    } finally {
      this.#running = null;
      this.#loading = null;
      this.#hold(false);
    }
  }

  /** Whether the process counts as a reason for this one to go on. */
  #hold(on: boolean): void {
    const { channel, stderr } = this.#child;
    const change = on ? 'ref' : 'unref';
    this.#child[change]();
    channel?.[change]();
    if (stderr instanceof Socket) stderr[change]();
  }

  #send(message: ToWorker): void {
    // A process that has gone says so by its end; the error here adds nothing.
    this.#child.send(message, () => undefined);
  }

  #receive(value: unknown): void {
    const message = readMessage(value);
    if (message === undefined) return;
    if (message.type === 'loaded') this.#loading?.resolve(message);
    else if (message.type === 'load-failed') this.#loading?.reject(new Error(message.message));
    else if (message.id !== this.#running?.id) return;
    else if (message.type === 'piece') this.#running.onPiece(message.text);
    else this.#running.settle(message);
  }
}

function systemVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = [
    'PATH',
    'HOME',
    'USERPROFILE',
    'TMPDIR',
    'TEMP',
    'TMP',
    'SYSTEMROOT',
    'LD_LIBRARY_PATH',
    'LANG',
  ];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
