#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { createRealClock } from '../core/clock.ts';
import { codeOf, exitCodes, messageOf } from '../core/errors.ts';
import { packageFolder } from '../core/package-files.ts';
import { printable } from '../core/printable.ts';
import { packageVersion } from './package-info.ts';
import { runCli } from './program.ts';
import { withoutSecrets } from './wiring/secrets.ts';

const pageFile = join(packageFolder, 'dist', 'page', 'index.html');

/**
 * npx hands a terminal's Ctrl-C on to its child, which has already had it from the terminal, so signals
 * this close together (ms) are one press of the keys.
 */
const samePressMs = 500;

/** What a command in flight has asked to be told of, to end politely. */
const interrupts = new Set<() => void>();

function onInterrupt(callback: () => void): () => void {
  let first: number | undefined;
  interrupts.add(callback);
  const listener = (): void => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      callback();
    } else if (now - first > samePressMs) {
      process.exit(exitCodes.interrupted);
    }
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return () => {
    interrupts.delete(callback);
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
}

/** Where there is no browser nothing happens. */
function showInBrowser(target: string): void {
  const openers: Readonly<Record<string, readonly string[]>> = {
    darwin: ['open'],
    win32: ['cmd', '/c', 'start', ''],
  };
  const [command = '', ...before] = openers[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...before, target], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

/**
 * `mixtune front my-run | head -1`: the reader has gone, which is no failure; a full disk behind `>` is one.
 * A job in flight is asked to stop, once, as by Ctrl-C, so that it saves its state.
 */
let outputLost = false;
let outputFailed = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (outputLost) return;
  outputLost = true;
  const readerGone = error.code === 'EPIPE';
  outputFailed = !readerGone;
  if (!readerGone) process.stderr.write(printable(`mixtune: standard output: ${error.message}\n`));
  if (interrupts.size === 0) process.exit(readerGone ? exitCodes.done : exitCodes.failed);
  for (const interrupt of interrupts) interrupt();
});
// What is said beside the work may get lost; the work does not.
process.stderr.on('error', () => undefined);
// A bug outside of every command; Node would print what was thrown as it is.
process.on('uncaughtException', (error) => {
  const told = process.env.MIXTUNE_DEBUG ? (error.stack ?? String(error)) : messageOf(error);
  process.stderr.write(printable(`mixtune: unexpected error: ${withoutSecrets(told, process.env)}\n`));
  process.exit(exitCodes.failed);
});

/** Where a command goes by relative names; a shell may stand in a folder that was removed. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    process.stderr.write(
      `mixtune: expected a current folder that is there, found one that was removed (${codeOf(error) ?? messageOf(error)}): cd to another\n`,
    );
    process.exit(exitCodes.failed);
  }
}

const code = await runCli({
  argv: process.argv.slice(2),
  version: packageVersion(),
  env: process.env,
  cwd: currentFolder(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: createRealClock(),
  today: () => new Date(),
  packageFolder,
  ...(existsSync(pageFile) ? { readPage: () => readFile(pageFile, 'utf8') } : {}),
  startSelf: (args) =>
    spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...args], {
      // A group of its own: the terminal's Ctrl-C is for the process that started it.
      detached: true,
      stdio: 'pipe',
      windowsHide: true,
    }),
  showInBrowser,
  onInterrupt,
});
// What a full disk kept nobody has read, whatever it said.
process.exitCode = outputFailed && code === exitCodes.done ? exitCodes.failed : code;
