import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MixtuneError, messageOf } from '../core/errors.ts';
import { type FrontFile, memberOfFile } from '../domain/run-result.ts';
import type { RunsView } from '../report/view-model/schema.ts';
import { readManifest } from '../run/folder/manifest-file.ts';
import { resultOfEnded } from '../run/folder/run-folder.ts';
import { lockOwner } from '../run/folder/run-lock.ts';
import { journalName, lookIntoJournal } from '../run/journal/look-into-journal.ts';
import { countEvaluations } from '../run/run-state.ts';

type RunLine = RunsView['runs'][number];
type Seen = Pick<RunLine, 'evaluations' | 'bestScore' | 'holdoutScore'> & { readonly isDone: boolean };

/** Lines of the list of runs. A journal is read only where no result stands for it, and again only when it has grown. */
export class RunLines {
  readonly #seen = new Map<string, { readonly mark: string; readonly seen: Seen }>();

  /** `undefined`: the folder holds no run. */
  async of(folder: string, run: string): Promise<RunLine | undefined> {
    // Also where the name leads to no folder, or to one that others keep to themselves.
    const isThere = (file: string): boolean => existsSync(join(folder, file));
    if (!isThere('manifest.json') && !isThere(journalName)) return undefined;
    try {
      const manifest = await readManifest(folder);
      const working = (await lockOwner(folder))?.working === true;
      const mark = ['', '-wal'].map((ending) => markOf(join(folder, `${journalName}${ending}`))).join();
      const known = this.#seen.get(folder);
      // A run that is just starting has no journal yet.
      const seen =
        known?.mark === mark
          ? known.seen
          : isThere(journalName)
            ? (seenInResult(await resultOfEnded(folder)) ??
              lookIntoJournal(folder, manifest, (state, book): Seen => {
                const best = book.best()?.best ?? book.front()[0];
                return {
                  evaluations: countEvaluations(state),
                  bestScore: best?.means.score ?? null,
                  holdoutScore: best?.holdoutEstimates?.score.mean ?? null,
                  isDone: state.phase === 'done',
                };
              }))
            : { evaluations: 0, bestScore: null, holdoutScore: null, isDone: false };
      this.#seen.set(folder, { mark, seen });
      const { isDone, ...figures } = seen;
      return {
        run,
        task: manifest.task.name,
        simulated: manifest.simulated,
        startedAt: manifest.startedAt,
        state: isDone ? 'done' : working ? 'working' : 'stopped',
        ...figures,
        trouble: null,
      };
    } catch (error) {
      if (!(error instanceof MixtuneError)) throw error;
      return { ...unreadable, run, trouble: messageOf(error) };
    }
  }
}

function seenInResult(result: FrontFile | undefined): Seen | undefined {
  if (result === undefined) return undefined;
  const named = result.best === undefined ? undefined : memberOfFile(result, result.best);
  const best = named ?? result.front[0];
  return {
    evaluations: result.evaluations,
    bestScore: best?.objectives.score.mean ?? null,
    holdoutScore: best?.holdout?.score.mean ?? null,
    isDone: true,
  };
}

const unreadable: RunLine = {
  run: '',
  task: '',
  simulated: false,
  startedAt: '',
  state: 'stopped',
  evaluations: 0,
  bestScore: null,
  holdoutScore: null,
  trouble: null,
};

function markOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino}/${stats.size}/${stats.mtimeMs}`;
}
