import { messageOf } from '../../core/errors.ts';
import { oneLine } from '../../core/one-line.ts';
import { defineCommand } from '../command.ts';
import { jsonFlags } from '../flags.ts';
import { tellList } from '../list.ts';
import { libraryFolders, listNames, openSpace } from '../wiring/library.ts';

export default defineCommand({
  description: 'Lists the search spaces in ./search-spaces and those that come with mixtune.',
  flags: jsonFlags,
  examples: ['mixtune spaces', 'mixtune spaces show default'],
  subcommands: [
    {
      name: 'show',
      summary: 'show all of one, and what is searched',
      load: () => import('./spaces-show.ts'),
    },
  ],
  run: async (_values, options, context) => {
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
    tellList(context, options, list, {
      none: 'No search spaces.',
      columns: [
        { head: 'space', text: ({ name }) => name },
        {
          head: 'description',
          cut: true,
          text: (each) =>
            'error' in each ? `unusable: ${each.error.split('\n')[0]}` : oneLine(each.description),
        },
      ],
    });
  },
});
