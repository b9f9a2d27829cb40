import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Assignment, Parameter } from './encoding.ts';

/** Multivariate TPE, the same with `group=True`, NSGA-II with Optuna's defaults. */
export type OptunaSampler = 'tpe' | 'tpe-group' | 'nsga2';

interface Asked {
  readonly number: number;
  readonly params: Assignment;
}

const script = fileURLToPath(new URL('./optuna-peer.py', import.meta.url));

/**
 * One process of Optuna for all studies of a benchmark. Calls wait for their answer: strategies are asked
 * synchronously, so requests and answers go through two named pipes that are read and written synchronously.
 */
export class OptunaProcess {
  readonly #child: ChildProcess;
  readonly #requests: number;
  readonly #answers: number;
  readonly #folder: string;
  #buffer = '';
  #studies = 0;
  #version = '';

  /** @param cache folder that holds the Python environment, which is made there where it is missing */
  constructor(cache: string) {
    const python = pythonWithOptuna(cache);
    this.#folder = mkdtempSync(join(tmpdir(), 'mixtune-optuna-'));
    const requests = join(this.#folder, 'requests');
    const answers = join(this.#folder, 'answers');
    execFileSync('mkfifo', [requests, answers]);
    this.#child = spawn('sh', ['-c', 'exec "$0" "$1" < "$2" > "$3"', python, script, requests, answers], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    // In the order in which the shell opens them: each waits for its other end.
    this.#requests = openSync(requests, 'w');
    this.#answers = openSync(answers, 'r');
  }

  get version(): string {
    return this.#version;
  }

  study(
    sampler: OptunaSampler,
    seed: number,
    parameters: readonly Parameter[],
    objectives: number,
  ): OptunaStudy {
    const study = this.#studies++;
    const { version } = this.#call<{ version: string }>({
      study,
      op: 'create',
      sampler,
      seed,
      parameters,
      objectives,
    });
    this.#version = version;
    return {
      ask: () => this.#call<Asked>({ study, op: 'ask' }),
      enqueue: (params) => this.#call<Asked>({ study, op: 'enqueue', params }),
      tell: (number, values) => void this.#call({ study, op: 'tell', number, values }),
      update: (number, values) => void this.#call({ study, op: 'update', number, values }),
      close: () => void this.#call({ study, op: 'close' }),
    };
  }

  close(): void {
    closeSync(this.#requests);
    closeSync(this.#answers);
    this.#child.kill();
    rmSync(this.#folder, { recursive: true });
  }

  #call<Answer>(request: object): Answer {
    writeSync(this.#requests, `${JSON.stringify(request)}\n`);
    const chunk = Buffer.alloc(1 << 16);
    for (;;) {
      const end = this.#buffer.indexOf('\n');
      if (end >= 0) {
        const line = this.#buffer.slice(0, end);
        this.#buffer = this.#buffer.slice(end + 1);
        return JSON.parse(line) as Answer;
      }
      const count = readSync(this.#answers, chunk);
      if (count === 0) throw new Error('Optuna ended; what it said is above');
      this.#buffer += chunk.toString('utf8', 0, count);
    }
  }
}

/** All values are to be minimised. */
export interface OptunaStudy {
  ask(): Asked;
  /** Puts a config first in line and asks for it. */
  enqueue(params: Assignment): Asked;
  /** @param values `null`: the assignment was no config */
  tell(number: number, values: readonly number[] | null): void;
  /** New values of a told trial. */
  update(number: number, values: readonly number[]): void;
  close(): void;
}

/** The interpreter of an environment with Optuna, made with `python3 -m venv` and `pip` where it is missing. */
function pythonWithOptuna(cache: string): string {
  const folder = join(cache, 'optuna');
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  mkdirSync(cache, { recursive: true });
  try {
    process.stderr.write(`bench:search: making a Python environment with Optuna in ${folder} …\n`);
    execFileSync('python3', ['-m', 'venv', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync(join(folder, 'bin', 'pip'), ['install', '--quiet', 'optuna'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return python;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(
      'the peers tpe and nsga2 need python3 with venv and a package index that holds optuna; leave them out with --methods',
      { cause: error },
    );
  }
}
