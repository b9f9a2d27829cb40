import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A checkout in which nobody has run `npm install`. */
function checkout(): string {
  const folder = temporaryFolder('checkout');
  for (const name of ['scripts', 'package.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  mkdirSync(join(folder, 'src'));
  return folder;
}

const run = (folder: string, script: string) =>
  spawnSync(process.execPath, [join(folder, 'scripts', script), 'tune', 'code-challenge'], {
    encoding: 'utf8',
  });

test('the command says to install first', () => {
  const { status, stderr } = run(checkout(), 'mixtune.mjs');
  expect(stderr).toContain('Run `npm install` in it first');
  expect(status).toBe(1);
});

// npx keeps what a failing preparation left behind, and fails for good.
test('preparing it does not fail, and builds nothing', () => {
  const folder = checkout();
  expect(run(folder, 'prepare.mjs')).toMatchObject({ status: 0, stderr: '' });
  expect(existsSync(join(folder, 'dist'))).toBe(false);
});
