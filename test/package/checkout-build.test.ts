import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const before = new Date('2026-01-01T10:00:00Z');
const after = new Date('2026-01-01T11:00:00Z');

/** A checkout whose build writes another program, and that was built at 11 o'clock. */
function checkout(over = 'node build.mjs'): string {
  const folder = temporaryFolder('checkout');
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  const files = {
    'package.json': JSON.stringify({ type: 'module', scripts: { 'build:over': over } }),
    'tsconfig.json': '',
    'tsconfig.build.json': '',
    'src/core/json.ts': '',
    'build.mjs': [
      "import { writeFileSync } from 'node:fs';",
      "console.log('what a build says');",
      "writeFileSync('dist/cli/main.js', 'console.log(`new`)');",
      "writeFileSync('dist/.built', '');",
    ].join('\n'),
    'fault.mjs': "throw new Error('a fault');",
    'dist/cli/main.js': 'console.log(`old`)',
    'dist/.built': '',
    'node_modules/typescript-7/package.json': '',
  };
  for (const [name, text] of Object.entries(files)) write(folder, name, text);
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src/core/json.ts'])
    utimesSync(join(folder, name), before, before);
  setAll(join(folder, 'scripts'), before);
  utimesSync(join(folder, 'src'), before, before);
  utimesSync(join(folder, 'dist/.built'), after, after);
  return folder;
}

function write(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function setAll(folder: string, time: Date): void {
  for (const name of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })])
    utimesSync(join(folder, name), time, time);
}

function run(folder: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'scripts/mixtune.mjs')], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('sources as they were built: the command says nothing of them', () => {
  expect(run(checkout())).toEqual({ status: 0, stdout: 'old\n', stderr: '' });
});

test('a source that changed since is built first, once, and nothing of that is on stdout', () => {
  const folder = checkout();
  write(folder, 'src/core/json.ts', 'changed');
  expect(run(folder)).toEqual({
    status: 0,
    stdout: 'new\n',
    stderr: 'mixtune: the sources changed; building them first (some seconds).\n',
  });
  expect(run(folder)).toEqual({ status: 0, stdout: 'new\n', stderr: '' });
});

test('sources that cannot be built: their errors, and no old program in their place', () => {
  const folder = checkout('node fault.mjs');
  write(folder, 'src/core/json.ts', 'changed');
  const { status, stdout, stderr } = run(folder);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('a fault');
  expect(stderr).toContain('`npm install` may be missing');
});

test('nothing to build with: the program that is there, and that it is older', () => {
  const folder = checkout();
  write(folder, 'src/core/json.ts', 'changed');
  rmSync(join(folder, 'node_modules'), { recursive: true });
  const { status, stdout, stderr } = run(folder);
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'old\n' });
  expect(stderr).toContain('dist/ is older than the sources');
});
