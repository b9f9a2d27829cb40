import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const data = resolve(import.meta.dirname, '../../../shared/data');
const recording = join(data, 'recorded/real_run_gsm8k_three_models.jsonl.gz');
const task = join(data, 'tasks/gsm');
const folder = temporaryFolder('real-run');

describe.skipIf(!existsSync(recording))(
  'the recorded run on real models (skipped where it is not at hand)',
  () => {
    // Seconds of processor time: 6,120 answers graded again.
    test.skipIf(!thorough)(
      'gives the same front, though the grader reads some answers otherwise now',
      async () => {
        const context = testContext(['repeat', recording, '--task', task, '--run', 'r', '--json'], {
          cwd: folder,
        });
        const code = await runCli(context);
        const { sameFront, cells, kept, best, grader, front } = JSON.parse(context.stdout.text);
        expect({ code, sameFront, cells, best }).toEqual({
          code: 0,
          sameFront: true,
          cells: 4271,
          best: 'aabc8bb163c3',
        });
        expect(front).toHaveLength(9);
        expect(grader.recorded).not.toBe(grader.now);
        expect(kept).toBe(0);
      },
      240_000,
    );
  },
);
