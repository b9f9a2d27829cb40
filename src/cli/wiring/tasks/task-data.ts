import { readFile, stat } from 'node:fs/promises';
import { defined } from '../../../core/defined.ts';
import { codeOf, InputError, messageOf } from '../../../core/errors.ts';
import { oneLine } from '../../../core/one-line.ts';
import { unwrap } from '../../../core/result.ts';
import { shortened } from '../../../core/shortened.ts';
import { unknownName } from '../../../core/unknown-name.ts';
import { type Task, taskFileSchema } from '../../../domain/task.ts';
import { createGrader, graderNames } from '../../../grading/create-grader.ts';
import { graderKind } from '../../../grading/registry.ts';
import { createPythonSandbox } from '../../../grading/sandbox/index.ts';
import { type ShownGrade, showGrader } from '../../../grading/task-check/sample.ts';
import { formatBytes } from '../../../report/format.ts';
import { isEncoding, mostBytes } from '../../../tasks/import/decode-text.ts';
import { type ImportOptions, wantedFields } from '../../../tasks/import/import-options.ts';
import { type ImportedTask, importTask } from '../../../tasks/import/import-task.ts';
import { type DataTable, readTable } from '../../../tasks/import/read-table.ts';
import { taskNamePattern } from '../../../tasks/import/write-task.ts';

/** A data file and how its rows become a task. */
export interface DataOptions extends ImportOptions {
  readonly rows?: string;
  readonly columns?: readonly string[];
  readonly encoding?: string;
}

/** A data file as the command line names it. */
export interface DataFile {
  readonly path: string;
  readonly shown: string;
  /** Hears of what takes a while. */
  readonly say: (line: string) => void;
}

/**
 * Reads a data file as a task; nothing is written.
 * @param known what was read of it without fields in mind; read anew where it goes by them
 * @throws InputError that names the file's or the options' faults
 */
export async function importData(
  file: DataFile,
  options: DataOptions,
  known?: DataTable,
): Promise<{ readonly table: DataTable; readonly task: ImportedTask }> {
  checkOptions(options);
  const table =
    known !== undefined && sameForAnyFields.includes(known.format)
      ? known
      : await readDataTable(file, options);
  return { table, task: unwrap(importTask(table, file.shown, options)) };
}

/** In others the rows may lie inside, and are found by the fields that they are to have. */
const sameForAnyFields: readonly DataTable['format'][] = ['CSV', 'TSV', 'Parquet'];

/** @throws InputError that names the file's faults */
export async function readDataTable(file: DataFile, options: Partial<DataOptions>): Promise<DataTable> {
  const { rows, columns, encoding, input, gold } = options;
  const wanted =
    input === undefined || gold === undefined ? undefined : wantedFields({ ...options, input, gold });
  return unwrap(
    await readTable(await readData(file), file.shown, { ...defined({ wanted, rows, columns, encoding }) }),
  );
}

/** What the grader makes of three of the file's own gold answers; where it needs more than texts, `task check` takes the time. */
export async function gradedGolds({ file, instances }: ImportedTask): Promise<readonly ShownGrade[]> {
  if (graderKind(file.grader.name)?.judgesText !== true) return [];
  const python = await createPythonSandbox({});
  try {
    const grader = unwrap(createGrader(file.grader, { python, taskFolder: '' }));
    const task: Task = { ...taskFileSchema.parse(file), hash: '', tuning: instances, holdout: [] };
    return await showGrader(task, instances, grader);
  } finally {
    await python.close();
  }
}

function checkOptions({ name, grader, prompt, encoding }: DataOptions): void {
  if (!taskNamePattern.test(name)) {
    throw new InputError('--name', {
      expected: 'lower-case words joined by hyphens, such as support-intent',
      found: JSON.stringify(name),
    });
  }
  if (grader !== undefined && !graderNames.includes(grader)) {
    throw unknownName('--grader', `one of ${graderNames.join(', ')}`, grader, graderNames);
  }
  if (encoding !== undefined && !isEncoding(encoding)) {
    throw new InputError('--encoding', {
      expected: 'an encoding such as windows-1252, utf-16le, shift_jis or gb18030',
      found: JSON.stringify(encoding),
    });
  }
  if (prompt !== undefined && !prompt.includes('{{input}}')) {
    throw new InputError('--prompt', {
      expected: 'a text with {{input}} where the question goes',
      found: JSON.stringify(prompt.slice(0, 60)),
    });
  }
}

/** A file of more bytes is told before it is read: seconds pass without a word. */
export const largeBytes = 8 * 2 ** 20;

async function readData({ path, shown, say }: DataFile): Promise<Uint8Array> {
  const fault = (found: string): InputError =>
    new InputError(shown, { expected: 'a data file that can be read', found });
  const status = await stat(path).catch((error: unknown) => {
    throw fault(codeOf(error) === 'ENOENT' ? 'no such file' : messageOf(error));
  });
  if (!status.isFile()) throw fault('something that is no regular file');
  if (status.size > mostBytes) throw fault(`${status.size} bytes, more than ${mostBytes}`);
  if (status.size > largeBytes) say(`Reading ${shown} (${formatBytes(status.size)}) …`);
  return readFile(path).catch((error: unknown) => {
    throw fault(messageOf(error));
  });
}

/** A line about a gold answer as the grader sees it. */
export function shownGradeText({ row, answer, value, note, other }: ShownGrade): string {
  const quote = (text: string): string =>
    JSON.stringify(text.length > 40 ? `${text.slice(0, 20)}…${text.slice(-19)}` : text);
  if (value === null)
    return `the gold answer of row ${row} cannot be graded (${oneLineOf(note)}): this is the wrong grader`;
  if (value < 1)
    return `the gold answer of row ${row} would score ${value.toFixed(2)}: this is the wrong grader (${quote(answer)})`;
  const others =
    other === undefined
      ? ''
      : `; as an answer to row ${row}, row ${other.row}'s ${quote(other.answer)} gets ${otherGrade(other.value)}`;
  return `the gold answer of row ${row}, ${quote(answer)}, gets 1.00${others}`;
}

/** Another row's gold answer is to get much less than full marks. */
function otherGrade(value: number | null): string {
  if (value === null) return 'no score';
  const verdict =
    value >= 1 ? 'which it should not' : value > 0.5 ? 'much for another answer' : 'as it should';
  return `${value.toFixed(2)}, ${verdict}`;
}

/** A text on one line, cut to what a terminal shows. */
export function oneLineOf(text: string): string {
  return shortened(oneLine(text), 158);
}
