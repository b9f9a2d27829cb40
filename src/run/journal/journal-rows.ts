import type Database from 'libsql';
import { MixtuneError, messageOf } from '../../core/errors.ts';
import { isRecord } from '../../core/records.ts';
import type { CallKey } from '../../models/call-key.ts';
import { isDamage, numberIn, textOf } from '../../models/call-store/sqlite-damage.ts';
import { chatResponseSchema } from '../../models/call-store/stored-call.ts';
import type { ChatResponse } from '../../models/chat-model.ts';
import type { RunEvent } from './events.ts';
import { seal, unseal } from './seal.ts';

/** Events that are read at once. */
const batch = 256;

/** Something in a run's journal is not what was written. */
export class JournalDamagedError extends MixtuneError {
  readonly what: string;
  constructor(file: string, what: string, options: { readonly cause?: unknown } = {}) {
    super(
      'journal-damaged',
      `${file}: the journal is damaged (${what}). mixtune resume sets the damaged file aside, says what is ` +
        'lost, counts lost calls as spent, and goes on from what is whole',
      options,
    );
    this.what = what;
  }
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

/**
 * A journal's rows, checked as they are read: events follow each other without a gap, and each row's
 * checksum fits, except in rows of versions before there were any.
 */
export class JournalRows {
  /** Throws, saying what. */
  readonly damaged: (what: string, cause?: unknown) => never;
  readonly #database: Database.Database;
  readonly #selectBatch: Database.Statement;
  readonly #selectEvent: Database.Statement;
  readonly #selectAnswer: Database.Statement;
  readonly #selectAnswerAt: Database.Statement;

  constructor(database: Database.Database, damaged: (what: string, cause?: unknown) => never) {
    this.#database = database;
    this.damaged = damaged;
    // One value for many rows: the binding takes longer for a row than SQLite for all of these. Rows without a
    // checksum get their time, to the last bit, behind a hyphen.
    const data = `CASE substr(data, 1, 1) WHEN '{' THEN '-' || printf('%!.17g', at) || ' ' || data ELSE data END`;
    this.#selectBatch = database.prepare(
      `SELECT CAST(group_concat(sequence || ' ' || kind || ' ' || ${data}, char(10)) AS BLOB) AS found
       FROM (SELECT sequence, at, kind, data FROM events WHERE sequence > ? ORDER BY sequence LIMIT ${batch})`,
    );
    this.#selectEvent = database.prepare(
      'SELECT at + 0.0 AS at, CAST(kind AS BLOB) AS kind, CAST(data AS BLOB) AS data FROM events WHERE sequence = ?',
    );
    this.#selectAnswer = database.prepare(
      'SELECT CAST(response AS BLOB) AS response FROM answers WHERE key = ?',
    );
    this.#selectAnswerAt = database.prepare(
      'SELECT CAST(key AS BLOB) AS key, CAST(response AS BLOB) AS response FROM answers WHERE row = ?',
    );
  }

  /** Events, oldest first. @param skip so many of the oldest are left out. */
  *events(skip = 0): Generator<RunEvent> {
    let number = skip;
    for (let ended = false; ; ) {
      const after = number;
      const row = this.#read(() => this.#selectBatch.get(after));
      const rows = isRecord(row) ? textOf(row.found) : '';
      if (rows !== '') {
        const lines = rows.split('\n');
        const events = eventsIn(lines, number);
        if (events !== undefined) yield* events;
        // Row by row, to say which is damaged.
        else for (let n = 1; n <= lines.length; n++) yield this.event(number + n);
        number += lines.length;
      } else if (this.count() <= number) return;
      // Another process may have added some just now; a row with a NULL where none can be never comes.
      else if (ended) this.damaged(`event ${number + 1} is missing`);
      ended = rows === '';
    }
  }

  count(): number {
    return this.#read(() => numberIn(this.#database, 'SELECT max(sequence) + 0 FROM events'));
  }

  /** An event by its number, from 1. */
  event(number: number): RunEvent {
    const row = this.#read(() => this.#selectEvent.get(number));
    if (!isRecord(row)) return this.damaged(`event ${number} is missing`);
    const kind = textOf(row.kind);
    const data = textOf(row.data);
    const whole = isUnsealed(data)
      ? { at: Number(row.at), kind, data }
      : unsealed(`${number} ${kind} ${data}`, number);
    const event = whole && parsed(whole);
    return event ?? this.damaged(`event ${number} of kind ${JSON.stringify(kind)} is not as it was written`);
  }

  /** `undefined` also where it cannot be read: it is as good as absent. */
  answer(key: CallKey): ChatResponse | undefined {
    const row = this.#read(() => this.#selectAnswer.get(key));
    return isRecord(row) ? answerIn(key, textOf(row.response)) : undefined;
  }

  /** Answers, oldest first. */
  *answers(): Generator<[CallKey, ChatResponse]> {
    const select = this.#database.prepare(
      `SELECT row + 0 AS row, CAST(key AS BLOB) AS key, CAST(response AS BLOB) AS response
       FROM answers WHERE answers.row > ? ORDER BY answers.row LIMIT 1`,
    );
    for (let after = 0; ; ) {
      const from = after;
      const found = this.#read(() => select.get(from));
      if (!isRecord(found)) return;
      after = Number(found.row);
      const key = textOf(found.key);
      const response = answerIn(key, textOf(found.response));
      if (response === undefined) this.damaged(`answer ${after} is not as it was written`);
      yield [key, response];
    }
  }

  lastAnswer(): number {
    return this.#read(() => numberIn(this.#database, 'SELECT max(row) + 0 FROM answers'));
  }

  /** An answer by its row's number; `undefined` where there is none that can be read. */
  answerAt(row: number): [CallKey, ChatResponse] | undefined {
    try {
      const found = this.#selectAnswerAt.get(row);
      if (!isRecord(found)) return undefined;
      const key = textOf(found.key);
      const response = answerIn(key, textOf(found.response));
      return response && [key, response];
    } catch {
      return undefined;
    }
  }

  #read<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      if (isDamage(error)) this.damaged(messageOf(error), error);
      throw error;
    }
  }
}

/** Whether the rows may be those that the mark has seen: the last of them happened at that time. */
export function mayFit(
  rows: JournalRows,
  { events, at }: { readonly events: number; readonly at: number },
): boolean {
  return events === 0 || rows.count() < events || rows.event(events).at === at;
}

/** Rows that one statement takes: the binding takes longer for a statement than SQLite for all of these. */
const rowsAtOnce = [16, 4, 1] as const;

/** Puts rows into a table, many by one statement. */
class Inserter {
  readonly #statements: readonly { readonly size: number; readonly statement: Database.Statement }[];

  /** @param into up to its `VALUES`, such as `INSERT INTO table (a, b)` */
  constructor(database: Database.Database, into: string, columns: number) {
    const row = `(${Array(columns).fill('?').join()})`;
    this.#statements = rowsAtOnce.map((size) => ({
      size,
      statement: database.prepare(`${into} VALUES ${Array(size).fill(row).join()}`),
    }));
  }

  insert(rows: Iterable<readonly unknown[]>): void {
    let waiting: (readonly unknown[])[] = [];
    for (const row of rows) {
      if (waiting.push(row) < rowsAtOnce[0]) continue;
      this.#insertAll(waiting);
      waiting = [];
    }
    this.#insertAll(waiting);
  }

  #insertAll(rows: readonly (readonly unknown[])[]): void {
    let from = 0;
    for (const { size, statement } of this.#statements)
      for (; rows.length - from >= size; from += size) statement.run(rows.slice(from, from + size).flat());
  }
}

/** Writes rows so that {@link JournalRows} can tell damage. */
export class RowWriter {
  readonly #events: Inserter;
  readonly #answers: Inserter;

  constructor(database: Database.Database) {
    this.#events = new Inserter(database, 'INSERT INTO events (at, kind, data)', 3);
    this.#answers = new Inserter(database, 'INSERT OR REPLACE INTO answers (key, response)', 2);
  }

  events(events: Iterable<RunEvent>): void {
    this.#events.insert(eventRows(events));
  }

  answers(answers: Iterable<readonly [CallKey, ChatResponse]>): void {
    this.#answers.insert(answerRows(answers));
  }
}

function* eventRows(events: Iterable<RunEvent>): Generator<[number, string, string]> {
  for (const { at, kind, ...data } of events) {
    // The time once more: read as text it is exact, and covered by the checksum.
    yield [at, kind, seal(`${at} ${JSON.stringify(data)}`, kind)];
  }
}

function* answerRows(answers: Iterable<readonly [CallKey, ChatResponse]>): Generator<[CallKey, string]> {
  for (const [key, response] of answers) yield [key, seal(JSON.stringify(response), key)];
}

/** Rows of schema 1 and 2 are bare JSON objects. */
function isUnsealed(text: string): boolean {
  return text.startsWith('{');
}

interface Unsealed {
  readonly at: number;
  readonly kind: string;
  readonly data: string;
}

/**
 * What a line `<number> <kind> <sealed time and data>` holds, or one of earlier versions, `<number> <kind> -<time>
 * <data>`; `undefined` where it is not as it was written.
 */
function unsealed(line: string, number: number): Unsealed | undefined {
  const start = `${number} `;
  const kindEnd = line.indexOf(' ', start.length);
  if (!line.startsWith(start) || kindEnd < 0) return undefined;
  const kind = line.slice(start.length, kindEnd);
  const rest = line.slice(kindEnd + 1);
  const text = rest.startsWith('-') ? rest.slice(1) : unseal(rest, kind);
  if (text === undefined) return undefined;
  const space = text.indexOf(' ');
  return { at: Number(text.slice(0, space)), kind, data: text.slice(space + 1) };
}

/** The events of lines that follow the first so many; `undefined` where any is not whole, or of an older version. */
function eventsIn(lines: readonly string[], after: number): RunEvent[] | undefined {
  const rows: Unsealed[] = [];
  for (const line of lines) {
    const row = unsealed(line, after + rows.length + 1);
    if (row === undefined) return undefined;
    rows.push(row);
  }
  // One text for many rows is parsed faster.
  const data = parsedList(`[${rows.map((row) => row.data).join()}]`);
  if (data?.length !== rows.length) return undefined;
  return rows.map(({ at, kind }, index) => ({ at, kind, ...data[index] }) as RunEvent);
}

function parsedList(text: string): readonly object[] | undefined {
  try {
    return JSON.parse(text) as object[];
  } catch {
    return undefined;
  }
}

function parsed({ at, kind, data }: Unsealed): RunEvent | undefined {
  try {
    return { at, kind, ...(JSON.parse(data) as object) } as RunEvent;
  } catch {
    return undefined;
  }
}

function answerIn(key: string, text: string): ChatResponse | undefined {
  const whole = isUnsealed(text) ? text : unseal(text, key);
  if (whole === undefined) return undefined;
  try {
    // Who means to deceive can seal anything.
    return chatResponseSchema.safeParse(JSON.parse(whole)).data;
  } catch {
    return undefined;
  }
}
