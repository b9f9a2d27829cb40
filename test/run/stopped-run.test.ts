import { readdirSync, rmSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { defined } from '../../src/core/defined.ts';
import { unwrap } from '../../src/core/result.ts';
import { readManifest } from '../../src/run/folder/manifest-file.ts';
import { createRunFolder, openRun, writeResult } from '../../src/run/folder/run-folder.ts';
import { lockRun } from '../../src/run/folder/run-lock.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { lookIntoJournal } from '../../src/run/journal/look-into-journal.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { frontFileOf } from '../../src/run/result.ts';
import { tune } from '../../src/run/tune.ts';
import { makeSmallRun, type SmallRun } from '../support/small-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createWorldModel, worldDependencies, worldSettings } from './world.ts';
import { worldManifest } from './world-manifest.ts';

let run: SmallRun;
beforeAll(async () => {
  run = await makeSmallRun();
});
afterAll(() => run.remove());

/** A run as it is when its process is killed, or still at work, on the holdout. */
async function midway(name: string): Promise<string> {
  const folder = join(run.runsFolder, name);
  await mkdir(folder);
  await cp(join(run.folder, 'manifest.json'), join(folder, 'manifest.json'));
  const whole = openSqliteJournal(join(run.folder, 'journal.sqlite'), { flush: 'never', readOnly: true });
  const journal = openSqliteJournal(join(folder, 'journal.sqlite'), { flush: 'never' });
  const events: RunEvent[] = [...whole.events()];
  const at = events.findIndex((event) => event.kind === 'phase-started' && event.phase === 'holdout');
  for (const event of events.slice(0, at + 5)) journal.append(event);
  for (const [key, answer] of whole.answers()) journal.keepAnswer(key, answer);
  journal.commit();
  journal.close();
  whole.close();
  return folder;
}

test('a run that has not ended is running while a process works on it, and stopped when none does', async () => {
  const folder = await midway('midway');
  const endedOf = async () => unwrap(await openRun(run.runsFolder, 'midway')).front?.ended;
  expect(await endedOf()).toBe('stopped');
  const lock = await lockRun(folder);
  expect(await endedOf()).toBe('running');
  await lock.release();
  expect(await endedOf()).toBe('stopped');
});

test('a run that is done spends no time where it is opened again', async () => {
  const manifest = await readManifest(run.folder);
  const seconds = (later: number) =>
    lookIntoJournal(run.folder, manifest, (state, book) => {
      const end = { interrupted: false, at: state.at + later };
      return frontFileOf(state, book, manifest.settings, 'contest-math', end).spent.seconds;
    });
  expect(seconds(0)).toBeGreaterThan(0);
  expect(seconds(6_000)).toBe(seconds(0));
});

test('calls in flight when a run is interrupted are told at their worst case, beside what is spent', async () => {
  const folder = await midway('in-flight');
  const manifest = await readManifest(folder);
  const settings = { ...manifest.settings, simulated: false };
  const journal = openSqliteJournal(join(folder, 'journal.sqlite'), { flush: 'never', readOnly: true });
  const open = new Map<number, number>();
  for (const event of journal.events()) {
    if (event.kind === 'call-dispatched')
      open.set(event.call, event.reserved.tokensIn + event.reserved.tokensOut);
    else if ('call' in event) open.delete(event.call);
  }
  journal.close();
  expect(open.size).toBeGreaterThan(0);
  const told = (changes: Partial<typeof settings>, interrupted = true) =>
    lookIntoJournal(folder, manifest, (state, book) => {
      const end = { interrupted, at: state.at };
      return frontFileOf(state, book, { ...settings, ...changes }, 'contest-math', end).inFlight;
    });
  const tokens = [...open.values()].reduce((sum, each) => sum + each, 0);
  expect(told({})).toMatchObject({ calls: open.size, tokens });
  // A run that is at work, and simulated calls, which are served to their end later.
  expect(told({}, false)).toBeUndefined();
  expect(told({ simulated: true })).toBeUndefined();
});

test('what a pause wrote is no front of a run that has gone on since', async () => {
  const folder = await midway('paused');
  const opened = async () => unwrap(await openRun(run.runsFolder, 'paused')).front;
  const now = await opened();
  if (now === null) throw new Error('the journal has a front');
  const pause = { ...now, ended: 'interrupted' };
  expect(writeResult(folder, pause, null)).toBe(true);
  expect(await opened()).toEqual(pause);
  const before = { ...pause, front: pause.front.slice(0, 1), spent: { ...pause.spent, calls: 1 } };
  writeResult(folder, before, null);
  expect(await opened()).toEqual(now);
  await rm(join(folder, 'journal.sqlite'));
  expect(await opened()).toEqual(before);
});

test('a run that is stopped before its first call can be gone on with; one whose journal is gone cannot', async () => {
  const folder = await createRunFolder(temporaryFolder('stopped'), 'early', worldManifest('early'));
  const clock = { ...createRealClock(), sleep: () => Promise.resolve() };
  const settings = { ...worldSettings, budget: { maxEvaluations: 4 } };
  const play = (signal?: AbortSignal) =>
    tune(folder, settings, {
      ...worldDependencies(defined({ signal })),
      ...{ clock, model: createWorldModel(clock) },
    });
  expect((await play(AbortSignal.abort())).ended).toBe('interrupted');
  expect((await play()).evaluations).toBeGreaterThan(0);
  for (const file of readdirSync(folder)) if (file.startsWith('journal')) rmSync(join(folder, file));
  await expect(play()).rejects.toThrow('the events behind front.json');
});
