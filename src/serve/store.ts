import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { InputError, MixtuneError, messageOf } from '../core/errors.ts';
import { groupBy } from '../core/group-by.ts';
import { madeBy, refuseRunningSql } from '../models/call-store/running-sql.ts';
import { inTransaction, isBusy, isOfDisk, isReadOnly, placeOf } from '../models/call-store/sqlite-damage.ts';
import { makeFolder } from '../models/make-folder.ts';
import { ownerText, readOwner, writeOwner } from '../run/folder/lock-owner.ts';
import { adaptSchema } from './adapt-log.ts';
import { lockBeside, lockName, secureDatabase } from './file-lock.ts';

/** A request as it is written down before its first call. No text of it is kept. */
export interface OpenedRequest {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `2026-04-01`, in UTC: whose limits it counts against. */
  readonly day: string;
  /** Name of the key that asked; empty where none is needed. */
  readonly key: string;
  readonly model: string;
  readonly config: string;
  readonly run: string;
  readonly why: string;
  readonly reservedUsd: number | null;
  /** What the request asked for, as JSON under the names of its body. */
  readonly bounds: string;
}

/** What it came to. */
export interface ClosedRequest {
  readonly outcome: string;
  readonly usd: number | null;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly calls: number;
  readonly latencyMs: number;
  readonly degraded: number;
}

export type StoredRequest = OpenedRequest & Partial<ClosedRequest> & { readonly open: boolean };

export interface StoredFeedback {
  readonly request: string;
  readonly source: string;
  /** 0..1. */
  readonly value: number;
  readonly at: number;
}

const schema = `
CREATE TABLE IF NOT EXISTS requests (
  id TEXT PRIMARY KEY, at INTEGER NOT NULL, day TEXT NOT NULL, key TEXT NOT NULL, model TEXT NOT NULL,
  config TEXT NOT NULL, run TEXT NOT NULL, why TEXT NOT NULL, reserved_usd REAL, bounds TEXT NOT NULL,
  open INTEGER NOT NULL DEFAULT 1, outcome TEXT, usd REAL, tokens_in INTEGER, tokens_out INTEGER, calls INTEGER,
  latency_ms REAL, degraded INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS requests_by_day ON requests (day, key);
CREATE TABLE IF NOT EXISTS feedback (
  request TEXT NOT NULL, source TEXT NOT NULL, value REAL NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (request, source)) WITHOUT ROWID;
`;

/** What a server remembers cannot be written. */
export class StateWriteError extends MixtuneError {
  constructor(file: string, cause: unknown) {
    super(
      'state-write-failed',
      `${file}: cannot write what the server remembers (${messageOf(cause)}). Free the disk or mend the folder; ` +
        'until then requests under a limit on dollars are refused before they cost anything, and others are not remembered',
      { cause },
    );
  }
}

/** How long another server's hold on the file is waited for, in ms. */
const busyMs = 1_000;
/** Requests older than this are forgotten when a server starts, in ms. */
const keptMs = 90 * 86_400_000;

/** What a server remembers over restarts: requests with what they cost, decisions, feedback. */
export class ServeStore {
  /** The file was gone, where an earlier server's lock shows that there was one: what it remembered is forgotten. */
  readonly isForgotten: boolean;
  readonly #file: string;
  /** Which file it is: another may come to stand under its name. */
  readonly #place: string | undefined;
  readonly #database: Database.Database;
  readonly #lock: Database.Database | undefined;
  readonly #owner: string | undefined;
  readonly #open: Database.Statement;
  readonly #close: Database.Statement;
  readonly #remove: Database.Statement;
  readonly #get: Database.Statement;
  readonly #feedback: Database.Statement;
  readonly #feedbackOf: Database.Statement;

  /** @throws InputError where the file cannot be had, or another server has it. */
  constructor(file: string, now: number) {
    this.#file = file;
    this.isForgotten = file !== inMemory && !existsSync(file) && existsSync(lockName(file));
    if (file !== inMemory) secureDatabase(file);
    try {
      makeFolder(dirname(file));
      if (file !== inMemory) {
        this.#lock = lockBeside(file, busyMs);
        this.#owner = ownerFile(file);
        writeOwner(this.#owner);
      }
      this.#database = new Database(file);
      refuseForeignState(this.#database, file);
      this.#database.exec(
        `PRAGMA busy_timeout = ${busyMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`,
      );
      this.#database.exec(schema);
      this.#database.prepare('DELETE FROM requests WHERE at < ?').run(now - keptMs);
      this.#database.exec('DELETE FROM feedback WHERE request NOT IN (SELECT id FROM requests)');
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw isBusy(error) ? takenBy(file) : unreadable(file, error);
    }
    this.#place = placeOf(file);
    this.#open = this.#database.prepare(
      'INSERT INTO requests (id, at, day, key, model, config, run, why, reserved_usd, bounds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#close = this.#database.prepare(
      'UPDATE requests SET open = 0, outcome = ?, usd = ?, tokens_in = ?, tokens_out = ?, calls = ?, latency_ms = ?, degraded = ? WHERE id = ?',
    );
    this.#remove = this.#database.prepare('DELETE FROM requests WHERE id = ?');
    this.#get = this.#database.prepare('SELECT * FROM requests WHERE id = ?');
    this.#feedback = this.#database.prepare(
      'INSERT INTO feedback (request, source, value, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#feedbackOf = this.#database.prepare('SELECT * FROM feedback WHERE request = ? ORDER BY source');
  }

  opened({ id, at, day, key, model, config, run, why, reservedUsd, bounds }: OpenedRequest): void {
    this.write(() => this.#open.run(id, at, day, key, model, config, run, why, reservedUsd, bounds));
  }

  closed(id: string, end: ClosedRequest): void {
    const { outcome, usd, tokensIn, tokensOut, calls, latencyMs, degraded } = end;
    this.write(() => this.#close.run(outcome, usd, tokensIn, tokensOut, calls, latencyMs, degraded, id));
  }

  find(id: string): StoredRequest | undefined {
    const row = this.#get.get(id) as Row | undefined;
    return row === undefined ? undefined : requestOf(row);
  }

  /** What else is to be remembered in the same file; to be written by {@link write}. */
  get database(): Database.Database {
    return this.#database;
  }

  /** @throws StateWriteError where the file cannot be written, or is not there any more */
  write<Value>(work: () => Value): Value {
    // SQLite would go on writing to a file that nobody finds again.
    if (!this.#isInPlace)
      throw new StateWriteError(this.#file, new Error('it was moved or removed: restart the server'));
    try {
      return work();
    } catch (error) {
      throw isOfDisk(error) || isReadOnly(error) ? new StateWriteError(this.#file, error) : error;
    }
  }

  get #isInPlace(): boolean {
    try {
      return placeOf(this.#file) === this.#place;
    } catch {
      return false;
    }
  }

  /** Writes as much as a request does, and leaves nothing. @throws StateWriteError */
  tryWriting(): void {
    const id = '';
    const none = { key: '', model: '', config: '', run: '', why: '', bounds: '' };
    const leaveNothing = (): void => {
      this.opened({ id, at: 0, day: '', ...none, reservedUsd: null });
      this.#remove.run(id);
    };
    this.write(() => inTransaction(this.#database, leaveNothing));
  }

  /** @returns false where this source has spoken on the request before; the first word stands. */
  addFeedback({ request, source, value, at }: StoredFeedback): boolean {
    return this.write(() => this.#feedback.run(request, source, value, at)).changes > 0;
  }

  feedbackOn(request: string): StoredFeedback[] {
    return this.#feedbackOf.all(request) as StoredFeedback[];
  }

  /** US dollars of a day by key. What was open when a server died counts with all that it had reserved. */
  spentOn(day: string): Map<string, number> {
    const rows = this.#database
      .prepare(
        'SELECT key, SUM(CASE open WHEN 1 THEN COALESCE(reserved_usd, 0) ELSE COALESCE(usd, 0) END) AS usd FROM requests WHERE day = ? GROUP BY key',
      )
      .all(day) as { key: string; usd: number }[];
    return new Map(rows.map(({ key, usd }) => [key, usd]));
  }

  /** Requests that came to an end, oldest first, with their feedback. */
  *history(): Generator<{ readonly request: StoredRequest; readonly feedback: readonly StoredFeedback[] }> {
    const rows = this.#database.prepare('SELECT * FROM requests ORDER BY at, id').iterate() as Iterable<Row>;
    const told = this.#database.prepare('SELECT * FROM feedback ORDER BY at').iterate();
    const feedback = groupBy(told as Iterable<StoredFeedback>, ({ request }) => request);
    for (const row of rows) yield { request: requestOf(row), feedback: feedback.get(row.id) ?? [] };
  }

  close(): void {
    this.#database.close();
    // Before the lock is given back, lest it is the next owner's.
    if (this.#owner !== undefined) rmSync(this.#owner, { force: true });
    this.#lock?.close();
  }
}

const isOwn = madeBy(schema + adaptSchema);

/** @throws InputError where a server's state brings SQL that runs by itself */
export function refuseForeignState(database: Database.Database, file: string): void {
  refuseRunningSql(database, file, { what: "a server's state", own: isOwn });
}

const ownerFile = (file: string): string => `${file}.lock.json`;

function takenBy(file: string): InputError {
  return new InputError(file, {
    expected:
      'a state that no other server uses: end that server, or serve both from it (mixtune serve A B), or give this one another state and port (--state FILE --port N)',
    found: `${ownerText(readOwner(ownerFile(file), true))} that serves with it`,
  });
}

function unreadable(file: string, error: unknown): InputError {
  return new InputError(file, {
    expected: "a server's state (SQLite)",
    found: messageOf(error),
  });
}

/** A state that lives and dies with the process, for tests. */
const inMemory = ':memory:';

interface Row extends Omit<OpenedRequest, 'reservedUsd'> {
  readonly reserved_usd: number | null;
  readonly open: number;
  readonly outcome: string | null;
  readonly usd: number | null;
  readonly tokens_in: number;
  readonly tokens_out: number;
  readonly calls: number;
  readonly latency_ms: number;
  readonly degraded: number;
}

function requestOf({
  reserved_usd,
  tokens_in,
  tokens_out,
  latency_ms,
  outcome,
  open,
  ...row
}: Row): StoredRequest {
  const { usd, calls, degraded, ...opened } = row;
  const known = { ...opened, reservedUsd: reserved_usd, open: open === 1 };
  if (outcome === null) return known;
  return {
    ...known,
    outcome,
    usd,
    calls,
    degraded,
    tokensIn: tokens_in,
    tokensOut: tokens_out,
    latencyMs: latency_ms,
  };
}
