import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { createRunFolder } from '../../src/run/folder/run-folder.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { foldEvents } from '../../src/run/run-state.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import type { DamageJob, DamageOutcome } from '../support/damage-worker.ts';
import { LineWorker } from '../support/line-worker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { exhaustive, thorough } from '../support/thorough.ts';
import { worldManifest } from './world-manifest.ts';

const rounds = exhaustive ? 100 : 20;
const maxCalls = 120;
let program: string;
let scratch: string;
beforeAll(() => {
  program = compiledProgram('test/support/damage-worker.ts');
  scratch = temporaryFolder('five');
});

const play = async (worker: LineWorker, job: DamageJob): Promise<DamageOutcome> =>
  JSON.parse(await worker.ask(JSON.stringify(job))) as DamageOutcome;

it.skipIf(!thorough)(
  `several resumes at once of a run that was killed, ${rounds} times: one owner, one ceiling, one journal`,
  async () => {
    const rng = createRng('five');
    const workers = Array.from({ length: 5 }, () => new LineWorker(program));
    try {
      for (let round = 0; round < rounds; round++) {
        const folder = await createRunFolder(scratch, `r${round}`, worldManifest(`r${round}`));
        const job: DamageJob = { folder, what: 'tune', maxCalls };
        const killAt = 1 + rng.integer(maxCalls - 30);
        await expect(play(new LineWorker(program), { ...job, killAt })).rejects.toThrow('SIGKILL');
        const outcomes = await Promise.all(workers.map((worker) => play(worker, job)));
        const owners = outcomes.filter(({ error }) => error === null);
        // One that was let in when the owner had ended finds nothing left to do. How many meet the owner at work
        // is the machine's affair; run-lock.test.ts sees to it that all do.
        expect(owners.filter(({ paid }) => paid.length > 0).length).toBeLessThanOrEqual(1);
        expect(owners.length).toBeGreaterThan(0);
        for (const { error } of outcomes) if (error !== null) expect(error.name).toBe('RunLockedError');
        expect(readFileSync(`${folder}.paid`, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(
          maxCalls,
        );
        const journal = openSqliteJournal(join(folder, 'journal.sqlite'), { flush: 'never', readOnly: true });
        const state = foldEvents(journal.events());
        journal.close();
        expect(state.phase).toBe('done');
        expect(state.calls).toBeLessThanOrEqual(maxCalls);
      }
    } finally {
      await Promise.all(workers.map((worker) => worker.kill()));
    }
  },
  1_800_000,
);
