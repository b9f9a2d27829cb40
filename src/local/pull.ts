import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { atFile, diskFaultOf, MixtuneError, messageOf } from '../core/errors.ts';
import { makeFolder } from '../models/make-folder.ts';
import { addToLibrary, checkGguf, checksumOf, type InstalledModel } from './library.ts';
import type { LocalPaths } from './paths.ts';
import type { DownloadProgress, WeightSource } from './sources/source.ts';

/** A model to bring here. */
export interface WantedModel {
  readonly name: string;
  readonly licence: string;
  /** SHA-256 that the file must have; `null` where none is known. */
  readonly sha256: string | null;
  /** Tried in turn. */
  readonly sources: readonly WeightSource[];
}

export interface PullOptions {
  readonly paths: LocalPaths;
  readonly clock: Clock;
  readonly onProgress: (progress: DownloadProgress) => void;
  /** Told of a source that is tried, and of one that failed. */
  readonly onNote: (note: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a model's weights from the first source that has them, checks them, and takes them into the library.
 * @throws MixtuneError that names every source with what was wrong with it.
 */
export async function pullModel(wanted: WantedModel, options: PullOptions): Promise<InstalledModel> {
  const { paths, signal } = options;
  const workFolder = join(paths.downloads, wanted.name);
  makeFolder(workFolder);
  const target = join(workFolder, 'weights.gguf');
  const problems: string[] = [];
  for (const source of wanted.sources) {
    options.onNote(`Trying ${source.label}`);
    let isFetched = false;
    try {
      await source.fetch({ target, workFolder, ...options });
      isFetched = true;
      const sha256 = await checked(wanted, source, target, options);
      const { name, licence } = wanted;
      const model = await addToLibrary(paths, target, { name, sha256, licence, source: source.label });
      await rm(workFolder, { recursive: true, force: true });
      return model;
    } catch (error) {
      if (signal?.aborted === true) throw stopped(wanted.name);
      // What is whole and wrong would be taken for what has arrived by all later tries.
      if (isFetched) await rm(workFolder, { recursive: true, force: true });
      makeFolder(workFolder);
      const problem = `${source.label}: ${diskFaultOf(atFile(target, error)) ?? messageOf(error)}`;
      problems.push(problem);
      options.onNote(`Failed: ${problem}`);
    }
  }
  throw new MixtuneError(
    'no-weights',
    `could not get the weights of ${wanted.name}. Tried:\n${problems.map((each) => `  - ${each}`).join('\n')}\nA file from elsewhere does as well: mixtune models pull ${wanted.name} --from FILE.gguf`,
  );
}

async function checked(
  wanted: WantedModel,
  source: WeightSource,
  file: string,
  { onProgress }: PullOptions,
): Promise<string> {
  const handle = await open(file);
  const beginning = Buffer.alloc(8);
  const { size } = await handle.stat();
  await handle.read(beginning, 0, 8, 0).finally(() => handle.close());
  checkGguf(source.label, beginning);
  let doneBytes = 0;
  const sha256 = await checksumOf(file, (bytes) => {
    doneBytes += bytes;
    onProgress({ step: 'checking', doneBytes, totalBytes: size });
  });
  if (wanted.sha256 !== null && sha256 !== wanted.sha256)
    throw new Error(`wrong checksum: expected SHA-256 ${wanted.sha256}, found ${sha256}`);
  return sha256;
}

function stopped(name: string): MixtuneError {
  return new MixtuneError(
    'interrupted',
    `stopped; what has arrived of ${name} is kept, and the next mixtune models pull ${name} goes on with it`,
    { exitCode: 130 },
  );
}
