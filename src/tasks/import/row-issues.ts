import { defined } from '../../core/defined.ts';
import type { InputIssue } from '../../core/errors.ts';
import { groupBy } from '../../core/group-by.ts';
import { composeQuestion, type QuestionPlan } from './compose-question.ts';
import type { GraderForm } from './gold-forms.ts';
import type { ImportOptions } from './import-options.ts';
import type { ReadGolds } from './read-golds.ts';
import type { Row } from './rows.ts';
import { isMissing, kindOf, valueAt } from './values.ts';

/** What instances are made by. */
export interface Making {
  readonly form: GraderForm;
  readonly idField: string | undefined;
  readonly options: ImportOptions;
  readonly plan: QuestionPlan;
  readonly read: ReadGolds;
}

/** What is wrong with rows, each fault with its line and field. */
export function rowIssues(
  rows: readonly Row[],
  { form, idField, options, plan, read }: Making,
): InputIssue[] {
  const placeOfId = new Map<string, string>();
  const faults = new Map(read.faults.map((fault) => [fault.row, fault]));
  const found: RowFault[] = rows.flatMap((row, index) => {
    const own: RowFault[] = [];
    const tell = (field: string, found: string, expected: string): void => {
      own.push({ index, row, field, found, expected });
    };
    const text = (field: string | undefined, what: string): void => {
      if (field === undefined) return;
      const value = valueAt(row.values, field);
      if (isMissing(value)) tell(field, typeof value === 'string' ? 'an empty text' : kindOf(value), what);
      else if (typeof value === 'object') tell(field, kindOf(value), what);
      else if (String(value).includes('\0')) tell(field, 'a text with NUL characters', what);
    };
    const question = composeQuestion(row, plan);
    const isAsked = 'text' in question;
    if (!isAsked) tell(question.field, question.found, question.expected);
    text(options.label, 'a label');
    text(options.reference, 'an answer');
    const gold = read.golds[index];
    const fault = faults.get(index);
    // Of a conversation that cannot be read one line is enough: the gold answer is its end.
    if (!isAsked && question.field === options.gold) return own;
    if (fault !== undefined) tell(options.gold, fault.found, fault.expected);
    else if (isMissing(gold))
      tell(options.gold, typeof gold === 'string' ? 'an empty text' : kindOf(gold), form.expected);
    else if (read.grader === undefined && !form.fits(gold)) {
      const { path, value, expected } = form.misfit?.(gold) ?? {
        path: '',
        value: gold,
        expected: form.expected,
      };
      const place = path === '' ? options.gold : `${options.gold}.${path}`;
      tell(place, kindOf(value), `${expected} (for the grader ${form.grader})`);
    }
    if (idField !== undefined) {
      text(idField, 'an id');
      const id = String(valueAt(row.values, idField));
      const earlier = placeOfId.get(id);
      if (earlier !== undefined)
        tell(
          idField,
          JSON.stringify(id),
          `an id not used before (${earlier} has it; --id takes another field)`,
        );
      else placeOfId.set(id, row.line === undefined ? row.place : `line ${row.line}`);
    }
    return own;
  });
  return folded(found);
}

interface RowFault {
  readonly index: number;
  readonly row: Row;
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}

/** Rows with the same fault that are told in one line. */
const fewestFolded = 3;
const mostRanges = 5;

/** One issue for each fault, and one for all rows that have the same. */
function folded(faults: readonly RowFault[]): InputIssue[] {
  const keyOf = ({ field, found, expected }: RowFault): string => JSON.stringify([field, found, expected]);
  const alike = groupBy(faults, keyOf);
  return faults.flatMap((fault) => {
    const { row, field, found, expected } = fault;
    const same = alike.get(keyOf(fault)) ?? [];
    if (same.length < fewestFolded) {
      const path = `${row.place}${row.place === '' ? '' : '.'}${field}`;
      return [{ path, ...defined({ line: row.line }), found, expected }];
    }
    return same[0] === fault ? [{ path: `${field} of ${placesOf(same)}`, found, expected }] : [];
  });
}

/** `lines 2 to 21`, `[0], [2] to [4] and 12 more`. */
function placesOf(faults: readonly RowFault[]): string {
  const ranges: RowFault[][] = [];
  for (const fault of faults) {
    const last = ranges.at(-1);
    if (last?.at(-1)?.index === fault.index - 1) last.push(fault);
    else ranges.push([fault]);
  }
  const place = (fault: RowFault | undefined): string => String(fault?.row.line ?? fault?.row.place);
  const told = ranges
    .slice(0, mostRanges)
    .map((range) => place(range[0]) + (range.length === 1 ? '' : ` to ${place(range.at(-1))}`));
  const more = ranges.slice(mostRanges).flat().length;
  const what = faults[0]?.row.line === undefined ? '' : 'lines ';
  return `${what}${told.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}
