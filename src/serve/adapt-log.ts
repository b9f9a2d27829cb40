import type Database from 'libsql';
import type { CostsState, RequestCost } from '../adapt/costs.ts';
import type { AdaptDecision, LearnerState } from '../adapt/learner.ts';
import { parsedJson } from '../core/json.ts';
import { isRecord } from '../core/records.ts';
import { numberIn } from '../models/call-store/sqlite-damage.ts';
import { adaptEventSchema, adaptStateSchema, learnableSchema } from './adapt-schemas.ts';

/** What the server learns from, in the order in which it came. */
export type AdaptEvent =
  | { readonly kind: 'cost'; readonly config: string; readonly cost: RequestCost }
  | { readonly kind: 'reward'; readonly request: string; readonly value: number; readonly first: boolean };

export interface AdaptState {
  readonly learner: LearnerState;
  readonly costs: CostsState;
}

/** The data base in which it is written, see `ServeStore`. */
interface StateFile {
  readonly database: Database.Database;
  write<Value>(work: () => Value): Value;
}

/** Tables that an adapting server adds to its state. */
export const adaptSchema = `
CREATE TABLE IF NOT EXISTS adapt_decisions (
  number INTEGER PRIMARY KEY, request TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS adapt_events (number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS adapt_state (
  id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, events INTEGER NOT NULL, body TEXT NOT NULL);
`;

/** Of the learner's state: another version's is made again from the events that are left. */
const stateVersion = 1;
const keptMs = 90 * 86_400_000;

/** Decisions, what they taught, and now and then the whole state, in the server's data base. */
export class AdaptLog {
  readonly #store: StateFile;
  readonly #database: Database.Database;
  readonly #decision: Database.Statement;
  readonly #event: Database.Statement;
  readonly #find: Database.Statement;

  constructor(store: StateFile) {
    const { database } = store;
    this.#store = store;
    this.#database = database;
    database.exec(adaptSchema);
    this.#decision = database.prepare(
      'INSERT INTO adapt_decisions (number, request, at, body) VALUES (?, ?, ?, ?)',
    );
    this.#event = database.prepare('INSERT INTO adapt_events (at, body) VALUES (?, ?)');
    this.#find = database.prepare('SELECT body FROM adapt_decisions WHERE request = ?');
  }

  /** Decisions so far, also those that are forgotten: the next one's number. */
  get decisions(): number {
    return numberIn(this.#database, 'SELECT MAX(number) + 1 FROM adapt_decisions');
  }

  decided(number: number, request: string, at: number, decision: AdaptDecision): void {
    this.#store.write(() => this.#decision.run(number, request, at, JSON.stringify(decision)));
  }

  /** `undefined` also for what another version wrote, of which nothing can be learned. */
  find(request: string): AdaptDecision | undefined {
    return learnableSchema.safeParse(bodyOf(this.#find.get(request))).data;
  }

  /** @returns the event's number */
  append(event: AdaptEvent, at: number): number {
    return Number(this.#store.write(() => this.#event.run(at, JSON.stringify(event))).lastInsertRowid);
  }

  /** The last state that was saved, and the events since; without one that can be read, all events that are left. */
  load(): { readonly state: AdaptState | undefined; readonly since: readonly AdaptEvent[] } {
    const saved = this.#database.prepare('SELECT * FROM adapt_state WHERE version = ?').get(stateVersion);
    const state = adaptStateSchema.safeParse(bodyOf(saved)).data;
    const rows = this.#database
      .prepare('SELECT body FROM adapt_events WHERE number > ? ORDER BY number')
      .all(state !== undefined && isRecord(saved) ? saved.events : 0);
    const since = rows.flatMap((row) => adaptEventSchema.safeParse(bodyOf(row)).data ?? []);
    return { state, since };
  }

  /** Saves the state after all events so far, and forgets what is older than three months. */
  save(state: AdaptState, now: number): void {
    this.#store.write(() => this.#save(state, now));
  }

  #save(state: AdaptState, now: number): void {
    const events = numberIn(this.#database, 'SELECT MAX(number) FROM adapt_events');
    this.#database
      .prepare('INSERT OR REPLACE INTO adapt_state (id, version, events, body) VALUES (1, ?, ?, ?)')
      .run(stateVersion, events, JSON.stringify(state));
    this.#database.prepare('DELETE FROM adapt_events WHERE at < ?').run(now - keptMs);
    // The newest stays: it says which number comes next.
    this.#database
      .prepare(
        'DELETE FROM adapt_decisions WHERE at < ? AND number < (SELECT MAX(number) FROM adapt_decisions)',
      )
      .run(now - keptMs);
  }

  /** All or nothing, also when the process is killed within. */
  together<Value>(work: () => Value): Value {
    return this.#store.write(() => this.#database.transaction(work)());
  }
}

/** What a row's body holds; `undefined` where there is none, or it is no JSON. */
function bodyOf(row: unknown): unknown {
  return isRecord(row) ? parsedJson(String(row.body)) : undefined;
}
