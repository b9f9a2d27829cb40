import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { createMemoryJournal } from '../../src/run/journal.ts';
import { assumeLostCalls } from '../../src/run/power-loss.ts';
import { loadRunState, Recorder } from '../../src/run/recorder.ts';
import { foldEvents, type RunState } from '../../src/run/run-state.ts';
import { openSqliteJournal } from '../../src/run/sqlite-journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { worldDependencies, worldSettings } from './world.ts';

let scratch: string;
let events: readonly RunEvent[];
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'mixtune-journal-'));
  const journal = createMemoryJournal();
  const dependencies = worldDependencies({ failureRate: 0.2 });
  await dependencies.clock.run(() => new TuningRun('test', journal, worldSettings, dependencies).run());
  events = journal.written;
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A state without what differs in form only: trials out of a snapshot read their parts when asked. */
function plain(state: RunState): unknown {
  const trials = state.trials.map(({ trial, id, config, origin, results, begun, status }) => ({
    trial,
    id,
    config,
    origin,
    results: [...results],
    begun: new Set(begun),
    status,
  }));
  // Which calls were answered before a snapshot is left to the journal's answers; see the test for that.
  const { answered: _answered, olderAnswers: _olderAnswers, ...rest } = state;
  return { ...rest, trials, byId: [...state.byId.keys()] };
}

/** Records the first so many events through a journal with frequent snapshots. */
function record(file: string, count: number): void {
  const journal = openSqliteJournal(file, { flush: 'never', snapshotEvery: 40 });
  let at = 0;
  const recorder = new Recorder(journal, {
    clock: createRealClock(),
    now: () => at,
    durability: 'batched',
    commitEvery: 7,
  });
  for (const event of events.slice(0, count)) {
    at = event.at;
    recorder.record(event);
  }
  recorder.close();
  journal.close();
}

describe('snapshots', () => {
  it('load to the very state that all events fold to, at any point', () => {
    for (let count = 0; count <= events.length; count += 61) {
      const file = join(scratch, `snapshot-${count}.sqlite`);
      record(file, count);
      const journal = openSqliteJournal(file, { flush: 'never', readOnly: true });
      expect([...journal.events()]).toEqual(events.slice(0, count));
      const loaded = loadRunState(journal);
      const folded = foldEvents(events.slice(0, count));
      expect(plain(loaded)).toEqual(plain(folded));
      expect([...folded.answered]).toEqual(expect.arrayContaining([...loaded.answered]));
      expect(loaded.olderAnswers).toBe(count > 40);
      if (count > 100) expect(journal.snapshots?.load()?.events).toBeGreaterThan(40);
      journal.close();
    }
  });

  it('show trials in the order in which they began and ended, with what was known then', () => {
    const shown = (file: string | undefined): string[] => {
      const journal =
        file === undefined
          ? createMemoryJournal(events)
          : openSqliteJournal(file, { flush: 'never', readOnly: true });
      const recorder = new Recorder(journal, {
        clock: createRealClock(),
        now: () => 0,
        durability: 'batched',
      });
      const seen: string[] = [];
      recorder.replay({
        trialStarted: ({ trial }) => seen.push(`began ${trial} of ${recorder.state.trials.length}`),
        cellFinished: () => undefined,
        trialOpened: () => undefined,
        trialFinished: ({ trial, status, results }) =>
          seen.push(`ended ${trial} ${status} ${JSON.stringify([...results])}`),
      });
      journal.close();
      return seen;
    };
    const file = join(scratch, 'order.sqlite');
    record(file, events.length);
    expect(shown(file)).toEqual(shown(undefined));
  });
});

describe('schema', () => {
  /** As version 1 of mixtune wrote it. */
  function versionOne(file: string, version = '1'): void {
    const database = new Database(file);
    database.exec(`
      BEGIN;
      CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
      CREATE TABLE events (sequence INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL);
      CREATE TABLE answers (row INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, response TEXT NOT NULL);
      INSERT INTO meta (name, value) VALUES ('schema', '${version}');
    `);
    const insert = database.prepare('INSERT INTO events (at, kind, data) VALUES (?, ?, ?)');
    for (const { at, kind, ...data } of events.slice(0, 100)) insert.run(at, kind, JSON.stringify(data));
    database.exec('COMMIT');
    database.close();
  }

  it('of version 1 is read as it is, and brought up to date by a run that goes on', () => {
    const file = join(scratch, 'one.sqlite');
    versionOne(file);
    const reader = openSqliteJournal(file, { flush: 'never', readOnly: true });
    expect([...reader.events()]).toEqual(events.slice(0, 100));
    expect(reader.snapshots).toBeUndefined();
    reader.close();
    const writer = openSqliteJournal(file, { flush: 'never' });
    expect(plain(loadRunState(writer))).toEqual(plain(foldEvents(events.slice(0, 100))));
    expect(writer.snapshots).toBeDefined();
    writer.append(events[100] as RunEvent);
    writer.close();
    const again = openSqliteJournal(file, { flush: 'never', readOnly: true });
    expect([...again.events()]).toEqual(events.slice(0, 101));
    again.close();
  });

  it.each(['3', 'x'])('of version %s is refused', (version) => {
    const file = join(scratch, `version-${version}.sqlite`);
    versionOne(file, version);
    for (const readOnly of [true, false]) {
      expect(() => openSqliteJournal(file, { flush: 'never', readOnly })).toThrow(/schema version 1 or 2/);
    }
  });
});

describe('a machine that went down', () => {
  it('is told from a process that ended or was killed', () => {
    const file = join(scratch, 'boot.sqlite');
    const open = (boot: string) => openSqliteJournal(file, { flush: 'never', boot });
    const first = open('monday');
    expect(first.powerLost).toBe(false);
    first.close();
    expect(open('tuesday').powerLost).toBe(false);
    // Not closed: killed.
    const resumed = open('tuesday');
    expect(resumed.powerLost).toBe(false);
    const afterPowerCut = open('wednesday');
    expect(afterPowerCut.powerLost).toBe(true);
    afterPowerCut.close();
    expect(open('thursday').powerLost).toBe(false);
  });

  it('counts as many calls as can have been in flight, at their worst', () => {
    const journal = createMemoryJournal();
    const recorder = new Recorder(journal, { clock: createRealClock(), now: () => 0, durability: 'batched' });
    const reserved = { tokensIn: 100, tokensOut: 200, usd: 0.01 };
    recorder.record({
      kind: 'call-dispatched',
      call: 0,
      key: 'k',
      attempt: 0,
      model: 'm/m',
      purpose: 'agent',
      reserved,
    });
    const notice = assumeLostCalls(recorder, 4);
    expect(notice).toContain('4 calls are counted as possibly spent (at most 1200 tokens, $0.0400)');
    const { calls, tokensIn, tokensOut, usd } = recorder.state;
    expect({ calls, tokensIn, tokensOut, usd }).toEqual({
      calls: 5,
      tokensIn: 400,
      tokensOut: 800,
      usd: 0.04,
    });
  });
});
