import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { canonicalJson } from '../../../core/canonical-json.ts';
import { defined } from '../../../core/defined.ts';
import { mixtuneHome } from '../../../local/index.ts';
import { makeFolder } from '../../../models/make-folder.ts';
import type { BestFile, LockedModel } from '../../../run/folder/lock-schema.ts';
import type { Manifest } from '../../../run/types.ts';
import type { CliContext } from '../../context.ts';
import { othersMay, readHomeFile } from '../home-files.ts';

/** What a run folder, a lock or a recording says of where it comes from and what it needs from outside. */
export interface Provenance {
  /** The file or run as the command line names it. */
  readonly source: string;
  readonly run: string;
  readonly endpoint: Manifest['endpoint'];
  readonly taskFolder?: string;
  readonly signature?: string;
  /** Of its models, the prices that it was made with, and what they were; absent in runs of earlier versions. */
  readonly models?: Readonly<Record<string, Pick<LockedModel, 'price' | 'revision'>>>;
}

/** `made here`, or why that is not known. */
export type RunOrigin = { readonly own: true } | { readonly own: false; readonly why: string };

const keyName = 'runs.key';
const keyPattern = /^[0-9a-f]{64}$/;

export function provenanceOfRun(source: string, manifest: Manifest): Provenance {
  const { run, endpoint, task, signature, models } = manifest;
  return {
    ...{ source, run, endpoint },
    ...defined({ taskFolder: task.folder, signature, models }),
  };
}

export function provenanceOfLock(source: string, { endpoint, made, models }: BestFile): Provenance {
  const { run, taskFolder, signature } = made;
  return {
    ...{ source, run, endpoint, models },
    ...defined({ taskFolder, signature }),
  };
}

/**
 * What a run is signed with, so that `resume`, `ask` and others know it as this user's own: nothing where it
 * names neither an endpoint nor a folder and has no prices of its own, or where MIXTUNE_HOME cannot keep a key, which
 * stops no run.
 */
export function signatureOf(
  context: Pick<CliContext, 'env'>,
  parts: Omit<Provenance, 'source' | 'models'>,
  hasOwnPrices: boolean,
): string | undefined {
  if (!hasOwnPrices && !needsVouching(parts)) return undefined;
  const home = mixtuneHome(context.env);
  if (home === null) return undefined;
  const key = readKey(home) ?? makeKey(home);
  return typeof key === 'string' ? sign(key, parts) : undefined;
}

/** Whether this user made it: its signature fits what it names, by a key that only this user can read. */
export function originOf(context: Pick<CliContext, 'env'>, provenance: Provenance): RunOrigin {
  const { signature } = provenance;
  if (signature === undefined) return { own: false, why: 'it has no signature' };
  const home = mixtuneHome(context.env);
  if (home === null) return { own: false, why: 'there is neither MIXTUNE_HOME nor a home folder' };
  const key = readKey(home);
  if (key === undefined) return { own: false, why: `${join(home, keyName)}, which would tell, is not there` };
  if (typeof key !== 'string') return { own: false, why: key.problem };
  const [given, due] = [Buffer.from(signature), Buffer.from(sign(key, provenance))];
  return given.length === due.length && timingSafeEqual(given, due)
    ? { own: true }
    : { own: false, why: 'its signature is not yours, or what it names was changed' };
}

function needsVouching({ endpoint, taskFolder }: Pick<Provenance, 'endpoint' | 'taskFolder'>): boolean {
  return taskFolder !== undefined || Object.values(endpoint).some((part) => part !== undefined);
}

function sign(key: string, { run, endpoint, taskFolder }: Omit<Provenance, 'source'>): string {
  const { baseUrl = null, apiKeyEnv = null, recorded = null } = endpoint;
  const signed = ['mixtune run', 1, run, baseUrl, apiKeyEnv, recorded, taskFolder ?? null];
  return createHmac('sha256', Buffer.from(key, 'hex')).update(canonicalJson(signed)).digest('hex');
}

/** The key; `undefined` where there is none, a problem where it is nobody's secret. */
function readKey(home: string): string | { readonly problem: string } | undefined {
  const file = join(home, keyName);
  const read = readHomeFile(file, othersMay.read);
  if (read === undefined || 'problem' in read) return read;
  const key = read.text.trim();
  return keyPattern.test(key) ? key : { problem: `${file} holds no key; move it away` };
}

/** Makes the key, whole or not at all; of two processes that make one at a time both get the first. */
function makeKey(home: string): ReturnType<typeof readKey> {
  const file = join(home, keyName);
  const partial = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    makeFolder(home, 0o700);
    writeFileSync(partial, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(partial, file);
  } catch {
    // Another was faster, or this folder cannot be written: reading tells.
  }
  try {
    rmSync(partial, { force: true });
  } catch {
    // In a folder that cannot be written there is none.
  }
  return readKey(home);
}
