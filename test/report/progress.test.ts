import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../src/domain/budget.ts';
import type { Progress } from '../../src/domain/run-result.ts';
import { createColors } from '../../src/report/colors.ts';
import { createLiveBlock, renderLiveBlock, secondsLeft } from '../../src/report/live-block.ts';
import { createProgressLines, progressLine, rehearsalLine } from '../../src/report/progress-lines.ts';
import { sampleProgress } from '../support/front-sample.ts';

describe('plain lines', () => {
  const feed = (snapshots: readonly Progress[]): string[] => {
    const lines: string[] = [];
    const show = createProgressLines((line) => lines.push(line), { every: 25 });
    for (const snapshot of snapshots) show(snapshot);
    return lines;
  };

  test('one when a phase begins and one for every 25 evaluations', () => {
    const search = Array.from({ length: 101 }, (_, evaluations) => sampleProgress({ evaluations }));
    const lines = feed([
      sampleProgress({ phase: 'baselines', evaluations: 0 }),
      ...search,
      sampleProgress({ phase: 'done', evaluations: 101 }),
    ]);
    expect(lines.map((line) => line.match(/^(.*?): (\d+)/)?.slice(1))).toEqual([
      ['measuring the baselines', '0'],
      ['searching', '0'],
      ['searching', '25'],
      ['searching', '50'],
      ['searching', '75'],
      ['searching', '100'],
      ['done', '101'],
    ]);
  });

  test('one after ten seconds of a run that takes them', () => {
    const at = (seconds: number, simulated: boolean) =>
      sampleProgress({ simulated, spent: { ...sampleProgress().spent, seconds } });
    const seconds = [0, 4, 9, 11, 15, 22];
    expect(feed(seconds.map((each) => at(each, false)))).toHaveLength(3);
    expect(feed(seconds.map((each) => at(each, true)))).toHaveLength(1);
  });

  test('equal snapshots give equal lines, however many there are between them', () => {
    const few = [0, 25, 50].map((evaluations) => sampleProgress({ evaluations }));
    const many = few.flatMap((snapshot) => [snapshot, snapshot, snapshot]);
    expect(feed(many)).toEqual(feed(few));
  });

  test('each notice is told once', () => {
    const lines = feed([
      sampleProgress({ notices: ['groq is down'] }),
      sampleProgress({ notices: ['groq is down'] }),
      sampleProgress({ notices: ['groq is down', 'groq is back'] }),
    ]);
    expect(lines.filter((line) => line.startsWith('notice'))).toEqual([
      'notice: groq is down',
      'notice: groq is back',
    ]);
  });

  test('notices that differ in their question alone count as equal', () => {
    const notices = ['a', 'b', 'c'].map((id) => `question ${id}: the grader failed: boom`);
    const told = feed([sampleProgress({ notices })]).filter((line) => line.startsWith('notice'));
    expect(told).toEqual([`notice: ${notices[0]}`, `notice: ${notices[1]} (2 times so far)`]);
  });

  test('of equal notices ever fewer are told, whatever comes between', () => {
    const boom = 'the grader failed: boom';
    const back = 'groq is back';
    const notices = [boom, back, ...Array.from({ length: 99 }, () => boom)];
    const told = feed(
      notices.map((_, at) => sampleProgress({ evaluations: at, notices: notices.slice(0, at + 1) })),
    ).filter((line) => line.startsWith('notice'));
    expect(told).toEqual([
      `notice: ${boom}`,
      `notice: ${back}`,
      ...[2, 4, 8, 16, 32, 64].map((times) => `notice: ${boom} (${times} times so far)`),
    ]);
  });

  test('a line says what is simulated, and leaves out unknown money', () => {
    expect(progressLine(sampleProgress())).toBe(
      'searching: 75 of 200 evaluations, 604 calls, 609k tokens, $0.62 (simulated), 30m 00s simulated, best score 0.960, front 3',
    );
    const real = sampleProgress({ simulated: false, spent: { ...sampleProgress().spent, usd: null } });
    expect(progressLine(real)).not.toMatch(/simulated|\$/);
    const first = { evaluations: 1, spent: { ...sampleProgress().spent, calls: 1 } };
    expect(progressLine(sampleProgress({ ...first, budget: {} }))).toContain(': 1 evaluation, 1 call, ');
    expect(progressLine(sampleProgress(first))).toContain(': 1 of 200 evaluations, 1 call, ');
  });
});

test('a rehearsal says what it plays, and how long it will take once it knows its pace', () => {
  const first = { rehearsal: 1, rehearsals: 3, concurrency: 8, evaluations: 75, calls: 1204, share: 0.1 };
  expect(rehearsalLine(first, 2)).toBe('Rehearsal 1 of 3: 75 evaluations, 1,204 calls');
  expect(rehearsalLine(first, 50)).toBe('Rehearsal 1 of 3: 75 evaluations, 1,204 calls, about 7m 30s left');
  expect(rehearsalLine({ ...first, share: 0 }, 50)).not.toContain('left');
  expect(rehearsalLine({ ...first, rehearsal: undefined, concurrency: 16 }, 50)).toMatch(
    /^Rehearsing with --concurrency 16: 75 evaluations/,
  );
});

describe('time left', () => {
  const left = (calls: number, seconds: number, budget: Budget = { maxEvaluations: 9 }) =>
    secondsLeft(
      { spent: { ...sampleProgress().spent, calls, seconds }, budget },
      { calls: 100, seconds: 600 },
    );
  const [evaluated, timed] = [{ maxEvaluations: 9 }, { maxSeconds: 1000 }];

  test.each([
    ['before the first call, what is forecast', left(0, 0), 600],
    ['half way at the forecast pace', left(50, 300), 300],
    ['half way at a third of it, more, nearly all of it at its own pace', left(50, 900), 817],
    ['of a server that is twenty times as fast soon little, of 28 s', left(5, 1.5), 85],
    ['and of 27 s a little later', left(10, 3), 39],
    ['of one call that was slow by chance no more than a little', left(1, 20), 623],
    ['never beyond the ceiling on time', left(50, 900, { ...evaluated, ...timed }), 100],
    ['nothing that is known once the forecast is passed', left(100, 700), undefined],
    ['nor with a time that it may not need', left(100, 700, { ...evaluated, ...timed }), undefined],
    ['of a run that ends with its time, that, whatever was forecast', left(99, 300, timed), 700],
    ['and on a server that is faster than was foretold', left(5000, 300, timed), 700],
    [
      'up to another ceiling more than was forecast, less than at the own pace',
      left(500, 300, { maxCalls: 2000 }),
      609,
    ],
    ['up to whichever of two comes first', left(500, 300, { maxCalls: 2000, maxSeconds: 800 }), 500],
    ['or the other', left(1500, 300, { maxCalls: 2000, ...timed }), 107],
  ])('%s', (_, seconds, expected) =>
    expect(seconds === undefined ? undefined : Math.round(seconds)).toBe(expected),
  );

  test('is known without a forecast where a ceiling ends the run, as when it is taken up again', () => {
    const spent = { ...sampleProgress().spent, calls: 500, seconds: 300 };
    expect(secondsLeft({ spent, budget: timed })).toBe(700);
    expect(secondsLeft({ spent, budget: { maxCalls: 2000 } })).toBe(900);
    expect(secondsLeft({ spent, budget: evaluated })).toBeUndefined();
    expect(
      secondsLeft({ spent: { ...spent, calls: 0, seconds: 0 }, budget: { maxCalls: 9 } }),
    ).toBeUndefined();
  });

  test('stands in the block while the run is at work, at every width', () => {
    const look = { rows: 24, colors: createColors(false), expected: { calls: 1208, seconds: 3600 } };
    for (const columns of [60, 80, 200]) {
      const of = (simulated: boolean) => renderLiveBlock(sampleProgress({ simulated }), { ...look, columns });
      // On the run's own clock: whoever waits before the screen waits for less.
      expect(of(true)).toMatch(/^left +about 30m 00s \(simulated\)$/m);
      expect(of(false)).toMatch(/^left +about 30m 00s$/m);
    }
    expect(renderLiveBlock(sampleProgress({ phase: 'done' }), { ...look, columns: 80 })).not.toMatch(
      /^left/m,
    );
  });
});

describe('live block', () => {
  test('says nothing runs once the run has ended, whatever its search left as it was', () => {
    const look = { rows: 24, columns: 80, colors: createColors(false) };
    const running = (phase: 'search' | 'done') =>
      renderLiveBlock(sampleProgress({ phase, trialsInFlight: 1 }), look).match(/1 running/g);
    expect([running('search'), running('done')]).toEqual([['1 running'], null]);
  });

  const render = (progress: Progress, columns: number, rows: number, color = false) =>
    renderLiveBlock(progress, { columns, rows, colors: createColors(color), scale: { max: 120 } });

  test.each([
    [20, 3],
    [40, 8],
    [80, 10],
    [80, 14],
    [80, 24],
    [200, 60],
  ])('fits %d columns and %d rows', (columns, rows) => {
    const busy = sampleProgress({
      front: Array.from({ length: 7 }).flatMap(() => sampleProgress().front),
      notices: ['a provider has been away for a while and its calls are being tried again with back-off'],
      budget: { maxEvaluations: 200, maxCalls: 5000, maxTokens: 2e6, maxUsd: 5, maxSeconds: 28_800 },
    });
    for (const color of [false, true]) {
      const lines = stripVTControlCharacters(render(busy, columns, rows, color)).split('\n');
      expect(lines.length).toBeLessThan(rows);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });

  test('tells a notice in two lines at most, broken between words', () => {
    const told = '6 calls were in flight when the run broke off, and count as spent at their worst case';
    const linesOf = (notice: string): string[] =>
      render(sampleProgress({ notices: [notice] }), 80, 40)
        .split('\n')
        .slice(-2);
    expect(linesOf(told)).toEqual([
      '! 6 calls were in flight when the run broke off, and count as spent at their',
      '  worst case',
    ]);
    expect(linesOf(`${told}\n${told}, ${told}`)[1]).toMatch(/^ {2}worst case 6 calls .{50,70}…$/);
  });

  test('shows everything at 80 by 24', () => {
    expect(`\n${render(sampleProgress(), 80, 24)}\n`).toMatchInlineSnapshot(`
      "
      code-challenge (simulated) · searching · code-challenge-20260401-220000
      evaluations █████████░░░░░░░░░░░░░░░ 75 of 200  6 running
      calls       604  8 in flight, 312 shared
      tokens      ███████░░░░░░░░░░░░░░░░░ 609k of 2.00M
      usd         $0.62  simulated
      time        30m 00s  simulated
      best score  0.960 (115.2 of 120)
      hypervolume ▁▁▂▃▃▄▄▅▅▅▆▆▆▆▇▇▇▇▇▇▇███████████████████ 0.683

      id        score               latency  tokens  answers  config
      1b93e212  0.960 [0.86, 1.00]   14.2 s  21,500        4  best · sage-70b ×2+quic…
      1e0a47c8  0.850 [0.77, 0.94]   4.80 s   4,100        4  knee · quick-8b ×2 > fu…
      d954435d  0.550 [0.50, 0.61]   1.20 s     800        4  fastest cheapest
                                                              quick-8b
      "
    `);
  });

  test('has no colour codes without colour', () => {
    const text = render(sampleProgress(), 80, 24);
    expect(stripVTControlCharacters(text)).toBe(text);
    expect(render(sampleProgress(), 80, 24, true)).not.toBe(text);
  });

  test('a bar is full only when its ceiling is reached', () => {
    const barOf = (evaluations: number) =>
      render(sampleProgress({ evaluations }), 80, 24).match(/evaluations\s+([█░]+)/)?.[1] ?? '';
    expect(barOf(199)).toContain('░');
    expect(barOf(200)).not.toContain('░');
    expect(barOf(0)).not.toContain('█');
  });

  test('a fresh run without anything known yet renders', () => {
    const text = render(
      sampleProgress({
        phase: 'baselines',
        evaluations: 0,
        bestScore: null,
        front: [],
        hypervolumeTrend: [],
        spent: { calls: 0, tokensIn: 0, tokensOut: 0, usd: null, seconds: 0 },
      }),
      80,
      24,
    );
    expect(text).toContain('none yet');
    expect(text).toContain('usd         unknown');
  });

  test('takes away the rows into which a narrower terminal broke its lines', () => {
    let written = '';
    const stream = Object.assign(
      new Writable({
        write: (chunk, _encoding, done) => {
          written += String(chunk);
          done();
        },
      }),
      { columns: 120, rows: 24 },
    );
    const block = createLiveBlock(stream, {
      clock: { now: () => 0 },
      colors: createColors(true),
      everyMs: 0,
    });
    block.update(sampleProgress());
    stream.columns = 60;
    written = '';
    block.update(sampleProgress());
    const broken = renderLiveBlock(sampleProgress(), { columns: 119, rows: 24, colors: createColors(false) })
      .split('\n')
      .filter((line) => line.length > 60).length;
    expect(broken).toBeGreaterThan(2);
    expect(written).toContain(`\u001b[${broken}A\u001b[J`);
    written = '';
    block.update(sampleProgress({ evaluations: 80 }));
    expect(written).not.toContain('\u001b[J');
  });

  test('draws at most once in its interval, and the last snapshot always', () => {
    let now = 0;
    const written: string[] = [];
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        written.push(String(chunk));
        done();
      },
    });
    const block = createLiveBlock(stream, {
      clock: { now: () => now },
      colors: createColors(false),
      everyMs: 100,
    });
    block.update(sampleProgress({ evaluations: 1 }));
    block.update(sampleProgress({ evaluations: 2 }));
    now = 99;
    block.update(sampleProgress({ evaluations: 3 }));
    now = 100;
    block.update(sampleProgress({ evaluations: 4 }));
    block.update(sampleProgress({ evaluations: 5 }));
    block.done();
    const seen = [...written.join('').matchAll(/[█░] (\d+) of 200/g)].map((match) => match[1]);
    expect(seen).toEqual(['1', '4', '5']);
  });

  test('says of a notice how old it is, since the wait that it tells of may be over', () => {
    let now = 0;
    let written = '';
    const stream = Object.assign(
      new Writable({
        write: (chunk, _encoding, done) => {
          written += String(chunk);
          done();
        },
      }),
      { columns: 120, rows: 40 },
    );
    const block = createLiveBlock(stream, {
      clock: { now: () => now },
      colors: createColors(false),
      everyMs: 0,
    });
    const first = 'openai/m: waiting 13 s: 429 slow down';
    const shownAt = (ms: number, ...notices: readonly string[]) => {
      now = ms;
      written = '';
      block.update(sampleProgress({ notices, evaluations: ms / 1000 }));
      return [...stripVTControlCharacters(written).matchAll(/! [^\n]*/g)].map(([line]) => line);
    };
    expect(shownAt(60_000, first)).toEqual([`! ${first}`]);
    expect(shownAt(72_500, first)).toEqual([`! 12 s ago: ${first}`]);
    expect(shownAt(185_000, first)).toEqual([`! 2m 05s ago: ${first}`]);
    expect(shownAt(186_000, first, first)).toEqual([`! ${first}`]);
    now = 300_000;
    written = '';
    block.done();
    expect(written).toContain(`! 1m 54s ago: ${first}`);
  });
});
