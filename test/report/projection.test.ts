import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallPath, PathCall } from '../../src/analysis/call-paths.ts';
import type { SpeedProfile } from '../../src/domain/speed-profile.ts';
import { projectFront, projectLatency } from '../../src/report/projection.ts';
import { projectionText } from '../../src/report/projection-text.ts';
import { sampleFront } from '../support/front-sample.ts';

const call = (model: string, outputTokens: number): PathCall => ({ model, outputTokens, serviceMs: 1 });
const path = (...groups: PathCall[][]): CallPath => ({ split: 'tuning', groups });
const profile: SpeedProfile = {
  name: 'there',
  source: 'a test',
  models: {
    fast: { firstTokenMs: 100, tokensPerSecond: 1000 },
    slow: { firstTokenMs: 500, tokensPerSecond: 10 },
    silent: { firstTokenMs: null, tokensPerSecond: 100 },
  },
};

describe('projected latency', () => {
  it('is the slowest of each group, one group after the other', () => {
    const cell = path([call('x/fast', 200), call('x/slow', 5)], [call('x/fast', 900)]);
    const projected = projectLatency([cell], { profile });
    // Side by side 0.3 s and 1 s; then 1 s.
    expect(projected.latency.mean).toBeCloseTo(2, 12);
    // Without first tokens 0.2 s and 0.5 s; then 0.9 s.
    expect(projected.generation.mean).toBeCloseTo(1.4, 12);
    expect(projected.chainedCalls).toBe(2);
    expect(projected.unknownModels).toEqual([]);
  });

  it('is unknown, never 0, where a speed or a time to first token is', () => {
    const known = path([call('x/fast', 100)]);
    const without = projectLatency([known, path([call('x/silent', 100)])], { profile });
    expect(without.latency.mean).toBeNull();
    expect(without.generation.mean).toBeCloseTo(0.55, 12);
    const stranger = projectLatency([known, path([call('x/other', 100), call('x/fast', 1)])], { profile });
    expect(stranger).toMatchObject({
      latency: { mean: null },
      generation: { mean: null },
      unknownModels: ['x/other'],
    });
    expect(projectLatency([], { profile })).toMatchObject({ latency: { mean: null }, chainedCalls: null });
  });

  it('takes stand-ins and an assumed time to first token, which changes no known one', () => {
    const options = {
      profile,
      standIns: new Map([['x/other', 'silent']]),
      assumedFirstTokenMs: 250,
    };
    expect(projectLatency([path([call('x/other', 100)])], options).latency.mean).toBeCloseTo(1.25, 12);
    expect(projectLatency([path([call('x/fast', 0)])], options).latency.mean).toBeCloseTo(0.1, 12);
  });

  const calls = fc.record({
    model: fc.constantFrom('x/fast', 'x/slow'),
    outputTokens: fc.nat(5000),
    serviceMs: fc.constant(1),
  });
  const paths = fc.array(
    fc.record({
      split: fc.constant('tuning' as const),
      groups: fc.array(fc.array(calls, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 5 },
  );

  it('agrees with a plain sum, and lies between the longest chain’s tokens and all calls in a row', () => {
    fc.assert(
      fc.property(paths, (cells) => {
        const { latency, generation } = projectLatency(cells, { profile });
        const time = ({ model, outputTokens }: PathCall): number =>
          model === 'x/fast' ? 0.1 + outputTokens / 1000 : 0.5 + outputTokens / 10;
        const ofCell = (pick: (times: number[]) => number) =>
          cells.reduce(
            (sum, { groups }) => sum + groups.reduce((all, group) => all + pick(group.map(time)), 0),
            0,
          ) / cells.length;
        expect(latency.mean).toBeCloseTo(
          ofCell((times) => Math.max(...times)),
          6,
        );
        expect(latency.mean ?? 0).toBeGreaterThanOrEqual(generation.mean ?? 0);
        const inARow = ofCell((times) => times.reduce((sum, each) => sum + each, 0));
        expect(latency.mean ?? 0).toBeLessThanOrEqual(inARow + 1e-9);
      }),
    );
  });
});

describe('a projected front', () => {
  const front = sampleFront();
  const ids = [...front.front, ...front.baselines].map(({ id }) => id);
  const everyPath = new Map(ids.map((id, index) => [id, [path([call('x/fast', 100 * (index + 1))])]]));

  it('has projected latencies in place of measured, and keeps both', () => {
    const projected = projectFront(front, everyPath, { profile });
    expect(projected.file.front[0]?.objectives.latency.mean).toBeCloseTo(0.2, 12);
    expect(projected.file.front[0]?.objectives.score).toEqual(front.front[0]?.objectives.score);
    expect(projected.points.get(ids[0] ?? '')?.measured).toEqual(front.front[0]?.objectives.latency);
    const text = projectionText(projected, { width: 120 });
    expect(text).toContain('projected onto there');
    expect(text).toContain('0.20 s');
    expect(text).toContain('Speeds: there (a test)');
  });

  it('says what is unknown and why', () => {
    const [first = '', second = '', ...rest] = ids;
    const some = new Map([
      [first, null],
      [second, [path([call('x/silent', 42)], [call('x/silent', 8)])]],
      ...rest.map((id) => [id, [path([call('x/other', 1)])]] as const),
    ]);
    const projected = projectFront(front, some, { profile });
    expect(projected.unplayable).toEqual([first]);
    expect(projected.unknownModels).toEqual(['x/other']);
    const text = projectionText(projected, { width: 120 });
    expect(text).toContain('0.50 s + 2 first tokens');
    expect(text).toContain('--as x/other=fast');
    expect(text).toContain('--first-token');
    expect(text).toContain(first);
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('marks points that projected latencies let others dominate', () => {
    const [best, other] = front.front;
    if (best === undefined || other === undefined) throw new Error('two points are needed');
    const alike = { ...other, objectives: { ...best.objectives, score: other.objectives.score } };
    const two = { ...front, front: [best, alike], baselines: [] };
    const paths = new Map([
      [best.id, [path([call('x/fast', 10)])]],
      [alike.id, [path([call('x/fast', 1000)])]],
    ]);
    const text = projectionText(projectFront(two, paths, { profile }), { width: 120 });
    expect(text.split('\n').find((line) => line.startsWith(alike.id))).toContain('dominated');
    expect(text.split('\n').find((line) => line.startsWith(best.id))).not.toContain('dominated');
  });
});
