import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { testFolder } from './temporary-folder.ts';

/**
 * vitest's `globalSetup`: gives the whole run a temporary folder of its own, which goes when it ends, whatever
 * a test, or a process that it killed, left there.
 * @throws Error at the end where mixtune itself left something there.
 */
export default function setUp(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'mixtune-tests-'));
  // The workers, and all that they start, take it from here.
  process.env.TMPDIR = folder;
  // Each process would read all certificates as it starts. No test asks a server on another machine.
  delete process.env.NODE_EXTRA_CA_CERTS;
  // The models on a developer's machine must not decide what is tested; MIXTUNE_TEST_HOME may.
  process.env.MIXTUNE_HOME = join(folder, `${testFolder}home`);
  return () => {
    const left = readdirSync(folder).filter((name) => !name.startsWith(testFolder) && !ofOthers.test(name));
    // Tests leave folders that cannot be written to.
    spawnSync('chmod', ['-R', 'u+rwX', folder]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    if (left.length === 0) return;
    // An error here alone would not fail the run.
    process.exitCode = 1;
    throw new Error(`mixtune left in its temporary folder: ${left.join(', ')}`);
  };
}

/** What Node, Chromium and the example of `tune` in the library's documentation leave. */
const ofOthers = /^(?:node-compile-cache|tsx-|playwright|mixtune-\w{6}$)/;
