import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { RuntimeFiles } from './runtime-files.ts';

const run = promisify(execFile);
const digestBytes = 32;
const buildLimitMs = 120_000;
/** In one folder, 20 MB each: one for each version of Node that a developer is likely to switch between. */
const snapshotsKept = 6;

/** In this process, so that two sandboxes started together build once. */
const underWay = new Map<string, Promise<string>>();

/**
 * Path of the memory snapshot, made on first use and whenever Pyodide, Node or our harness changes, or the
 * file does not match its digest (its last 32 bytes).
 * @throws Error when it can not be made or written.
 */
export function ensureSnapshot(files: RuntimeFiles, cacheFolder: string | null): Promise<string> {
  const id = `${cacheFolder ?? ''}|${files.pyodide}`;
  const running = underWay.get(id);
  if (running) return running;
  const fresh = findOrBuild(files, cacheFolder).finally(() => underWay.delete(id));
  underWay.set(id, fresh);
  return fresh;
}

async function findOrBuild(files: RuntimeFiles, cacheFolder: string | null): Promise<string> {
  const name = `python-${await snapshotKey(files)}.snapshot`;
  const folder = cacheFolder ?? (await defaultFolder(files));
  const path = join(folder, name);
  if (!(await isWhole(path))) await build(files, path);
  return path;
}

async function snapshotKey(files: RuntimeFiles): Promise<string> {
  const hash = createHash('sha256');
  hash.update(`${files.pyodideVersion}\n${process.version}\n${process.arch}\n`);
  for (const file of [files.harness, files.snapshotBuilder]) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 20);
}

/** Beside the installed Pyodide, else a private folder under the temp folder. */
async function defaultFolder(files: RuntimeFiles): Promise<string> {
  const beside = join(dirname(files.pyodideFolder), '.cache', 'mixtune');
  try {
    await mkdir(beside, { recursive: true });
    const probe = join(beside, `.probe-${randomBytes(6).toString('hex')}`);
    await writeFile(probe, '');
    await rm(probe);
    return beside;
  } catch {
    return privateTempFolder();
  }
}

async function privateTempFolder(): Promise<string> {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `mixtune-cache-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Another user who made it first could hand us an interpreter of his own.
  const found = await stat(folder);
  if (uid >= 0 && (found.uid !== uid || (found.mode & 0o022) !== 0)) {
    throw new Error(`${folder} belongs to another user or is writable by others; give a cacheFolder`);
  }
  return folder;
}

async function isWhole(path: string): Promise<boolean> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch {
    return false;
  }
  const content = bytes.subarray(0, -digestBytes);
  return (
    content.length > 0 && createHash('sha256').update(content).digest().equals(bytes.subarray(-digestBytes))
  );
}

async function build(files: RuntimeFiles, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    await run(
      process.execPath,
      ['--no-warnings', files.snapshotBuilder, files.pyodide, files.harness, draft],
      {
        env: {},
        timeout: buildLimitMs,
      },
    );
    const content = await readFile(draft);
    const digest = createHash('sha256').update(content).digest();
    await writeFile(draft, digest, { flag: 'a' });
    // Another process may have made the same one meanwhile; either is good.
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await removeOld(dirname(path));
}

/** Of other versions of Node or ourselves; what is still in use somewhere is made again when missed. */
async function removeOld(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^python-[0-9a-f]{20}\.snapshot$/.test(name));
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const found = await stat(path).catch(() => null);
      return { path, modified: found?.mtimeMs ?? 0 };
    }),
  );
  files.sort((a, b) => b.modified - a.modified);
  await Promise.all(files.slice(snapshotsKept).map(({ path }) => rm(path, { force: true })));
}
