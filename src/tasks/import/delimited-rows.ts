import { CsvError, parse as parseCsv } from 'csv-parse/sync';
import { type InputIssue, messageOf } from '../../core/errors.ts';
import { shortened } from '../../core/shortened.ts';
import type { RowsRead } from './rows.ts';

const delimiters = [',', ';', '\t', '|'] as const;
/** Records looked at to tell the delimiter. */
const sampledRecords = 20;

export interface DelimitedOptions {
  /** What the file's name says, where it says one. */
  readonly expected?: ',' | '\t';
  /** Names of the columns, where the file has no first line with them. */
  readonly columns?: readonly string[];
}

/** Rows of CSV and its kin: the delimiter is told from the first records, quotes and line ends as they come. */
export function readDelimited(
  whole: string,
  { expected = ',', columns }: DelimitedOptions,
): RowsRead & { readonly delimiter: string } {
  // Excel's own way to name the delimiter.
  const named = /^\ufeff?sep=(.)\r?\n/i.exec(whole);
  const text = named === null ? whole : whole.slice(named[0].length);
  const delimiter = named?.[1] ?? delimiterOf(text, expected);
  const issues: InputIssue[] = [];
  const skippedLines = named === null ? 0 : 1;
  const notePlace = (line: number | undefined) => (line === undefined ? {} : { line: line + skippedLines });
  let isQuoteOpen = false;
  const noteFault = (error: unknown): void => {
    if (error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED') isQuoteOpen = true;
    else {
      const line = error instanceof CsvError ? lineOf(error) : undefined;
      issues.push({ path: '', ...notePlace(line), ...explained(error) });
    }
  };
  /** Lines of the text up to the end of the last record that is whole, or was skipped. */
  let linesRead = 0;
  let records: { readonly info: { readonly lines: number }; readonly record: Record<string, string> }[] = [];
  try {
    // The declared type leaves out what `info` adds to each record.
    records = parseCsv(text, {
      ...parsing(delimiter),
      info: true,
      skip_records_with_error: true,
      on_skip: (error) => {
        if (error !== undefined) {
          noteFault(error);
          if (!isQuoteOpen) linesRead = lineOf(error) ?? linesRead;
        }
        return undefined;
      },
      columns: (first: string[]) => {
        linesRead = 1;
        const names = (columns ?? namesOf(first)).map((name) => name.trim());
        const twice = names.find((name, index) => names.indexOf(name) !== index);
        if (twice !== undefined) {
          const found = `${JSON.stringify(twice)} twice`;
          issues.push({
            path: '',
            line: 1 + skippedLines,
            found,
            expected: 'a first line with a name of its own for each column (rename one)',
          });
        }
        return names;
      },
    }) as unknown as typeof records;
  } catch (error) {
    noteFault(error);
  }
  if (isQuoteOpen) {
    linesRead = Math.max(linesRead, records.at(-1)?.info.lines ?? 0);
    const { line, ...issue } = openQuote(text, linesRead);
    issues.push({ path: '', ...notePlace(line), ...issue });
  }
  const rows = records.map(({ info, record }) => ({
    line: info.lines + skippedLines,
    place: '',
    values: record,
  }));
  if (columns === undefined) return { delimiter, rows, issues };
  const first = parseCsv(text, { ...parsing(delimiter), to: 1 })[0] as string[] | undefined;
  if (first === undefined || first.length !== columns.length) {
    const found = `${first?.length ?? 0} in the first line`;
    return {
      delimiter,
      rows: [],
      issues: [{ path: '--columns', found, expected: `as many columns as names (${columns.length})` }],
    };
  }
  const values = Object.fromEntries(columns.map((name, index) => [name, first[index] ?? '']));
  return { delimiter, rows: [{ line: 1 + skippedLines, place: '', values }, ...rows], issues };
}

function parsing(delimiter: string) {
  return {
    ...{ delimiter, bom: true, skip_empty_lines: true, skip_records_with_empty_values: true },
    // A quote inside an unquoted field is a quote: 5" long.
    relax_quotes: true,
  };
}

/** pandas' index and spreadsheets' empty columns have no name. */
function namesOf(first: readonly string[]): string[] {
  return first.map((name, index) => (name.trim() === '' ? `column ${index + 1}` : name));
}

function lineOf(error: Error): number | undefined {
  const lines = 'lines' in error ? error.lines : undefined;
  return typeof lines === 'number' ? lines : undefined;
}

function explained(error: unknown): { readonly found: string; readonly expected: string } {
  const message = messageOf(error);
  const columns = /length is (\d+), got (\d+)/.exec(message);
  if (columns !== null) {
    return {
      found: `${columns[2]} ${columns[2] === '1' ? 'field' : 'fields'}`,
      expected: `a CSV record of ${columns[1]} fields, as in the first line (texts with the delimiter or line ends in them stand in double quotes)`,
    };
  }
  return { found: message, expected: 'a CSV record' };
}

/**
 * A quote that is never closed takes all that follows into its record, and the parser tells of the file's last line:
 * the fault is where that record begins.
 */
function openQuote(
  text: string,
  linesRead: number,
): Pick<InputIssue, 'found' | 'expected'> & { readonly line: number } {
  const lines = text.split(/\r\n|\n|\r/);
  const at = lines.findIndex((line, index) => index >= linesRead && line.trim() !== '');
  return {
    line: at + 1,
    found: `a double quote that is not closed before the file's end, in ${JSON.stringify(shortened(lines[at] ?? '', 60))}`,
    expected: 'a CSV record (a quote within a quoted text is written twice)',
  };
}

/** The delimiter that splits the first records alike into most columns; the expected one where it does as well. */
function delimiterOf(text: string, expected: ',' | '\t'): string {
  const counts = delimiters.map((delimiter) => ({ delimiter, columns: alikeColumns(text, delimiter) }));
  const most = Math.max(...counts.map(({ columns }) => columns));
  if (most < 2) return expected;
  const own = counts.find(({ delimiter }) => delimiter === expected);
  if (own !== undefined && own.columns >= 2) return expected;
  return counts.find(({ columns }) => columns === most)?.delimiter ?? expected;
}

/** Columns of the first line where most of the first records have as many; else 0. */
function alikeColumns(text: string, delimiter: string): number {
  try {
    const records = parseCsv(text, {
      ...parsing(delimiter),
      to: sampledRecords,
      relax_column_count: true,
    }) as string[][];
    const columns = records[0]?.length ?? 0;
    const alike = records.filter((record) => record.length === columns).length;
    return alike > records.length / 2 ? columns : 0;
  } catch {
    return 0;
  }
}
