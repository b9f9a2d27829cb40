import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChangeDetector } from '../../src/adapt/change-detector.ts';
import { type ArmCandidate, Learner } from '../../src/adapt/learner.ts';
import { featureCount, questionFeatures } from '../../src/adapt/question-features.ts';
import { thompsonShares } from '../../src/adapt/thompson.ts';
import { createRng } from '../../src/core/rng.ts';
import { anyText } from '../support/any-text.ts';
import { runs, thorough } from '../support/thorough.ts';

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const candidates = fc
  .array(fc.record({ mean: unit, variance: fc.double({ min: 0, max: 0.25, noNaN: true }) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((priors) => priors.map((prior, at): ArmCandidate => ({ id: `arm-${at}`, prior })));
const rewards = fc.array(fc.tuple(fc.string({ maxLength: 40 }), unit), { maxLength: 40 });

/** A learner that has seen some traffic, and the decisions it made. */
function taught(arms: readonly ArmCandidate[], seen: readonly (readonly [string, number])[], explore = 0.05) {
  const learner = new Learner({ explore });
  const rng = createRng('taught');
  const decisions = seen.map(([question, value], number) => {
    const decision = learner.decide(questionFeatures(question), arms, rng.derive(number));
    learner.reward(decision, value);
    return decision;
  });
  return { learner, decisions };
}

describe('questionFeatures', () => {
  it('are as many finite numbers for any text, none above 1', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 300 }), (text) => {
        const features = questionFeatures(text);
        expect(features).toHaveLength(featureCount);
        for (const value of features) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12);
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('thompsonShares', () => {
  it('are the shares in which draws are the largest', () => {
    const beliefs = [
      { mean: 0.7, deviation: 0.05 },
      { mean: 0.65, deviation: 0.1 },
      { mean: 0.5, deviation: 0.02 },
    ];
    const rng = createRng('draws');
    const won = [0, 0, 0];
    const draws = 20_000;
    for (let draw = 0; draw < draws; draw++) {
      const values = beliefs.map(({ mean, deviation }) => mean + deviation * rng.normal());
      (won[values.indexOf(Math.max(...values))] as number)++;
    }
    const shares = thompsonShares(beliefs);
    for (const [at, share] of shares.entries()) expect(share).toBeCloseTo((won[at] as number) / draws, 1.7);
  });
});

describe('a learner', () => {
  it('gives every decision chances that add up to 1 and leave the champion no oftener than allowed', () => {
    fc.assert(
      fc.property(candidates, rewards, unit, (arms, seen, explore) => {
        for (const { propensities, champion, chosen, arms: ids } of taught(arms, seen, explore).decisions) {
          expect(ids).toEqual(arms.map(({ id }) => id));
          expect(propensities.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
          expect(Math.min(...propensities)).toBeGreaterThanOrEqual(0);
          expect(propensities[champion]).toBeGreaterThanOrEqual(1 - explore - 1e-9);
          expect(propensities[chosen]).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs(60) },
    );
  });

  it('chooses as often as the chances say', () => {
    const arms = [0.7, 0.68, 0.65].map((mean, at) => ({ id: `arm-${at}`, prior: { mean, variance: 0.01 } }));
    const learner = new Learner({ explore: 0.3 });
    const rng = createRng('frequencies');
    const features = questionFeatures('Where is my parcel?');
    const times = thorough ? 4_000 : 500;
    const chosen = arms.map(() => 0);
    for (let number = 0; number < times; number++) {
      (chosen[learner.decide(features, arms, rng.derive(number)).chosen] as number)++;
    }
    const { propensities } = learner.decide(features, arms, rng);
    for (const [at, chance] of propensities.entries()) {
      const off = Math.abs((chosen[at] as number) - times * chance);
      expect(off).toBeLessThan(4 * Math.sqrt(times * chance * (1 - chance)) + 1);
    }
  });

  it('goes on from its state, through JSON, as if it had never stopped', () => {
    fc.assert(
      fc.property(candidates, rewards, rewards, (arms, before, after) => {
        const { learner } = taught(arms, before);
        const stored = JSON.parse(JSON.stringify(learner.state()));
        const again = new Learner({}, stored);
        for (const [number, [question, value]] of after.entries()) {
          const rng = createRng(number);
          const features = questionFeatures(question);
          const decision = learner.decide(features, arms, rng.derive('one'));
          expect(again.decide(features, arms, rng.derive('one'))).toEqual(decision);
          learner.reward(decision, value);
          again.reward(decision, value);
        }
        expect(again.state()).toEqual(learner.state());
      }),
      { numRuns: runs(40) },
    );
  });

  it('is overruled by traffic, however sure the run was, and not by one word', () => {
    const arms = [
      { id: 'praised', prior: { mean: 0.9, variance: 0.0001 } },
      { id: 'other', prior: { mean: 0.7, variance: 0.0001 } },
    ];
    const learner = new Learner({ explore: 0 });
    const features = questionFeatures('?');
    let asked = 0;
    for (; asked < 100; asked++) {
      const decision = learner.decide(features, arms, createRng(asked));
      if (decision.champion === 1) break;
      learner.reward(decision, 0.5);
    }
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(40);
  });

  it('never tries what cannot reach the champion', () => {
    const arms = [
      { id: 'good', prior: { mean: 0.95, variance: 0.0001 } },
      { id: 'bad', prior: { mean: 0.05, variance: 0.0001 } },
    ];
    const { propensities } = new Learner().decide(questionFeatures('?'), arms, createRng(1));
    expect(propensities).toEqual([1, 0]);
  });

  it('forgets an arm that broke, and only that', () => {
    const arms = [
      { id: 'breaks', prior: { mean: 0.9, variance: 0.001 } },
      { id: 'steady', prior: { mean: 0.7, variance: 0.001 } },
    ];
    const learner = new Learner();
    const features = questionFeatures('Where is my parcel?');
    const rng = createRng('breaks');
    const sound = thorough ? 1_000 : 300;
    let champions = 0;
    for (let number = 0; number < sound + 400; number++) {
      const decision = learner.decide(features, arms, rng.derive(number));
      const mean = decision.chosen === 1 ? 0.7 : number < sound ? 0.9 : 0.3;
      learner.reward(decision, rng.next() < mean ? 1 : 0);
      if (number >= sound + 100 && decision.champion === 0) champions++;
    }
    expect(champions).toBe(0);
    expect(learner.state().arms).toMatchObject({ breaks: { forgotten: true }, steady: { forgotten: false } });
  });
});

describe('a change detector', () => {
  it('is quiet where nothing changes, and says when something did', () => {
    const rng = createRng('quiet');
    const detector = new ChangeDetector();
    for (let at = 0; at < 2_000; at++) expect(detector.take(rng.next() < 0.8 ? 1 : 0, 0.8)).toBeUndefined();
    const late: number[] = [];
    for (let at = 1; late.length === 0; at++) {
      const since = detector.take(rng.next() < 0.4 ? 1 : 0, 0.8);
      if (since !== undefined) late.push(at, since);
    }
    const [after, since] = late as [number, number];
    expect(after).toBeLessThan(150);
    expect(Math.abs(after - since)).toBeLessThan(40);
  });
});
