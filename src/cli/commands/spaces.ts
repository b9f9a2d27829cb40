import { exitCodes, messageOf } from '../../core/errors.ts';
import { renderTable } from '../../report/table.ts';
import { defineCommand } from '../command.ts';
import { type CliContext, widthOf, writeJson, writeLine } from '../context.ts';
import type { JsonOption } from '../flags.ts';
import { jsonFlags } from '../flags.ts';
import { libraryFolders, listNames, openSpace } from '../wiring/library.ts';

export default defineCommand({
  description: 'Lists the search spaces in ./search-spaces and those that come with mixtune.',
  flags: jsonFlags,
  examples: ['mixtune spaces'],
  run: (_values, options, context) => spaces(options, context),
});

async function spaces(options: JsonOption, context: CliContext): Promise<number> {
  const names = await listNames(libraryFolders(context, 'search-spaces'), 'file');
  const list = await Promise.all(
    names.map(async ({ name, path }) => {
      try {
        return { name, path, description: (await openSpace(context, path)).description };
      } catch (error) {
        return { name, path, description: '', error: messageOf(error) };
      }
    }),
  );
  if (options.json === true) writeJson(context.stdout, list);
  else if (list.length === 0) writeLine(context.stdout, 'No search spaces.');
  else {
    const rows = list.map((each) => ({
      name: each.name,
      description: 'error' in each ? `unusable: ${each.error.split('\n')[0]}` : oneLine(each.description),
    }));
    writeLine(
      context.stdout,
      renderTable(
        [
          { key: 'name', head: 'space' },
          { key: 'description', head: 'description', cut: true },
        ],
        rows,
        { width: widthOf(context.stdout) },
      ),
    );
  }
  return exitCodes.done;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
