import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readHomeFile } from '../../src/cli/wiring/home-files.ts';
import { readInputFile } from '../../src/cli/wiring/library.ts';
import { unwrap } from '../../src/core/result.ts';
import { parseForeign } from '../../src/formats/document.ts';
import { readPlainJson } from '../../src/models/plain-file.ts';
import { openRecording } from '../../src/models/recordings/recording.ts';
import { readInstances } from '../../src/tasks/read-instances.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('byte-order-mark');
const recorded = '{"model":"recorded/a","question":"2 + 2?","response":{"text":"4"}}\n';

const readers: readonly [string, string, (file: string, text: string) => unknown][] = [
  [
    'a recording',
    recorded,
    async (file) => {
      const { hash, size } = unwrap(await openRecording(file));
      return { hash, size };
    },
  ],
  ['a lock and the like', '{"a":1}', (file) => readPlainJson(file, 'an object')],
  ['a file that the user names', '4\n', (file) => readInputFile(file, file)],
  ['a file of ~/.mixtune', '[]', (file) => readHomeFile(file, 0)],
  ['instances', '{"id":"1","input":"2 + 2?"}\n', (_, text) => unwrap(readInstances(text, 'i', false))],
  ["another tool's file", '{"a":1}', (_, text) => unwrap(parseForeign(text, 'f')).value],
];

test.each(readers)('%s is read as without the byte order mark of Windows programs', async (_, text, read) => {
  const [plain, marked] = await Promise.all(
    ['', '\uFEFF'].map((mark, index) => {
      const file = join(folder, `${index}`);
      writeFileSync(file, mark + text);
      return read(file, mark + text);
    }),
  );
  expect(marked).toEqual(plain);
});
