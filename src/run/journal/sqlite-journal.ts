import type Database from 'libsql';
import { defined } from '../../core/defined.ts';
import { messageOf } from '../../core/errors.ts';
import type { CallKey } from '../../models/call-key.ts';
import { isDamage, placeOf, rollBack } from '../../models/call-store/sqlite-damage.ts';
import type { ChatResponse } from '../../models/chat-model.ts';
import { RecentAnswers } from '../calls/recent-answers.ts';
import type { RunEvent } from './events.ts';
import { Flusher } from './flusher.ts';
import type { Journal } from './journal.ts';
import { openForReading } from './journal-database.ts';
import { addToTally, type Mark, readMark } from './journal-mark.ts';
import { type OpenJournal, openWhole } from './journal-opening.ts';
import { JournalDamagedError, JournalRows, JournalWriteError, mayFit, RowWriter } from './journal-rows.ts';
import { checkSchema, readMeta, readVersion } from './journal-schema.ts';

export interface SqliteJournalOptions {
  /**
   * Committed events always survive the death of the process. `background` also flushes them to the
   * disk without making anyone wait, so that a power cut costs at most the last flush's worth (a few
   * milliseconds); `never` leaves flushing to the system. Either way the file stays consistent.
   */
  readonly flush: 'background' | 'never';
  /** Reads what is there, on a read-only disk too, and changes nothing. Default false: goes on with it, or makes it. */
  readonly readOnly?: boolean;
  /** Names the machine's present uptime (see `bootId`); where given, {@link Journal.powerLost} is told by it. */
  readonly boot?: string;
  /** Called before each write; throws where this process must not write any more. */
  readonly guard?: () => void;
  /** Called around each write, before and after it; tests make disks fail with it. */
  readonly onWrite?: (moment: 'begin' | 'commit') => void;
}

export interface SqliteJournal extends Journal {
  /** Committed events, oldest first. @param skip so many of the oldest are left out */
  events(skip?: number): Iterable<RunEvent>;
  /** How many events are committed. */
  count(): number;
  /** All committed answers, oldest first. */
  answers(): Iterable<[CallKey, ChatResponse]>;
}

/**
 * `journal.sqlite`: events and answers in one SQLite file in WAL mode, each row with its checksum; beside it
 * `journal.sqlite-mark`, which tells when the end of the journal is lost. A damaged journal that is to be
 * gone on with is replaced by what is whole of it, see {@link Journal.damage}.
 * @throws InputError where the file is no journal, JournalDamagedError where it is damaged and nothing can be done.
 */
export function openSqliteJournal(file: string, options: SqliteJournalOptions): SqliteJournal {
  return options.readOnly === true ? readJournal(file) : writeJournal(file, options);
}

function readJournal(file: string): SqliteJournal {
  // Before the journal is looked at: one that is being written stands above its mark, never below.
  const mark = readMark(file);
  const damaged = (what: string, cause?: unknown): never => {
    throw new JournalDamagedError(file, what, { cause });
  };
  const opened = openForReading(file, mark !== undefined);
  const refuse = (): never => {
    throw new Error(`${file} was opened to be read only`);
  };
  try {
    if (mark !== undefined && readVersion(opened.database) === undefined) damaged('its tables are missing');
    checkSchema(opened.database, file);
    const rows = new JournalRows(opened.database, damaged);
    if (mark !== undefined) refuseShortened(rows, mark);
    return {
      events: (skip) => rows.events(skip),
      count: () => rows.count(),
      answers: () => rows.answers(),
      append: refuse,
      keepAnswer: refuse,
      commit: refuse,
      answer: (key) => rows.answer(key),
      close: opened.close,
    };
  } catch (error) {
    opened.close();
    throw isDamage(error) ? new JournalDamagedError(file, messageOf(error), { cause: error }) : error;
  }
}

/** Says at once what would otherwise read as an earlier state of the run. */
function refuseShortened(rows: JournalRows, mark: Mark): void {
  const missing = mark.events - rows.count();
  if (missing > 0) rows.damaged(`its last ${missing} events are missing`);
  if (!mayFit(rows, mark)) rows.damaged('it holds the events of another run');
}

function writeJournal(file: string, options: SqliteJournalOptions): SqliteJournal {
  const opened = openWhole(file);
  try {
    return writing(file, opened, options);
  } catch (error) {
    opened.close();
    throw error;
  }
}

function writing(file: string, opened: OpenJournal, options: SqliteJournalOptions): SqliteJournal {
  const { database, rows, mark, tally, damage } = opened;
  const place = placeOf(file);
  const writer = new RowWriter(database);
  const flusher = options.flush === 'background' ? new Flusher(`${file}-wal`) : undefined;
  const recent = new RecentAnswers();
  const waiting: { events: RunEvent[]; readonly answers: Map<CallKey, ChatResponse> } = {
    events: [],
    answers: new Map(),
  };
  const inTransaction = (work: () => void): void => {
    try {
      if (placeOf(file) !== place) throw new Error('it was moved or deleted while the run was open');
      options.guard?.();
      options.onWrite?.('begin');
      database.exec('BEGIN IMMEDIATE');
      work();
      options.onWrite?.('commit');
      database.exec('COMMIT');
    } catch (error) {
      rollBack(database);
      if (isDamage(error)) mark.suspect();
      throw new JournalWriteError(file, error);
    }
    flusher?.flush();
  };
  const commit = (): void => {
    const { events, answers } = waiting;
    if (events.length === 0 && answers.size === 0) return;
    inTransaction(() => {
      writer.answers(answers);
      writer.events(events);
    });
    waiting.events = [];
    answers.clear();
    if (events.length === 0) return;
    for (const event of events) addToTally(tally, event);
    try {
      mark.write(tally);
    } catch (error) {
      throw new JournalWriteError(file, error);
    }
  };
  const session = options.boot === undefined ? undefined : new Session(database, options.boot, inTransaction);
  return {
    events: (skip) => rows.events(skip),
    count: () => rows.count(),
    answers: () => rows.answers(),
    append: (event) => void waiting.events.push(event),
    keepAnswer: (key, response) => {
      waiting.answers.set(key, response);
      recent.put(key, response);
    },
    answer: (key) => recent.get(key) ?? waiting.answers.get(key) ?? rows.answer(key),
    commit,
    close: () => {
      try {
        commit();
        session?.end();
        emptyLog(database);
      } finally {
        flusher?.close();
        opened.close();
      }
    },
    powerLost: session?.powerLost ?? false,
    ...defined({ damage }),
  };
}

/** Marks in the journal itself who has it open, so that a machine that went down shows at the next start. */
class Session {
  readonly powerLost: boolean;
  readonly #write: (boot: string | null) => void;

  constructor(database: Database.Database, boot: string, inTransaction: (work: () => void) => void) {
    const former = readMeta(database, 'open-since-boot');
    this.powerLost = former !== undefined && former !== '' && former !== boot;
    const put = database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('open-since-boot', ?)");
    this.#write = (value) => inTransaction(() => put.run(value ?? ''));
    this.#write(boot);
  }

  end(): void {
    this.#write(null);
  }
}

/** The journal is then one file, which can be read where nothing can be written; not while others read it. */
function emptyLog(database: Database.Database): void {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // It stays in the log, where it is as safe.
  }
}
