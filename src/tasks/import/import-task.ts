import { InputError, type InputIssue } from '../../core/errors.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { suggest } from '../../core/suggest.ts';
import type { GraderSpec, Instance, TaskFile } from '../../domain/task.ts';
import { type GoldForm, goldFormOf, specOf } from './gold-forms.ts';
import { guessGrader } from './guess-grader.ts';
import { isRecord, kindOf, type Row, type Table } from './read-table.ts';

/** Which fields of a data file make an instance. A field may be a path: `answer.value`. */
export interface ImportOptions {
  readonly name: string;
  readonly input: string;
  readonly gold: string;
  /** Default: guessed from the gold answers. */
  readonly grader?: string;
  /** Field to stratify the split by. Default for classification: the gold answer. */
  readonly label?: string;
  /** Field of an answer that deserves full marks, for `task check` where gold is no answer (tests). */
  readonly reference?: string;
  /** Default: the field `id` where every row has one, else numbers. */
  readonly id?: string;
  readonly prompt?: string;
  readonly description?: string;
  /** Take only the first so many rows. */
  readonly limit?: number;
}

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
}

/** Most faults told at once. */
const mostIssues = 20;

/** Makes a task of a data file's rows; every faulty row is told with its line and field. */
export function importTask(
  table: Table,
  source: string,
  options: ImportOptions,
): Result<ImportedTask, InputError> {
  const rows = options.limit === undefined ? table.rows : table.rows.slice(0, options.limit);
  const missing = missingFields(rows, options);
  if (missing.length > 0) return err(new InputError(source, missing));
  const golds = rows.map((row) => goldOf(row, options.gold)).filter((gold) => !isMissing(gold));
  const guess = options.grader === undefined && golds.length > 0 ? guessGrader(golds) : undefined;
  const form = goldFormOf(options.grader ?? guess?.grader ?? 'exact');
  const idField = options.id ?? (rows.every((row) => !isMissing(row.values.id)) ? 'id' : undefined);
  const issues = rowIssues(rows, form, idField, options);
  if (issues.length > 0) return err(new InputError(source, shortened(issues)));
  const instances = rows.map((row, index) => instanceOf(row, index, form, idField, options));
  const grader = specOf(form.grader, golds);
  const prompt = options.prompt ?? form.prompt(golds);
  return ok({
    file: {
      version: 1,
      name: options.name,
      description: options.description ?? describe(options.name, source, grader),
      ...(prompt === undefined ? {} : { prompt }),
      grader,
      answer: form.answer,
      split: { holdout: 0.5, seed: 1 },
      repeats: 1,
    },
    instances,
    ...(guess === undefined ? {} : { guess: `${guess.grader}, because ${guess.because}` }),
  });
}

function missingFields(rows: readonly Row[], options: ImportOptions): InputIssue[] {
  const known = [...new Set(rows.flatMap((row) => Object.keys(row.values)))];
  const wanted = [
    ['--input', options.input],
    ['--gold', options.gold],
    ['--label', options.label],
    ['--reference', options.reference],
    ['--id', options.id],
  ] as const;
  return wanted.flatMap(([option, field]) => {
    if (field === undefined || rows.some((row) => valueAt(row, field) !== undefined)) return [];
    const suggestion = suggest(field, known);
    return [
      {
        path: option,
        found: JSON.stringify(field),
        expected: `one of the file's fields (${known.slice(0, 30).join(', ')})`,
        ...(suggestion === undefined ? {} : { suggestion }),
      },
    ];
  });
}

/** A field by its name, else by the path that the name spells. */
function valueAt(row: Row, field: string): unknown {
  if (Object.hasOwn(row.values, field)) return row.values[field];
  let value: unknown = row.values;
  for (const part of field.split('.')) {
    value = isRecord(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

/** A gold answer; text that is a JSON object or list (in CSV) counts as what it says. */
function goldOf(row: Row, field: string): unknown {
  const value = valueAt(row, field);
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function rowIssues(
  rows: readonly Row[],
  form: GoldForm,
  idField: string | undefined,
  options: ImportOptions,
): InputIssue[] {
  const placeOfId = new Map<string, string>();
  return rows.flatMap((row) => {
    const issues: InputIssue[] = [];
    const tell = (field: string, found: string, expected: string): void => {
      const line = row.line === undefined ? {} : { line: row.line };
      issues.push({ path: `${row.place}${row.place === '' ? '' : '.'}${field}`, ...line, found, expected });
    };
    const text = (field: string | undefined, what: string): void => {
      if (field === undefined) return;
      const value = valueAt(row, field);
      if (isMissing(value))
        tell(field, value === undefined || value === null ? kindOf(value) : 'an empty text', what);
      else if (typeof value === 'object') tell(field, kindOf(value), what);
      else if (String(value).includes('\0')) tell(field, 'a text with NUL characters', what);
    };
    text(options.input, "the question's text");
    text(options.label, 'a label');
    text(options.reference, 'an answer');
    const gold = goldOf(row, options.gold);
    if (isMissing(gold)) tell(options.gold, gold === '' ? 'an empty text' : kindOf(gold), form.expected);
    else if (!form.fits(gold))
      tell(options.gold, kindOf(gold), `${form.expected} (for the grader ${form.grader})`);
    if (idField !== undefined) {
      text(idField, 'an id');
      const id = String(valueAt(row, idField));
      const earlier = placeOfId.get(id);
      if (earlier !== undefined)
        tell(idField, JSON.stringify(id), `an id not used before (${earlier} has it)`);
      else placeOfId.set(id, row.line === undefined ? row.place : `line ${row.line}`);
    }
    return issues;
  });
}

function instanceOf(
  row: Row,
  index: number,
  form: GoldForm,
  idField: string | undefined,
  options: ImportOptions,
): Instance {
  const text = (field: string): string => String(valueAt(row, field));
  const gold = goldOf(row, options.gold);
  const label =
    options.label === undefined
      ? form.grader === 'classification'
        ? String(gold).trim()
        : undefined
      : text(options.label);
  return {
    id: idField === undefined ? `${options.name}-${String(index + 1).padStart(4, '0')}` : text(idField),
    input: text(options.input) + nameHint(form, row, gold),
    gold: goldFor(form, row, gold, options),
    ...(label === undefined ? {} : { label }),
    ...(options.reference === undefined ? {} : { reference: text(options.reference) }),
  };
}

/** Without a name for the function asked for, only a test shows how it is called. */
function nameHint(form: GoldForm, row: Row, gold: unknown): string {
  if (form.grader !== 'code-tests' || valueAt(row, 'entry_point') !== undefined) return '';
  if (!Array.isArray(gold) || gold.length < 2) return '';
  return `\n\nOne of the tests that it has to pass:\n${gold[0]}`;
}

function goldFor(form: GoldForm, row: Row, gold: unknown, options: ImportOptions): unknown {
  if (form.grader === 'classification') return String(gold).trim();
  if (form.grader !== 'code-tests' || isRecord(gold)) return gold;
  // What data sets of programming problems keep beside their tests.
  const entryPoint = valueAt(row, 'entry_point');
  const setup = valueAt(row, 'setup') ?? valueAt(row, 'test_setup_code');
  const input = valueAt(row, options.input);
  // HumanEval asks to complete a function whose head and imports stand in the question.
  const isCompletion =
    typeof input === 'string' && typeof entryPoint === 'string' && input.includes(`def ${entryPoint}(`);
  const before = typeof setup === 'string' && setup.trim() !== '' ? setup : isCompletion ? input : undefined;
  return {
    tests: typeof gold === 'string' ? [gold] : gold,
    ...(typeof entryPoint === 'string' ? { entry_point: entryPoint } : {}),
    ...(before === undefined ? {} : { setup: before }),
  };
}

function describe(name: string, source: string, grader: GraderSpec): string {
  const file = source.split(/[/\\]/).at(-1);
  return `${name}, imported from ${file}; answers are graded by ${grader.name}.`;
}

function shortened(issues: readonly InputIssue[]): readonly InputIssue[] {
  if (issues.length <= mostIssues) return issues;
  const more = { path: '', found: `${issues.length - mostIssues} more faults`, expected: 'none' };
  return [...issues.slice(0, mostIssues), more];
}
