import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { InputError, messageOf } from '../core/errors.ts';
import { unwrap } from '../core/result.ts';
import { parseWith } from '../domain/validation.ts';
import { makeFolder } from '../models/make-folder.ts';
import { readPlainJson } from '../models/plain-file.ts';
import { lockBeside } from './file-lock.ts';

export const keyNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const keyNameExpected = 'letters, digits, ".", "_" and "-"';

/** Who may ask, and how much. The key itself is nowhere: only its SHA-256. */
const entrySchema = z.strictObject({
  name: z.string().regex(keyNamePattern, keyNameExpected),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "a key's SHA-256 in hex digits"),
  /** Requests, and input and output tokens, in a minute. */
  rpm: z.int().min(1).optional(),
  tpm: z.int().min(1).optional(),
  /** US dollars in a day (UTC). */
  usdDay: z.number().positive().optional(),
  /** Models it may ask for, as clients name them; absent: all. */
  models: z.array(z.string().min(1)).min(1).optional(),
});
export type KeyEntry = Readonly<z.infer<typeof entrySchema>>;

const fileSchema = z.array(entrySchema);

/** @throws InputError for a file that is no list of keys; one that is not there is `undefined`. */
export function readKeys(file: string): KeyEntry[] | undefined {
  const list = readPlainJson(file, 'a list of keys (mixtune serve key add NAME)', { way: 'readLinked' });
  if (list === undefined) return undefined;
  const keys = unwrap(parseWith(fileSchema, list, file));
  const names = keys.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new InputError(file, { expected: 'names that differ', found: `"${twice}" twice` });
  return keys;
}

/** How long another process that changes the list is waited for, in ms. */
const patienceMs = 10_000;

/**
 * Changes the list, of which no other process changes anything meanwhile: what both made would not be in it.
 * @param change gives the new list; what it throws leaves the list as it is
 * @throws InputError
 */
export function changeKeys(
  file: string,
  change: (known: readonly KeyEntry[]) => readonly KeyEntry[],
  patience = patienceMs,
): void {
  const lock = lockOf(file, patience);
  try {
    writeKeys(file, change(readKeys(file) ?? []));
  } finally {
    lock.close();
  }
}

function lockOf(file: string, patience: number): ReturnType<typeof lockBeside> {
  try {
    makeFolder(dirname(file), 0o700);
    return lockBeside(file, patience);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const expected = 'a file that can be written, and that no other process is changing';
    throw new InputError(file, { expected, found: messageOf(error) });
  }
}

/** Writes the list whole or not at all, for its owner alone. */
function writeKeys(file: string, keys: readonly KeyEntry[]): void {
  const partial = `${file}.part`;
  try {
    writeFileSync(partial, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
    renameSync(partial, file);
  } catch (error) {
    throw new InputError(file, { expected: 'a file that can be written', found: messageOf(error) });
  }
}

/** A new key: 256 random bits. */
export function makeKey(): string {
  return `mxt-${randomBytes(32).toString('base64url')}`;
}

export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Finds whose key it is, in a time that depends neither on the key given nor on where it differs. */
export function findKey(keys: readonly KeyEntry[], given: string): KeyEntry | undefined {
  const hash = Buffer.from(hashOfKey(given), 'hex');
  let found: KeyEntry | undefined;
  for (const entry of keys) if (timingSafeEqual(Buffer.from(entry.sha256, 'hex'), hash)) found = entry;
  return found;
}
