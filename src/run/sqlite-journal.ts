import Database from 'libsql';
import { InputError, MixtuneError, messageOf } from '../core/errors.ts';
import type { CallKey } from '../models/call-key.ts';
import type { ChatResponse } from '../models/chat-model.ts';
import type { RunEvent } from './events.ts';
import { Flusher } from './flusher.ts';
import type { Journal } from './journal.ts';
import { checkSchema, prepareSchema, readMeta } from './journal-schema.ts';

export interface SqliteJournalOptions {
  /**
   * Committed events always survive the death of the process. `background` also flushes them to the
   * disk without making anyone wait, so that a power cut costs at most the last flush's worth (a few
   * milliseconds); `never` leaves flushing to the system. Either way the file stays consistent.
   */
  readonly flush: 'background' | 'never';
  /** Refuse a file that does not exist yet. Default false. */
  readonly mustExist?: boolean;
  readonly readOnly?: boolean;
  /** Names the machine's present uptime (see `bootId`); where given, {@link Journal.powerLost} is told by it. */
  readonly boot?: string;
  /** Called before each write; throws where this process must not write any more. */
  readonly guard?: () => void;
  /** Called around each write, before and after it; tests make disks fail with it. */
  readonly onWrite?: (moment: 'begin' | 'commit') => void;
}

/** The run cannot write its journal: it has stopped, and goes on when resumed. */
export class JournalWriteError extends MixtuneError {
  constructor(file: string, cause: unknown) {
    super(
      'journal-write-failed',
      `${file}: cannot write the journal (${messageOf(cause)}). The run has paused; nothing that was ` +
        'committed is lost, and no further call is made. Free the disk or mend the folder, then resume the run',
      { cause },
    );
  }
}

export interface SqliteJournal extends Journal {
  /** All committed answers, oldest first. */
  answers(): Iterable<[CallKey, ChatResponse]>;
}

/** `journal.sqlite`: events and answers in one SQLite file in WAL mode. */
export function openSqliteJournal(file: string, options: SqliteJournalOptions): SqliteJournal {
  const database = openDatabase(file, options);
  const selectAnswer = database.prepare('SELECT response FROM answers WHERE key = ?');
  const pending = new Pending(database);
  const flusher = options.flush === 'background' ? new Flusher(`${file}-wal`) : undefined;
  const inTransaction = (work: () => void): void => {
    try {
      options.guard?.();
      options.onWrite?.('begin');
      database.exec('BEGIN IMMEDIATE');
      work();
      options.onWrite?.('commit');
      database.exec('COMMIT');
    } catch (error) {
      rollBack(database);
      throw new JournalWriteError(file, error);
    }
    flusher?.flush();
  };
  const write = (): void => {
    if (pending.isEmpty) return;
    inTransaction(() => pending.insert());
    pending.clear();
  };
  const session = options.boot === undefined ? undefined : new Session(database, options.boot, inTransaction);
  return {
    append: (event) => void pending.events.push(event),
    keepAnswer: (key, response) => void pending.answers.set(key, response),
    answer: (key) => {
      const kept = pending.answers.get(key);
      if (kept !== undefined) return kept;
      const row = selectAnswer.get(key) as { response: string } | undefined;
      return row === undefined ? undefined : (JSON.parse(row.response) as ChatResponse);
    },
    commit: write,
    events: () => readEvents(database),
    answers: () => readAnswers(database),
    close: () => {
      try {
        if (options.readOnly !== true) write();
        session?.end();
      } finally {
        flusher?.close();
        database.close();
      }
    },
    powerLost: session?.powerLost ?? false,
  };
}

/** What waits for the next commit. */
class Pending {
  events: RunEvent[] = [];
  readonly answers = new Map<string, ChatResponse>();
  readonly #insertEvent: Database.Statement;
  readonly #insertAnswer: Database.Statement;

  constructor(database: Database.Database) {
    this.#insertEvent = database.prepare('INSERT INTO events (at, kind, data) VALUES (?, ?, ?)');
    this.#insertAnswer = database.prepare('INSERT OR REPLACE INTO answers (key, response) VALUES (?, ?)');
  }

  get isEmpty(): boolean {
    return this.events.length === 0 && this.answers.size === 0;
  }

  insert(): void {
    for (const [key, response] of this.answers) this.#insertAnswer.run(key, JSON.stringify(response));
    for (const { at, kind, ...data } of this.events) this.#insertEvent.run(at, kind, JSON.stringify(data));
  }

  clear(): void {
    this.events = [];
    this.answers.clear();
  }
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

/** Rows that are fetched and parsed together: a row by itself costs more to fetch than to parse. */
const eventsAtOnce = 1_000;
/** As JSON; 17 digits give back every double, where SQLite's own text has 15. */
const asList = (column: string): string => `'[' || group_concat(${column}) || ']'`;

function* readEvents(database: Database.Database): Generator<RunEvent> {
  const select = database
    .prepare(`
      SELECT max(sequence), ${asList("printf('%!.17g', at)")}, ${asList(`'"' || kind || '"'`)}, ${asList('data')}
      FROM (SELECT * FROM events WHERE sequence > ? ORDER BY sequence LIMIT ${eventsAtOnce})
    `)
    .raw();
  let last: number | null = 0;
  for (;;) {
    const row = select.get(last) as readonly [number | null, string, string, string];
    last = row[0];
    if (last === null) return;
    const times = JSON.parse(row[1]) as number[];
    const kinds = JSON.parse(row[2]) as string[];
    const data = JSON.parse(row[3]) as object[];
    for (const [index, rest] of data.entries()) {
      yield { at: times[index], kind: kinds[index], ...rest } as RunEvent;
    }
  }
}

function* readAnswers(database: Database.Database): Generator<[CallKey, ChatResponse]> {
  const select = database.prepare('SELECT key, response FROM answers ORDER BY row').raw();
  for (const row of select.iterate()) {
    const [key, response] = row as [string, string];
    yield [key, JSON.parse(response) as ChatResponse];
  }
}

function rollBack(database: Database.Database): void {
  try {
    if (database.inTransaction) database.exec('ROLLBACK');
  } catch {
    // SQLite has already rolled back by itself (it does on I/O errors), or will when the file is opened again.
  }
}

function openDatabase(file: string, options: SqliteJournalOptions): Database.Database {
  try {
    const database = new Database(file, {
      readonly: options.readOnly === true,
      fileMustExist: options.mustExist === true,
    });
    database.pragma('busy_timeout = 5000');
    if (options.readOnly !== true) {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      prepareSchema(database, file);
    }
    checkSchema(database, file);
    return database;
  } catch (error) {
    if (error instanceof MixtuneError) throw error;
    throw new InputError(file, { path: '', expected: "a run's journal (SQLite)", found: messageOf(error) });
  }
}
