import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { configId, type MoaConfig } from '../../../src/domain/moa-config.ts';
import { BelievedFront } from '../../../src/search/believed-front.ts';
import { randomConfig } from '../../../src/search/random-config.ts';
import { singleConfig } from '../../../src/search/start-configs.ts';
import type { TrialReport } from '../../../src/search/strategy.ts';
import {
  agentSharesOf,
  commonNoise,
  fitCommonNoise,
} from '../../../src/search/surrogate/correlated-noise.ts';
import { itemEffects, samplingVariance } from '../../../src/search/surrogate/item-effects.ts';
import { thorough } from '../../support/thorough.ts';
import { reportOf } from '../drive.ts';
import { models, wideSpace } from '../spaces.ts';
import { createLandscape } from '../synthetic.ts';
import { believing as believingIn } from './believing.ts';

const space = wideSpace();
const landscape = createLandscape('beliefs');
const objectives = ['score', 'latency', 'tokens'] as const;

function told(count: number, cells: number, seed = 'seen'): TrialReport[] {
  const rng = createRng(seed);
  const singles = models.map((model) => singleConfig(space, model));
  const others = Array.from({ length: count }, () => randomConfig(space, rng) as MoaConfig);
  const configs = new Map([...singles, ...others].map((config) => [configId(config), config]));
  return [...configs.values()].map((config) =>
    reportOf({ config, origin: { operator: 'test', parents: [] } }, landscape, cells),
  );
}

const believing = (reports: readonly TrialReport[]) => believingIn(space, reports);

const off = (believed: readonly number[], truths: readonly number[]): number => {
  const shift =
    believed.reduce((sum, value, at) => sum + value - (truths[at] as number), 0) / believed.length;
  const square = believed.reduce((sum, value, at) => sum + (value - (truths[at] as number) - shift) ** 2, 0);
  return Math.sqrt(square / believed.length);
};

describe('Beliefs', () => {
  it('knows trials of few cells better than their own means do', () => {
    const reports = told(thorough ? 120 : 60, 3);
    const { beliefs } = believing(reports);
    const truths = reports.map(({ config }) => landscape.truth(config).score);
    const believed = reports.map((_, trial) => beliefs.scoreOf(trial) as number);
    const measured = reports.map(({ estimates }) => estimates.score.mean as number);
    expect(off(believed, truths)).toBeLessThan(0.95 * off(measured, truths));
  });

  it('learns from every cell, however many there are', () => {
    // Equal on the first 128 cells, and far apart on the others.
    const report = (model: string, late: number): TrialReport => {
      const single = { config: singleConfig(space, model), origin: { operator: 'test', parents: [] } };
      const { cells, ...rest } = reportOf(single, landscape, 512);
      const scored = cells.map(({ key, measurement }, at) => ({
        key,
        measurement: { ...measurement, score: at < 128 ? at % 2 : late },
      }));
      const mean = scored.reduce((sum, { measurement }) => sum + measurement.score, 0) / scored.length;
      const score = { ...rest.estimates.score, mean };
      return { ...rest, cells: scored, estimates: { ...rest.estimates, score } };
    };
    const reports = models.map((model, at) => report(model, at % 2));
    const { beliefs } = believing(reports);
    reports.forEach((each, trial) => {
      const { mean } = each.estimates.score;
      expect(Math.abs((beliefs.scoreOf(trial) as number) - (mean as number))).toBeLessThan(0.05);
    });
  });

  it.skipIf(!thorough)('foretells no more than 1 of what has all that made others good', () => {
    const rng = createRng('easy');
    const reports = told(100, 16).map((report): TrialReport => {
      const truth = 1 / (1 + Math.exp(1 - 8 * landscape.truth(report.config).score));
      const cells = report.cells.map(({ key, measurement }) => {
        return { key, measurement: { ...measurement, score: rng.next() < truth ? 1 : 0 } };
      });
      const mean = cells.reduce((sum, { measurement }) => sum + measurement.score, 0) / cells.length;
      return {
        ...report,
        cells,
        estimates: { ...report.estimates, score: { ...report.estimates.score, mean } },
      };
    });
    const { log, beliefs } = believing(reports);
    const foretold = told(200, 1, 'unseen').map(
      ({ config }) => beliefs.predict(log.encoder.encode(config, false)).mean,
    );
    expect(Math.max(...foretold)).toBeLessThan(1);
    expect(Math.max(...foretold)).toBeGreaterThan(0.95);
  });

  it('foretells configs that were not measured, and how sure that is', () => {
    const { log, beliefs } = believing(told(thorough ? 200 : 60, 16));
    const unseen = told(80, 1, 'unseen').slice(models.length);
    const truths = unseen.map(({ config }) => landscape.truth(config).score);
    const beliefsOf = unseen.map(({ config }) => beliefs.predict(log.encoder.encode(config, false)));
    const middle = truths.map(() => 0);
    expect(
      off(
        beliefsOf.map(({ mean }) => mean),
        truths,
      ),
    ).toBeLessThan(0.75 * off(middle, truths));
    const within = beliefsOf.filter(
      ({ mean, variance }, at) => Math.abs(mean - (truths[at] as number)) < 2 * Math.sqrt(variance),
    );
    expect(within.length / unseen.length).toBeGreaterThan(0.8);
  });

  it('is less open about a trial of more cells', () => {
    const reports = told(40, 8);
    const first = reports[0] as TrialReport;
    const more = reportOf({ config: first.config, origin: first.origin }, landscape, 64);
    const before = believing(reports).beliefs;
    const after = believing([...reports, more]).beliefs;
    expect(after.openBetween(0, 0)).toBeLessThan(0.7 * before.openBetween(0, 0));
  });

  it.skipIf(!thorough)('believes something of every trial, however many there are', () => {
    const reports = told(420, 1);
    const { beliefs } = believing(reports);
    const believed = reports.map((_, trial) => beliefs.scoreOf(trial));
    const truths = reports.map(({ config }) => landscape.truth(config).score);
    expect(believed).not.toContain(undefined);
    expect(
      off(
        believed.map((score) => score ?? 0),
        truths,
      ),
    ).toBeLessThan(
      off(
        truths.map(() => 0),
        truths,
      ),
    );
    for (const trial of reports.keys()) expect(beliefs.deviationOf(trial)).toBeGreaterThan(1e-4);
  });

  it('comes to the same however it came there', () => {
    const reports = told(30, 8);
    const one = believing(reports).beliefs;
    const other = believing(reports).beliefs;
    expect(reports.map((_, trial) => other.scoreOf(trial))).toEqual(
      reports.map((_, trial) => one.scoreOf(trial)),
    );
  });
});

describe('BelievedFront', () => {
  const reports = told(60, 8);
  const { log, beliefs } = believing(reports);
  const front = new BelievedFront(log, beliefs, objectives);

  it('has members that no other trial dominates by what is believed', () => {
    expect(front.members.length).toBeGreaterThan(1);
    for (const { point } of front.members) {
      const better = front.trials.filter(
        (other) =>
          other.point.every((value, axis) => value <= (point[axis] as number)) &&
          other.point.some((value, axis) => value < (point[axis] as number)),
      );
      expect(better).toEqual([]);
    }
  });

  it.skipIf(!thorough)('expects of a trial what many draws of its score would bring', () => {
    const rng = createRng('draws');
    const costs = { tokens: 300, latency: 2, usd: null };
    for (const [mean, deviation] of [
      [0.5, 0.1],
      [0.8, 0.05],
      [0.3, 0.2],
    ] as const) {
      let sum = 0;
      const draws = 4000;
      for (let draw = 0; draw < draws; draw++) {
        const score = Math.min(1, Math.max(0, mean + deviation * rng.normal()));
        sum += front.expectedGain(costs, score, 0);
      }
      expect(front.expectedGain(costs, mean, deviation)).toBeCloseTo(sum / draws, 2);
    }
    expect(front.expectedGain({ ...costs, tokens: null }, 0.5, 0.1)).toBe(0);
  });
});

describe('itemEffects', () => {
  it('takes easy questions out of the means of those that met only them', () => {
    const rng = createRng('items');
    const [trials, cells] = [40, 32];
    const difficulty = Array.from({ length: cells }, (_, cell) => (cell < 8 ? 0.2 : -0.2 / 3));
    const ability = Array.from({ length: trials }, () => 0.3 + 0.4 * rng.next());
    const scores = ability.map((own, trial) =>
      Float32Array.from(difficulty, (easy, cell) =>
        trial % 2 === 1 && cell >= 8 ? Number.NaN : own + easy + 0.05 * rng.normal(),
      ),
    );
    const { means, residual } = itemEffects(scores);
    for (const [trial, own] of ability.entries())
      expect(Math.abs((means[trial] as number) - own)).toBeLessThan(0.09);
    const odd = ability.filter((_, trial) => trial % 2 === 1);
    const bias = odd.reduce((sum, own, at) => sum + (means[2 * at + 1] as number) - own, 0) / odd.length;
    expect(Math.abs(bias)).toBeLessThan(0.03);
    expect(Math.sqrt(residual)).toBeCloseTo(0.05, 2);
  });

  it.each([0.08, 0.13, 0.25])(
    'is no harder on those that stopped after their first cells, where scores lie %s apart',
    (apart) => {
      const rng = createRng(`stopped/${apart}`);
      const average = (values: ArrayLike<number>): number =>
        Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
      const off: number[] = [];
      for (let run = 0; run < 20; run++) {
        const difficulty = Array.from({ length: 64 }, () => 0.2 * rng.normal());
        const whole = Array.from({ length: 80 }, () => {
          const own = 0.5 + apart * rng.normal();
          return Float32Array.from(difficulty, (easy) => (rng.next() < own + easy ? 1 : 0));
        });
        let going = whole.map((row, trial) => ({ trial, row: row.slice(0, 8) }));
        const scores = going.map(({ row }) => row);
        for (const cells of [16, 32, 64]) {
          going.sort((a, b) => average(b.row) - average(a.row));
          going = going.slice(0, going.length / 2).map(({ trial }) => {
            const row = (whole[trial] as Float32Array).slice(0, cells);
            scores[trial] = row;
            return { trial, row };
          });
        }
        const { means } = itemEffects(scores);
        for (const [trial, row] of scores.entries()) {
          if (row.length > 8) continue;
          const known = average(row.map((score, cell) => score - (difficulty[cell] as number)));
          off.push((means[trial] as number) - known - average(difficulty));
        }
      }
      expect(Math.abs(average(off))).toBeLessThan(0.04);
    },
  );

  it('takes nothing out where the cells are repeats of one question', () => {
    const scores = [
      [1, 1, 0, 1],
      [1, 1, 0, 1, 0, 0, 0, 1],
      [1, 0],
    ].map((row) => Float32Array.from(row));
    const { means, effects, residual } = itemEffects(scores, true);
    expect([...means]).toEqual([0.75, 0.5, 0.5]);
    expect([...effects]).toEqual(Array(8).fill(0));
    // 0.75 and 2 and 0.5 of squares, of 14 cells and 3 means.
    expect(residual).toBeCloseTo(3.25 / 11, 6);
  });
});

describe('samplingVariance', () => {
  const rng = createRng('sample');
  const questions = Array.from({ length: 96 }, (_, cell) => cell % 48);
  const difficulty = Array.from({ length: 48 }, () => 0.3 * rng.normal());
  const scores = Array.from({ length: 30 }, () =>
    Float32Array.from(questions, (question) => 0.5 + (difficulty[question] as number) + 0.2 * rng.normal()),
  );

  it('is what the questions are a sample of, and no smaller by asking them again', () => {
    const variance = samplingVariance(itemEffects(scores), questions);
    expect(variance).toBeGreaterThan((0.6 * 0.09) / 48);
    expect(variance).toBeLessThan((1.5 * 0.09) / 48);
  });

  it('hangs on the first questions where nearly all trials stopped there', () => {
    const short = scores.map((row, trial) => (trial === 0 ? row : row.slice(0, 8)));
    const variance = samplingVariance(itemEffects(short), questions);
    expect(variance).toBeGreaterThan((0.4 * 0.09) / 9);
    expect(variance).toBeLessThan((2.5 * 0.09) / 9);
  });

  it('is nothing where one question is the task', () => {
    expect(
      samplingVariance(
        itemEffects(scores),
        questions.map(() => 0),
      ),
    ).toBe(0);
  });
});

describe('what spreads how much', () => {
  it('is surer of a config that is nearly always right than of one that is right half of the time', () => {
    const rng = createRng('spread');
    const reports = models.map((model, at) => {
      const single = { config: singleConfig(space, model), origin: { operator: 'test', parents: [] } };
      const { cells, ...rest } = reportOf(single, landscape, 128);
      const right = at === 0 ? 0.5 : 0.97;
      const scored = cells.map(({ key, measurement }) => ({
        key,
        measurement: { ...measurement, score: rng.next() < right ? 1 : 0 },
      }));
      const mean = scored.reduce((sum, { measurement }) => sum + measurement.score, 0) / scored.length;
      return {
        ...rest,
        cells: scored,
        estimates: { ...rest.estimates, score: { ...rest.estimates.score, mean } },
      };
    });
    const { beliefs } = believing(reports);
    expect(beliefs.openBetween(0, 0)).toBeGreaterThan(2 * beliefs.openBetween(1, 1));
    expect(beliefs.noiseOf(8, 0.5)).toBeGreaterThan(3 * beliefs.noiseOf(8, 0.97));
    expect(beliefs.noiseOf(16, 0.5)).toBeCloseTo(beliefs.noiseOf(8, 0.5) / 2);
  });
});

describe('commonNoise', () => {
  it('is less by more questions, and for a call by more repeats too', () => {
    const config = singleConfig(space, models[0] as string);
    const [own, other] = [agentSharesOf(config), agentSharesOf(singleConfig(space, models[1] as string))];
    const shares = Float64Array.from([0.4, 0.2, 0.1]);
    expect(commonNoise(own, own, shares, { questions: 1, cells: 1 })).toBeCloseTo(0.7);
    expect(commonNoise(own, own, shares, { questions: 4, cells: 4 })).toBeCloseTo(0.7 / 4);
    expect(commonNoise(own, own, shares, { questions: 4, cells: 16 })).toBeCloseTo(
      0.6 / 4 + 0.05 / 4 + 0.05 / 16,
    );
    expect(commonNoise(own, other, shares, { questions: 1, cells: 1 })).toBe(0);
  });
});

describe('fitCommonNoise', () => {
  const rng = createRng('luck');
  const configs = models.flatMap((model) =>
    [0, 1, 2, 3].map((prompt) => singleConfig(space, model, `A prompt with number ${prompt}.`)),
  );
  const agentShares = configs.map(agentSharesOf);
  const ones = configs.map(() => 1);
  const cells = 200;
  const ofModels = models.map(() => Array.from({ length: cells }, () => rng.normal()));
  const left = (share: number): Float32Array[] =>
    configs.map((_, at) =>
      Float32Array.from({ length: cells }, (_, cell) => {
        const model = (ofModels[Math.floor(at / 4)] as number[])[cell] as number;
        return Math.sqrt(share) * model + Math.sqrt(1 - share) * rng.normal();
      }),
    );

  it('finds out whether luck belongs to models or to calls', () => {
    const [shared] = fitCommonNoise(agentShares, left(0.7), ones);
    const [apart] = fitCommonNoise(agentShares, left(0), ones);
    expect(shared).toBeGreaterThan(0.3);
    expect(apart).toBeLessThan(0.2);
  });

  it('is the same when what all have in common was taken away', () => {
    // As least squares of `score = trial + cell` leave it: adding up to nothing on each question.
    const whole = left(0.7);
    const centred = whole.map((row) =>
      row.map(
        (value, cell) =>
          value - whole.reduce((sum, other) => sum + (other[cell] as number), 0) / whole.length,
      ),
    );
    const [before] = fitCommonNoise(agentShares, whole, ones);
    const [after] = fitCommonNoise(agentShares, centred, ones);
    expect(Math.abs((after as number) - (before as number))).toBeLessThan(0.1);
  });
});
