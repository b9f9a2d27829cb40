import type Database from 'libsql';
import type { RunEvent } from './events.ts';
import type { SnapshotPart, SnapshotStore, StoredSnapshot } from './journal.ts';
import { snapshotFormat } from './journal-schema.ts';

export type EventRow = readonly [at: number, kind: string, data: string];

export function eventOf([at, kind, data]: EventRow): RunEvent {
  return { at, kind, ...(JSON.parse(data) as object) } as RunEvent;
}

interface HeadRow {
  readonly format: number;
  readonly events: number;
  readonly parts: number;
  readonly head: string;
}

/** Snapshots in the journal's own file: parts are only ever added, the head is replaced with each. */
export function openSnapshotStore(
  database: Database.Database,
  inTransaction: (work: () => void) => void,
  every?: number,
): SnapshotStore {
  const headRow = (): HeadRow | undefined => {
    const row = database.prepare('SELECT format, events, parts, head FROM snapshot_head').get() as
      | HeadRow
      | undefined;
    return row?.format === snapshotFormat ? row : undefined;
  };
  const selectEvent = database.prepare('SELECT at, kind, data FROM events WHERE sequence = ?').raw();
  return {
    ...(every === undefined ? {} : { every }),
    event(number) {
      const row = selectEvent.get(number) as EventRow | undefined;
      if (row === undefined) throw new Error(`journal: event ${number} is missing`);
      return eventOf(row);
    },
    load(): StoredSnapshot | undefined {
      const row = headRow();
      if (row === undefined) return undefined;
      return { events: row.events, head: row.head, parts: readParts(database, row.parts) };
    },
    save({ history }, head) {
      inTransaction(() => {
        const part = headRow()?.parts ?? 0;
        const { events } = database.prepare('SELECT max(sequence) AS events FROM events').get() as {
          events: number | null;
        };
        database
          .prepare('INSERT OR REPLACE INTO snapshot_parts (part, history) VALUES (?, ?)')
          .run(part, history);
        database
          .prepare(
            'INSERT OR REPLACE INTO snapshot_head (one, format, events, parts, head) VALUES (1, ?, ?, ?, ?)',
          )
          .run(snapshotFormat, events ?? 0, part + 1, head);
      });
    },
  };
}

/** One part at a time, so that no more than one is ever held. */
function* readParts(database: Database.Database, parts: number): Generator<SnapshotPart> {
  const select = database.prepare('SELECT history FROM snapshot_parts WHERE part = ?');
  for (let part = 0; part < parts; part++) {
    const row = select.get(part) as SnapshotPart | undefined;
    if (row === undefined) throw new Error(`journal: snapshot part ${part} of ${parts} is missing`);
    yield row;
  }
}
