import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readHistory } from '../../../src/analysis/rehearse/index.ts';
import { createRunFolder } from '../../../src/run/folder/run-folder.ts';
import { tune } from '../../../src/run/tune.ts';
import type { Manifest } from '../../../src/run/types.ts';
import { worldDependencies, worldModels, worldSettings, worldTask } from '../../run/world.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { thorough } from '../../support/thorough.ts';

let runs = '';

async function makeRun(run: string, changes: Partial<Manifest> = {}): Promise<void> {
  const dependencies = worldDependencies();
  const manifest: Manifest = {
    version: 1,
    run,
    mixtune: '0',
    node: '0',
    gitCommit: null,
    startedAt: '2026-01-01T00:00:00Z',
    simulated: true,
    settings: { ...worldSettings, budget: { maxEvaluations: 6 } },
    task: { name: worldTask.name, hash: 'none' },
    space: { name: 'world', hash: 'none', file: dependencies.space },
    grader: { name: 'yes', revision: '1' },
    command: [],
    endpoint: {},
    ...changes,
  };
  const folder = await createRunFolder(runs, run, manifest);
  await tune(folder, manifest.settings, dependencies);
}

beforeAll(async () => {
  runs = temporaryFolder('history');
  await makeRun('same');
  await makeRun('other-task', { task: { name: 'another', hash: 'none' }, startedAt: '2026-02-01T00:00:00Z' });
  await makeRun('elsewhere', { endpoint: { baseUrl: 'http://127.0.0.1:1/v1' } });
  await writeFile(join(runs, 'calls.sqlite'), 'no run');
});

const query = { task: worldTask.name, models: [...worldModels] };

describe('readHistory', () => {
  it('reads the calls of runs with these models at this endpoint, those of the task first', async () => {
    const { calls, runs: from } = await readHistory(runs, query);
    expect(from).toEqual(['same', 'other-task']);
    expect(new Set(calls.map((call) => call.model))).toEqual(new Set(worldModels));
    expect(calls.filter((call) => call.sameTask).length).toBeGreaterThan(20);
    for (const { outputTokens, serviceMs, firstTokenMs } of calls) {
      expect(outputTokens).toBeGreaterThan(0);
      expect(serviceMs).toBeGreaterThan(firstTokenMs ?? 0);
    }
    const there = await readHistory(runs, { ...query, baseUrl: 'http://127.0.0.1:1/v1' });
    expect(there.runs).toEqual(['elsewhere']);
    expect((await readHistory(runs, { ...query, models: ['maker/none'] })).runs).toEqual([]);
  });

  it('stops at enough calls of each model', async () => {
    const { calls, runs: from } = await readHistory(runs, { ...query, callsPerModel: 5 });
    expect(from).toEqual(['same']);
    for (const model of worldModels) expect(calls.filter((call) => call.model === model)).toHaveLength(5);
  });

  it('changes nothing in a run, and takes a missing folder for no history', async () => {
    const folder = join(runs, 'same');
    const before = await readFile(join(folder, 'journal.sqlite'));
    const names = (await readdir(folder)).filter((name) => !/-(wal|shm)$/.test(name));
    await readHistory(runs, query);
    expect((await readdir(folder)).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(names);
    expect(before.equals(await readFile(join(folder, 'journal.sqlite')))).toBe(true);
    expect(await readHistory(join(runs, 'nowhere'), query)).toEqual({ calls: [], runs: [] });
  });

  it.skipIf(!thorough)('passes over a folder whose journal is broken', async () => {
    await makeRun('broken');
    for (const end of ['-wal', '-shm'])
      await rm(join(runs, 'broken', `journal.sqlite${end}`), { force: true });
    await writeFile(join(runs, 'broken', 'journal.sqlite'), 'not a data base at all');
    expect((await readHistory(runs, query)).runs).toEqual(['same', 'other-task']);
  });
});
