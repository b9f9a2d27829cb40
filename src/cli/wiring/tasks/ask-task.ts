import { resolve } from 'node:path';
import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import { unknownName } from '../../../core/unknown-name.ts';
import { graderNames } from '../../../grading/create-grader.ts';
import { graderKind } from '../../../grading/registry.ts';
import { type GuessedField, guessFields } from '../../../tasks/import/guess-fields.ts';
import type { ImportedTask } from '../../../tasks/import/import-task.ts';
import { pathsIn } from '../../../tasks/import/values.ts';
import { taskNameOf, taskNamePattern } from '../../../tasks/import/write-task.ts';
import type { OptionsOf } from '../../command-line.ts';
import type { CliContext } from '../../context.ts';
import type { encodingFlags } from '../../flags.ts';
import type { Prompter } from '../../prompter.ts';
import { gradedGolds, importData, readDataTable, shownGradeText } from './task-data.ts';

/** Fields, and paths inside them, that are listed before it asks. */
const mostFieldsShown = 60;

interface TaskOptions extends OptionsOf<typeof encodingFlags> {
  readonly data?: string;
  readonly input?: string;
  readonly gold?: string;
  readonly name?: string;
  readonly grader?: string;
  readonly description?: string;
}

/** The task that the options name; what they leave open is asked, or guessed without a terminal. */
export async function settleTask(
  options: TaskOptions,
  context: CliContext,
  prompter: Prompter | undefined,
): Promise<ImportedTask> {
  const say = (line: string): void => context.stderr.paragraph(line);
  const { encoding, input: givenInput, gold: givenGold } = options;
  /** The value of an option; else what is answered; without a terminal the guess. */
  const settle = async <Value>(
    option: 'data' | 'input' | 'gold' | 'name',
    question: { readonly text: string; readonly guess?: string | undefined; readonly expected: string },
    read: (said: string) => Value | Promise<Value>,
  ): Promise<Value> => {
    const given = options[option];
    if (given !== undefined) return read(given);
    if (prompter !== undefined) return prompter.ask(question.text, question.guess, read);
    if (question.guess !== undefined) return read(question.guess);
    throw new InputError(`--${option}`, { expected: question.expected, found: 'nothing' });
  };
  const { file, table, fields, shown } = await settle(
    'data',
    { text: 'Data file (CSV, JSON Lines, Parquet, …)', expected: 'the data file' },
    async (shown) => {
      const file = { path: resolve(context.cwd, shown), shown, say };
      const table = await readDataTable(file, defined({ encoding, input: givenInput, gold: givenGold }));
      const values = table.rows[0]?.values ?? {};
      return { file, table, fields: Object.keys(values), shown: pathsIn(values, mostFieldsShown) };
    },
  );
  say(`Fields of ${file.shown}: ${shown.join(', ')}`);
  const guess = guessFields(table.rows);
  const expected = `one of the fields ${shown.join(', ')}`;
  const field = (option: string) => (said: string) => {
    // Several fields and paths inside one are the import's to check.
    if (fields.includes(said) || /[,.]/.test(said)) return said;
    throw unknownName(option, expected, said, [...fields, ...shown]);
  };
  const asked = { text: 'Field of the question', guess: guess.input?.field, expected };
  const input = await settle('input', asked, field('--input'));
  const answered = { text: 'Field of the right answer', guess: guess.gold?.field, expected };
  const gold = await settle('gold', answered, field('--gold'));
  if (prompter === undefined)
    say(`Question: ${why(input, guess.input)}; right answer: ${why(gold, guess.gold)}`);
  const named = {
    text: "The task's name",
    guess: taskNameOf(file.shown),
    expected: 'lower-case words joined by hyphens',
  };
  const name = await settle('name', named, (said) => {
    if (taskNamePattern.test(said)) return said;
    throw new InputError('--name', { expected: named.expected, found: JSON.stringify(said) });
  });
  const made = async (grader: string | undefined): Promise<ImportedTask> => {
    refuseGrader(grader);
    const given = defined({ grader, encoding, description: options.description });
    const { task } = await importData(file, { name, input, gold, ...given }, table);
    const graded = await gradedGolds(task);
    const tried = graded.length === 0 ? '' : ' On three of your answers:';
    say(`Grader: ${task.guess ?? task.file.grader.name}.${tried}`);
    for (const shown of graded) say(`  ${shownGradeText(shown)}`);
    for (const note of task.notes) say(`Note: ${note}.`);
    return task;
  };
  const guessed = await made(options.grader);
  if (prompter === undefined) return guessed;
  const task =
    options.grader !== undefined
      ? guessed
      : await prompter.ask('Grader', guessed.file.grader.name, (said) =>
          said === guessed.file.grader.name ? guessed : made(said),
        );
  if (options.description !== undefined) return task;
  const described = 'What the task asks, in a sentence (models that write prompts read it)';
  return prompter.ask(described, 'none', (said) =>
    said === 'none' ? task : { ...task, file: { ...task.file, description: said } },
  );
}

/** A field with the reason, where not its name was it. */
function why(field: string, guess: GuessedField | undefined): string {
  return guess?.field === field && guess.because !== undefined ? `${field} (${guess.because})` : field;
}

/** One that is made of its name alone, or one too many. */
function refuseGrader(grader: string | undefined): void {
  if (grader === undefined) return;
  const kind = graderKind(grader);
  if (kind !== undefined && kind.example === undefined) return;
  const alone = graderNames.filter((name) => graderKind(name)?.example === undefined);
  const expected =
    kind === undefined
      ? `one of ${alone.join(', ')}`
      : 'a grader that needs no options; take exact, and write this one into the task.yaml that is made';
  throw unknownName('--grader', expected, grader, alone);
}
