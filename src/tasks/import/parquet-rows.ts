import { Worker } from 'node:worker_threads';
import { defined } from '../../core/defined.ts';
import { messageOf } from '../../core/errors.ts';
import { parsedJson } from '../../core/json.ts';
import { ownFile } from '../../core/package-files.ts';
import { isRecord } from '../../core/records.ts';
import { classNamesOf } from './class-names.ts';
import type { RowsRead } from './rows.ts';

export function isParquet(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 4)) === 'PAR1';
}

/** Within this a page of a few megabytes is read, however busy the machine, in ms. */
const silentMs = 60_000;
/** Of the reader's own memory, in MiB; a file has 256 at most. */
const mostMemoryMb = 4_096;

/**
 * Rows of a Parquet file; large integers, dates and lists as JSON would have them.
 * @param patienceMs for how long the file may be read without a further page
 */
export async function readParquet(bytes: Uint8Array, patienceMs = silentMs): Promise<RowsRead> {
  const told = await toldOf(bytes, patienceMs);
  if (told.kind === 'failed') {
    const expected = 'a Parquet file that can be read';
    return { rows: [], issues: [{ path: '', found: told.problem, expected }] };
  }
  const { records, keyValues } = told;
  const rows = records.map((record, index) => ({ place: `row ${index + 1}`, values: plainRecord(record) }));
  return { rows, issues: [], ...defined({ classNames: classNamesOf(featuresOf(keyValues)) }) };
}

interface KeyValue {
  readonly key: string;
  readonly value?: string;
}

/** What the thread says, see parquet-worker.mjs. */
type Told =
  | { readonly kind: 'page' }
  | {
      readonly kind: 'read';
      readonly records: readonly Readonly<Record<string, unknown>>[];
      readonly keyValues: readonly KeyValue[];
    }
  | { readonly kind: 'failed'; readonly problem: string };

function toldOf(bytes: Uint8Array, patienceMs: number): Promise<Exclude<Told, { readonly kind: 'page' }>> {
  // A file read from disk may be a window into a larger buffer.
  const file = new Uint8Array(bytes).buffer;
  const thread = new Worker(ownFile('tasks/import/parquet-worker.mjs'), {
    workerData: { file },
    transferList: [file],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: mostMemoryMb },
  });
  return new Promise((resolve) => {
    const end = (told: Exclude<Told, { readonly kind: 'page' }>): void => {
      clearTimeout(timer);
      void thread.terminate();
      resolve(told);
    };
    const fail = (problem: string): void => end({ kind: 'failed', problem });
    const timer = setTimeout(() => fail(`a page without an end (${patienceMs / 1000} s)`), patienceMs);
    thread.on('message', (told: Told) => (told.kind === 'page' ? timer.refresh() : end(told)));
    thread.on('error', (error) => fail(messageOf(error)));
  });
}

/** Hugging Face keeps a data set's features as JSON in the file's metadata. */
function featuresOf(metadata: readonly KeyValue[]): unknown {
  const text = metadata.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return undefined;
  const value = parsedJson(text);
  return isRecord(value) && isRecord(value.info) ? value.info.features : undefined;
}

function plainRecord(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  // Bytes (pictures, sound) are nothing that a text model is asked.
  if (value instanceof Uint8Array) return null;
  return isRecord(value) ? plainRecord(value) : value;
}
