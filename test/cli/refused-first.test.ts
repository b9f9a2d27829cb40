import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const cwd = temporaryFolder('refused-first');
const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);

for (const task of ['own', 'broken']) mkdirSync(join(cwd, task));
const task = (path: string): string =>
  `version: 1\nname: own\ndescription: d\ngrader: { name: module, path: ${path} }\n`;
write('own/task.yaml', task('grade.mjs'));
write('own/grade.mjs', 'export default () => 1;\n');
write('broken/task.yaml', task('gone.mjs'));
for (const folder of ['own', 'broken'])
  write(`${folder}/instances.jsonl`, '{"id":"1","input":"a"}\n{"id":"2","input":"b"}\n');
write('job.yaml', 'version: 1\ntask: ./own\nmodels: [sim/wisp-1b]\nmaxEvaluations: 1\n');
write('taken', '');

test.each([
  ['a program that only a file names', 'tune job.yaml', /nothing but the command line vouches/],
  ['a grader that is not there', 'tune ./broken --models sim/wisp-1b', /grader\.path: expected a file/],
  ['a runs folder that is none', 'tune ./own --models sim/wisp-1b --runs-dir taken', /--runs-dir: .*taken/],
])('%s is refused before the forecast', async (_, line, why) => {
  const context = testContext(`${line} --max-evaluations 1`.split(' '), { cwd, forecasts: true });
  expect(await runCli(context)).toBe(2);
  expect(context.stderr.text).toMatch(why);
  expect(context.stdout.text).not.toContain('Forecast');
});
