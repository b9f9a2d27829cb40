import { renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { InputError, messageOf } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type SpeedProfile, speedProfileSchema } from '../domain/speed-profile.ts';
import { makeFolder } from './make-folder.ts';
import { readPlainJson } from './plain-file.ts';

const fileSchema = z.strictObject({ version: z.literal(1), profiles: z.array(speedProfileSchema) });

/** The measured profiles kept in a file; none where there is no file. */
export function readSpeedProfiles(path: string): Result<readonly SpeedProfile[], InputError> {
  try {
    const value = readPlainJson(path, usable, { way: 'readLinked' });
    if (value === undefined) return ok([]);
    const parsed = fileSchema.safeParse(value);
    return parsed.success ? ok(parsed.data.profiles) : err(issuesOf(path, parsed.error));
  } catch (error) {
    return err(unreadable(path, error));
  }
}

/**
 * Keeps a profile: models measured anew replace what the file had of them, others of the same profile
 * stay. The file is replaced whole.
 */
export function keepSpeedProfile(path: string, measured: SpeedProfile): Result<SpeedProfile, InputError> {
  const kept = readSpeedProfiles(path);
  if (!kept.ok) return kept;
  const former = kept.value.find(({ name }) => name === measured.name);
  const profile = { ...measured, models: { ...former?.models, ...measured.models } };
  const others = kept.value.filter(({ name }) => name !== measured.name);
  const profiles = [...others, profile].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  try {
    makeFolder(dirname(path));
    const part = `${path}.${process.pid}.part`;
    writeFileSync(part, `${JSON.stringify({ version: 1, profiles }, null, 2)}\n`);
    renameSync(part, path);
    return ok(profile);
  } catch (error) {
    return err(unreadable(path, error));
  }
}

/** One profile from a document that a person wrote. */
export function parseSpeedProfile(value: unknown, source: string): Result<SpeedProfile, InputError> {
  const parsed = speedProfileSchema.safeParse(value);
  return parsed.success ? ok(parsed.data) : err(issuesOf(source, parsed.error));
}

function issuesOf(source: string, error: z.ZodError): InputError {
  return new InputError(
    source,
    error.issues.slice(0, 5).map(({ path, message }) => ({
      path: path.join('.'),
      expected: 'a speed profile (see docs/speed-profiles.md)',
      found: message,
    })),
  );
}

const usable = 'a file of speed profiles that can be used';

function unreadable(path: string, error: unknown): InputError {
  if (error instanceof InputError) return error;
  return new InputError(path, { expected: usable, found: messageOf(error) });
}
