import { exitCodes } from '../core/errors.ts';
import { type Column, renderTable } from '../report/table.ts';
import { type CliContext, tableLook, writeJson, writeLine } from './context.ts';
import type { JsonOption } from './flags.ts';

/** Tells what there is: as JSON, as a table with a line for each, or by the word that there is nothing. */
export function tellList<Each, Key extends string>(
  context: CliContext,
  { json }: JsonOption,
  list: readonly Each[],
  shown: {
    readonly none: string;
    readonly columns: readonly Column<Key>[];
    readonly row: (each: Each) => Readonly<Record<Key, string>>;
  },
): number {
  const { stdout } = context;
  if (json === true) writeJson(stdout, list);
  else if (list.length === 0) writeLine(stdout, shown.none);
  else {
    writeLine(stdout, renderTable(shown.columns, list.map(shown.row), tableLook(context)));
  }
  return exitCodes.done;
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
