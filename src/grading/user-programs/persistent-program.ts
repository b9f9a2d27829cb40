import PQueue from 'p-queue';
import { sha256 } from '../../core/canonical-json.ts';
import { parsedJson } from '../../core/json.ts';
import { isRecord } from '../../core/records.ts';
import { LineProcess } from './line-process.ts';
import type { ProcessRequest, Program } from './run-process.ts';

/** What a program said of one answer, or why that is unknown. */
type ProgramReply =
  | { readonly kind: 'replied'; readonly verdict: unknown; readonly stderr: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly stderr: string };

/** As {@link ProgramReply}; `stopped`: by the time limit or the caller, whatever the process had been through. */
type Attempt = ProgramReply & { readonly stopped?: boolean };

/** What made new processes necessary and shows in no grade. */
interface Restarts {
  readonly count: number;
  /** What the program did the first time, such as `ended with code 1 after it had answered`. */
  readonly first: string;
}

type Limits = Omit<ProcessRequest, 'input'>;

/**
 * A program whose processes stay from answer to answer: each reads a line of JSON with an `id` for an answer, and writes
 * one with that `id` back before it gets the next. They start as answers wait.
 *
 * A verdict does not hang on what a process has been through: a failure other than the time limit of one that had had an
 * answer before is asked again of a new process, and that one's word counts.
 */
export class PersistentProgram {
  readonly #program: Program;
  readonly #verdictForm: string;
  readonly #queue: PQueue;
  readonly #idle: LineProcess[] = [];
  readonly #running = new Set<LineProcess>();
  #restarts: Restarts = { count: 0, first: '' };
  #closed = false;

  /**
   * @param processes at most so many at once; further answers wait, which their time limit does not count
   * @param verdictForm what a line has to hold beside the id, for error texts
   */
  constructor(program: Program, processes: number, verdictForm: string) {
    this.#program = program;
    this.#queue = new PQueue({ concurrency: processes });
    this.#verdictForm = verdictForm;
  }

  /** Never rejects. @param question what the line holds beside the id */
  ask(question: object, limits: Limits): Promise<ProgramReply> {
    return this.#queue.add(async () => {
      const used = this.#takeIdle();
      if (used !== undefined) {
        const attempt = await this.#askOf(used, question, limits);
        if (attempt.kind === 'replied' || attempt.stopped === true) return attempt;
        const again = await this.#askOf(this.#start(), question, limits);
        if (again.kind === 'replied') this.#restarted(attempt.reason);
        return again;
      }
      return this.#askOf(this.#start(), question, limits);
    });
  }

  /** Of processes that ended or wrote unasked between answers, or failed one that a new process had no trouble with. */
  get restarts(): Restarts {
    return this.#restarts;
  }

  /** Kills all processes, with what they started. Answers under way fail. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running];
    for (const each of running) each.kill();
    await Promise.all(running.map(({ ended }) => ended));
  }

  #takeIdle(): LineProcess | undefined {
    for (let found = this.#idle.pop(); found !== undefined; found = this.#idle.pop()) {
      if (found.alive) return found;
    }
    return undefined;
  }

  #restarted(why: string): void {
    const { count, first } = this.#restarts;
    this.#restarts = { count: count + 1, first: count === 0 ? why : first };
  }

  #start(): LineProcess {
    const started = new LineProcess(this.#program, (what) => this.#restarted(what));
    this.#running.add(started);
    void started.ended.then(() => this.#running.delete(started));
    if (this.#closed) started.kill();
    return started;
  }

  async #askOf(asked: LineProcess, question: object, limits: Limits): Promise<Attempt> {
    const id = idOf(question);
    const outcome = await asked.ask({ ...limits, input: `${JSON.stringify({ id, ...question })}\n` });
    const attempt =
      outcome.kind === 'failed' ? outcome : { ...this.#read(outcome.line, id), stderr: outcome.stderr };
    if (attempt.kind === 'failed') asked.kill();
    else if (asked.alive) this.#idle.push(asked);
    return attempt;
  }

  #read(
    line: string,
    id: string,
  ): { kind: 'replied'; verdict: unknown } | { kind: 'failed'; reason: string } {
    const wrong = (what: string) => {
      const reason = `wrote ${JSON.stringify(line.slice(0, 80))}, ${what}; expected one line with {"id": "${id}", …} and ${this.#verdictForm}`;
      return { kind: 'failed', reason } as const;
    };
    const value = parsedJson(line);
    if (value === undefined) return wrong('which is no JSON');
    if (!isRecord(value)) return wrong('which is no object');
    const { id: found, ...verdict } = value;
    if (found === id) return { kind: 'replied', verdict };
    return wrong(
      found === undefined ? 'which has no id' : `whose id is ${JSON.stringify(found)}`.slice(0, 80),
    );
  }
}

/** A program cannot know it before it has read the question; equal questions have equal ones, whatever came before. */
function idOf(question: object): string {
  return sha256(question).slice(0, 16);
}
