import { execFile } from 'node:child_process';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../src/domain/task.ts';
import type { Grader } from '../../src/grading/grader.ts';
import { createColors } from '../../src/report/colors.ts';
import { leaderboardText } from '../../src/report/leaderboard-text.ts';
import { leaderboardView } from '../../src/report/view-model/leaderboard-view.ts';
import { entryId, type LeaderboardEntry } from '../../src/run/leaderboard/entry.ts';
import { type GradedAnswer, measuredEntry } from '../../src/run/leaderboard/measured-entry.ts';
import { LeaderboardStore } from '../../src/run/leaderboard/store.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import { agent, configOf } from '../support/moa.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const known = (mean: number) => ({ mean, low: mean - 0.1, high: mean + 0.1 });
const entry: LeaderboardEntry = {
  version: 1,
  task: 'made',
  taskHash: 'h1',
  grader: { name: 'made', revision: 'r1' },
  name: 'one',
  source: 'score',
  run: null,
  addedAt: '2026-11-28T12:00:00.000Z',
  mixtune: '0.0.0',
  simulated: false,
  config: configOf({ kind: 'propose', agents: [agent('a')] }),
  answers: 4,
  questions: 1,
  objectives: { score: known(0.5), latency: known(2), tokens: known(100), usd: known(0.1) },
  strict: null,
  holdout: null,
};

let folder: string;
let notices: string[];
let store: LeaderboardStore;
beforeEach(() => {
  folder = temporaryFolder('leaderboard');
  notices = [];
  store = new LeaderboardStore(folder, (notice) => notices.push(notice));
});

const file = () => join(folder, 'leaderboard.sqlite');

describe('the store of leaderboards', () => {
  it.each(['', '-wal', '-journal'])('writes through no link that stands at its file%s', (ending) => {
    const other = join(folder, 'other');
    writeFileSync(other, 'kept');
    symlinkSync(other, `${file()}${ending}`);
    expect(() => store.add(entry)).toThrow('a symbolic link');
    expect(readFileSync(other, 'utf8')).toBe('kept');
  });

  it.each([
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(101) }],
    ['answers', { answers: -1 }],
  ])('keeps nothing that it could not read again, but says what is wrong (%s)', (place, change) => {
    expect(() => store.add({ ...entry, ...change })).toThrow(place);
    expect(store.entries('made')).toEqual([]);
    expect(notices).toEqual([]);
  });

  it('keeps entries by task; the same twice is one; what is removed is gone; looking makes no file', () => {
    expect([store.entries('made'), store.tasks(), store.remove('made', 'x')]).toEqual([[], [], false]);
    expect(readdirSync(folder)).toEqual([]);
    const id = store.add(entry);
    expect(store.add({ ...entry, addedAt: '2027-01-01T00:00:00.000Z' })).toBe(id);
    const other = store.add({ ...entry, task: 'other' });
    expect(store.entries('made')).toEqual([{ id, entry }]);
    expect(store.tasks()).toEqual(['made', 'other']);
    expect(store.remove('made', other)).toBe(false);
    expect(store.remove('other', other)).toBe(true);
    expect(store.tasks()).toEqual(['made']);
    expect(notices).toEqual([]);
  });

  it.skipIf(!thorough)('loses nothing when two processes write at once', async () => {
    const program = compiledProgram('test/support/leaderboard-worker.ts');
    const run = promisify(execFile);
    const writers = ['a', 'b'].map((writer) =>
      run(process.execPath, [program, folder, JSON.stringify(entry), writer, '25']),
    );
    await Promise.all(writers);
    const names = store.entries('made').map((each) => each.entry.name);
    const due = ['a', 'b'].flatMap((writer) => Array.from({ length: 25 }, (_, n) => `${writer} ${n}`));
    expect(names.sort()).toEqual(due.sort());
  });

  it('sets a damaged file aside, says so, and goes on', () => {
    for (let n = 0; n < 40; n++) store.add({ ...entry, name: `entry ${n}` });
    const descriptor = openSync(file(), 'r+');
    const { size } = statSync(file());
    for (let at = 4096; at < size; at += 512) writeSync(descriptor, Buffer.alloc(300, 0xa5), 0, 300, at);
    closeSync(descriptor);
    const damaged = readFileSync(file());
    const id = store.add(entry);
    expect(store.entries('made')).toEqual([{ id, entry }]);
    expect(notices.join('\n')).toContain('leaderboard.sqlite.damaged-1');
    expect(readFileSync(`${file()}.damaged-1`)).toEqual(damaged);
  });

  it('leaves out and names a row that is not as it was written', () => {
    for (const name of ['one', 'two']) store.add({ ...entry, name });
    const bytes = readFileSync(file());
    bytes.write('"answers":9', bytes.indexOf('"answers":4'));
    writeFileSync(file(), bytes);
    expect(store.entries('made')).toHaveLength(1);
    expect(notices).toEqual([expect.stringContaining('is left out: it is not as it was written')]);
  });

  it('moves no file that is no data base', () => {
    writeFileSync(file(), 'my shopping list, which is longer than a page of nothing'.repeat(100));
    expect(() => store.add(entry)).toThrow(/leaderboard \(SQLite data base\)/);
    expect(readdirSync(folder)).toEqual(['leaderboard.sqlite']);
  });
});

describe('the entry of a measured system', () => {
  const made = {
    ...{
      name: 'made',
      description: 'd',
      instances: 'i',
      answer: 'text' as const,
      version: 1 as const,
      repeats: 1,
    },
    ...{
      split: { holdout: 0.5, seed: 1 },
      objectives: [],
      hash: 'h1',
      holdout: [],
      grader: { name: 'made' },
    },
    tuning: ['a', 'b'].map((id) => ({ id, input: id })),
  };
  /** Strictly nothing is right but `exact`. */
  const grader: Grader = {
    name: 'made',
    revision: 'r1',
    grade: async ({ answer, overrides }) => ({
      kind: 'scored',
      value: overrides === undefined || answer === 'exact' ? 1 : 0,
    }),
  };
  const answered = (instance: string, answer: string | null) => ({
    ...{ instance, answer, grade: { kind: 'scored' as const, value: 1 } },
    measurement: { score: 1, latency: 1, tokens: 10, usd: null },
  });
  const system = (task: Task, answers: GradedAnswer[]) =>
    measuredEntry({ ...entry, source: 'score', task, grader, answers });

  it('has the same answers graded strictly, where the task grades its holdout so', async () => {
    const answers = [
      answered('a', 'exact'),
      answered('a', 'about'),
      answered('b', 'exact'),
      answered('b', null),
    ];
    const strictly = await system({ ...made, holdoutGrader: { scoring: 'strict' } }, answers);
    expect(strictly).toMatchObject({ answers: 4, questions: 2, holdout: null, strict: { mean: 0.5 } });
    expect(strictly.objectives).toMatchObject({
      score: { mean: 1 },
      tokens: { mean: 10 },
      usd: { mean: null },
    });
    expect((await system(made, answers)).strict).toBeNull();
  });

  it('leaves out what could not be scored', async () => {
    const unscored = { ...answered('a', 'x'), grade: { kind: 'unscored' as const, reason: 'outage' } };
    expect(await system(made, [answered('b', 'exact'), unscored])).toMatchObject({
      answers: 1,
      questions: 1,
    });
  });
});

describe('a leaderboard', () => {
  const stored = (changes: Partial<LeaderboardEntry>) => {
    const changed = { ...entry, ...changes };
    return { id: entryId(changed), entry: changed };
  };
  const scored = (mean: number) => ({ ...entry.objectives, score: known(mean) });
  const now = { hash: 'h1', revision: 'r1', max: 120, hasStrict: true };

  it('ranks by score, then strict score, then tokens; what cannot be compared has no rank and says why', () => {
    const view = leaderboardView({
      task: 'made',
      now,
      notices: [],
      stored: [
        stored({ name: 'poor', objectives: scored(0.2) }),
        stored({ name: 'equal', strict: known(0.3) }),
        stored({ name: 'equal and strict', strict: known(0.4) }),
        stored({ name: 'old task', taskHash: 'h0', objectives: scored(0.9) }),
        stored({ name: 'old grader', grader: { name: 'made', revision: 'r0' }, objectives: scored(0.95) }),
        stored({ name: 'best', objectives: scored(0.8) }),
        stored({
          name: 'nothing',
          objectives: { ...entry.objectives, score: { mean: null, low: null, high: null } },
        }),
      ],
      ofRuns: [],
    });
    expect(view.rows.map(({ rank, name, incomparable }) => [rank, name, incomparable])).toEqual([
      [1, 'best', null],
      [2, 'equal and strict', null],
      [3, 'equal', null],
      [4, 'poor', null],
      [null, 'old grader', 'the grader has changed since it was measured'],
      [null, 'old task', 'the task has changed since it was measured'],
      [null, 'nothing', 'nothing was scored'],
    ]);
  });

  it('says of runs that their score is too high where a holdout shows it', () => {
    const ofRun = { ...entry, source: 'run' as const, run: 'night', strict: null, holdout: known(0.4) };
    const text = (hasStrict: boolean, entries: readonly LeaderboardEntry[]): string => {
      const parts = { task: 'made', now: { ...now, hasStrict }, notices: [], stored: [], ofRuns: entries };
      return leaderboardText(leaderboardView(parts), {
        width: 80,
        paragraphs: 200,
        colors: createColors(false),
      });
    };
    expect(text(false, [ofRun])).toContain('compare those by holdout');
    expect(text(false, [{ ...ofRun, holdout: null }])).not.toContain('compare those');
    expect(text(true, [ofRun])).not.toContain('compare those');
  });

  it.each([70, 80, 100, 120])(
    'has what is typed next, and how sure the scores are, in %i columns',
    (width) => {
      const entries = ['one', 'preset:self-consistency'].map((name) =>
        stored({ name, strict: null, holdout: known(0.4) }),
      );
      const ofRun = { ...entry, name: 'night', source: 'run' as const, run: 'night', strict: null };
      const parts = { task: 'made', now: { ...now, hasStrict: false, max: 1 }, notices: [], stored: entries };
      const view = leaderboardView({ ...parts, ofRuns: [ofRun] });
      const text = leaderboardText(view, { width, paragraphs: width, colors: createColors(false) });
      for (const { id } of entries) expect(text).toContain(id.slice(0, 8));
      expect(text).not.toContain('run:');
      expect(text.match(/\[[\d.]+, ?[\d.]+\]/g)?.length).toBeGreaterThanOrEqual(width < 80 ? 3 : 5);
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    },
  );

  it('has the best of a run once, saved or not', () => {
    const ofRun = { ...entry, source: 'run' as const, run: 'night' };
    const both = leaderboardView({
      task: 'made',
      now,
      notices: [],
      stored: [stored(ofRun)],
      ofRuns: [ofRun],
    });
    expect(both.rows.map(({ id }) => id)).toEqual([entryId(ofRun)]);
    const own = leaderboardView({ task: 'made', now, notices: [], stored: [], ofRuns: [ofRun] });
    expect(own.rows.map(({ id }) => id)).toEqual(['run:night']);
  });
});
