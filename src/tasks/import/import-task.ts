import { defined } from '../../core/defined.ts';
import { firstIssues, InputError, type InputIssue } from '../../core/errors.ts';
import { isRecord } from '../../core/records.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { shortened } from '../../core/shortened.ts';
import { suggest } from '../../core/suggest.ts';
import type { GraderSpec, Instance, TaskFile } from '../../domain/task.ts';
import { sameQuestionNotes } from '../same-questions.ts';
import { optionsOf } from './answer-options.ts';
import { composeQuestion, type QuestionPlan } from './compose-question.ts';
import { promptOfFile } from './file-prompt.ts';
import { goldFormOf, specOf } from './gold-forms.ts';
import { mergeLabels } from './gold-readings.ts';
import { guessGrader } from './guess-grader.ts';
import type { ImportOptions } from './import-options.ts';
import { inputFields, planQuestions } from './plan-questions.ts';
import { type ReadGolds, readGolds } from './read-golds.ts';
import type { DataTable } from './read-table.ts';
import { type Making, rowIssues } from './row-issues.ts';
import type { Row } from './rows.ts';
import { uncheckedNotes } from './unchecked.ts';
import { fieldsOf, isMissing, pathInside, valueAt } from './values.ts';

export interface ImportedTask {
  /** For task.yaml. */
  readonly file: Pick<
    TaskFile,
    'version' | 'name' | 'description' | 'grader' | 'answer' | 'split' | 'repeats'
  > & {
    readonly prompt?: string;
  };
  readonly instances: readonly Instance[];
  /** Why this grader, where none was named. */
  readonly guess?: string;
  /** What was read otherwise than it stands in the file, and what people should know of it. */
  readonly notes: readonly string[];
}

/** Makes a task of a data file's rows; every faulty row is told with its line and field. */
export function importTask(
  table: DataTable,
  source: string,
  options: ImportOptions,
): Result<ImportedTask, InputError> {
  const { rows, notes: leftOut } = withoutBlank(
    options.limit === undefined ? table.rows : table.rows.slice(0, options.limit),
    options,
  );
  const planned = planQuestions(rows, options);
  const missing = missingFields(rows, options, planned.plan);
  if (missing.length > 0) return err(new InputError(source, missing));
  const { options: columns } = planned;
  const read = readGolds(rows, {
    field: options.gold,
    ...defined({
      grader: options.grader,
      options: columns && rows.map((row) => optionsOf(row, columns)),
    }),
    classNames: table.classNames,
  });
  // Options that nobody asked for are shown only where the gold answers choose among them.
  const { options: found, ...bare } = planned.plan;
  const plan: QuestionPlan = found === undefined || read.areLetters ? planned.plan : bare;
  const golds = read.golds.filter((gold) => !isMissing(gold));
  const guess = guessOf(golds, read, options);
  const form = goldFormOf(options.grader ?? read.grader?.name ?? guess?.grader ?? 'exact');
  const idField = options.id ?? (rows.every((row) => !isMissing(row.values.id)) ? 'id' : undefined);
  const issues = rowIssues(rows, { form, idField, options, plan, read });
  if (issues.length > 0) return err(new InputError(source, firstIssues(issues)));
  const labels = form.isClass ? mergeLabels(read.golds) : undefined;
  const settled = labels?.golds ?? read.golds;
  const instances = rows.map((row, index) =>
    instanceOf(row, index, { form, idField, options, plan, read: { ...read, golds: settled } }),
  );
  const own =
    options.prompt === undefined && options.template === undefined
      ? promptOfFile(table.prompts, plan.fields)
      : { notes: [] };
  // Letters that were found by their options' texts stand in the questions.
  const doubt = read.areLetters ? undefined : form.doubt?.(instances);
  const given = options.prompt ?? own.prompt;
  const inputs = instances.map(({ input }) => input);
  const prompt = given ?? form.prompt?.(settled, inputs);
  const grader = {
    ...(read.grader?.name === form.grader ? read.grader : specOf(form.grader, settled)),
    ...(given === undefined ? form.prompted : {}),
  };
  // A program judges objects whole: in a vote, too, their form does not count.
  const areObjects = form.answer === 'text' && settled.every(isRecord);
  return ok({
    file: {
      version: 1,
      name: options.name,
      description: options.description ?? describe(options.name, source, grader),
      ...defined({ prompt }),
      grader,
      answer: areObjects ? 'json' : form.answer,
      split: { holdout: 0.5, seed: 1 },
      repeats: 1,
    },
    instances,
    ...defined({ guess: guess && `${guess.grader}, because ${guess.because}` }),
    notes: [
      ...uncheckedNotes(rows, options.gold),
      ...leftOut,
      ...(plan === planned.plan
        ? planned.notes
        : planned.notes.map((note) => (note === planned.optionsNote ? (planned.unshownNote ?? note) : note))),
      ...read.notes,
      ...own.notes,
      ...labelNotes(labels?.merged ?? []),
      ...(areObjects ? [objectsNote] : []),
      ...(grader.bare === true ? [bareNote] : []),
      ...(doubt === undefined ? [] : [doubt]),
      ...rubricNotes(options.gold, grader),
      ...joinedNotes(instances, grader),
      ...sameAnswerNotes(instances),
      ...sameQuestionNotes(instances),
    ],
  });
}

/** Rows left out that a note names one by one. */
const mostNamed = 5;

/**
 * A few rows without a question or without a gold answer are left out and told; where half of them have none, the
 * field is a wrong one.
 */
function withoutBlank(
  all: readonly Row[],
  { input, gold }: Pick<ImportOptions, 'input' | 'gold'>,
): { readonly rows: readonly Row[]; readonly notes: readonly string[] } {
  const isBlank = ({ values }: Row, fields: readonly string[]): boolean =>
    fields.every((field) => isMissing(valueAt(values, field)));
  const questionFields = inputFields(all, input);
  const unasked = new Set(all.filter((row) => isBlank(row, questionFields)));
  const unanswered = new Set(all.filter((row) => !unasked.has(row) && isBlank(row, [gold])));
  const out = [
    { rows: unasked, what: `a question in ${input}` },
    { rows: unanswered, what: `an answer in ${gold}` },
  ].filter(({ rows }) => rows.size > 0 && rows.size * 2 < all.length);
  const rows = all.filter((row) => !out.some((reason) => reason.rows.has(row)));
  // Halves of either kind that together leave nothing are a fault of the fields, too.
  if (rows.length * 2 <= all.length) return { rows: all, notes: [] };
  return { rows, notes: out.map((reason) => leftOutNote([...reason.rows], reason.what)) };
}

function leftOutNote(rows: readonly Row[], what: string): string {
  const places = rows
    .slice(0, mostNamed)
    .map(({ line, place }) => (line === undefined ? place : `line ${line}`));
  const more = rows.length > mostNamed ? `, and ${rows.length - mostNamed} more` : '';
  const are = rows.length === 1 ? '1 row is' : `${rows.length} rows are`;
  return `${are} left out, without ${what}: ${places.join(', ')}${more}`;
}

const bareNote =
  'answers are right only where they are the JSON alone, as a program that reads them needs it: without bare: true in task.yaml prose and code fences around it do not count';

const objectsNote =
  'votes compare answers as JSON, since the gold answers are objects: where answers are none (objects say what is to be checked), set answer to text, code or number in task.yaml, or votes find nothing to compare';

/** What answers are to be judged by is no answer, as the graders take it that compare texts. */
function rubricNotes(field: string, { name }: GraderSpec): string[] {
  if (!/rubric|criteri|checklist|guideline/i.test(field) || !['exact', 'summary'].includes(name)) return [];
  return [
    `${field} seems to hold what answers are to be judged by, and ${name} takes it for the right answer: a grader module that asks a model can judge by it (docs/graders.md)`,
  ];
}

/** From this share of gold answers on that are joined labels, they are meant so. */
const joinedShare = 0.2;
/** Labels that a note names. */
const mostLabels = 4;

/** Several labels in one text are one label to the graders that compare texts: part of them is worth nothing. */
function joinedNotes(instances: readonly Instance[], { name }: GraderSpec): string[] {
  if (name !== 'exact' && name !== 'classification') return [];
  const golds = instances.map(({ gold }) => (typeof gold === 'string' ? gold : ''));
  for (const separator of [';', '|', ',']) {
    const joined = golds.filter((gold) => gold.includes(separator));
    const labels = new Set(joined.flatMap((gold) => gold.split(separator).map((part) => part.trim())));
    // Names with a comma in them have as many parts as there are names.
    if (joined.length < joinedShare * golds.length || labels.size >= new Set(joined).size) continue;
    const [first = '', second = ''] = labels;
    const more = labels.size > mostLabels ? ', …' : '';
    return [
      `"${separator}" joins labels in ${joined.length} of ${golds.length} gold answers (${[...labels].slice(0, mostLabels).join(', ')}${more}): ${name} takes an answer for right that has all of them, in this order; written as ${JSON.stringify({ labels: [first, second] })} each counts by itself (extraction, docs/graders.md)`,
    ];
  }
  return [];
}

/** A task that any constant answer solves tells nothing of models. */
function sameAnswerNotes(instances: readonly Instance[]): string[] {
  const [first, ...others] = instances.map(({ gold }) => JSON.stringify(gold));
  if (first === undefined || others.length === 0 || others.some((gold) => gold !== first)) return [];
  const shown = shortened(first, 58);
  return [
    `all ${instances.length} gold answers are the same, ${shown}: whatever says it always is right, so tuning tells nothing`,
  ];
}

function guessOf(golds: readonly unknown[], read: ReadGolds, options: ImportOptions) {
  if (options.grader !== undefined || read.grader !== undefined || golds.length === 0) return undefined;
  if (read.areLetters) return { grader: 'choice', because: 'the gold answers name one of the options' };
  return guessGrader(golds, options.gold);
}

function labelNotes(merged: readonly (readonly [string, string])[]): string[] {
  if (merged.length === 0) return [];
  const shown = merged.slice(0, 5).map(([from, to]) => `${from} → ${to}`);
  const rest = merged.length > 5 ? `, and ${merged.length - 5} more` : '';
  return [`labels that differ by case alone are one: ${shown.join(', ')}${rest}`];
}

function missingFields(rows: readonly Row[], options: ImportOptions, plan: QuestionPlan): InputIssue[] {
  const known = fieldsOf(rows);
  const wanted: readonly (readonly [string, string | undefined])[] = [
    ...plan.fields.map(
      (field) =>
        [
          plan.template?.includes(field) === true && !options.input.includes(field)
            ? '--template'
            : '--input',
          field,
        ] as const,
    ),
    ['--gold', options.gold],
    ['--label', options.label],
    ['--reference', options.reference],
    ['--id', options.id],
  ];
  return wanted.flatMap(([option, field]) => {
    if (field === undefined || rows.some((row) => valueAt(row.values, field) !== undefined)) return [];
    const suggestion = suggest(field, known) ?? pathInside(rows[0]?.values ?? {}, field);
    return [
      {
        path: option,
        found: JSON.stringify(field),
        expected: `one of the file's fields (${known.slice(0, 30).join(', ')})`,
        ...defined({ suggestion }),
      },
    ];
  });
}

function instanceOf(row: Row, index: number, { form, idField, options, plan, read }: Making): Instance {
  const text = (field: string): string => String(valueAt(row.values, field));
  const gold = read.golds[index];
  const question = composeQuestion(row, plan);
  const ofRow = { values: row.values, input: valueAt(row.values, options.input) };
  const label = options.label === undefined ? (form.isClass ? String(gold) : undefined) : text(options.label);
  const reference = options.reference === undefined ? read.references[index] : text(options.reference);
  return {
    id: idField === undefined ? `${options.name}-${String(index + 1).padStart(4, '0')}` : text(idField),
    input: ('text' in question ? question.text : '') + (form.hint?.(gold, ofRow) ?? ''),
    gold: form.toGold === undefined ? gold : form.toGold(gold, ofRow),
    ...defined({ label, reference }),
  };
}

function describe(name: string, source: string, grader: GraderSpec): string {
  const file = source.split(/[/\\]/).at(-1);
  return `${name}, imported from ${file}; answers are graded by ${grader.name}.`;
}
