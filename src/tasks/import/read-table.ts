import { defined } from '../../core/defined.ts';
import { firstIssues, InputError } from '../../core/errors.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { textOf, unpacked, unreadFormat } from './decode-text.ts';
import { readDelimited } from './delimited-rows.ts';
import { readJson, readYaml } from './json-rows.ts';
import { isParquet, readParquet } from './parquet-rows.ts';
import type { Row, RowsRead } from './rows.ts';

export interface DataTable {
  readonly format: 'JSON Lines' | 'JSON' | 'YAML' | 'CSV' | 'TSV' | 'Parquet';
  /** At least one. */
  readonly rows: readonly Row[];
  /** Names of classes that a field gives by number. */
  readonly classNames: Readonly<Record<string, readonly string[]>>;
  /** Prompts that the file holds beside its rows. */
  readonly prompts: readonly string[];
}

export interface ReadOptions {
  /** Fields that rows are to have; where a document holds no such rows at its top, they are looked for inside. */
  readonly wanted?: readonly string[];
  /** Path of the list of rows in a JSON or YAML document that has several. */
  readonly rows?: string;
  /** Names of the columns of a CSV file without a first line of names. */
  readonly columns?: readonly string[];
  /** Encoding of the text; default: UTF-8, or UTF-16 by its mark. */
  readonly encoding?: string;
}

/**
 * Rows of a JSON Lines, JSON, YAML, CSV, TSV or Parquet file, plain or gzip (known by its content). The
 * format goes by the content where that tells it, else by the name's ending. Every fault is told with its
 * line; formats that are not read are named with the way out.
 */
export async function readTable(
  bytes: Uint8Array,
  name: string,
  options: ReadOptions = {},
): Promise<Result<DataTable, InputError>> {
  const plain = unpacked(bytes);
  if ('problem' in plain)
    return err(new InputError(name, { found: plain.problem, expected: plain.expected }));
  if (isParquet(plain.value)) return tableOf(await readParquet(plain.value), 'Parquet', name);
  const unread = unreadFormat(plain.value);
  const text = unread ?? textOf(plain.value, options.encoding);
  if ('problem' in text) return err(new InputError(name, { found: text.problem, expected: text.expected }));
  return readText(text.value, name, options);
}

function readText(text: string, name: string, options: ReadOptions): Result<DataTable, InputError> {
  const stem = name.replace(/\.gz$/i, '');
  const document = {
    wanted: options.wanted ?? [],
    ...defined({ rows: options.rows }),
  };
  const isLines = /\.(jsonl|ndjson)$/i.test(stem);
  const isDelimited = /\.(csv|tsv|tab|psv|txt)$/i.test(stem);
  if (/\.ya?ml$/i.test(stem)) return tableOf(readYaml(text, name, document), 'YAML', name);
  if (isLines || (!isDelimited && /^[\s\ufeff]*[[{]/.test(text)) || /\.json$/i.test(stem)) {
    const { lines, ...reading } = readJson(text, isLines, document);
    return tableOf(reading, lines ? 'JSON Lines' : 'JSON', name);
  }
  const { columns } = options;
  const { delimiter, ...reading } = readDelimited(text, {
    ...(/\.(tsv|tab)$/i.test(stem) ? { expected: '\t' } : {}),
    ...defined({ columns }),
  });
  return tableOf(reading, delimiter === '\t' ? 'TSV' : 'CSV', name);
}

function tableOf(
  reading: RowsRead,
  format: DataTable['format'],
  name: string,
): Result<DataTable, InputError> {
  const { rows, issues, classNames = {}, prompts = [] } = reading;
  if (issues.length > 0) return err(new InputError(name, firstIssues(issues)));
  if (rows.length > 0) return ok({ format, rows, classNames, prompts });
  return err(new InputError(name, { found: 'none', expected: 'at least one row' }));
}
