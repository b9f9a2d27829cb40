import { statSync } from 'node:fs';
import { join } from 'node:path';
import { RunRecord } from '../analysis/run-record.ts';
import { createRunViews, type RunViews, type RunViewsParts } from '../report/view-model/run-views.ts';
import type { RunView } from '../report/view-model/schema.ts';
import { lockOwner } from '../run/folder/run-lock.ts';
import { fromEvents, journalName, openJournalOf } from '../run/journal/look-into-journal.ts';
import type { SqliteJournal } from '../run/journal/sqlite-journal.ts';

/** What is to be known of a run beside its journal. */
export type RunPlace = Omit<RunViewsParts, 'record' | 'journal'>;

/**
 * A run looked at while others work on it: its journal stays open, only to be read, and each {@link refresh}
 * takes in what was committed since. The run's lock is looked at and never taken.
 */
export class FollowedRun {
  /** Counts up when the journal was replaced by another, or its search begun anew: what was told before no longer holds. */
  generation = 0;
  /** Whether a process is working on the run. */
  working = false;
  readonly #folder: string;
  readonly #place: RunPlace;
  #journal: SqliteJournal;
  #file: number;
  #record: RunRecord;
  #views: RunViews;
  /** For each row of the progress the event that it stands for. */
  #progressSeqs: number[] = [];

  /** @throws MixtuneError where the journal is none, or damaged */
  constructor(folder: string, place: RunPlace) {
    this.#folder = folder;
    this.#place = place;
    this.#file = this.#fileNumber();
    this.#journal = openJournalOf(folder);
    this.#record = new RunRecord(place.manifest.settings);
    this.#views = this.#createViews();
  }

  /** Events taken in. */
  get seq(): number {
    return this.#record.seq;
  }

  /** As of the last {@link refresh}. */
  get views(): RunViews {
    return this.#views;
  }

  /** Takes in what was committed since. @throws MixtuneError where the journal is damaged or gone */
  async refresh(): Promise<void> {
    this.working = (await lockOwner(this.#folder))?.working === true;
    // Whoever resumes a damaged run puts what is whole of its journal in the journal's place.
    if (this.#fileNumber() !== this.#file || this.#journal.count() < this.seq) this.#reopen();
    const before = this.seq;
    fromEvents(this.#folder, () => {
      const record = this.#record;
      for (const event of this.#journal.events(before)) {
        record.apply(event);
        if (event.kind === 'search-restarted') this.generation++;
        while (this.#progressSeqs.length < record.milestones.length) this.#progressSeqs.push(record.seq);
      }
    });
    // A cell player knows the calls of when it was made.
    if (this.seq !== before) this.#views = this.#createViews();
  }

  /** The run as it stands; with a number of an event only what changed after it. */
  view(seq?: number): RunView {
    if (seq === undefined) return this.#views.run(this.working);
    const seen = this.#progressSeqs.findLastIndex((at) => at <= seq) + 1;
    return this.#views.run(this.working, { seq, progress: seen });
  }

  close(): void {
    this.#journal.close();
  }

  #reopen(): void {
    this.#journal.close();
    this.#file = this.#fileNumber();
    this.#journal = openJournalOf(this.#folder);
    this.#record = new RunRecord(this.#place.manifest.settings);
    this.#progressSeqs = [];
    this.#views = this.#createViews();
    this.generation++;
  }

  #createViews(): RunViews {
    return createRunViews({ ...this.#place, record: this.#record, journal: this.#journal });
  }

  #fileNumber(): number {
    return statSync(join(this.#folder, journalName), { throwIfNoEntry: false })?.ino ?? 0;
  }
}
