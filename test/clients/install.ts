import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256 } from '../../src/core/canonical-json.ts';

const run = promisify(execFile);

/** The newest that this Node and this Python admit. */
const packages = {
  js: ['openai', '@langchain/openai', '@langchain/core', 'ai', '@ai-sdk/openai-compatible'],
  python: ['openai', 'langchain-openai', 'litellm', 'llm'],
};

/** Kept between runs, so that only the first has to install; another list has another folder. */
const scratch = join(tmpdir(), `mixtune-clients-${sha256(JSON.stringify(packages)).slice(0, 8)}`);

export interface Clients {
  /** A folder in which Node finds the packages. */
  readonly js: string;
  /** The Python that has them, and its folder of programs. */
  readonly python: string;
  readonly bin: string;
}

/** @returns why the clients are not to be had, or where they are. */
export async function installClients(): Promise<Clients | string> {
  try {
    const [js, bin] = await Promise.all([installJs(), installPython()]);
    return { js, bin, python: join(bin, 'python') };
  } catch (error) {
    return `the clients cannot be installed here: ${String(error).split('\n')[0]}`;
  }
}

async function installJs(): Promise<string> {
  const folder = join(scratch, 'js');
  const done = join(folder, 'installed');
  if (existsSync(done)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type": "module", "private": true}');
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages.js], {
    cwd: folder,
  });
  writeFileSync(done, '');
  return folder;
}

async function installPython(): Promise<string> {
  const folder = join(scratch, 'python');
  const bin = join(folder, 'bin');
  const done = join(folder, 'installed');
  if (existsSync(done)) return bin;
  await run('python3', ['-m', 'venv', '--clear', folder]);
  // uv installs the same in a quarter of the time.
  await run(join(bin, 'pip'), ['install', '-q', '--disable-pip-version-check', 'uv']);
  await run(join(bin, 'uv'), ['pip', 'install', '-q', '--python', join(bin, 'python'), ...packages.python]);
  writeFileSync(done, '');
  return bin;
}
