import { defined } from '../../core/defined.ts';
import { messageOf } from '../../core/errors.ts';
import { parsedJson } from '../../core/json.ts';
import { isRecord } from '../../core/records.ts';
import { classNamesOf } from './class-names.ts';
import type { RowsRead } from './rows.ts';

export function isParquet(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 4)) === 'PAR1';
}

/** Rows of a Parquet file; large integers, dates and lists as JSON would have them. */
export async function readParquet(bytes: Uint8Array): Promise<RowsRead> {
  // A file read from disk may be a window into a larger buffer.
  const file = new Uint8Array(bytes).buffer;
  // Forty modules, which most commands that may read a table do without.
  const [{ parquetMetadata, parquetReadObjects }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  try {
    const metadata = parquetMetadata(file);
    const records = await parquetReadObjects({ file, metadata, compressors });
    const rows = records.map((record, index) => ({ place: `row ${index + 1}`, values: plainRecord(record) }));
    const classNames = classNamesOf(featuresOf(metadata.key_value_metadata));
    return { rows, issues: [], ...defined({ classNames }) };
  } catch (error) {
    return {
      rows: [],
      issues: [{ path: '', found: messageOf(error), expected: 'a Parquet file that can be read' }],
    };
  }
}

/** Hugging Face keeps a data set's features as JSON in the file's metadata. */
function featuresOf(
  metadata: readonly { readonly key: string; readonly value?: string }[] | undefined,
): unknown {
  const text = metadata?.find(({ key }) => key === 'huggingface')?.value;
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
