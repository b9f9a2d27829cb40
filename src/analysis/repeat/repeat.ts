import { join } from 'node:path';
import { canonicalJson } from '../../core/canonical-json.ts';
import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import { InputError, MixtuneError, messageOf } from '../../core/errors.ts';
import { type Cell, cellKey } from '../../domain/cell.ts';
import type { CellResult } from '../../domain/cell-result.ts';
import type { ConfigId } from '../../domain/moa-config.ts';
import { type FrontFile, memberOfFile } from '../../domain/run-result.ts';
import type { Task } from '../../domain/task.ts';
import type { Grader } from '../../grading/grader.ts';
import { differenceOf } from '../../run/calls/replay.ts';
import { runCell } from '../../run/cells/cell-runner.ts';
import { lockOf } from '../../run/folder/lock.ts';
import { writeResult } from '../../run/folder/run-folder.ts';
import { lockRun } from '../../run/folder/run-lock.ts';
import type { RunEvent, RunEventOf } from '../../run/journal/events.ts';
import { journalName } from '../../run/journal/look-into-journal.ts';
import { openSqliteJournal, type SqliteJournal } from '../../run/journal/sqlite-journal.ts';
import { frontFileOf } from '../../run/result.ts';
import { applyEvent, createRunState, foldEvents, type RunState } from '../../run/run-state.ts';
import type { Manifest } from '../../run/types.ts';
import { TrialBook } from '../../search/trial-book.ts';
import type { RecordedRun } from './recorded-run.ts';
import { type CellModel, createCellModels } from './repeat-model.ts';

export interface RepeatDependencies {
  readonly clock: Clock;
  readonly task: Task;
  readonly grader: Grader;
  readonly extractAnswer: (text: string) => string | null;
  readonly signal: AbortSignal;
}

/** A cell that came out otherwise than it was recorded. */
interface RepeatDifference {
  readonly id: ConfigId;
  readonly cell: Cell;
  /** What differs, with both values. */
  readonly what: string;
}

export interface Repetition {
  readonly front: FrontFile;
  /** Every point of the front, with every figure, is as it was recorded, to the last bit. */
  readonly sameFront: boolean;
  readonly cells: number;
  readonly differences: readonly RepeatDifference[];
  /**
   * Cells that ask today what the run never asked, since a stage reads answers otherwise than the version that
   * recorded it: their recorded results stand.
   */
  readonly kept: number;
}

const commitEvery = 512;

/**
 * Repeats a recorded run in a new folder without calling a model. Every cell is asked and graded again,
 * its calls answered by the recording; the front is worked out from what comes out. Taken from the
 * record is what depended on the outside: which configs were tried, in which order cells began and
 * ended, and what calls that failed or were lost had cost. For that order followed the clock of the day.
 * @throws MixtuneError `not-recorded` when a cell asks what the recording cannot answer.
 */
export async function repeatRun(
  folder: string,
  manifest: Manifest,
  recorded: RecordedRun,
  dependencies: RepeatDependencies,
): Promise<Repetition> {
  const held = await lockRun(folder);
  const journal = openSqliteJournal(join(folder, journalName), { flush: 'never' });
  try {
    const repeater = new Repeater(recorded, journal, dependencies);
    await repeater.run();
    const { state, differences } = repeater;
    const front = frontOf(state, manifest);
    const best = front.best === undefined ? undefined : memberOfFile(front, front.best);
    const trial = best === undefined ? undefined : state.byId.get(best.id);
    const lock =
      best === undefined || trial === undefined
        ? null
        : await lockOf({ ...dependencies, member: best, trial, manifest, journal });
    writeResult(folder, front, lock);
    const sameFront = canonicalJson(front.front) === recordedFront(recorded, manifest);
    return { front, sameFront, cells: repeater.cells, differences, kept: repeater.kept };
  } finally {
    journal.close();
    await held.release();
  }
}

function frontOf(state: RunState, { settings, task }: Manifest): FrontFile {
  const book = new TrialBook(state, settings);
  for (const trial of state.trials) book.changed(trial);
  const end = { interrupted: state.phase !== 'done', at: state.at };
  return frontFileOf(state, book, settings, task.name, end);
}

function recordedFront({ events, recording }: RecordedRun, manifest: Manifest): string {
  try {
    return canonicalJson(frontOf(foldEvents(events), manifest).front);
  } catch (error) {
    throw outOfOrder(recording.source, error);
  }
}

function outOfOrder(source: string, error: unknown): InputError {
  return new InputError(source, {
    path: 'event',
    expected: "a run's events, whole and in order",
    found: messageOf(error),
  });
}

class Repeater {
  readonly state = createRunState();
  readonly differences: RepeatDifference[] = [];
  cells = 0;
  kept = 0;
  readonly #recorded: RecordedRun;
  readonly #journal: SqliteJournal;
  readonly #dependencies: RepeatDependencies;
  readonly #modelOf: (cell: number) => CellModel;
  readonly #finished: ReadonlySet<number>;
  /** Cells under way: as many as the run had at that moment. */
  readonly #open = new Map<number, Promise<CellResult | undefined>>();
  /** Every call that the run had answered is in the recording. */
  readonly #isWhole: boolean;

  constructor(recorded: RecordedRun, journal: SqliteJournal, dependencies: RepeatDependencies) {
    this.#recorded = recorded;
    this.#journal = journal;
    this.#dependencies = dependencies;
    this.#modelOf = createCellModels(recorded, journal);
    this.#isWhole = isWhole(recorded);
    const restarted = recorded.events.findLastIndex(({ kind }) => kind === 'search-restarted');
    // What a failing grader left unscored is no part of the result.
    this.#finished = new Set(
      recorded.events
        .slice(restarted + 1)
        .flatMap((event) => (event.kind === 'cell-finished' ? [event.cell] : [])),
    );
  }

  async run(): Promise<void> {
    let uncommitted = 0;
    for (const event of this.#recorded.events) {
      this.#dependencies.signal.throwIfAborted();
      const isResult = event.kind === 'cell-finished' && this.#finished.has(event.cell);
      const now = isResult ? await this.#finish(event) : this.#withOwnFigures(event);
      try {
        applyEvent(this.state, now);
      } catch (error) {
        throw outOfOrder(this.#recorded.recording.source, error);
      }
      this.#journal.append(now);
      if (now.kind === 'cell-started' && this.#finished.has(now.cell)) this.#begin(now);
      if (++uncommitted % commitEvery === 0) this.#journal.commit();
    }
    this.#journal.commit();
  }

  /** What an answered call cost is what its recorded answer says. */
  #withOwnFigures(event: RunEvent): RunEvent {
    if (event.kind !== 'call-answered') return event;
    const key = this.state.openCalls.get(event.call)?.key;
    const answer = key === undefined ? undefined : this.#recorded.recording.answer(key);
    if (answer === undefined) return event;
    const { usage = event.usage, usd, serviceMs } = answer;
    return { ...event, usage, usd, serviceMs };
  }

  #begin({ cell, trial, of }: RunEventOf<'cell-started'>): void {
    const work = this.#repeatCell(cell, trial, of);
    // Awaited when the cell's end comes up; until then nobody listens.
    work.catch(() => undefined);
    this.#open.set(cell, work);
  }

  /** `undefined` where the cell asks what the run never asked. */
  async #repeatCell(cell: number, trial: number, of: Cell): Promise<CellResult | undefined> {
    const config = this.state.trials[trial]?.config;
    if (config === undefined)
      throw outOfOrder(this.#recorded.recording.source, new Error(`no trial ${trial}`));
    const model = this.#modelOf(cell);
    const outcome = await runCell(config, of, cell, { ...this.#dependencies, model });
    const missing = model.missing();
    if (missing !== undefined && this.#isWhole) return undefined;
    if (missing !== undefined) {
      const place = `cell ${cellKey(of)} of config ${this.state.trials[trial]?.id}`;
      throw new MixtuneError('not-recorded', `${place} cannot be repeated: ${missing.message}`);
    }
    if (outcome.kind === 'abandoned') throw new MixtuneError('interrupted', outcome.reason);
    return outcome.result;
  }

  async #finish(event: RunEventOf<'cell-finished'>): Promise<RunEvent> {
    const open = this.state.openCells.get(event.cell);
    const work = this.#open.get(event.cell);
    const repeated = await work;
    if (open === undefined || work === undefined) {
      const never = new Error(`cell ${event.cell} ended and was never begun`);
      throw outOfOrder(this.#recorded.recording.source, never);
    }
    this.#open.delete(event.cell);
    // What else was under way at the provider is not in the answers.
    const result = repeated && { ...repeated, ...defined({ path: event.result.path }) };
    if (result === undefined) this.kept++;
    const what =
      result === undefined
        ? 'asks what the run never asked; the recorded result stands'
        : differenceOf(event.result, result);
    const id = this.state.trials[event.trial]?.id;
    if (what !== undefined && id !== undefined) this.differences.push({ id, cell: open.of, what });
    this.cells++;
    return { ...event, result: result ?? event.result };
  }
}

function isWhole({ events, recording }: RecordedRun): boolean {
  const keys = new Map(
    events.flatMap((event) => (event.kind === 'call-dispatched' ? [[event.call, event.key] as const] : [])),
  );
  return events.every((event) => {
    const key = event.kind === 'call-answered' ? keys.get(event.call) : undefined;
    return key === undefined || recording.answer(key) !== undefined;
  });
}
