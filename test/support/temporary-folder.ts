import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a test's own folders begin with: all else under the temporary folder is of the program. */
export const testFolder = 'test-';

/** A new folder of a test. Nobody need remove it: it goes with the run of the tests (whole-run.ts). */
export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `${testFolder}${name}-`));
}
