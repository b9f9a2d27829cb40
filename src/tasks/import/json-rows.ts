import { withoutByteOrderMark } from '../../core/byte-order-mark.ts';
import { defined } from '../../core/defined.ts';
import type { InputIssue } from '../../core/errors.ts';
import { parseData } from '../../core/json-depth.ts';
import { isRecord } from '../../core/records.ts';
import { parseYaml } from '../../core/yaml.ts';
import { classNamesOf } from './class-names.ts';
import { readPromptfoo } from './promptfoo.ts';
import type { Row, RowsRead } from './rows.ts';
import { kindOf, pathInside, stepsOf, valueAt } from './values.ts';

export interface DocumentOptions {
  /** Fields that the rows are to have: those of the question, and last that of the gold answer. */
  readonly wanted: readonly string[];
  /** Path of the list of rows inside the document, where it has several. */
  readonly rows?: string;
}

/** Deepest level at which rows are looked for. */
const deepest = 8;

/** Rows of JSON text: JSON Lines, or one document (see {@link rowsOfDocument}). */
export function readJson(
  text: string,
  isLines: boolean,
  options: DocumentOptions,
): RowsRead & { readonly lines: boolean } {
  const start = text.search(/\S/);
  const firstLine = text.slice(Math.max(0, start)).split('\n', 1)[0] ?? '';
  const first = parsed(firstLine);
  const hasMore = text.slice(Math.max(0, start) + firstLine.length).trim() !== '';
  const areLines = 'value' in first ? hasMore || isLines : false;
  const document = areLines && hasMore ? undefined : parsed(text);
  if (document !== undefined && 'value' in document && !(areLines && isRow(document.value, options))) {
    return { ...rowsOfDocument(document.value, options), lines: false };
  }
  if (areLines || isLines) return { ...readLines(text, options), lines: true };
  const found = document !== undefined && 'problem' in document ? document.problem : 'no JSON';
  return {
    rows: [],
    issues: [{ path: '', found, expected: 'a JSON document, or one JSON object a line' }],
    lines: false,
  };
}

export function readYaml(text: string, source: string, options: DocumentOptions): RowsRead {
  const document = parseYaml(text, source);
  return document.ok
    ? rowsOfDocument(document.value.value, options)
    : { rows: [], issues: document.error.issues };
}

function isRow(value: unknown, { wanted, rows }: DocumentOptions): boolean {
  if (rows !== undefined || !isRecord(value)) return false;
  return wanted.length === 0 || (hasWanted(value, wanted) && !isColumnForm(value, wanted));
}

function readLines(text: string, options: DocumentOptions): RowsRead {
  const rows: Row[] = [];
  const issues: InputIssue[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    if (raw.trim() === '') continue;
    const line = index + 1;
    const value = parsed(raw);
    if ('problem' in value)
      issues.push({ path: '', line, found: value.problem, expected: 'one JSON object a line' });
    else if (isRecord(value.value)) rows.push({ line, place: '', values: value.value });
    else issues.push({ path: '', line, found: kindOf(value.value), expected: 'one JSON object a line' });
  }
  return issues.length > 0 ? { rows, issues } : nested(rows, options);
}

/**
 * Rows of one document: a list of objects; objects under keys, however deep, where they have the fields
 * wanted (fields of what they stand in come along); or lists by column.
 */
function rowsOfDocument(given: unknown, options: DocumentOptions): RowsRead {
  const { document, prompts, issues } = readPromptfoo(given, options.wanted.at(-1));
  if (issues.length > 0) return { rows: [], issues };
  const value =
    options.rows === undefined || !isRecord(document) ? document : valueAt(document, options.rows);
  if (options.rows !== undefined && (typeof value !== 'object' || value === null)) {
    return {
      rows: [],
      issues: [{ path: '--rows', found: kindOf(value), expected: 'the path of a list of rows' }],
    };
  }
  const classNames = isRecord(document) ? classNamesOf(document.features) : undefined;
  return {
    ...rowsOfValue(value, options),
    ...defined({ classNames }),
    ...(prompts.length === 0 ? {} : { prompts }),
  };
}

function rowsOfValue(value: unknown, options: DocumentOptions): RowsRead {
  if (Array.isArray(value)) {
    const rows = value.flatMap((item, index) =>
      isRecord(item) ? [{ place: `[${index}]`, values: item }] : [],
    );
    const issues = value.flatMap((item, index) =>
      isRecord(item) ? [] : [{ path: `[${index}]`, found: kindOf(item), expected: 'an object' }],
    );
    return issues.length > 0 ? { rows, issues } : nested(rows, options);
  }
  if (!isRecord(value)) {
    return { rows: [], issues: [{ path: '', found: kindOf(value), expected: 'a list of objects' }] };
  }
  const columns = columnsOf(value, options.wanted);
  return columns === undefined
    ? nested([{ place: '', values: value }], options)
    : { rows: columns, issues: [] };
}

/** Rows by column: `{"question": [...], "answer": [...]}`, pandas' `{"question": {"0": ...}}` or its `split`. */
function columnsOf(value: Readonly<Record<string, unknown>>, wanted: readonly string[]): Row[] | undefined {
  const { columns, data } = value;
  if (Array.isArray(columns) && Array.isArray(data) && data.every(Array.isArray)) {
    return data.map((cells: unknown[], index) => ({
      place: `data[${index}]`,
      values: Object.fromEntries(columns.map((name, at) => [String(name), cells[at]])),
    }));
  }
  if (!isColumnForm(value, wanted)) return undefined;
  const [first = ''] = wanted;
  const keys = Object.keys(value[first] ?? {});
  return keys.map((key) => ({
    place: `[${key}]`,
    values: Object.fromEntries(
      Object.entries(value).flatMap(([name, cells]) =>
        typeof cells === 'object' && cells !== null ? [[name, (cells as Record<string, unknown>)[key]]] : [],
      ),
    ),
  }));
}

function isColumnForm(value: Readonly<Record<string, unknown>>, wanted: readonly string[]): boolean {
  const columns = wanted
    .map((field) => value[field])
    .filter((column) => isRecord(column) || Array.isArray(column));
  if (new Set(wanted).size < 2 || columns.length < wanted.length) return false;
  const [first = '', ...others] = columns.map((column) => Object.keys(column).join('\n'));
  const isNumbered = columns.every(
    (column) => Array.isArray(column) || Object.keys(column).every((key) => /^\d+$/.test(key)),
  );
  return isNumbered && first !== '' && others.every((keys) => keys === first);
}

/** The rows where they have the fields wanted, else those inside them that do. */
function nested(rows: readonly Row[], { wanted }: DocumentOptions): RowsRead {
  const [only, ...others] = rows;
  if (wanted.length === 0 && only !== undefined && others.length === 0)
    return { rows: onlyList(only) ?? rows, issues: [] };
  if (rows.some(({ values }) => hasWanted(values, wanted.slice(0, -1)))) return { rows, issues: [] };
  // The gold answer may be misnamed: then rows are known by the question, and the fault is told later. Or
  // the question stands inside what has the gold answer (promptfoo's `vars` beside `assert`): told likewise.
  const byGold = wanted.slice(-1);
  for (const fields of [wanted, byGold, wanted.slice(0, 1)]) {
    const found: Row[] = [];
    for (const row of rows) {
      const inside = rowsInside(row, fields, {}, 0);
      if ('several' in inside) {
        const expected = `--rows with one of the lists of rows: ${inside.several.join(', ')}`;
        return { rows: [], issues: [{ path: '', found: `${inside.several.length} of them`, expected }] };
      }
      found.push(...inside.rows);
    }
    if (fields === byGold && !found.some(({ values }) => pathInside(values, wanted[0] ?? '') !== undefined))
      continue;
    if (found.length > 0) return { rows: found, issues: [] };
  }
  return { rows, issues: [] };
}

/** The one list of objects that a document holds, where nobody says yet which fields its rows are to have. */
function onlyList({ line, place, values }: Row): Row[] | undefined {
  const lists = Object.entries(values).flatMap(([key, value]) =>
    Array.isArray(value) && value.length > 0 && value.every(isRecord) ? [[key, value] as const] : [],
  );
  const [list, ...others] = lists;
  if (list === undefined || others.length > 0) return undefined;
  const at = place === '' ? list[0] : `${place}.${list[0]}`;
  return list[1].map((item, index) => ({ ...defined({ line }), place: `${at}[${index}]`, values: item }));
}

function hasWanted(values: Readonly<Record<string, unknown>>, wanted: readonly string[]): boolean {
  return wanted.every((field) => hasField(values, field));
}

function hasField(values: Readonly<Record<string, unknown>>, field: string): boolean {
  return Object.hasOwn(values, field) || Object.hasOwn(values, stepsOf(field)[0] ?? '');
}

type Inside = { readonly rows: readonly Row[] } | { readonly several: readonly string[] };

function rowsInside(
  { line, place, values }: Row,
  wanted: readonly string[],
  around: Readonly<Record<string, unknown>>,
  depth: number,
): Inside {
  const isRow =
    hasWanted({ ...around, ...values }, wanted) && wanted.some((field) => hasField(values, field));
  if (isRow) {
    return { rows: [{ ...defined({ line }), place, values: { ...around, ...values } }] };
  }
  if (depth >= deepest) return { rows: [] };
  const scalars = Object.entries(values).filter(([, value]) => typeof value !== 'object');
  const inherited = { ...around, ...Object.fromEntries(scalars) };
  const lists: string[] = [];
  const found: Row[] = [];
  for (const [key, value] of Object.entries(values)) {
    const at = place === '' ? key : `${place}.${key}`;
    const items = Array.isArray(value)
      ? value.map((item: unknown, index) => ({ item, at: `${at}[${index}]` }))
      : [{ item: value, at }];
    const before = found.length;
    for (const { item, at: itemPlace } of items) {
      if (!isRecord(item)) continue;
      const row = { ...defined({ line }), place: itemPlace, values: item };
      const inside = rowsInside(row, wanted, inherited, depth + 1);
      if ('several' in inside) return inside;
      found.push(...inside.rows);
    }
    if (Array.isArray(value) && found.length > before) lists.push(at);
  }
  return lists.length > 1 ? { several: lists } : { rows: found };
}

const parsed = (text: string) => parseData(withoutByteOrderMark(text));
