import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { onAbort } from '../../src/core/abort.ts';
import { createRealClock } from '../../src/core/clock.ts';
import type { CellResult } from '../../src/domain/cell-result.ts';
import { type Grade, graderFailed, scored, unscored } from '../../src/domain/grade.ts';
import type { FrontFile } from '../../src/domain/run-result.ts';
import type { GradeRequest, Grader } from '../../src/grading/grader.ts';
import {
  isInVain,
  mostInVain,
  nothingGraded,
  searchIsInVain,
  withCell,
} from '../../src/run/cells/grading-record.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { createMemoryJournal, type Journal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';
import { createWorldModel, worldDependencies, worldSettings, yesGrader } from './world.ts';

/** Fails on those of its answers, counted from 0, that are said. */
function failingOn(fails: (answer: number) => boolean): Grader {
  let answers = 0;
  const grade = (request: GradeRequest) => {
    if (fails(answers++)) throw new Error('boom');
    return yesGrader.grade(request);
  };
  return { ...yesGrader, grade };
}
const always = failingOn(() => true);

const maxEvaluations = thorough ? 25 : 10;

function play(journal: Journal, grader: Grader): Promise<FrontFile> {
  const dependencies = { ...worldDependencies(), grader };
  const settings = { ...worldSettings, budget: { maxEvaluations } };
  return dependencies.clock.run(() => new TuningRun('test', journal, settings, dependencies).run());
}

const stopped = {
  code: 'grader-fails',
  message: expect.stringMatching(/all of the first 1\d answers.*boom/),
};
const finished = (events: Iterable<RunEvent>) =>
  [...events].flatMap((event) => (event.kind === 'cell-finished' ? [event.result.grade] : []));

it('tells of which question an answer has no grade', async () => {
  const said: string[] = [];
  const asked: string[] = [];
  const grader: Grader = {
    ...yesGrader,
    grade: async (request) => {
      asked.push(request.instance.id);
      return asked.length === 5 ? graderFailed('boom') : yesGrader.grade(request);
    },
  };
  const dependencies = { ...worldDependencies(), grader, onNotice: (text: string) => said.push(text) };
  const settings = { ...worldSettings, budget: { maxEvaluations: 3 } };
  await dependencies.clock.run(() =>
    new TuningRun('test', createMemoryJournal(), settings, dependencies).run(),
  );
  expect(said).toEqual([`question ${asked[4]}: boom`]);
});

/** A cell's end: graded, scored without the grader, left by the grader, left by the models. */
type End = 'graded' | 'empty' | 'grader' | 'outage';
const ends: Readonly<Record<End, { readonly grade: Grade; readonly answer: string | null }>> = {
  graded: { grade: scored(0), answer: 'A' },
  empty: { grade: scored(0, 'wrote nothing'), answer: null },
  grader: { grade: graderFailed('boom'), answer: 'A' },
  outage: { grade: unscored('no connection'), answer: null },
};

describe('a search is in vain', () => {
  const { byGrader, unscored: most } = mostInVain;
  it.each<[string, (readonly [number, End])[], string | undefined]>([
    ['where the grader fails on so many answers', [[byGrader, 'grader']], 'grader-fails'],
    [
      'whatever cells are lost meanwhile',
      [
        [5, 'outage'],
        [byGrader, 'grader'],
      ],
      'grader-fails',
    ],
    [
      'whoever wrote nothing meanwhile',
      [
        [30, 'empty'],
        [byGrader, 'grader'],
      ],
      'grader-fails',
    ],
    ['not before', [[byGrader - 1, 'grader']], undefined],
    [
      'not where a grade came first',
      [
        [1, 'graded'],
        [30, 'grader'],
      ],
      undefined,
    ],
    [
      'not where a grade came last',
      [
        [byGrader - 1, 'grader'],
        [1, 'graded'],
        [30, 'grader'],
      ],
      undefined,
    ],
    ['where so many cells are lost', [[most, 'outage']], 'nothing-scored'],
    [
      'for both causes together',
      [
        [byGrader - 1, 'grader'],
        [most - byGrader + 1, 'outage'],
      ],
      'nothing-scored',
    ],
    ['not where fewer are lost', [[most - 1, 'outage']], undefined],
    [
      'not where a cell has a score',
      [
        [1, 'empty'],
        [40, 'outage'],
      ],
      undefined,
    ],
    ['not where configs write nothing', [[40, 'empty']], undefined],
  ])('%s', (_, cells, code) => {
    const grading = cells
      .flatMap(([times, end]) => Array.from({ length: times }, () => ends[end] as CellResult))
      .reduce(withCell, nothingGraded);
    expect(isInVain({ phase: 'search', grading })).toBe(code !== undefined);
    if (code !== undefined) expect(searchIsInVain(grading)).toMatchObject({ code });
    expect(isInVain({ phase: 'finish', grading })).toBe(false);
  });
});

describe('a grader that always fails', () => {
  it('ends the run after a few answers, wherever it was killed before', async () => {
    const whole = createMemoryJournal();
    await expect(play(whole, always)).rejects.toMatchObject(stopped);
    const events = [...whole.events()];
    expect(finished(events).length).toBeGreaterThanOrEqual(mostInVain.byGrader);
    expect(finished(events).length).toBeLessThan(mostInVain.byGrader + worldSettings.concurrency);
    for (const share of [0.3, 0.7, 0.95]) {
      const count = Math.floor(share * events.length);
      const journal = createMemoryJournal(events.slice(0, count));
      const killed = { ...journal, answer: whole.answer };
      await expect(play(killed, always)).rejects.toMatchObject(stopped);
    }
  });

  it('goes on when it is mended, with the answers that it has', async () => {
    const journal = createMemoryJournal();
    await expect(play(journal, always)).rejects.toMatchObject(stopped);
    await expect(play(journal, always)).rejects.toMatchObject(stopped);
    const front = await play(journal, yesGrader);
    expect(front.ended).toBe('evaluations');
    expect(front.front.length).toBeGreaterThan(0);
    const events = [...journal.events()];
    expect(events.filter(({ kind }) => kind === 'search-restarted')).toHaveLength(2);
    const keys = events.flatMap((event) => (event.kind === 'call-dispatched' ? [event.key] : []));
    expect(new Set(keys).size).toBe(keys.length);
    expect(front.spent.calls).toBe(keys.length);
    expect(front.evaluations).toBe(maxEvaluations);
  });

  it.skipIf(!thorough)(
    'that is a module of the task is tried, mended and resumed by the commands that the run names',
    async () => {
      const cwd = temporaryFolder('grader-failing');
      const task = join(cwd, 'my task');
      mkdirSync(task);
      const grader = (body: string): void =>
        writeFileSync(join(task, 'grade.mjs'), `export default ({ answer }) => { ${body} };`);
      writeFileSync(
        join(task, 'task.yaml'),
        'version: 1\nname: crash\ndescription: Add.\ngrader: { name: module, path: grade.mjs }\nanswer: number\n',
      );
      const instance = (n: number) =>
        JSON.stringify({ id: `q${n}`, input: `What is ${n} plus 3?`, gold: n + 3 });
      writeFileSync(
        join(task, 'instances.jsonl'),
        Array.from({ length: 12 }, (_, n) => `${instance(n)}\n`).join(''),
      );
      const cli = async (...args: string[]) => {
        const context = testContext(args, { cwd });
        const code = await runCli(context);
        return { code, said: context.stdout.text + context.stderr.text };
      };
      const models = 'sim/wisp-1b,sim/otter-32b';
      const budget = ['--max-evaluations', '4'];
      grader('throw new Error("boom")');
      const failed = await cli('tune', task, '--run', 'one', '--models', models, ...budget);
      expect(failed.code).toBe(1);
      expect(failed.said).toMatch(
        /all of the first \d+ answers; its last error: the module grade\.mjs failed: boom/,
      );
      expect(failed.said).toContain("mixtune task check './my task'");
      expect(failed.said).toContain('mixtune resume one');

      grader('return answer.length % 2');
      expect(await cli('resume', 'one', '--task', task)).toMatchObject({ code: 0 });
      const read = (file: string) => JSON.parse(readFileSync(join(cwd, 'runs/one', file), 'utf8'));
      expect(read('best.json').grader).toEqual(read('manifest.json').grader);
      expect(await cli('reproduce', 'one', '--from-cache', '--task', task)).toMatchObject({ code: 0 });

      grader('return 1');
      expect(await cli('resume', 'one', '--task', task)).toMatchObject({ code: 2 });
    },
  );
});

describe('a grader that fails now and then', () => {
  const failing = [
    ['on every second answer', (answer: number) => answer % 2 === 0],
    ['on all but the first', (answer: number) => answer > 0],
    ['on the first ones', (answer: number) => answer < mostInVain.byGrader - 1],
  ] as const;
  it.each(sampled(failing, 3))('%s does not end the run, and is told in its result', async (_, fails) => {
    const journal = createMemoryJournal();
    const front = await play(journal, failingOn(fails));
    expect(front.ended).toBe('evaluations');
    const grades = finished(journal.events());
    const lost = grades.filter(({ kind }) => kind === 'unscored').length;
    expect(lost).toBeGreaterThan(0);
    expect(front.unscored).toEqual({
      answers: lost,
      of: grades.length,
      last: expect.stringContaining('boom'),
    });
  });
});

describe('a grader that the user stops', () => {
  it('has not failed: nothing is told of it, and its cell is open for the run to go on', async () => {
    const stopper = new AbortController();
    let gradings = 0;
    // As a program does that is killed with the run.
    const grade = async (request: GradeRequest) => {
      if (++gradings <= 3) return yesGrader.grade(request);
      stopper.abort();
      await new Promise<void>((killed) => onAbort(request.signal, killed));
      return graderFailed('the grading program aborted');
    };
    const notices: string[] = [];
    const real = createRealClock();
    const clock = { ...real, sleep: () => Promise.resolve() };
    const dependencies = {
      ...worldDependencies({ signal: stopper.signal }),
      ...{ clock, model: createWorldModel(clock), grader: { ...yesGrader, grade } },
      onNotice: (notice: string) => notices.push(notice),
    };
    const settings = { ...worldSettings, budget: { maxEvaluations } };
    const journal = createMemoryJournal();
    const front = await new TuningRun('test', journal, settings, dependencies).run();
    expect(front.ended).toBe('interrupted');
    await new Promise((resolve) => setImmediate(resolve));
    expect(gradings).toBeGreaterThan(3);
    expect(notices).toEqual([]);
    const events = [...journal.events()];
    const kinds = events.map(({ kind }) => kind);
    const open = kinds.filter((kind) => kind === 'cell-started').length - finished(events).length;
    expect(open).toBeGreaterThan(0);
    expect(kinds).not.toContain('cell-abandoned');
    expect(finished(events).map(({ kind }) => kind)).not.toContain('unscored');
  });
});
