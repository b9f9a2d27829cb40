import { describe, expect, test } from 'vitest';
import type { Headline, HeadlineLine } from '../../src/domain/headline.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import type { Estimate } from '../../src/domain/objective.ts';
import type { FrontFile, FrontMember } from '../../src/domain/run-result.ts';
import { headlineView, renderHeadline, sentencesOf } from '../../src/report/headline.ts';
import { differenceText } from '../../src/report/headline-verdicts.ts';
import { estimates, fusedConfig, member, sampleFront, singleConfig } from '../support/front-sample.ts';

const estimate = (mean: number): Estimate => ({ mean, low: mean - 0.1, high: mean + 0.1 });
const file = sampleFront();
const [mixture, , quick] = file.front;
if (mixture === undefined || quick === undefined) throw new Error('the sample has three members');

function over(kind: HeadlineLine['kind'], mean: number, reach: number): HeadlineLine['over'][number] {
  return { kind, id: quick?.id ?? '', mean, low: mean - reach, high: mean + reach, questions: 60 };
}

function headline(gains: HeadlineLine['over'], tuned: HeadlineLine['over'] = []): Headline {
  return {
    ...{ split: 'holdout', questions: 60, cells: 60 },
    lines: [
      { kind: 'single', id: quick?.id ?? '', score: estimate(0.5), tokens: 800, over: [] },
      { kind: 'tuned-single', id: quick?.id ?? '', score: estimate(0.5), tokens: 800, over: tuned },
      { kind: 'mixture', id: mixture?.id ?? '', score: estimate(0.93), tokens: 21_500, over: gains },
    ],
  };
}

function said(changes: Parameters<typeof sampleFront>[0]): string {
  const view = headlineView(sampleFront(changes));
  return view === null ? '' : sentencesOf(view).join('\n');
}

describe('the headline for people', () => {
  test.each<[string, HeadlineLine['over'], RegExp]>([
    [
      'a gain',
      [over('tuned-single', 0.2, 0.1)],
      /Mixing \(simulated\): \+0\.200 \[\+0\.10, \+0\.30\] against the tuned single model, beyond luck\./,
    ],
    ['a gain that may be luck', [over('tuned-single', 0.05, 0.1)], /which may be luck\./],
    [
      'a loss',
      [over('tuned-single', -0.2, 0.1)],
      /-0\.200 \[-0\.30, -0\.10\] against the tuned single model: worse, beyond luck\./,
    ],
    [
      'neither',
      [over('tuned-single', 0, 0.1)],
      /: 0\.000 \[-0\.10, \+0\.10\] against the tuned single model: no difference was seen\./,
    ],
    [
      'on how few questions it was measured',
      [{ ...over('tuned-single', 0, 0.5), questions: 4 }],
      /Mixing \(simulated\): measured on 4 questions beside the tuned single model, too few to tell\./,
    ],
    [
      'equal spend',
      [over('tuned-single', 0.2, 0.1), over('vote', 0.01, 0.1)],
      /\+0\.010 \[-0\.09, \+0\.11\] against a plain vote of it that spends about as much, which may be luck\./,
    ],
  ])('says %s', (_, gains, expected) => {
    expect(said({ headline: headline(gains), best: mixture.id })).toMatch(expected);
  });

  describe('of two configs', () => {
    const [best, rival] = [singleConfig('a/best'), singleConfig('a/rival')];
    const of = (
      [tuning, holdout]: readonly [number, number | null],
      [rivalTuning, rivalHoldout]: readonly [number, number | null],
      changes: Partial<FrontMember & FrontFile> = {},
    ): string => {
      const { cells = 4, bounds } = changes;
      const fresh = (score: number | null) => (score === null ? null : estimates(score, 1, 10));
      const front = [
        member(best, estimates(tuning, 1, 10), fresh(holdout)),
        { ...member(rival, estimates(rivalTuning, 2, 20), fresh(rivalHoldout)), cells },
      ];
      return said({ front, baselines: [], best: front[0]?.id ?? '', ...(bounds && { bounds }) });
    };

    test('says why one of a higher score on the holdout is not the best', () => {
      expect(of([0.8, 0.7], [0.75, 0.9])).toContain('scored higher on the holdout (0.900), by less than the');
      expect(of([0.8, 0.7], [0.75, 0.6])).not.toContain('scored higher');
      expect(of([0.8, 0.7], [0.75, 0.9], { bounds: { latency: 1 } })).not.toContain('scored higher');
    });

    test('says that its score on the holdout rests on fewer answers, where the run tells', () => {
      const front = [
        { ...member(best, estimates(0.8, 1, 10), estimates(0.7, 1, 10)), holdoutCells: 30 },
        { ...member(rival, estimates(0.75, 2, 20), estimates(0.9, 2, 20)), holdoutCells: 22 },
      ];
      const text = (points: readonly FrontMember[]): string =>
        said({ front: points, baselines: [], best: front[0]?.id ?? '' });
      expect(text(front)).toContain('(0.900, on 22 answers where the best has 30), by less than the noise');
      expect(text(front.map((each, at) => ({ ...each, holdoutCells: at === 0 ? 2 : 1 })))).toContain(
        '(0.900, on 1 answer where the best has 2)',
      );
      expect(text(front.map((each) => ({ ...each, holdoutCells: 30 })))).toContain('(0.900), by less');
      // So few are no match for it.
      expect(text(front.map((each, at) => ({ ...each, holdoutCells: at === 0 ? 60 : 1 })))).not.toContain(
        'scored higher on the holdout',
      );
    });

    test('says that one of a higher score on tuning questions was measured less', () => {
      const less = 'scored higher on tuning questions (0.900), on 2 answers';
      expect(of([0.8, 0.7], [0.9, null], { cells: 2 })).toContain(`${less} and not on the holdout, which`);
      expect(of([0.8, null], [0.9, null], { cells: 2 })).toContain(`${less} alone, which may be luck`);
      expect(of([0.8, null], [0.9, null])).not.toContain('scored higher');
    });
  });

  test('says where a difference is over more answers than the scores beside it', () => {
    const told = 'so they need not add up';
    const apart = { ...over('single', 0.2, 0.1), id: 'other' };
    expect(said({ headline: headline([], [apart]), best: mixture.id })).toContain(told);
    expect(said({ headline: headline([over('tuned-single', 0.43, 0.1)]), best: mixture.id })).not.toContain(
      told,
    );
  });

  test.each<[string, HeadlineLine['over'], boolean]>([
    ['a gain beyond luck', [over('tuned-single', 0.2, 0.1)], false],
    ['one that may be luck', [over('tuned-single', 0.05, 0.1)], true],
    ['no gain', [over('tuned-single', 0, 0.1)], true],
    ['none that was compared', [], false],
  ])('names the tuned single model as the cheaper one beside %s', (_, gains, isNamed) => {
    const text = said({ headline: headline(gains), best: mixture.id });
    const cheaper = `it takes 21,500 tokens an answer, that one 800: where cost matters, use that one.`;
    expect(text.includes(cheaper)).toBe(isNamed);
    expect(said({ headline: headline(gains), best: quick.id })).not.toContain('where cost matters');
  });

  test('goes by dollars where the run does', () => {
    const changes = {
      headline: headline([over('tuned-single', 0.05, 0.1)]),
      best: mixture.id,
      objectives: ['score', 'usd'] as const,
    };
    expect(said(changes)).toContain('it takes $0.012 an answer, that one $0.00010: where cost matters,');
    const dear = { ...quick, objectives: { ...quick.objectives, usd: estimate(0.5) } };
    const front = [mixture, dear];
    expect(said({ ...changes, front, baselines: [] })).not.toContain('where cost matters');
    const view = headlineView(sampleFront(changes));
    if (view === null) throw new Error('there is a headline');
    expect(view.rows.map(({ usd }) => usd)).toEqual(['$0.00010', '$0.00010', '$0.012']);
    expect(renderHeadline(view).split('\n')[0]).toMatch(/tuned single +usd +id/);
    const rowBy = (...objectives: FrontFile['objectives']) =>
      headlineView(sampleFront({ ...changes, objectives }))?.rows[0];
    expect(rowBy('score', 'tokens', 'usd')).toMatchObject({ tokens: '800', usd: '$0.00010' });
    expect(rowBy('score', 'latency')).toMatchObject({ tokens: '800', usd: '' });
  });

  test.each<[string, HeadlineLine['over'], string, string | undefined]>([
    [
      'without single models',
      [],
      'tokens',
      'a single model was not measured: the ceilings left too little for it.',
    ],
    [
      'without plain ways',
      [over('tuned-single', 0.05, 0.1)],
      'usd',
      'a plain vote of the tuned single model for about as many tokens was not measured: the ceilings left too little for it.',
    ],
    [
      'without plain ways, no ceiling reached',
      [over('tuned-single', 0.05, 0.1)],
      'space-exhausted',
      'a plain vote of the tuned single model for about as many tokens was not measured.',
    ],
    ['that lost to a single one', [over('tuned-single', -0.2, 0.1)], 'tokens', undefined],
  ])('says what the best mixture was not compared with: %s', (_, gains, ended, missing) => {
    const text = said({ headline: headline(gains), best: mixture.id, ended });
    if (missing === undefined) expect(text).not.toContain('was not measured');
    else expect(text).toContain(`Whether mixing gains anything over ${missing}`);
  });

  test('speaks of plain votes in dollars where the run goes by them, and says where there is none for as much', () => {
    const byDollars = (usd: number): string =>
      said({
        headline: headline([over('tuned-single', 0.05, 0.1)]),
        ...{ best: mixture.id, objectives: ['score', 'usd'], baselines: [] },
        front: [mixture, { ...quick, objectives: { ...quick.objectives, usd: estimate(usd) } }],
      });
    expect(byDollars(0.001)).toContain('for about as many dollars was not measured');
    const none =
      'The best mixture takes fewer dollars than one answer of the tuned single model: there is no';
    expect(byDollars(0.001)).not.toContain(none);
    expect(byDollars(0.5)).toContain(none);
    expect(byDollars(0.5)).not.toContain('was not measured');
  });

  test('misses no plain way where there is one, or the mixture is one', () => {
    const { lines, ...rest } = headline([over('tuned-single', 0.2, 0.1)]);
    const vote: HeadlineLine = {
      kind: 'vote',
      id: 'f'.repeat(12),
      score: estimate(0.6),
      tokens: 20_000,
      over: [],
    };
    expect(said({ headline: { ...rest, lines: [...lines, vote] }, best: mixture.id })).not.toContain(
      'was not measured',
    );
    const agent = { name: 'a', model: 'sim/sage-70b', prompt: 'Think.', maxTokens: 100 };
    const plain: MoaConfig = {
      ...mixture.config,
      stages: [{ kind: 'propose', agents: [agent, { ...agent, samples: 2 }] }, { kind: 'vote' }],
    };
    const front = file.front.map((member) =>
      member.id === mixture.id ? { ...member, config: plain } : member,
    );
    expect(said({ headline: { ...rest, lines }, best: mixture.id, front })).not.toContain('was not measured');
  });

  test('compares with the single model as asked first where tuning made it worse, and not where it is the weaker', () => {
    const against = (single: number): string =>
      said({
        headline: headline([over('tuned-single', 0.2, 0.1), over('single', single, 0.1)]),
        best: mixture.id,
      });
    expect(against(0.15)).toContain('+0.150 [+0.05, +0.25] against the best single model as asked first');
    expect(against(0.25)).not.toContain('against the best single model as asked first, beyond');
  });

  test('calls no gain beyond luck while one over the better single model is open, or it loses to that', () => {
    const against = (single: number): string =>
      said({
        headline: headline([
          over('tuned-single', 0.2, 0.1),
          over('single', single, 0.1),
          over('vote', 0.2, 0.1),
        ]),
        best: mixture.id,
      });
    const open = against(0.05);
    expect(open).not.toContain('beyond luck');
    expect(open).toContain('against the best single model as asked first, which may be luck');
    expect(open.match(/but whether it beats the best single model is open/g)).toHaveLength(2);
    expect(against(-0.2)).toContain('against the tuned single model, but it loses to the best single model');
    expect(against(0.15)).not.toContain('but ');
  });

  describe('of a single model as good as the one it names for less', () => {
    const [dear, cheap] = [singleConfig('sim/dear-1'), singleConfig('sim/cheap-1')];
    const held = { cells: 16, holdoutCells: 20 };
    const named = { ...member(dear, estimates(0.87, 6, 900), estimates(0.9, 6, 900)), ...held };
    const told = (changes: Partial<FrontMember>): string => {
      const other = {
        ...member(cheap, estimates(0.83, 1, 600), estimates(0.99, 1, 600)),
        ...held,
        ...changes,
      };
      const gain = { ...over('tuned-single', 0.05, 0.1), id: named.id };
      const { lines, ...rest } = headline([gain]);
      const of = lines.map((line) => (line.kind === 'mixture' ? line : { ...line, id: named.id }));
      const best = { ...mixture, ...held };
      const front = [best, named, other];
      return said({ headline: { ...rest, lines: of }, front, baselines: [], best: best.id });
    };
    const [other, one] = [
      `over ${configId(cheap)}, as good as ${named.id} for less, is`,
      `over ${named.id}, the tuned`,
    ];

    test('names that one', () => expect(told({})).toContain(other));

    test.each<[string, Partial<FrontMember>]>([
      ['is slower', { objectives: estimates(0.83, 7, 600) }],
      ['scores less on the holdout', { holdout: estimates(0.89, 1, 600) }],
      ['scores less on tuning questions than the noise', { objectives: estimates(0.7, 1, 600) }],
      ['has no holdout', { holdout: null, holdoutCells: 0 }],
      ['has fewer answers', { cells: 8 }],
      ['is a mixture', { config: fusedConfig(['a/x'], 'a/x') }],
    ])('not where the other %s', (_, changes) => expect(told(changes)).toContain(one));
  });

  test('says of whom a limit or the time left too few answers to tell, and why', () => {
    const single = {
      ...member(singleConfig('sim/rare-1'), estimates(0.9, 1, 800)),
      cells: 19,
      holdoutCells: 2,
    };
    const short = { id: single.id, of: 32, mean: -0.05, low: -0.25, high: 0.15, questions: 19 };
    const told = (changes: Partial<FrontFile>): string =>
      said({
        ...{ best: mixture.id, baselines: [{ ...single, label: 'single sim/rare-1' }] },
        ...{ short: [short], ended: 'time', front: [{ ...mixture, cells: 32, holdoutCells: 58 }] },
        ...changes,
      });
    expect(told({})).toContain(
      `${single.id} (single sim/rare-1) may be better: it has 19 of 32 tuning answers, and 2 of the best's 58 on the holdout (the ceiling on time was reached`,
    );
    expect(told({})).toContain(`both answered: -0.050 [-0.25, +0.15] against ${mixture.id}`);
    for (const none of [
      { short: [{ ...short, high: -0.01 }] },
      { bounds: { latency: 0.5 } },
      { ended: 'running' },
      { short: [] },
    ])
      expect(told(none)).not.toContain('may be better');
  });

  test('says how each stands to the bounds, and of which kind none meets them', () => {
    const seconds = ({ objectives }: typeof mixture) => objectives.latency.mean ?? 0;
    expect(seconds(mixture)).toBeGreaterThan(seconds(quick));
    const gains = [over('tuned-single', 0.05, 0.1)];
    const under = (latency: number) =>
      sampleFront({ headline: headline(gains), best: quick.id, bounds: { latency } });
    const tight = headlineView(under(seconds(quick)));
    expect(tight?.rows.map(({ bounds }) => bounds.replace('?', ''))).toEqual(['met', 'met', 'missed']);
    const none = 'meets the bounds on tuning questions';
    expect(tight?.findings).toContain(`No mixture ${none}: ${mixture.id} comes nearest, in costs first.`);
    for (const latency of [2 * seconds(mixture), seconds(quick) / 2])
      expect(headlineView(under(latency))?.findings.join()).not.toContain(none);
  });

  test('names no tuned single model as the cheaper one that cannot be used', () => {
    const bounds = { score: 0.9 };
    const text = said({ headline: headline([over('tuned-single', 0, 0.1)]), best: mixture.id, bounds });
    expect(text).not.toContain('where cost matters');
  });

  test('calls tuning tuning, and mixing mixing', () => {
    const text = said({ headline: headline([], [over('single', 0.1, 0.05)]), best: mixture.id });
    expect(text).toContain(
      'Tuning a single model (simulated): +0.100 [+0.05, +0.15] against the best single model as asked first, beyond luck.',
    );
    expect(said({ headline: headline([]), best: mixture.id })).toContain(
      'nothing better was found than the best single model as asked first',
    );
  });

  test('calls nothing beyond luck that was chosen by the same questions', () => {
    const text = said({
      headline: { ...headline([over('tuned-single', 0.2, 0.1)]), split: 'tuning' },
      best: mixture.id,
    });
    expect(text).toContain(
      '+0.200 [+0.10, +0.30] against the tuned single model on tuning questions, luck included.',
    );
    expect(text).not.toContain('beyond luck');
  });

  test('puts the holdout first', () => {
    expect(said({ headline: headline([]), best: mixture.id })).toContain(
      `Use ${mixture.id} (propose (sage-70b ×2, quick-8b ×2, wise-120b ×2) > fuse (sage-70b)): 0.930 [0.84, 1.00] on the holdout, 0.960 on tuning questions (simulated).`,
    );
    const some = headline([over('tuned-single', 0.2, 0.1)]);
    const lines = some.lines.map((line) =>
      line.kind === 'mixture' ? { ...line, score: estimate(0.9) } : line,
    );
    expect(said({ headline: { ...some, lines }, best: mixture.id })).toContain(
      '0.930 [0.84, 1.00] on all of its holdout answers, 0.960 on tuning questions',
    );
  });

  test('says where the holdout turned tuning down, and where the two lie far apart', () => {
    expect(said({ best: quick.id, overruled: mixture.id })).toContain(
      `Tuning put ${mixture.id} first, but on the holdout ${quick.id} beats it`,
    );
    const score = (mean: number): Estimate => ({ mean, low: mean - 0.05, high: mean + 0.05 });
    const of = (tuning: number, holdout: number): string => {
      const objectives = { ...mixture.objectives, score: score(tuning) };
      const fresh = { ...mixture.objectives, score: score(holdout) };
      return said({ front: [{ ...mixture, objectives, holdout: fresh }], best: mixture.id });
    };
    expect(of(0.9, 0.7)).toContain('far apart (0.200): the config was lucky');
    expect(of(0.5, 0.8)).toContain("the holdout's questions are easier");
    expect(of(0.9, 0.86)).not.toContain('far apart');
  });

  test('says that tuning put one first only where no other of as many answers scored higher there', () => {
    const tried = (name: string, score: number, cells: number, holdout: number | null): FrontMember => ({
      ...member(
        singleConfig(`openai/${name}`),
        estimates(score, 1, 70),
        holdout === null ? null : estimates(holdout, 1, 70),
      ),
      ...{ id: name, cells },
    });
    const baselineOf = (of: FrontMember) => ({ ...of, label: `single ${of.id}` });
    const few = tried('lim60', 1, 8, 0.833);
    const first = tried('lim120', 0.75, 16, 0.652);
    // Figures of two runs on a server with limits of its own.
    const notOnFront = tried('notemp', 0.792, 48, 0.846);
    const ofTheFront = "lim120 was the first choice of the front's points that were measured most (0.750 on";
    const front = [few, first];
    expect(
      said({ front, baselines: [baselineOf(notOnFront)], best: 'notemp', overruled: 'lim120' }),
    ).toContain(`${ofTheFront} tuning questions), but on the holdout notemp beats it by more than the noise`);
    const mixed = tried('fused', 1, 8, 0.9);
    expect(said({ front, baselines: [], others: [mixed], best: 'fused', overruled: 'lim120' })).toContain(
      `${ofTheFront} tuning questions), but on the holdout fused beats it`,
    );
    const worse = tried('slow', 0.74, 48, 0.9);
    const choice = { front, others: [worse], best: 'slow', overruled: 'lim120' };
    expect(said({ ...choice, baselines: [] })).toContain('Tuning put lim120 first, but on the holdout slow');
    expect(said({ ...choice, baselines: [baselineOf(notOnFront)] })).toContain(ofTheFront);
    // What misses the bounds is no rival.
    const slower = { ...notOnFront, objectives: estimates(0.792, 60, 70) };
    const within = { ...choice, bounds: { latency: 30 } };
    expect(said({ ...within, baselines: [baselineOf(slower)] })).toContain('Tuning put lim120 first');
    expect(said({ ...within, baselines: [baselineOf(notOnFront)] })).toContain(
      'lim120 was the first choice (0.750 on tuning questions)',
    );
  });

  test('says that nothing scored, and recommends nothing', () => {
    const zero = { mean: 0, low: 0, high: 0.1 };
    const none = { ...mixture, objectives: { ...mixture.objectives, score: zero }, holdout: null };
    const text = said({ front: [none], baselines: [], best: none.id });
    expect(text).toMatch(/^Nothing scored above 0/);
    expect(text).not.toContain('Use ');
  });

  test.each([70, 80, 100, 140])('fits %d columns', (width) => {
    const view = headlineView(
      sampleFront({ headline: headline([over('tuned-single', 0.2, 0.1)]), best: mixture.id }),
    );
    if (view === null) throw new Error('there is a headline');
    const lines = renderHeadline(view, { width }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    // What is typed next, and how sure the gain is, stand at any width.
    expect(lines.join('\n')).toMatch(/\+0\.200 \[\+0?\.10, ?\+0?\.30\]/);
    for (const row of view.rows) expect(lines.join('\n')).toContain(row.id.slice(0, 8));
  });

  test('says that figures need not add up, where they do not', () => {
    const text = (gain: number): string =>
      said({ headline: headline([over('tuned-single', gain, 0.1)]), best: mixture.id });
    expect(text(0.2)).toContain('need not add up');
    expect(text(0.43)).not.toContain('need not add up');
  });

  test('differences have their sign', () => {
    expect(differenceText({ mean: 0, low: -0.001, high: 0.25 })).toBe('0.000 [-0.001, +0.25]');
    expect(differenceText({ mean: 0.04, low: 0.004, high: 0.07 })).toBe('+0.040 [+0.004, +0.07]');
    expect(differenceText({ mean: 0, low: 0, high: 0 })).toBe('0.000 [0.00, 0.00]');
    expect(differenceText({ mean: -0.5, low: null, high: null })).toBe('-0.500');
  });
});
