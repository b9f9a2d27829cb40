import { join } from 'node:path';
import Database from 'libsql';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import type { ChatResponse } from '../../src/models/chat-model.ts';
import { CallSender } from '../../src/run/calls/call-sender.ts';
import { Ledger } from '../../src/run/calls/ledger.ts';
import { Traffic } from '../../src/run/calls/traffic.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { assumeLostCalls } from '../../src/run/journal/power-loss.ts';
import { Recorder } from '../../src/run/journal/recorder.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { createScriptedModel } from '../models/scripted-model.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';
import { worldDependencies, worldSettings } from './world.ts';

let scratch: string;
let events: readonly RunEvent[];
beforeAll(async () => {
  scratch = temporaryFolder('journal');
  const journal = createMemoryJournal();
  const dependencies = worldDependencies({ failureRate: 0.2 });
  const settings = { ...worldSettings, budget: { maxEvaluations: thorough ? 25 : 10 } };
  await dependencies.clock.run(() => new TuningRun('test', journal, settings, dependencies).run());
  events = journal.written;
});

describe('a journal in a file', () => {
  it('gives back the very events that were recorded, at any point, also where many are read together', () => {
    const file = join(scratch, 'all.sqlite');
    const journal = openSqliteJournal(file, { flush: 'never' });
    expect([...journal.events()]).toEqual([]);
    const many = [...events, ...events, ...events];
    for (const [count, event] of many.entries()) {
      journal.append(event);
      if (count % 7 === 0) journal.commit();
      if (count % 609 === 0)
        expect(JSON.stringify([...journal.events()])).toBe(JSON.stringify(many.slice(0, count + 1)));
    }
    journal.close();
    const reader = openSqliteJournal(file, { flush: 'never', readOnly: true });
    expect(many.length).toBeGreaterThan(2_000);
    expect(JSON.stringify([...reader.events()])).toBe(JSON.stringify(many));
    reader.close();
  });

  it.each([
    ['a text', { text: { length: 1 } }],
    ['a time', { serviceMs: 'x' }],
    ['tokens', { usage: '__proto__' }],
    ['dollars', { usd: -1 }],
  ])('has no answer where %s is none', (what, wrong) => {
    const file = join(scratch, `${what}.sqlite`);
    const usage = { inputTokens: 1, outputTokens: 1.5, estimated: false };
    const right: ChatResponse = {
      ...{ text: '4', finishReason: 'stop', usage, serviceMs: 1, firstTokenMs: null, usd: null },
    };
    const journal = openSqliteJournal(file, { flush: 'never' });
    journal.keepAnswer('right', right);
    journal.keepAnswer('wrong', { ...right, ...wrong } as unknown as ChatResponse);
    journal.close();
    const reader = openSqliteJournal(file, { flush: 'never', readOnly: true });
    expect(reader.answer('right')).toEqual(right);
    expect(reader.answer('wrong')).toBeUndefined();
    reader.close();
  });

  it('keeps times to the last bit', () => {
    const file = join(scratch, 'times.sqlite');
    const times = [0.1 + 0.2, 1 / 3, 1e-9, 123_456_789.123_456_78, 2 ** 53 - 1];
    const journal = openSqliteJournal(file, { flush: 'never' });
    for (const at of times) journal.append({ at, kind: 'fidelity-grown', level: 1 });
    journal.commit();
    expect([...journal.events()].map(({ at }) => at)).toEqual(times);
    journal.close();
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
    reader.close();
    const writer = openSqliteJournal(file, { flush: 'never' });
    writer.append(events[100] as RunEvent);
    writer.close();
    const again = openSqliteJournal(file, { flush: 'never', readOnly: true });
    expect([...again.events()]).toEqual(events.slice(0, 101));
    again.close();
  });

  it.each(['5', 'x'])('of version %s is refused', (version) => {
    const file = join(scratch, `version-${version}.sqlite`);
    versionOne(file, version);
    for (const readOnly of [true, false]) {
      expect(() => openSqliteJournal(file, { flush: 'never', readOnly })).toThrow(
        /schema version 1, 2, 3, 4/,
      );
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

  it('calls in flight when a process ended count at their worst case, and the notice says how much', () => {
    const clock = createRealClock();
    const recorder = new Recorder(createMemoryJournal(), { clock, now: () => 0, durability: 'batched' });
    for (const call of [0, 1]) {
      const reserved = { tokensIn: 100, tokensOut: 200 + call, usd: 0.01 };
      recorder.record({
        ...{ kind: 'call-dispatched', call, key: `k${call}`, attempt: 0, model: 'm/m' },
        ...{ purpose: 'agent', reserved },
      });
    }
    const notices: string[] = [];
    const sender = (): CallSender =>
      new CallSender({
        ...{ provider: createScriptedModel({ clock }), card: () => undefined },
        ...{ recorder, clock, ledger: new Ledger({}, recorder.state), traffic: new Traffic() },
        signal: new AbortController().signal,
        onNotice: (notice) => notices.push(notice),
      });
    sender();
    expect(notices).toEqual([
      '2 calls were in flight when the run broke off, and count as spent at their worst case, since the server may bill them (at most 601 tokens, $0.0200)',
    ]);
    expect(recorder.state).toMatchObject({ tokensIn: 200, tokensOut: 401, usd: 0.02 });
    sender();
    expect(notices).toHaveLength(1);
  });
});
