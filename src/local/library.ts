import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { InputError } from '../core/errors.ts';
import { makeFolder } from '../models/make-folder.ts';
import type { LocalPaths } from './paths.ts';

/** A model's weights on this machine. */
export interface InstalledModel {
  /** As in `local/NAME`. */
  readonly name: string;
  /** Absolute path of the GGUF file. */
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file, 64 hex digits. */
  readonly sha256: string;
  readonly licence: string;
  /** Where it came from, for people. */
  readonly source: string;
}

export const modelNamePattern = /^[a-z0-9][a-z0-9._-]{0,79}$/;

const descriptionSchema = z.object({
  name: z.string().regex(modelNamePattern),
  /** Of the weights beside it. */
  file: z.string().refine((name) => basename(name) === name && name.endsWith('.gguf')),
  bytes: z.int().positive(),
  /** Of the file when its checksum was taken, in ms; with the size it tells a changed file. */
  modifiedMs: z.number(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  licence: z.string(),
  source: z.string(),
});

type Description = z.infer<typeof descriptionSchema>;

const descriptionName = 'model.json';

/** A folder that holds no model that can be used, and why. */
interface BrokenModel {
  readonly name: string;
  readonly problem: string;
}

export interface LocalLibrary {
  readonly models: readonly InstalledModel[];
  readonly broken: readonly BrokenModel[];
}

/** The models on this machine, by name. Weights changed since their checksum was taken are not among them. */
export function readLibrary(paths: LocalPaths | null): LocalLibrary {
  const models: InstalledModel[] = [];
  const broken: BrokenModel[] = [];
  for (const name of paths === null ? [] : foldersIn(paths.models)) {
    const read = readModel(join(paths?.models ?? '', name), name);
    if ('problem' in read) broken.push(read);
    else models.push(read);
  }
  return { models, broken };
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && modelNamePattern.test(entry.name))
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}

function readModel(folder: string, name: string): InstalledModel | BrokenModel {
  let description: Description;
  try {
    description = descriptionSchema.parse(JSON.parse(readFileSync(join(folder, descriptionName), 'utf8')));
  } catch {
    return { name, problem: `${join(folder, descriptionName)} is missing or damaged` };
  }
  const { bytes, sha256, licence, source, modifiedMs } = description;
  const file = join(folder, description.file);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return { name, problem: `${file} is missing` };
  if (found.size !== bytes || found.mtimeMs !== modifiedMs) {
    return { name, problem: `${file} was changed since its checksum was taken` };
  }
  return { name, file, bytes, sha256, licence, source };
}

/**
 * Takes a file of weights into the library: moves it there under the model's name, with its checksum.
 * @param arrival the file; it must be on the same file system.
 * @throws InputError when it is no GGUF file.
 */
export async function addToLibrary(
  paths: LocalPaths,
  arrival: string,
  about: {
    readonly name: string;
    readonly sha256: string;
    readonly licence: string;
    readonly source: string;
  },
): Promise<InstalledModel> {
  const folder = join(paths.models, about.name);
  const fileName = `${about.name}.gguf`;
  const file = join(folder, fileName);
  makeFolder(folder);
  // Without its description a model is not there: a crash between these steps leaves no half model.
  await rm(join(folder, descriptionName), { force: true });
  await rename(arrival, file);
  const { size: bytes, mtimeMs: modifiedMs } = statSync(file);
  const description: Description = { ...about, file: fileName, bytes, modifiedMs };
  const temporary = join(folder, `${descriptionName}.new`);
  await writeFile(temporary, `${JSON.stringify(description, null, 2)}\n`);
  await rename(temporary, join(folder, descriptionName));
  return { ...about, file, bytes };
}

/** @throws InputError unless the file begins as a GGUF file of a version known does. */
export function checkGguf(source: string, beginning: Buffer): void {
  const version = beginning.length >= 8 ? beginning.readUInt32LE(4) : 0;
  if (beginning.subarray(0, 4).toString('latin1') === 'GGUF' && version >= 2 && version <= 3) return;
  throw new InputError(source, {
    expected: 'model weights in the GGUF format, version 2 or 3',
    found: `a file that begins with ${JSON.stringify(beginning.subarray(0, 8).toString('latin1'))}`,
  });
}

/** SHA-256 of a file, in hex. @param onBytes told how many bytes each further piece had. */
export async function checksumOf(file: string, onBytes?: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(
    createReadStream(file, { highWaterMark: 1 << 20 }),
    async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) {
        hash.update(piece);
        onBytes?.(piece.length);
      }
    },
  );
  return hash.digest('hex');
}
