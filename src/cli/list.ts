import { type Column, renderTable } from '../report/table.ts';
import { type CliContext, tell } from './context.ts';
import type { JsonOption } from './flags.ts';

/** Tells what there is: as JSON, as a table with a line for each, or by the word that there is nothing. */
export function tellList<Each>(
  context: CliContext,
  options: JsonOption,
  list: readonly Each[],
  { none, columns }: { readonly none: string; readonly columns: readonly Column<Each>[] },
): void {
  tell(context, options, list, (look) => (list.length === 0 ? none : renderTable(columns, list, look)));
}
