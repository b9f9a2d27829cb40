import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Baseline, FrontMember } from '../../src/domain/run-result.ts';
import { against, type Bench } from './harness.ts';

const seeds = 10;
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

interface TuneJson {
  readonly front: readonly FrontMember[];
  readonly baselines: readonly Baseline[];
  readonly evaluations: number;
}

/**
 * The README's command on ten seeds: how often the best point of the front beats every single-model
 * baseline in simulated score, on tuning cells and again on the holdout's fresh samples (strict scoring).
 */
export const bench: Bench = {
  name: 'beats-singles',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'mixtune-bench-'));
    const lines: string[] = [];
    let wins = 0;
    try {
      for (let seed = 1; seed <= seeds; seed++) {
        const { stdout } = await promisify(execFile)(
          process.execPath,
          [
            '--import',
            'tsx',
            main,
            'tune',
            'code-challenge',
            '--seed',
            `${seed}`,
            '--runs-dir',
            folder,
            '--json',
          ],
          { cwd: root, maxBuffer: 64 * 1024 * 1024 },
        );
        const { front, baselines } = JSON.parse(stdout) as TuneJson;
        const best = scoresOf(front[0] as FrontMember);
        const singles = baselines.map(scoresOf);
        const tuning = Math.max(...singles.map((scores) => scores.tuning));
        const holdout = Math.max(...singles.map((scores) => scores.holdout));
        if (best.tuning > tuning && best.holdout > holdout) wins++;
        lines.push(
          `${best.tuning.toFixed(2)}/${tuning.toFixed(2)} ${best.holdout.toFixed(2)}/${holdout.toFixed(2)}`,
        );
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    const note = `simulated; best/best single on tuning and holdout: ${lines.join(', ')}`;
    return against(
      wins,
      `of ${seeds} seeds`,
      { kind: 'limit', name: 'seeds', value: seeds },
      { atLeast: 0.9 },
      note,
    );
  },
};

function scoresOf(member: FrontMember): { tuning: number; holdout: number } {
  return {
    tuning: member.objectives.score.mean ?? Number.NaN,
    // A baseline below the best ones may lack a holdout measurement; it then cannot be the best single.
    holdout: member.holdout?.score.mean ?? 0,
  };
}
