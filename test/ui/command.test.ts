import { dirname, join, relative } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { makeSmallRun, type SmallRun } from '../support/small-run.ts';
import { pageTemplate } from '../support/ui.ts';

let small: SmallRun;
beforeAll(async () => {
  small = await makeSmallRun();
});
afterAll(() => small.remove());

it.each<[string, () => { readonly cwd: string; readonly words: readonly string[] }]>([
  ['its id', () => ({ cwd: process.cwd(), words: ['small', '--runs-dir', small.runsFolder] })],
  ['its whole path', () => ({ cwd: process.cwd(), words: [small.folder] })],
  [
    'a path from elsewhere',
    () => {
      const cwd = join(dirname(small.runsFolder), 'elsewhere');
      return { cwd, words: [relative(cwd, small.folder)] };
    },
  ],
  ['a name in the working folder', () => ({ cwd: small.runsFolder, words: ['small'] })],
])('opens the page at a run that is named by %s', async (_, line) => {
  const { cwd, words } = line();
  const stdin = new PassThrough();
  const context = testContext(['ui', ...words, '--json', '--until-closed'], {
    ...{ cwd, stdin },
    readPage: async () => pageTemplate,
  });
  const printed = new Promise((done) => {
    const write = context.stdout._write.bind(context.stdout);
    context.stdout._write = (chunk, encoding, ended) => write(chunk, encoding, () => done(ended()));
  });
  const ended = runCli(context);
  await Promise.race([printed, ended]);
  const url = new URL(JSON.parse(context.stdout.text).url);
  const [, token = '', run, view] = /^#token=([^/]+)\/([^/]+)\/([^/]+)$/.exec(url.hash) ?? [];
  expect({ run, view }).toEqual({ run: 'small', view: 'front' });
  const answer = await fetch(`${url.origin}/api/runs/small`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(200);
  stdin.end();
  expect(await ended).toBe(0);
});
