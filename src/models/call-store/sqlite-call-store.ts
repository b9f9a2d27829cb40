import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError, messageOf } from '../../core/errors.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { CallKey } from '../call-key.ts';
import { makeFolder } from '../make-folder.ts';
import type { CallSelection, CallStoreStats } from './call-store-admin.ts';
import { CallTable } from './call-table.ts';
import { isDamage, isReadOnly, placeOf, setAside, wasDatabase } from './sqlite-damage.ts';
import type { CallStore, StoredCall } from './stored-call.ts';

/**
 * Opens (or creates, with its folder) a data base of calls that several processes may use at once.
 * Answers survive a crash of the process at once, and one of the machine up to the last moments. A row that is
 * not as it was written is as good as absent. A file that proves to be damaged, now or later, is set aside,
 * and a new one begun. Of one that may only be read answers are taken, and none are kept.
 * @param onNotice told of both, with the files' names.
 */
export function openSqliteCallStore(
  path: string,
  onNotice: (notice: string) => void = () => undefined,
): Result<SqliteCallStore, InputError> {
  try {
    makeFolder(dirname(path));
    return ok(new SqliteCallStore(path, onNotice));
  } catch (error) {
    if (error instanceof InputError) return err(error);
    return err(
      new InputError(path, {
        expected: 'a call cache (SQLite data base)',
        found: messageOf(error),
      }),
    );
  }
}

export class SqliteCallStore implements CallStore {
  readonly #path: string;
  readonly #onNotice: (notice: string) => void;
  #table: CallTable;
  /** Nothing can be written. */
  readonly #isReadOnly: boolean;
  #place: string | undefined;

  constructor(path: string, onNotice: (notice: string) => void) {
    this.#path = path;
    this.#onNotice = onNotice;
    let isOnlyRead = false;
    try {
      this.#table = new CallTable(path);
    } catch (error) {
      isOnlyRead = isReadOnly(error);
      if (!isOnlyRead && (!isDamage(error) || !wasDatabase(path))) throw error;
      if (!isOnlyRead) this.#replace(error);
      this.#table = new CallTable(path, { readonly: isOnlyRead });
    }
    this.#isReadOnly = isOnlyRead;
    if (isOnlyRead)
      onNotice(
        `${path}: the call cache cannot be written; answers are taken from it, and none are kept there`,
      );
    this.#place = placeOf(path);
  }

  /** Number of calls kept. */
  get size(): number {
    return this.#use((table) => table.size);
  }

  get(key: CallKey): StoredCall | undefined {
    return this.#use((table) => table.get(key));
  }

  /** What {@link get} would, without counting it as a call that was saved. */
  peek(key: CallKey): StoredCall | undefined {
    return this.#use((table) => table.peek(key));
  }

  /** @throws what the disk says; where nothing can be written the call is left out. */
  put(key: CallKey, call: StoredCall): void {
    if (!this.#isReadOnly) this.#use((table) => table.put(key, call));
  }

  /** All readable calls that are meant, oldest first. @param selection default: all */
  *entries(selection: CallSelection = {}): IterableIterator<[CallKey, StoredCall]> {
    try {
      yield* this.#table.entries(selection);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#mend(error);
    }
  }

  stats(): CallStoreStats {
    return this.#use((table) => table.stats());
  }

  /** Removes calls, or only counts them. @throws InputError where nothing can be written */
  prune(
    selection: CallSelection,
    { dryRun = false }: { readonly dryRun?: boolean } = {},
  ): { readonly calls: number; readonly bytes: number } {
    if (this.#isReadOnly && !dryRun) {
      const found = 'one that can only be read';
      throw new InputError(this.#path, { expected: 'a call cache that can be written', found });
    }
    return this.#use((table) => table.prune(selection, dryRun));
  }

  /** Gives the room of removed calls back to the disk; false while another process is in the way. */
  vacuum(): boolean {
    return this.#use((table) => table.vacuum());
  }

  close(): void {
    this.#table.close();
  }

  #use<Value>(work: (table: CallTable) => Value): Value {
    try {
      return work(this.#table);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#mend(error);
      return work(this.#table);
    }
  }

  #mend(error: unknown): void {
    this.#table.close();
    // Unless another process has done it already.
    if (existsSync(this.#path) && placeOf(this.#path) === this.#place) this.#replace(error);
    this.#table = new CallTable(this.#path);
    this.#place = placeOf(this.#path);
  }

  #replace(error: unknown): void {
    const aside = setAside(this.#path);
    this.#onNotice(
      `${this.#path}: the call cache is damaged (${messageOf(error)}); it is kept as ${aside}, and a new one is begun`,
    );
  }
}
