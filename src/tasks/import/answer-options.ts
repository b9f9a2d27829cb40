import { parsedJson } from '../../core/json.ts';
import { isRecord, isScalar } from '../../core/records.ts';
import { remembered } from '../../core/remembered.ts';
import type { Row } from './rows.ts';
import { stepsOf, valueAt } from './values.ts';

/** The options of a multiple-choice question. */
export interface ChoiceOptions {
  readonly texts: readonly string[];
  /** What the file calls each: `A`, `1`; absent where it calls them nothing. */
  readonly labels?: readonly string[];
}

/** Letters that options are shown under. */
export const optionLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Fields that hold a question's options, in data sets of the field. */
const optionFields = [
  'options',
  'choices',
  'endings',
  'candidates',
  'answer_choices',
  'alternatives',
  'mcq_options',
];
/** Columns of one option each: `option1`, `choice_a`, `sol2`, `answerC`, `A`. */
const optionColumn = /^(option|choice|ending|sol|answer|opt|op|)[_ ]?([a-z]|\d{1,2})$/i;

/** Where a row's options stand. */
export type OptionSource =
  | { readonly kind: 'field'; readonly field: string }
  | { readonly kind: 'columns'; readonly fields: readonly string[]; readonly labels: readonly string[] };

/** The options that a value lists; `undefined` where it is no list of them. */
export function optionsIn(given: unknown): ChoiceOptions | undefined {
  const value = typeof given === 'string' ? listIn(given) : given;
  if (Array.isArray(value)) {
    if (value.length < 2 || value.length > optionLetters.length) return undefined;
    if (value.every(isScalar)) return { texts: value.map(String) };
    return labelled(value.map((item: unknown) => (isRecord(item) ? keyAndText(item) : [])));
  }
  if (!isRecord(value)) return undefined;
  const { text, label } = value;
  if (Array.isArray(text) && Array.isArray(label) && text.length === label.length) {
    return labelled(text.map((each: unknown, index) => [label[index], each]));
  }
  const keys = Object.keys(value);
  return keys.every((key) => /^[A-Za-z]$/.test(key)) ? labelled(Object.entries(value)) : undefined;
}

/** What an option written as an object is called, and its text: `{"id": "a", "text": "Venus"}`. */
function keyAndText(item: Readonly<Record<string, unknown>>): readonly unknown[] {
  const { label, value } = item;
  // Forms call the text of an option its label, and the key its value.
  if (isScalar(label) && isScalar(value))
    return isKey(value) && !isKey(label) ? [value, label] : [label, value];
  const first = (names: readonly string[]): unknown => names.map((name) => item[name]).find(isScalar);
  return [first(['label', 'key', 'id', 'letter']), first(['text', 'value', 'content'])];
}

function isKey(value: unknown): boolean {
  return /^\s*\(?([a-z]|\d{1,2})[).]?\s*$/i.test(String(value));
}

function labelled(pairs: readonly (readonly unknown[])[]): ChoiceOptions | undefined {
  const isFit = pairs.length >= 2 && pairs.length <= optionLetters.length;
  if (!isFit || !pairs.every(([label, text]) => isScalar(label) && isScalar(text))) return undefined;
  return { labels: pairs.map(([label]) => String(label)), texts: pairs.map(([, text]) => String(text)) };
}

function listIn(text: string): unknown {
  return /^\s*[[{]/.test(text) ? parsedJson(text) : undefined;
}

/**
 * Where all rows have options, by the names that data sets give them: beside the fields of the question,
 * which may stand inside another (`q.options` beside `q.text`), or at the row's top.
 */
export function findOptions(
  rows: readonly Row[],
  question: readonly string[],
  gold: string,
): OptionSource | undefined {
  const taken = new Set([...question, gold]);
  const places = [...new Set([...question.flatMap(placesAround), ''])];
  const field = places
    .flatMap((place) => optionFields.map((name) => place + name))
    .find(
      (name) =>
        !taken.has(name) && rows.every(({ values }) => optionsIn(valueAt(values, name)) !== undefined),
    );
  if (field !== undefined) return { kind: 'field', field };
  for (const place of places) {
    const columns = columnsAt(place, rows, taken);
    if (columns !== undefined) return columns;
  }
  return undefined;
}

/** The paths of what a field stands in, nearest first, each with its dot: `a.b.` and `a.` for `a.b.c`. */
function placesAround(field: string): string[] {
  const steps = stepsOf(field).slice(0, -1);
  return steps.map((_, index) => `${steps.slice(0, steps.length - index).join('.')}.`);
}

function columnsAt(
  place: string,
  rows: readonly Row[],
  taken: ReadonlySet<string>,
): OptionSource | undefined {
  const values = rows[0]?.values ?? {};
  const around = place === '' ? values : valueAt(values, place.slice(0, -1));
  const families = new Map<string, { readonly field: string; readonly label: string }[]>();
  for (const name of isRecord(around) ? Object.keys(around) : []) {
    const [, stem, label] = optionColumn.exec(name) ?? [];
    const field = place + name;
    if (stem === undefined || label === undefined || taken.has(field)) continue;
    remembered(families, stem.toLowerCase(), () => []).push({ field, label });
  }
  const fits = [...families.entries()].find(
    ([stem, family]) =>
      family.length >= 2 &&
      isRun(
        family.map(({ label }) => label),
        stem,
      ) &&
      rows.every((row) => family.every(({ field }) => isScalar(valueAt(row.values, field)))),
  );
  if (fits === undefined) return undefined;
  return {
    kind: 'columns',
    fields: fits[1].map(({ field }) => field),
    labels: fits[1].map(({ label }) => label),
  };
}

/** Labels that follow one another from the first: A B C, 1 2 3, 0 1. Bare numbers are no options. */
function isRun(labels: readonly string[], stem: string): boolean {
  const isDigits = labels.every((label) => /^\d+$/.test(label));
  if (isDigits && stem === '') return false;
  const ranks = labels.map((label) =>
    isDigits ? Number(label) : optionLetters.indexOf(label.toUpperCase()),
  );
  const [first = 0] = ranks;
  return (isDigits ? first <= 1 : first === 0) && ranks.every((rank, index) => rank === first + index);
}

export function optionsOf(row: Row, source: OptionSource): ChoiceOptions | undefined {
  if (source.kind === 'field') return optionsIn(valueAt(row.values, source.field));
  const texts = source.fields.map((field) => String(valueAt(row.values, field)));
  return { texts, labels: source.labels };
}

/** Options as a question shows them: `A. one`, a line each. */
export function lettered({ texts }: ChoiceOptions): string {
  return texts.map((text, index) => `${optionLetters[index]}. ${text.trim()}`).join('\n');
}

export interface LetteredGolds {
  readonly letters: readonly string[];
  /** How the golds named the options, for people. */
  readonly how: string;
}

interface Answered {
  readonly gold: unknown;
  readonly options: ChoiceOptions;
}

/** The letters of the options that gold answers name, by one of the ways in which files do; else `undefined`. */
export function letteredGolds(rows: readonly Answered[]): LetteredGolds | undefined {
  const ways: readonly (readonly [string, (row: Answered) => number])[] = [
    ['by their labels', ({ gold, options }) => options.labels?.findIndex((label) => same(label, gold)) ?? -1],
    ['by letter', ({ gold }) => letterIndex(gold)],
    [
      'by their texts',
      ({ gold, options }) =>
        typeof gold === 'string' ? options.texts.findIndex((text) => same(text, gold)) : -1,
    ],
    ...indexWays(rows),
  ];
  for (const [how, indexOf] of ways) {
    const places = rows.map((row) => ({ at: indexOf(row), options: row.options.texts.length }));
    if (!places.every(({ at, options }) => at >= 0 && at < options)) continue;
    return { letters: places.map(({ at }) => optionLetters[at] ?? ''), how };
  }
  return undefined;
}

function indexWays(rows: readonly Answered[]): (readonly [string, (row: Answered) => number])[] {
  const number = ({ gold }: Answered): number =>
    /^\d{1,2}$/.test(String(gold).trim()) ? Number(gold) : Number.NaN;
  const isFromOne =
    !rows.some((row) => number(row) === 0) && rows.some((row) => number(row) === row.options.texts.length);
  return isFromOne
    ? [['by number, counted from 1', (row) => number(row) - 1]]
    : [['by number, counted from 0', number]];
}

function letterIndex(gold: unknown): number {
  const letter = typeof gold === 'string' ? /^\s*\(?([A-Za-z])[).]?\s*$/.exec(gold)?.[1] : undefined;
  return letter === undefined ? -1 : optionLetters.indexOf(letter.toUpperCase());
}

function same(label: string, gold: unknown): boolean {
  return isScalar(gold) && String(gold).trim().toLowerCase() === label.trim().toLowerCase();
}
