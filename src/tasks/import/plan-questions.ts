import { defined } from '../../core/defined.ts';
import { findOptions, type OptionSource, optionLetters, optionsIn } from './answer-options.ts';
import type { QuestionPlan } from './compose-question.ts';
import { fieldNames, type ImportOptions } from './import-options.ts';
import { fieldsIn } from './question-text.ts';
import type { Row } from './rows.ts';
import { isMissing, valueAt } from './values.ts';

/** Fields of a text that a question is about, in data sets of the field. */
const passageFields = ['passage', 'context', 'article', 'paragraph'];

export interface PlannedQuestions {
  readonly plan: QuestionPlan;
  /** Where the options that gold answers may name stand, shown or not. */
  readonly options?: OptionSource;
  /** What is shown without having been asked for. */
  readonly notes: readonly string[];
  readonly optionsNote?: string;
  /** Told in place of `optionsNote` where the gold answers choose none of the options. */
  readonly unshownNote?: string;
}

/** The fields that `--input` names: one whose name has commas in it, else several with commas between them. */
export function inputFields(rows: readonly Row[], input: string): string[] {
  if (Object.hasOwn(rows[0]?.values ?? {}, input)) return [input];
  return fieldNames(input);
}

/**
 * What the questions are put together from: the fields named, and, where one field alone is named and no
 * template, the passage that it is about and the options to choose from.
 */
export function planQuestions(
  rows: readonly Row[],
  { input, gold, template }: Pick<ImportOptions, 'input' | 'gold' | 'template'>,
): PlannedQuestions {
  const named = inputFields(rows, input);
  const fields = [...new Set([...named, ...(template === undefined ? [] : fieldsIn(template))])].filter(
    (field) => field !== '',
  );
  const columns = fields.filter((field) => field.length === 1 && optionLetters.includes(field.toUpperCase()));
  if (template === undefined && columns.length >= 2) {
    const options: OptionSource = { kind: 'columns', fields: columns, labels: columns };
    return {
      plan: { fields: fields.filter((field) => !columns.includes(field)), gold, options },
      options,
      notes: [],
    };
  }
  const listing = fields.find(
    (field, index) =>
      index > 0 && rows.every(({ values }) => optionsIn(valueAt(values, field)) !== undefined),
  );
  const found: OptionSource | undefined =
    listing === undefined ? findOptions(rows, fields, gold) : { kind: 'field', field: listing };
  const options = defined({ options: found });
  if (template !== undefined)
    return {
      plan: { fields: fieldsIn(template).length > 0 ? fieldsIn(template) : fields, gold, template },
      ...options,
      notes: [],
    };
  if (fields.length > 1) return { plan: { fields, gold }, ...options, notes: [] };
  return alone(rows, fields[0] ?? input, gold, found);
}

function alone(
  rows: readonly Row[],
  field: string,
  gold: string,
  options: OptionSource | undefined,
): PlannedQuestions {
  const passage = passageFields.find(
    (name) =>
      name !== field &&
      name !== gold &&
      rows.every(({ values }) => typeof values[name] === 'string' && !isMissing(valueAt(values, name))),
  );
  const fields = passage === undefined ? [field] : [passage, field];
  const way = `--template '{{${field}}}' leaves it out`;
  const passageNote =
    passage === undefined ? [] : [`the field ${passage} stands above each question (${way})`];
  if (options === undefined) return { plan: { fields, gold }, notes: passageNote };
  const names =
    options.kind === 'field' ? `the field ${options.field}` : `the fields ${options.fields.join(', ')}`;
  const optionsNote = `the options of ${names} stand below each question (${way})`;
  const shown = [field, ...(options.kind === 'field' ? [options.field] : options.fields)].join(',');
  const unshownNote = `the options of ${names} are not shown, since the gold answers name none of them (--input ${shown} shows them)`;
  return {
    plan: { fields, gold, options },
    options,
    notes: [...passageNote, optionsNote],
    optionsNote,
    unshownNote,
  };
}
