import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import type { MoaConfig } from '../../../src/domain/moa-config.ts';
import { randomConfig } from '../../../src/search/random-config.ts';
import { singleConfig } from '../../../src/search/start-configs.ts';
import type { TrialReport } from '../../../src/search/strategy.ts';
import { CostFit } from '../../../src/search/surrogate/cost-fit.ts';
import { ConfigEncoder } from '../../../src/search/surrogate/encoded-config.ts';
import { fitRidge } from '../../../src/search/surrogate/ridge.ts';
import { Surrogate } from '../../../src/search/surrogate/surrogate.ts';
import { TrialLog } from '../../../src/search/surrogate/trial-log.ts';
import { thorough } from '../../support/thorough.ts';
import { reportOf } from '../drive.ts';
import { models, wideSpace } from '../spaces.ts';
import { createLandscape } from '../synthetic.ts';

const space = wideSpace();
const landscape = createLandscape('surrogate');

function reports(count: number, seed = 'seen'): TrialReport[] {
  const rng = createRng(seed);
  const singles = models.map((model) => singleConfig(space, model));
  const others = Array.from({ length: count }, () => randomConfig(space, rng) as MoaConfig);
  return [...singles, ...others].map((config) =>
    reportOf({ config, origin: { operator: 'test', parents: [] } }, landscape, 8),
  );
}

function logOf(told: readonly TrialReport[]): TrialLog {
  const log = new TrialLog(new ConfigEncoder(space));
  for (const report of told) log.add(report);
  return log;
}

const correlation = (first: readonly number[], second: readonly number[]): number => {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [a, b] = [mean(first), mean(second)];
  const sum = (pick: (at: number) => number) => first.reduce((total, _, at) => total + pick(at), 0);
  const x = (at: number) => (first[at] as number) - a;
  const y = (at: number) => (second[at] as number) - b;
  return sum((at) => x(at) * y(at)) / Math.sqrt(sum((at) => x(at) ** 2) * sum((at) => y(at) ** 2));
};

describe('CostFit', () => {
  it('foretells tokens and latency of configs that it has not seen', () => {
    const log = logOf(reports(thorough ? 220 : 120));
    const fit = new CostFit(log, log.entries.length);
    fit.advance(Number.POSITIVE_INFINITY);
    const unseen = reports(60, 'unseen').slice(models.length);
    const predicted = unseen.map(({ config }) => fit.costsOf(log.encoder.encode(config, false)));
    const truths = unseen.map(({ config }) => landscape.truth(config));
    for (const cost of ['tokens', 'latency'] as const) {
      const logs = (all: readonly Record<typeof cost, number>[]) => all.map((each) => Math.log(each[cost]));
      expect(correlation(logs(predicted), logs(truths)), cost).toBeGreaterThan(0.9);
    }
  });
});

describe('Surrogate', () => {
  it('comes to the same predictions however often it was asked on the way, trials told again included', () => {
    const told = reports(thorough ? 90 : 55).flatMap((report, at) =>
      at % 5 === 4
        ? [report, reportOf({ config: report.config, origin: report.origin }, landscape, 16)]
        : [report],
    );
    const asking = new TrialLog(new ConfigEncoder(space));
    const asked = new Surrogate(asking);
    for (const report of told) {
      asking.add(report);
      asked.fit();
    }
    const rebuilt = new Surrogate(logOf(told));
    const [one, other] = [asked.fit(), rebuilt.fit()];
    expect(one?.position).toBe(other?.position);
    expect(one?.position).toBeGreaterThan(50);
    for (const { config } of reports(10, 'probe')) {
      const encoded = asking.encoder.encode(config, false);
      expect(one?.costsOf(encoded)).toEqual(other?.costsOf(encoded));
    }
  });

  it('says nothing before it has seen enough', () => {
    const log = logOf(reports(0).slice(0, 3));
    expect(new Surrogate(log).fit()).toBeUndefined();
  });
});

describe('TrialLog', () => {
  it('takes the newest word on a trial, and still knows the earlier', () => {
    const [first] = reports(0) as [TrialReport];
    const again = reportOf({ config: first.config, origin: first.origin }, landscape, 32);
    const log = logOf([first, again]);
    expect(log.trials).toHaveLength(1);
    expect(log.newestAt(1)[0]?.cells).toBe(8);
    expect(log.newestAt(2)[0]?.cells).toBe(32);
    expect(log.cellsOf(0)).toBe(32);
  });
});

describe('fitRidge', () => {
  it('recovers a line from many rows and keeps what was believed where there are none', () => {
    const rng = createRng('ridge');
    const truth = Float64Array.from([0.5, -2, 3]);
    const rows = Array.from({ length: 400 }, () => Float64Array.from([1, rng.normal(), rng.normal()]));
    const targets = Float64Array.from(rows, (row) =>
      row.reduce((sum, value, at) => sum + value * (truth[at] as number), 0.01 * rng.normal()),
    );
    const weights = new Float64Array(400).fill(1);
    const found = fitRidge(rows, targets, weights, new Float64Array(3), 0.1);
    for (const [at, value] of truth.entries()) expect(found[at]).toBeCloseTo(value, 2);
    const prior = Float64Array.from([0.1, 0.2, 0.3]);
    expect(fitRidge([], new Float64Array(0), new Float64Array(0), prior, 1)).toEqual(prior);
  });
});
