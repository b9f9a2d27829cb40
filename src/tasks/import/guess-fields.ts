import { defined } from '../../core/defined.ts';
import { isRecord } from '../../core/records.ts';
import { plainGold } from './gold-readings.ts';
import type { Row } from './rows.ts';
import { fieldsOf } from './values.ts';

/** Names that fields of questions and of gold answers often have, the likeliest first. */
const usual = {
  input: [
    'input',
    'question',
    'prompt',
    'text',
    'message',
    'query',
    'ticket',
    'utterance',
    'problem',
    'body',
    'content',
    'instruction',
  ],
  gold: [
    'gold',
    'answer',
    'label',
    'category',
    'intent',
    'class',
    'expected',
    'target',
    'output',
    'tests',
    'solution',
  ],
} as const;

/** Which fields of a data file probably hold the question and the gold answer; of two fields one tells the other. */
function byName(fields: readonly string[]): { readonly input?: string; readonly gold?: string } {
  const find = (names: readonly string[]): string | undefined =>
    names.flatMap((name) => fields.find((field) => field.toLowerCase() === name) ?? [])[0];
  const other = (field: string | undefined): string | undefined =>
    field === undefined || fields.length !== 2 ? undefined : fields.find((each) => each !== field);
  const [foundInput, foundGold] = [find(usual.input), find(usual.gold)];
  // Alpaca's files: what is asked for stands beside what it is asked of.
  const instruction =
    foundInput === 'input' && fields.includes('instruction') ? 'instruction,input' : undefined;
  const input = instruction ?? foundInput ?? other(foundGold);
  const gold = foundGold ?? other(foundInput);
  return defined({ input, gold });
}

export interface GuessedField {
  readonly field: string;
  /** What only it holds, for people; absent: its name says it. */
  readonly because?: string;
}

/** Rows that are looked at, and words that a text of each has on the median to be a long one. */
const mostRows = 200;
const longWords = 8;

/**
 * The fields by their names, else the one field that holds long texts and the one that holds objects: of several
 * nobody knows which.
 */
export function guessFields(rows: readonly Pick<Row, 'values'>[]): {
  readonly input?: GuessedField;
  readonly gold?: GuessedField;
} {
  const looked = rows.slice(0, mostRows);
  const fields = fieldsOf(looked);
  const named = byName(fields);
  const only = (
    holds: (values: readonly unknown[]) => boolean,
    but: string | undefined,
  ): string | undefined => {
    const found = fields.filter((field) => holds(looked.map(({ values }) => values[field])));
    return found.length === 1 && found[0] !== but ? found[0] : undefined;
  };
  const long = named.input === undefined ? only(areLongTexts, named.gold) : undefined;
  const input = guessed(named.input) ?? guessed(long, 'the only field of long texts');
  const objects = named.gold === undefined ? only(areObjects, input?.field) : undefined;
  const right = objects === undefined || beside.test(objects) ? undefined : objects;
  const gold = guessed(named.gold) ?? guessed(right, 'the only field of objects');
  return defined({ input, gold });
}

/** Fields of objects that say something of a row beside what is asked and answered. */
const beside = /^(meta|extra|info|context|source|option|choice|vars)/i;

function guessed(field: string | undefined, because?: string): GuessedField | undefined {
  return field === undefined ? undefined : { field, ...defined({ because }) };
}

function areLongTexts(values: readonly unknown[]): boolean {
  const words = values
    .map((value) =>
      typeof value === 'string' && !/^\s*[[{]/.test(value) ? value.trim().split(/\s+/).length : 0,
    )
    .sort((a, b) => a - b);
  return (words[Math.floor(words.length / 2)] ?? 0) >= longWords;
}

function areObjects(values: readonly unknown[]): boolean {
  return values.length > 0 && values.every((value) => isRecord(plainGold(value)));
}
