import { defined } from '../../core/defined.ts';
import type { InputIssue } from '../../core/errors.ts';
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
  return rows.flatMap((row, index) => {
    const issues: InputIssue[] = [];
    const tell = (field: string, found: string, expected: string): void => {
      const line = defined({ line: row.line });
      issues.push({ path: `${row.place}${row.place === '' ? '' : '.'}${field}`, ...line, found, expected });
    };
    const text = (field: string | undefined, what: string): void => {
      if (field === undefined) return;
      const value = valueAt(row.values, field);
      if (isMissing(value)) tell(field, typeof value === 'string' ? 'an empty text' : kindOf(value), what);
      else if (typeof value === 'object') tell(field, kindOf(value), what);
      else if (String(value).includes('\0')) tell(field, 'a text with NUL characters', what);
    };
    const question = composeQuestion(row, plan);
    if (!('text' in question)) tell(question.field, question.found, "the question's text");
    text(options.label, 'a label');
    text(options.reference, 'an answer');
    const gold = read.golds[index];
    const fault = faults.get(index);
    if (fault !== undefined) tell(options.gold, fault.found, fault.expected);
    else if (isMissing(gold))
      tell(options.gold, typeof gold === 'string' ? 'an empty text' : kindOf(gold), form.expected);
    else if (read.grader === undefined && !form.fits(gold))
      tell(options.gold, kindOf(gold), `${form.expected} (for the grader ${form.grader})`);
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
    return issues;
  });
}
