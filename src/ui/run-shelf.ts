import { join } from 'node:path';
import { MixtuneError, messageOf } from '../core/errors.ts';
import { type RunsView, viewSchema } from '../report/view-model/schema.ts';
import { runIdPattern } from '../run/folder/manifest-schema.ts';
import { runNamesIn } from '../run/folder/run-folder.ts';
import { FollowedRun, type RunPlace } from './followed-run.ts';
import { RunLines } from './run-lines.ts';

/** Runs kept open at once, beside those that somebody watches. */
const mostOpen = 24;

export interface RunShelfOptions {
  /** Where the runs' folders lie. */
  readonly runsFolder: string;
  /** mixtune's own version. */
  readonly version: string;
  /** @throws MixtuneError where the folder holds no run */
  readonly placeOf: (folder: string) => Promise<RunPlace>;
}

/** The runs of a folder, opened when somebody asks for them. */
export class RunShelf {
  readonly #options: RunShelfOptions;
  readonly #lines = new RunLines();
  /** The one asked for last stands last. */
  readonly #open = new Map<string, Promise<FollowedRun>>();
  readonly #watched = new Map<string, number>();

  constructor(options: RunShelfOptions) {
    this.#options = options;
  }

  async list(): Promise<RunsView> {
    const { runsFolder, version } = this.#options;
    const runs = [];
    for (const name of await runNamesIn(runsFolder)) {
      const line = await this.#lines.of(join(runsFolder, name), name);
      if (line !== undefined) runs.push(line);
    }
    runs.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
    return { schema: viewSchema, mixtune: version, runs };
  }

  /** Where a run's folder is. @throws MixtuneError where the name is no run's */
  folderOf(run: string): string {
    if (!runIdPattern.test(run)) throw noRun(run);
    return join(this.#options.runsFolder, run);
  }

  /** The run as it stands now. @throws MixtuneError where there is none, or its journal is damaged */
  async open(run: string): Promise<FollowedRun> {
    const opening = this.#open.get(run) ?? this.#opened(run);
    this.#open.delete(run);
    this.#open.set(run, opening);
    try {
      const opened = await opening;
      await opened.refresh();
      await this.#closeOldest();
      return opened;
    } catch (error) {
      // What was taken in of a damaged journal is not gone on with.
      if (this.#open.get(run) === opening) this.#open.delete(run);
      void opening.then((opened) => opened.close()).catch(() => undefined);
      throw error;
    }
  }

  /** Keeps a run open until released. */
  watch(run: string): () => void {
    this.#watched.set(run, (this.#watched.get(run) ?? 0) + 1);
    return () => {
      const left = (this.#watched.get(run) ?? 1) - 1;
      if (left > 0) this.#watched.set(run, left);
      else this.#watched.delete(run);
    };
  }

  async close(): Promise<void> {
    for (const opening of this.#open.values()) (await opening.catch(() => undefined))?.close();
    this.#open.clear();
  }

  async #opened(run: string): Promise<FollowedRun> {
    const folder = this.folderOf(run);
    return new FollowedRun(folder, await this.#options.placeOf(folder));
  }

  async #closeOldest(): Promise<void> {
    const idle = [...this.#open.keys()].filter((run) => !this.#watched.has(run));
    for (const run of idle.slice(0, -mostOpen)) {
      const opening = this.#open.get(run);
      this.#open.delete(run);
      (await opening?.catch(() => undefined))?.close();
    }
  }
}

function noRun(run: string): MixtuneError {
  return new MixtuneError('no-run', `${JSON.stringify(run.slice(0, 100))} is no name of a run`);
}

/** What is told of a failure that was to be expected; `undefined`: a bug. */
export function troubleOf(error: unknown): string | undefined {
  return error instanceof MixtuneError ? messageOf(error) : undefined;
}
