import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError, messageOf } from '../core/errors.ts';
import { unwrap } from '../core/result.ts';
import { parseWith } from '../domain/validation.ts';
import type { Manifest } from './types.ts';

export const manifestName = 'manifest.json';

/** Run ids are folder names below the runs folder, and nothing else. */
export const runIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** How a run reached its models, as its files say it. */
export const endpointSchema = z.object({
  baseUrl: z.string().optional(),
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .optional(),
  recorded: z.string().optional(),
});

/** What is acted on before anything else of a manifest is looked at; a run's folder may come from anybody. */
const manifestSchema = z.looseObject({
  version: z.literal(1),
  run: z.string().regex(runIdPattern),
  task: z.looseObject({ name: z.string(), hash: z.string(), folder: z.string().optional() }),
  endpoint: endpointSchema,
  signature: z.string().optional(),
});

/** @throws InputError when the folder holds no run. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, manifestName);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new InputError(folder, {
      path: '',
      expected: `a run folder (with ${manifestName} in it)`,
      found: foundInstead(error),
    });
  }
  return parseManifest(text, file);
}

function parseManifest(text: string, file: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(file, { path: '', expected: 'the manifest of a run', found: messageOf(error) });
  }
  // What is not looked at here is passed on as it is.
  return unwrap(parseWith(manifestSchema, value, file)) as unknown as Manifest;
}

function foundInstead(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'none';
  return code === 'ENOTDIR' ? 'a file' : messageOf(error);
}
