import { InputError } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { validateMoaConfig } from '../../domain/moa-config-rules.ts';
import { parseWith } from '../../domain/validation.ts';
import { readPlainJson } from '../../models/plain-file.ts';
import { type BestFile, lockSchema } from '../../run/folder/lock-schema.ts';

/** Reads `best.json` or an exported lock. @throws InputError when the file is missing or no lock. */
export async function readLock(file: string, shownAs = file): Promise<BestFile> {
  const expected = 'a lock (best.json, or a file of `mixtune export --format lock`)';
  const content = readPlainJson(file, expected, { way: 'readLinked', shownAs });
  if (content === undefined) throw new InputError(shownAs, { expected, found: 'no such file' });
  const lock: BestFile = unwrap(parseWith(lockSchema, content, shownAs));
  unwrap(validateMoaConfig(lock.member.config, `${shownAs}: member.config`));
  return lock;
}
