import { gunzipSync } from 'node:zlib';
import { CsvError, parse as parseCsv } from 'csv-parse/sync';
import { InputError, type InputIssue, messageOf } from '../../core/errors.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** A row of a data file. */
export interface Row {
  /** 1-based line where the row starts; absent in a JSON array, whose rows are known by `place`. */
  readonly line?: number;
  /** Where the row stands in the file, e.g. `[3]`; empty where the line says it. */
  readonly place: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Table {
  readonly format: 'JSON Lines' | 'JSON array' | 'CSV' | 'TSV';
  /** At least one. */
  readonly rows: readonly Row[];
}

/** Largest content, unpacked (256 MiB). */
const mostBytes = 256 * 1024 * 1024;

/**
 * Rows of a JSON Lines, JSON array, CSV or TSV file, plain or gzip (known by its content). The format goes
 * by the name's ending, else by how the text begins. Every fault is told with its line.
 */
export function readTable(bytes: Uint8Array, name: string): Result<Table, InputError> {
  const text = textOf(bytes);
  if ('problem' in text) {
    return err(
      new InputError(name, { path: '', found: text.problem, expected: 'a UTF-8 text file, plain or gzip' }),
    );
  }
  const format = formatOf(name.replace(/\.gz$/i, ''), text.value);
  const read = { 'JSON Lines': readJsonLines, 'JSON array': readJsonArray, CSV: readCsv, TSV: readCsv }[
    format
  ];
  const { rows, issues } = read(text.value, format === 'TSV' ? '\t' : ',');
  if (issues.length > 0) return err(new InputError(name, issues));
  if (rows.length > 0) return ok({ format, rows });
  return err(new InputError(name, { path: '', found: 'none', expected: 'at least one row' }));
}

interface Reading {
  readonly rows: readonly Row[];
  readonly issues: readonly InputIssue[];
}

function textOf(bytes: Uint8Array): { readonly value: string } | { readonly problem: string } {
  let plain = bytes;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      plain = gunzipSync(bytes, { maxOutputLength: mostBytes });
    } catch (error) {
      return { problem: `gzip that cannot be unpacked (${messageOf(error)})` };
    }
  }
  try {
    return { value: new TextDecoder('utf-8', { fatal: true }).decode(plain) };
  } catch {
    return { problem: 'bytes that are not UTF-8' };
  }
}

function formatOf(name: string, text: string): Table['format'] {
  const start = text.trimStart()[0];
  if (/\.csv$/i.test(name)) return 'CSV';
  if (/\.tsv$/i.test(name)) return 'TSV';
  if (/\.(jsonl|ndjson)$/i.test(name)) return 'JSON Lines';
  if (start === '[') return 'JSON array';
  return start === '{' || /\.json$/i.test(name) ? 'JSON Lines' : 'CSV';
}

function readJsonLines(text: string): Reading {
  const rows: Row[] = [];
  const issues: InputIssue[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    if (raw.trim() === '') continue;
    const line = index + 1;
    const value = parseJson(raw);
    if ('problem' in value)
      issues.push({ path: '', line, found: value.problem, expected: 'one JSON object a line' });
    else if (isRecord(value.value)) rows.push({ line, place: '', values: value.value });
    else issues.push({ path: '', line, found: kindOf(value.value), expected: 'one JSON object a line' });
  }
  return { rows, issues };
}

function readJsonArray(text: string): Reading {
  const parsed = parseJson(text);
  if ('problem' in parsed) {
    return { rows: [], issues: [{ path: '', found: parsed.problem, expected: 'a JSON array of objects' }] };
  }
  const items = Array.isArray(parsed.value) ? parsed.value : [];
  const rows: Row[] = [];
  const issues: InputIssue[] = [];
  for (const [index, item] of items.entries()) {
    if (isRecord(item)) rows.push({ place: `[${index}]`, values: item });
    else issues.push({ path: `[${index}]`, found: kindOf(item), expected: 'an object' });
  }
  return { rows, issues };
}

function readCsv(text: string, delimiter: string): Reading {
  const issues: InputIssue[] = [];
  const headerIssue = (header: readonly string[]): InputIssue | undefined => {
    const fault = header.find((name, index) => name === '' || header.indexOf(name) !== index);
    if (fault === undefined) return undefined;
    const found = fault === '' ? 'a column without a name' : `${JSON.stringify(fault)} twice`;
    return { path: '', line: 1, found, expected: 'a first line with a name of its own for each column' };
  };
  let records: { readonly info: { readonly lines: number }; readonly record: Record<string, string> }[] = [];
  try {
    // The declared type leaves out what `info` adds to each record.
    records = parseCsv(text, {
      delimiter,
      bom: true,
      info: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error) => {
        if (error === undefined) return undefined;
        issues.push({
          path: '',
          line: error.lines as number,
          found: error.message,
          expected: 'a CSV record',
        });
        return undefined;
      },
      columns: (header: string[]) => {
        const names = header.map((name) => name.trim());
        const issue = headerIssue(names);
        if (issue !== undefined) issues.push(issue);
        return names;
      },
    }) as unknown as typeof records;
  } catch (error) {
    const line = error instanceof CsvError && typeof error.lines === 'number' ? { line: error.lines } : {};
    issues.push({ path: '', ...line, found: messageOf(error), expected: 'CSV with a first line of names' });
  }
  return {
    rows: records.map(({ info, record }) => ({ line: info.lines, place: '', values: record })),
    issues,
  };
}

function parseJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a value is, for error texts: short, with the value where it is short itself. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${typeof value} ${text.slice(0, 57)}…` : text;
}
