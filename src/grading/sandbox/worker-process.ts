import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { onAbort } from '../../core/abort.ts';
import { messageOf } from '../../core/errors.ts';
import { withTail } from '../../core/tail.ts';
import type { PythonCallOutcome, PythonOutcome } from '../grader.ts';
import { endWithUs, killGroup, unrefWhole } from '../process-group.ts';
import type { LaunchPlan } from './launch.ts';
import { processorTimeMs, residentBytes, workingProcess } from './processor-time.ts';
import { type JobGuards, TimeGuard } from './time-guard.ts';
import { decodeCall, decodeLoad, MalformedResult, type WireJob } from './wire.ts';

const bootLimitMs = 60_000;
/** The harness stops at 2 million characters a value; escapes may take twelve bytes a character. */
const largestFrame = 256 * 1_048_576;

/** `lost`: the process died and the job had no part in it (killed from outside), so it may be run again. */
export type WorkerOutcome =
  | PythonOutcome
  | { readonly kind: 'lost'; readonly reason: string }
  /** How busy the machine is may have decided: to be run again, alone. */
  | { readonly kind: 'undecided'; readonly reason: string };

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Running {
  readonly calls: PythonCallOutcome[];
  readonly expected: number;
  notLoaded: PythonOutcome | null;
  readonly settle: (outcome: WorkerOutcome) => void;
}

/** One warm interpreter. Runs one job at a time; once it has ended it is of no more use. */
export class WorkerProcess {
  /** Resolves when the process has gone. */
  readonly ended: Promise<void>;
  readonly #child: Child;
  readonly #ready: Promise<void>;
  #settleReady: { resolve: () => void; reject: (reason: Error) => void } | null = null;
  #running: Running | null = null;
  #stopping: WorkerOutcome | null = null;
  /** Of the interpreter's own process, once it is ready. */
  #pid = 0;
  #alive = true;
  #pending: Buffer[] = [];
  #pendingLength = 0;
  #stderr = '';

  constructor(plan: LaunchPlan) {
    this.#child = spawn(plan.command, plan.args, {
      // Python's local time is the host's otherwise.
      env: { TZ: 'UTC' },
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      // A process group of its own, to be killed whole; a terminal's Ctrl-C does not reach it then either.
      detached: process.platform !== 'win32',
    });
    endWithUs(this.#child);
    this.#ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    // The pool looks at it later, if at all.
    this.#ready.catch(() => {});
    this.ended = new Promise((resolve) => this.#listen(resolve));
    // A warm worker does not keep this process running; the pool does while jobs wait.
    unrefWhole(this.#child);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Bytes of memory that the process holds now; `null` where that is not known. */
  get residentBytes(): number | null {
    return residentBytes(this.#pid);
  }

  /** @throws Error when the process could not start, with what it wrote to stderr. */
  async ready(): Promise<void> {
    const timer = setTimeout(() => this.#fail(new Error('the worker did not start in time')), bootLimitMs);
    timer.unref();
    try {
      await this.#ready;
    } finally {
      clearTimeout(timer);
    }
  }

  run(job: WireJob, guards: JobGuards, signal?: AbortSignal): Promise<WorkerOutcome> {
    return new Promise((resolve) => {
      const stop = (outcome: WorkerOutcome): void => {
        // What the worker has already sent may wait unread behind a busy event loop: read first.
        setImmediate(() => {
          if (this.#running !== running) return;
          this.#stopping = outcome;
          this.kill();
        });
      };
      const running: Running = {
        calls: [],
        expected: job.calls.length,
        notLoaded: null,
        settle: (outcome) => {
          guard.stop();
          stopListening();
          this.#running = null;
          resolve(isSure(outcome) ? outcome : (guard.doubt() ?? outcome));
        },
      };
      const guard = new TimeGuard(guards, () => processorTimeMs(this.#pid), {
        onOver: (message) => stop({ kind: 'stopped', cause: 'time', message, calls: running.calls }),
        onStarved: (reason) => stop({ kind: 'undecided', reason }),
      });
      const stopListening = onAbort(signal, () => stop({ kind: 'unavailable', reason: 'aborted' }));
      this.#running = running;
      this.#child.stdin.write(frame(JSON.stringify(job)));
    });
  }

  /** At once, whatever it is doing. */
  kill(): void {
    this.#alive = false;
    killGroup(this.#child);
    // One that got away from the group ends with its input.
    this.#child.stdin.destroy();
  }

  #listen(onEnd: () => void): void {
    const child = this.#child;
    child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = withTail(this.#stderr, chunk);
    });
    // The process is gone; its end tells why.
    child.stdin.on('error', () => {});
    child.on('error', (error) => {
      this.#end(null, error.message);
      onEnd();
    });
    // Not `exit`: the last frames may still be in the pipe.
    child.on('close', (code, signal) => {
      this.#end(code, signal);
      onEnd();
    });
  }

  #receive(chunk: Buffer): void {
    this.#pending.push(chunk);
    this.#pendingLength += chunk.length;
    for (;;) {
      const payload = this.#takeFrame();
      if (payload === null) return;
      try {
        this.#handle(String.fromCharCode(payload[0] ?? 0), payload.toString('utf8', 1));
      } catch (error) {
        // Whatever it is: what a worker sends must not be able to end this process.
        const reason = messageOf(error);
        this.#stopFor('violation', `sent a malformed result: ${reason.slice(0, 200)}`);
        return;
      }
    }
  }

  #takeFrame(): Buffer | null {
    if (this.#pendingLength < 4) return null;
    let bytes = this.#pending[0] ?? Buffer.alloc(0);
    if (bytes.length < 4) bytes = this.#join();
    const length = bytes.readUInt32LE(0);
    if (length < 1 || length > largestFrame) {
      this.#stopFor('violation', 'sent a malformed frame');
      return null;
    }
    if (this.#pendingLength < 4 + length) return null;
    bytes = this.#join();
    const rest = bytes.subarray(4 + length);
    this.#pending = rest.length > 0 ? [rest] : [];
    this.#pendingLength = rest.length;
    return bytes.subarray(4, 4 + length);
  }

  #join(): Buffer {
    const joined = this.#pending.length === 1 ? this.#pending[0] : undefined;
    const bytes = joined ?? Buffer.concat(this.#pending);
    this.#pending = [bytes];
    return bytes;
  }

  #handle(kind: string, text: string): void {
    if (kind === 'R') {
      this.#pid = workingProcess(this.#child.pid ?? 0);
      this.#settleReady?.resolve();
      return;
    }
    const running = this.#running;
    if (!running || this.#stopping) return;
    if (kind === 'L') {
      const problem = decodeLoad(text);
      if (problem) running.notLoaded = { kind: 'not-loaded', ...problem };
    } else if (kind === 'C') {
      running.calls.push(decodeCall(text));
    } else if (kind === 'D') {
      this.#done(running, text === 'retire');
    } else if (kind === 'S') {
      const { cause, message } = decodeStop(text);
      this.#stopFor(cause, message);
    } else {
      throw new MalformedResult('unknown frame');
    }
  }

  #done(running: Running, retires: boolean): void {
    if (!running.notLoaded && running.calls.length !== running.expected) {
      throw new MalformedResult('the number of results is wrong');
    }
    if (retires) this.#alive = false;
    running.settle(running.notLoaded ?? { kind: 'ran', calls: running.calls });
  }

  /** The job is over and so is the process: nothing that ran in it is trusted again. */
  #stopFor(cause: (typeof stopCauses)[number], message: string): void {
    if (this.#running) {
      this.#stopping = { kind: 'stopped', cause, message, calls: this.#running.calls };
    }
    this.kill();
  }

  #fail(error: Error): void {
    this.#settleReady?.reject(error);
    this.kill();
  }

  #end(code: number | null, signal: string | null): void {
    this.#alive = false;
    const how = `ended with ${signal ?? `code ${code}`}${this.#stderr ? `: ${this.#stderr.trim()}` : ''}`;
    this.#settleReady?.reject(new Error(`the worker ${how}`));
    const running = this.#running;
    if (running) running.settle(this.#stopping ?? classifyEnd(code, signal, how, running.calls));
  }
}

/** Outcomes that more or less processor time would not have changed. */
function isSure(outcome: WorkerOutcome): boolean {
  return ['lost', 'unavailable'].includes(outcome.kind) || ('cause' in outcome && outcome.cause === 'time');
}

const stopCauses = ['time', 'memory', 'output', 'violation', 'crash'] as const;

function decodeStop(text: string): { cause: (typeof stopCauses)[number]; message: string } {
  const { cause, message }: { readonly cause?: unknown; readonly message?: unknown } = JSON.parse(text);
  const known = stopCauses.find((each) => each === cause);
  return { cause: known ?? 'crash', message: String(message) };
}

/** Why a process ended that told nothing and that we did not end. */
function classifyEnd(
  code: number | null,
  signal: string | null,
  how: string,
  calls: readonly PythonCallOutcome[],
): WorkerOutcome {
  // Bubblewrap reports signals as 128 + number.
  const number = code === null ? null : code - 128;
  if (how.includes('heap out of memory')) {
    return { kind: 'stopped', cause: 'memory', message: 'used up the host memory it may use', calls };
  }
  const outside = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];
  if ((signal && outside.includes(signal)) || [9, 15, 2, 1].includes(number ?? 0)) {
    return { kind: 'lost', reason: `the worker was killed from outside (${how})` };
  }
  return { kind: 'stopped', cause: 'crash', message: `the interpreter ${how}`.slice(0, 500), calls };
}

function frame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(4 + length);
  bytes.writeUInt32LE(length, 0);
  bytes.write(text, 4);
  return bytes;
}
