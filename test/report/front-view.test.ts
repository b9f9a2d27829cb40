import { describe, expect, test } from 'vitest';
import type { Bounds } from '../../src/domain/bounds.ts';
import type { FrontFile } from '../../src/domain/run-result.ts';
import { frontCsv } from '../../src/report/csv.ts';
import { formatDuration, formatShortCount, formatUsd } from '../../src/report/format.ts';
import type { FrontRow } from '../../src/report/front-columns.ts';
import { renderFrontTable } from '../../src/report/front-table.ts';
import { frontView } from '../../src/report/front-view.ts';
import { filterFront, runJson } from '../../src/report/json.ts';
import { which } from '../../src/report/which.ts';
import { estimates, member, sampleFront, singleConfig } from '../support/front-sample.ts';

describe('figures', () => {
  test.each([
    [0, '0.00 s'],
    [9.99, '9.99 s'],
    [9.996, '10.0 s'],
    [59.94, '59.9 s'],
    [59.96, '1m 00s'],
    [3599.6, '1h 00m'],
    [8 * 3600 + 7 * 60, '8h 07m'],
  ])('duration of %d s is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1.00k'],
    [12_345, '12.3k'],
    [999_960, '1.00M'],
    [2_000_000, '2.00M'],
  ])('short count of %d is %s', (value, text) => expect(formatShortCount(value)).toBe(text));

  test.each([
    [0, '$0'],
    [12.4, '$12.40'],
    [0.084, '$0.084'],
    [0.00042, '$0.00042'],
  ])('%d dollars are %s', (usd, text) => expect(formatUsd(usd)).toBe(text));
});

describe('which', () => {
  const file = sampleFront();
  test.each([
    ['best', 0],
    ['fastest', 2],
    ['cheapest', 2],
    ['knee', 1],
  ])('%s', (name, index) => expect(which(file, name)).toBe(file.front[index]));

  test('an id or the unambiguous start of one', () => {
    const first = file.front[0];
    expect(which(file, first?.id ?? '')).toBe(first);
    expect(which(file, (first?.id ?? '').slice(0, 6))).toBe(first);
    expect(which(file, '')).toBeUndefined();
    expect(which(file, 'nothing')).toBeUndefined();
  });

  test('an unknown value is never the best one', () => {
    const blind = member(singleConfig('x/blind'), estimates(0.99, null, null));
    const seen = member(singleConfig('x/seen'), estimates(0.5, 2, 100));
    const front = { front: [blind, seen], objectives: file.objectives };
    expect(which(front, 'fastest')).toBe(seen);
    expect(which(front, 'cheapest')).toBe(seen);
    expect(which(front, 'knee')).toBe(seen);
    expect(which(front, 'best')).toBe(blind);
  });

  test('cheapest goes by tokens as soon as one price is unknown', () => {
    const priced = member(singleConfig('x/a'), estimates(0.5, 2, 5000, 0.001));
    const unpriced = member(singleConfig('x/b'), estimates(0.6, 2, 100, null));
    expect(which({ front: [unpriced, priced], objectives: file.objectives }, 'cheapest')).toBe(unpriced);
  });

  test('an empty front has none of them', () => {
    for (const name of ['best', 'knee', 'fastest', 'cheapest']) {
      expect(which(sampleFront({ front: [] }), name)).toBeUndefined();
    }
  });
});

describe('view of the front', () => {
  test('rows hold formatted figures and marks', () => {
    const view = frontView(sampleFront(), { max: 120 });
    expect(view.title).toBe('Front of code-challenge (simulated)');
    expect(view.rows[0]).toMatchObject({
      marks: 'best',
      score: '0.960 [0.86, 1.00]',
      points: '111.6',
      holdout: '0.930 [0.84, 1.00]',
      latency: '14.2 s',
      tokens: '21,500',
      usd: '$0.012',
      config: 'sage-70b ×2+quick-8b ×2+wise-120b ×2 > fuse',
    });
    expect(view.rows[2]?.marks).toBe('fastest cheapest');
    expect(view.spent).toContain('$1.23 (simulated)');
    expect(view.spent).toContain('1h 02m (simulated)');
  });

  test('what was spent says how much of it nobody knows, since calls were cut off', () => {
    const file = sampleFront();
    expect(frontView(file).spent).not.toContain('of this');
    const spent = { ...file.spent, tokensIn: 60_000, tokensOut: 10_000, usd: 1.507 };
    const some = frontView({ ...file, spent, lost: { calls: 12, tokens: 4_713, usd: 0.007 } }).spent;
    expect(some).toContain(
      '; of this 65,287 tokens, $1.50 for answers that came, and at most 4,713 tokens, $0.0070 for 12 calls that were cut off, which count at their worst case',
    );
    expect(frontView({ ...file, spent, lost: { calls: 1, tokens: 900, usd: null } }).spent).toMatch(
      /; of this 69,100 tokens for answers that came, and at most 900 tokens for 1 call that was cut off, which counts at its worst case, since the server may bill it$/,
    );
    expect(frontView({ ...file, inFlight: { calls: 3, tokens: 900, usd: 0.002 } }).spent).toMatch(
      /; 3 calls were in flight when the run stopped, for which the server may bill at most 900 tokens, \$0\.0020 more$/,
    );
  });

  test('the best has a row where no table would show it', () => {
    const [chosen, ...front] = sampleFront().front;
    if (chosen === undefined) throw new Error('the sample has three members');
    const off = sampleFront({ front, others: [chosen], best: chosen.id });
    const { rows } = frontView(off);
    expect(rows.map(({ id }) => id)).toEqual([...front.map(({ id }) => id), chosen.id]);
    expect(rows.at(-1)).toMatchObject({ marks: 'best (not on the front)', latency: '14.2 s' });
    expect(frontView(filterFront(off, { maxLatency: 5 })).rows).toHaveLength(2);
    // One that only the headline names has none.
    expect(frontView({ ...off, best: front[0]?.id ?? '' }).rows).toHaveLength(2);
  });

  test('nothing of a real run is called simulated', () => {
    expect(JSON.stringify(frontView(sampleFront({ simulated: false })))).not.toContain('simulated');
  });

  test('programs that the time limit stopped are counted, where there are any', () => {
    expect(frontView(sampleFront()).notes).toEqual([]);
    const view = frontView({ ...sampleFront(), timedOut: 3 });
    expect(view.notes).toEqual(['Time limit: 3 programs were stopped by the time limit, and scored.']);
  });

  test('answers without a score are counted, and many of them are a reason to doubt', () => {
    const notes = (answers: number): readonly string[] =>
      frontView({ ...sampleFront(), unscored: { answers, of: 1200, last: 'no gold' } }).notes;
    expect(notes(3)).toEqual(['Unscored: 3 of 1,200 answers got no score (the last: no gold).']);
    expect(notes(900)).toEqual([
      expect.stringMatching(/^Unscored: 900 of 1,200 .*\. They count in no score: .* scores are too high\.$/),
    ]);
  });

  test('models that are often cut off are told, with what to do', () => {
    const cutOff = [
      { model: 'sim/often', answers: 1200, of: 2000 },
      { model: 'sim/at-times', answers: 9, of: 100 },
      { model: 'sim/too-often', answers: 10, of: 100 },
    ];
    expect(frontView({ ...sampleFront(), cutOff }).notes).toEqual([
      'Cut off at their most tokens: sim/often in 1,200 of 2,000 answers, sim/too-often in 10 of 100 answers. What they would score is not known: raise maxTokens in the search space.',
    ]);
    expect(frontView({ ...sampleFront(), cutOff: cutOff.slice(1, 2) }).notes).toEqual([]);
  });

  test('models that often answer with nothing are told', () => {
    const empty = [
      { model: 'x/mute', answers: 3, of: 150 },
      { model: 'x/at-times', answers: 3, of: 151 },
      { model: 'x/twice', answers: 2, of: 4 },
    ];
    expect(frontView({ ...sampleFront(), empty }).notes).toEqual([
      'Empty answers: x/mute in 3 of 150 answers. Alone such an answer scores 0, and a mixture goes on without it.',
    ]);
  });

  test('a search that ended before any config had its first answers is told with what the result goes by', () => {
    const notes = (others: number): readonly string[] =>
      frontView({ ...sampleFront(), cutShort: { cells: 6, of: 8, others }, ended: 'calls' }).notes;
    const note =
      'Cut short: the search ended before any config had its first 8 answers (the ceiling on calls was reached).';
    expect(notes(0)).toEqual([`${note} The result goes by 6 at most.`]);
    expect(notes(2)).toEqual([
      `${note} The result goes by 6 at most; 2 more begun, with fewer, are left out.`,
    ]);
  });

  test('what the holdout did not reach is no lack of a run that goes on', () => {
    const unmeasured = { points: 2, partly: 0, of: 5, because: 'unknown' };
    const notes = (ended: FrontFile['ended']): readonly string[] =>
      frontView({ ...sampleFront(), unmeasured, ended }).notes;
    expect(notes('tokens')).toEqual([
      'Holdout: of 5 points on the front 2 not measured (the ceiling on tokens was reached).',
    ]);
    expect([notes('running'), notes('stopped')]).toEqual([[], []]);
    const told = (because: string): string =>
      frontView({ ...sampleFront(), unmeasured: { ...unmeasured, because }, ended: 'tokens' }).notes.join();
    expect(told('usd')).toBe(
      'Holdout: of 5 points on the front 2 not measured (the ceiling on dollars was reached).',
    );
    expect(told('unscored')).toBe(
      'Holdout: of 5 points on the front 2 not measured (their answers got no score).',
    );
    expect(told('left-out')).toMatch(/score next to nothing .* no more calls than the search/);
  });

  test('a point that another is better than in all that is told of both is explained while the search goes on', () => {
    const { front } = sampleFront();
    const behind = member(singleConfig('sim/wise-120b'), estimates(0.7, 5, 22_000));
    const notes = (ended: FrontFile['ended']): readonly string[] =>
      frontView({ ...sampleFront(), front: [...front, behind], ended }).notes;
    const told = [
      expect.stringContaining('by their own answers 1 of 4 points of the front lie behind another'),
    ];
    expect([notes('running'), notes('stopped'), notes('tokens')]).toEqual([told, told, []]);
  });

  test('a holdout score on far fewer answers than others is told with their number', () => {
    const file = sampleFront();
    const [first, second, ...rest] = file.front;
    if (first === undefined || second?.holdout == null) throw new Error('two points with a holdout');
    const told = (cells: number): string | undefined => {
      const front = [{ ...first, holdoutCells: 40 }, { ...second, holdoutCells: cells }, ...rest];
      const shown = frontView({ ...file, front });
      return shown.rows[1]?.holdout;
    };
    const mean = (second.holdout.score.mean ?? 0).toFixed(3);
    expect([1, 2, 9].map(told)).toEqual([
      `${mean} on 1 answer`,
      `${mean} on 2 answers`,
      `${mean} on 9 answers`,
    ]);
    expect(told(10)).toContain(`${mean} [`);
    const rows = frontView({
      ...file,
      front: [
        { ...first, holdoutCells: 40 },
        { ...second, holdoutCells: 2 },
      ],
    }).rows;
    expect(renderFrontTable(rows, { width: 200 })).toContain(`${mean} on 2 answers `);
    expect(renderFrontTable(rows, { width: 60 })).toContain(`${mean} on 2 `);
  });

  test('what written prompts brought is a line, where any was asked for', () => {
    const file = sampleFront();
    expect(frontView(file).writing).toBeNull();
    const writing = {
      ...{
        drafts: 9,
        accepted: 6,
        rejected: 3,
        tokens: 21_000,
        share: 0.0124,
        trialTokens: 80_000,
        front: 2,
      },
      added: { hypervolume: 0.01234, score: 0.021 },
    };
    const counts = '9 asked for, 6 accepted, 3 rejected; writing took 21.0k tokens, 1.2% of all; ';
    const line = (changes: object): string | null =>
      frontView({ ...file, writing: { ...writing, ...changes } }).writing;
    const points = `2 of ${file.front.length} points have one`;
    expect(line({})).toBe(
      `${counts}${points}, which adds 0.0123 to the hypervolume and 0.021 to the best score`,
    );
    expect(line({ added: null })).toBe(`${counts}${points}`);
    expect(line({ added: { hypervolume: -0.002, score: 0 } })).toContain('adds −0.0020 to the hypervolume');
    expect(line({ front: 0, stopped: 55 })).toBe(
      `${counts}no point of the front has one. None was asked for among the last 55 configs: it gained less for its tokens than the rest of the search`,
    );
    expect(line({ lastRejection: 'it is the old prompt' })).toContain(
      ', 3 rejected (the last: it is the old prompt); ',
    );
    const none = { drafts: 0, accepted: 0, rejected: 0, front: 0 };
    expect(line(none)).toMatch(
      /^none asked for: no config had lost points .*at most 5% of what the ceilings allow\)$/,
    );
    expect(line({ ...none, lastRefusal: 'the ceiling on usd leaves no room for it' })).toBe(
      'none asked for: the ceiling on usd leaves no room for it',
    );
  });

  test.each([
    ['tokens', 'the ceiling on tokens was reached'],
    ['usd', 'the ceiling on dollars was reached'],
    ['space-exhausted', 'every config of the search space was tried'],
    ['models-failing', 'models-failing'],
  ])('a run that ended for %s says so', (ended, said) => {
    expect(frontView({ ...sampleFront(), ended }).ended).toContain(`tried; ${said}`);
  });

  test('a ceiling that ended the search alone is told as that', () => {
    const ended = (because: string): string => {
      const unmeasured = { points: 2, partly: 0, of: 5, because };
      return frontView({ ...sampleFront(), unmeasured, ended: 'usd' }).ended;
    };
    expect(ended('time')).toMatch(/; the ceiling on dollars was reached in the search$/);
    expect([ended('usd'), ended('left-out')]).toEqual([
      expect.stringMatching(/was reached$/),
      expect.stringMatching(/was reached$/),
    ]);
  });

  test('an empty front says nothing of gains', () => {
    expect(frontView(sampleFront({ front: [] })).headline).toBeNull();
  });
});

describe('table', () => {
  const rows = frontView(sampleFront(), { max: 120 }).rows;
  test.each([60, 70, 80, 90, 100, 120, 160])('fits %d columns', (width) => {
    const lines = renderFrontTable(rows, { width }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    for (const row of rows) expect(lines.join('\n')).toContain(row.id.slice(0, 8));
  });

  test('80 columns have room for both scores, the costs and the bounds, by which the holdout goes', () => {
    const bounds = { score: 0.8, latency: 5 };
    const file = sampleFront({ bounds });
    expect(`\n${renderFrontTable(frontView(file).rows, { width: 80 })}\n`).toMatchInlineSnapshot(`
      "
      id        holdout           tuning  latency  tokens  met   config
      1b93e212  0.930 [.84,1.00]  0.960    14.2 s  21,500  no    sage-70b ×2+quick-8b…
      1e0a47c8  0.800 [.72,.88]   0.850    4.80 s   4,100  yes?  best knee fastest
                                                                 cheapest
                                                                 quick-8b ×2 > fuse (…
      d954435d  0.500 [.45,.55]   0.550    1.20 s     800  no    quick-8b
      "
    `);
    const partly = {
      ...file,
      front: file.front.map((each, at) => (at === 1 ? { ...each, holdout: null } : each)),
    };
    expect(`\n${renderFrontTable(frontView(partly).rows, { width: 80 })}\n`).toMatchInlineSnapshot(`
      "
      id        holdout  tuning            latency  tokens  met   config
      1b93e212  0.930    0.960 [.86,1.00]   14.2 s  21,500  no    sage-70b ×2+quick-8…
      1e0a47c8           0.850 [.77,.94]    4.80 s   4,100  yes?  best knee fastest
                                                                  cheapest
                                                                  quick-8b ×2 > fuse …
      d954435d  0.500    0.550 [.50,.61]    1.20 s     800  no    quick-8b
      "
    `);
  });

  test('80 columns say on how many answers each score stands, as long as no holdout score does', () => {
    const bounds = { score: 0.8, latency: 5 };
    const front = sampleFront().front.map((each, at) => ({ ...each, holdout: null, cells: 8 + 52 * at }));
    const table = renderFrontTable(frontView(sampleFront({ front, bounds })).rows, { width: 80 });
    expect(table).toMatch(/^id +score .*answers +config\n.* 8 .*\n.* 60 .*\n/);
    expect(renderFrontTable(rows, { width: 160 })).not.toContain('answers');
  });

  test('80 columns show what the run goes by before what it does not', () => {
    const [head = ''] = renderFrontTable(rows, { width: 80 }, ['score', 'latency', 'usd']).split('\n');
    expect(head).toMatch(/latency +usd/);
    expect(head).not.toContain('tokens');
    expect(renderFrontTable(rows, { width: 200 }, ['score', 'usd'])).toMatch(/latency +tokens +usd/);
  });

  test.each([60, 70, 80, 90, 100, 120])('%d columns show a config beside all names of its point', (width) => {
    const bounds = { score: 0.8, latency: 5 };
    const [row] = frontView(sampleFront({ bounds })).rows.slice(1);
    const every = { ...row, marks: 'best knee fastest cheapest', config: 'quick-8b ×2 > fuse' } as FrontRow;
    const lines = renderFrontTable([every], { width }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    const text = lines.join(' ').replace(/ +/g, ' ');
    expect(text).toMatch(/best .*knee .*fastest .*cheapest .*quick-8b ×2/);
  });

  test('80 columns at full', () => {
    expect(`\n${renderFrontTable(rows, { width: 80 })}\n`).toMatchInlineSnapshot(`
      "
      id        holdout           tuning            latency  tokens  config
      1b93e212  0.930 [.84,1.00]  0.960 [.86,1.00]   14.2 s  21,500  best
                                                                     sage-70b ×2+quic…
      1e0a47c8  0.800 [.72,.88]   0.850 [.77,.94]    4.80 s   4,100  knee
                                                                     quick-8b ×2 > fu…
      d954435d  0.500 [.45,.55]   0.550 [.50,.61]    1.20 s     800  fastest cheapest
                                                                     quick-8b
      "
    `);
  });

  test('a wide terminal shows the configs', () => {
    expect(renderFrontTable(rows, { width: 170 })).toContain(
      'best · sage-70b ×2+quick-8b ×2+wise-120b ×2 > fuse',
    );
  });
});

describe('machine forms', () => {
  test('CSV has a line for each member, and empty fields for what is unknown', () => {
    const front = [
      ...sampleFront().front.slice(0, 1),
      member(singleConfig('x/un"quoted,name'), estimates(0.5, null, 10)),
    ];
    const lines = frontCsv(sampleFront({ front })).split('\r\n');
    expect(lines).toHaveLength(4);
    const names = ['score', 'latency', 'tokens', 'usd'].flatMap((n) => [n, `${n}_low`, `${n}_high`]);
    expect(lines[0]).toBe(
      [
        'id',
        ...names,
        'holdout_score',
        'holdout_score_low',
        'holdout_score_high',
        'holdout_cells',
        'bounds',
        'cells',
        'simulated',
        'config',
      ].join(','),
    );
    const { mean, low, high } = front[0]?.holdout?.score ?? {};
    expect(lines[1]).toContain(`,${mean},${low},${high},`);
    expect(lines[2]).toContain(',,,,10,');
    expect(lines[2]).toContain('"propose (un""quoted,name)"');
  });

  test('CSV says how each member stands to the bounds of the run', () => {
    const column = (bounds: Bounds | undefined): (string | undefined)[] => {
      const lines = frontCsv(sampleFront(bounds === undefined ? {} : { bounds })).split('\r\n');
      const at = lines[0]?.split(',').indexOf('bounds') ?? -1;
      return lines.slice(1, -1).map((line) => line.split(',')[at]);
    };
    expect(column(undefined)).toEqual(['', '', '']);
    expect(column({ latency: 5 })).toEqual(['missed', 'met?', 'met']);
    // Of the holdout, where the member was measured there.
    expect(column({ score: 0.94 })[0]).toBe('missed?');
  });

  test('JSON has what design.md promises', () => {
    const json = runJson('my-run', sampleFront());
    expect(json).toMatchObject({ run: 'my-run', simulated: true, evaluations: 200 });
    expect(Object.keys(json.spent)).toEqual(['calls', 'tokensIn', 'tokensOut', 'usd', 'seconds']);
    expect(Object.keys(json.front[0] ?? {})).toEqual(
      expect.arrayContaining(['id', 'config', 'objectives', 'holdout', 'cells']),
    );
  });

  test('a part of the front says of the bounds what the whole run says', () => {
    const whole = sampleFront({ bounds: { score: 0.7 } });
    const part = filterFront(whole, { minScore: 0.99 });
    expect(part.front).toEqual([]);
    const cut = { ...part, front: whole.front.slice(-1) };
    const said = frontView(whole).bounds;
    expect(said.join()).toContain('Bounds score>=0.7: ');
    expect(frontView(cut).bounds).not.toEqual(said);
    expect(frontView(cut, undefined, whole).bounds).toEqual(said);
  });

  test('a part of the front compares singles and mixtures by the same figures as the whole', () => {
    const front = sampleFront().front.map((each, at) => ({
      ...each,
      objectives: estimates(0.9 - at / 10, 8 - at, 900, 0.01 * (3 - at)),
    }));
    const [dear, cheap] = front;
    if (dear === undefined || cheap === undefined) throw new Error('the sample has three members');
    const lineOf = (kind: 'mixture' | 'tuned-single', { id, objectives }: typeof dear) => ({
      ...{ kind, id, score: objectives.score, tokens: 900, over: [] },
    });
    const whole = sampleFront({
      ...{ front, baselines: [], objectives: ['score', 'usd'], bounds: { usd: 0.5 } },
      headline: {
        ...{ split: 'tuning', questions: 60, cells: 60 },
        lines: [lineOf('mixture', dear), lineOf('tuned-single', cheap)],
      },
    });
    const rows = (file: FrontFile) => frontView(file).headline?.rows;
    expect(rows(whole)?.map(({ usd, bounds }) => [usd, bounds])).toEqual([
      ['$0.030', 'met'],
      ['$0.020', 'met'],
    ]);
    const part = filterFront(whole, { bound: { usd: 0.01 } });
    expect(part.front).toEqual(front.slice(2));
    expect(rows(part)).toEqual(rows(whole));
    expect(frontView(part).rows.map(({ id }) => id)).toEqual([front[2]?.id]);
  });

  test('a part of the front without the best says nothing of why that is the best', () => {
    const [chosen, rival] = sampleFront().front;
    if (chosen === undefined || rival === undefined) throw new Error('the sample has three members');
    const whole = sampleFront({
      front: [rival],
      others: [{ ...chosen, objectives: estimates(0.8, 14, 21_000) }],
      best: chosen.id,
      overruled: rival.id,
      headline: {
        ...{ split: 'holdout', questions: 60, cells: 60 },
        lines: [{ kind: 'mixture', id: chosen.id, score: chosen.objectives.score, tokens: 21_000, over: [] }],
      },
    });
    const remarks = (file: FrontFile) => frontView(file).headline?.remarks.join();
    expect(remarks(whole)).toContain(`Tuning put ${rival.id} first`);
    expect(remarks(filterFront(whole, { maxLatency: 20 }))).toContain(`Tuning put ${rival.id} first`);
    const part = filterFront(whole, { maxLatency: 5 });
    expect(which(part, 'best')).toEqual(rival);
    expect(remarks(part)).not.toMatch(/Tuning put|scored higher/);
  });

  test('limits keep only what is known to hold them', () => {
    const blind = member(singleConfig('x/blind'), estimates(0.99, null, 100));
    const file = sampleFront({ front: [blind, ...sampleFront().front] });
    const ids = (filter: Parameters<typeof filterFront>[1]) =>
      filterFront(file, filter).front.map((each) => file.front.indexOf(each));
    expect(ids({})).toEqual([0, 1, 2, 3]);
    expect(ids({ maxLatency: 5 })).toEqual([2, 3]);
    expect(ids({ maxTokens: 4100 })).toEqual([0, 2, 3]);
    expect(ids({ minScore: 0.75, maxLatency: 5 })).toEqual([2]);
    // The score of what the search never saw, as everywhere that bounds are held against a point.
    const lucky = member(singleConfig('x/lucky'), estimates(0.95, 1, 100), estimates(0.6, 1, 100));
    expect(filterFront(sampleFront({ front: [lucky] }), { minScore: 0.85 }).front).toEqual([]);
    expect(filterFront(sampleFront({ front: [lucky] }), { bound: { score: 0.55 } }).front).toEqual([lucky]);
  });
});
