import { gunzipSync } from 'node:zlib';
import { messageOf } from '../../core/errors.ts';

/** Largest content, unpacked (256 MiB). */
export const mostBytes = 256 * 1024 * 1024;

export type Decoded<Value> =
  | { readonly value: Value }
  | { readonly problem: string; readonly expected: string };

/** The bytes, unpacked where they are gzip. */
export function unpacked(bytes: Uint8Array): Decoded<Uint8Array> {
  if (!startsWith(bytes, [0x1f, 0x8b])) return { value: bytes };
  try {
    return { value: gunzipSync(bytes, { maxOutputLength: mostBytes }) };
  } catch (error) {
    return {
      problem: `gzip that cannot be unpacked (${messageOf(error)})`,
      expected: 'a UTF-8 text file, plain or gzip',
    };
  }
}

/** Formats that are known by their first bytes and not read, with the way to one that is. */
const unread: readonly {
  readonly start: string;
  readonly at?: number;
  readonly name: string;
  readonly way: string;
}[] = [
  { start: 'ARROW1', name: 'Apache Arrow', way: 'write it as Parquet or JSON Lines (pandas: to_parquet)' },
  {
    start: '\xff\xff\xff\xff',
    name: 'an Apache Arrow stream',
    way: 'write it as Parquet or JSON Lines (Hugging Face datasets: to_parquet)',
  },
  { start: 'FEA1', name: 'Feather', way: 'write it as Parquet or JSON Lines (pandas: to_parquet)' },
  { start: 'ORC', name: 'ORC', way: 'write it as Parquet or JSON Lines' },
  { start: 'Obj\x01', name: 'Avro', way: 'write it as Parquet or JSON Lines' },
  { start: '\x28\xb5\x2f\xfd', name: 'Zstandard', way: 'unpack it first (zstd -d)' },
  { start: 'BZh', name: 'bzip2', way: 'unpack it first (bunzip2)' },
  { start: '\xfd7zXZ', name: 'xz', way: 'unpack it first (unxz)' },
  { start: '7z\xbc\xaf', name: '7-Zip', way: 'unpack it first' },
  { start: '\x04\x22\x4d\x18', name: 'LZ4', way: 'unpack it first (lz4 -d)' },
  { start: 'ustar', at: 257, name: 'a tar archive', way: 'unpack it first (tar -xf)' },
  {
    start: 'SQLite format 3',
    name: 'an SQLite database',
    way: 'export the table as CSV (sqlite3 -csv -header)',
  },
  { start: '\xd0\xcf\x11\xe0', name: 'an old Excel workbook', way: 'save the sheet as CSV UTF-8' },
  { start: '\x89HDF', name: 'HDF5', way: 'write it as Parquet or JSON Lines (pandas: to_parquet)' },
  { start: '\x93NUMPY', name: 'NumPy', way: 'write it as CSV or JSON Lines' },
  { start: '%PDF', name: 'a PDF', way: 'copy the questions into a CSV or JSON Lines file' },
  {
    start: '\x80\x04\x95',
    name: 'a Python pickle',
    way: 'write it as JSON Lines (pickles can run code, so they are not read)',
  },
];

const readFormats = 'JSON Lines, JSON, YAML, CSV, TSV or Parquet, plain or gzip';

/** The format of bytes that are not read; `undefined` where they may be text. */
export function unreadFormat(
  bytes: Uint8Array,
): { readonly problem: string; readonly expected: string } | undefined {
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])) {
    const names = latin(bytes.subarray(0, 4000));
    const [name, way] = /\bxl\/|\[Content_Types\]/.test(names)
      ? ['an Excel workbook', 'save the sheet as CSV UTF-8']
      : /opendocument\.spreadsheet/.test(names)
        ? ['an OpenDocument sheet', 'save the sheet as CSV (UTF-8)']
        : ['a zip archive', 'unpack it first (unzip)'];
    return { problem: name, expected: `${readFormats}: ${way}` };
  }
  const known = unread.find(({ start, at = 0 }) => latin(bytes.subarray(at, at + start.length)) === start);
  return known === undefined ? undefined : { problem: known.name, expected: `${readFormats}: ${known.way}` };
}

/**
 * Text of bytes: UTF-8, UTF-16 with its mark or plainly recognisable, or the encoding named.
 * Other bytes are refused, since a guessed encoding may change letters in silence.
 */
export function textOf(bytes: Uint8Array, encoding?: string): Decoded<string> {
  if (encoding !== undefined) return decoded(bytes, encoding);
  const text = decoded(bytes, utf16Of(bytes) ?? 'utf-8');
  if (!('problem' in text)) return text;
  return {
    problem: 'bytes that are not UTF-8',
    expected: `a UTF-8 text file, plain or gzip (or --encoding with the one it has: windows-1252 for Western European Windows, shift_jis, gb18030, …)`,
  };
}

/** Whether a name is an encoding that can be read. */
export function isEncoding(name: string): boolean {
  try {
    new TextDecoder(name);
    return true;
  } catch {
    return false;
  }
}

function decoded(bytes: Uint8Array, encoding: string): Decoded<string> {
  try {
    return { value: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch {
    return { problem: `bytes that are not ${encoding}`, expected: 'a text file in the encoding named' };
  }
}

/** UTF-16 by its mark, else by the zero bytes of ASCII letters at the start (PowerShell writes it without a mark too). */
function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (startsWith(bytes, [0xff, 0xfe])) return 'utf-16le';
  if (startsWith(bytes, [0xfe, 0xff])) return 'utf-16be';
  const head = bytes.subarray(0, 64);
  if (head.length < 4 || head.length % 2 === 1) return undefined;
  const zeros = (odd: number): number => head.filter((byte, index) => index % 2 === odd && byte === 0).length;
  const half = head.length / 2;
  if (zeros(1) > half * 0.8 && zeros(0) === 0) return 'utf-16le';
  return zeros(0) > half * 0.8 && zeros(1) === 0 ? 'utf-16be' : undefined;
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
