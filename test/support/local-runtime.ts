import { rmSync } from 'node:fs';
import { findRuntime, localPaths } from '../../src/local/index.ts';
import type { Runtime } from '../../src/local/runtime.ts';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * The runtime that tests may use. Installing it takes 85 MB and is not `npm ci`'s business: CI does so with
 * `mixtune models add-local`; by hand: `MIXTUNE_TEST_HOME=/some/folder`, the same folder as MIXTUNE_HOME there.
 */
export const testRuntime: Runtime | null = findRuntime(
  localPaths({ MIXTUNE_HOME: process.env.MIXTUNE_TEST_HOME }),
);

export const noRuntime = 'node-llama-cpp is not installed for tests (see MIXTUNE_TEST_HOME)';

/** A folder that is gone when the test is over. */
export async function inFolder<Value>(body: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = temporaryFolder('local');
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
