import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { configId } from '../../src/domain/moa-config.ts';
import { enumerateConfigs } from '../../src/search/enumerate.ts';
import { randomConfig } from '../../src/search/random-config.ts';
import { spaceSize } from '../../src/search/space-size.ts';
import { singleConfig } from '../../src/search/start-configs.ts';
import { parseMethod } from '../bench/search/methods.ts';
import {
  checkpointGrid,
  quantileOf,
  shareAt,
  trueHypervolume,
  unitsToClose,
  wilcoxon,
} from '../bench/search/metric.ts';
import { FlatSpace } from '../bench/search/peers/encoding.ts';
import { runMethod, tokensPerEvaluation } from '../bench/search/run.ts';
import { simulatedWorlds } from '../bench/search/worlds/catalogue.ts';
import { mix, NumberSet, normalOf } from '../bench/search/worlds/hash.ts';
import { runs, thorough } from '../support/thorough.ts';
import { allKinds, allPrompts, makeSpace } from './spaces.ts';

const worlds = simulatedWorlds();
const worldNamed = (name: string) => {
  const world = worlds.find((candidate) => candidate.name === name);
  if (world === undefined) throw new Error(`no world ${name}`);
  return world;
};
const noOptuna = (): never => {
  throw new Error('no Optuna in tests');
};

describe('simulated worlds', () => {
  it.each(worlds.map((world) => [world.name, world] as const))('%s answers the same again', (_, world) => {
    const rng = createRng('again');
    for (let index = 0; index < 5; index++) {
      const config = randomConfig(world.space, rng);
      if (config === undefined) continue;
      const id = configId(config);
      const [first, second, other] = [world.start(3), world.start(3), world.start(4)];
      const cells = first.cells.slice(0, 24);
      const measured = cells.map((cell) => first.measure(config, cell, id));
      expect(cells.map((cell) => second.measure(config, cell, id))).toEqual(measured);
      expect(cells.map((cell) => other.measure(config, cell, id))).not.toEqual(measured);
      // All calls are paid by now, and cost nothing again.
      const again = cells.map((cell) => first.measure(config, cell, id));
      expect(again.map(({ measurement }) => measurement)).toEqual(
        measured.map(({ measurement }) => measurement),
      );
      expect(again.every(({ paidTokens }) => paidTokens === 0)).toBe(true);
      expect(measured.every(({ measurement, paidTokens }) => paidTokens <= (measurement.tokens ?? 0))).toBe(
        true,
      );
    }
  });

  it.skipIf(!thorough)('pays the calls that configs share once', () => {
    const world = worldNamed('critics');
    const single = singleConfig(world.space, world.space.models[0]);
    const longer = [...enumerateUntil(world.space, 4000)].find(
      ({ stages }) =>
        stages.length > 1 &&
        stages[0]?.kind === 'propose' &&
        stages[0].agents.length === 1 &&
        JSON.stringify({ ...stages[0].agents[0], name: '', samples: 0 }) ===
          JSON.stringify({ ...agentOf(single), name: '', samples: 0 }),
    );
    if (longer === undefined) throw new Error('no longer config found');
    const run = world.start(1);
    const cell = run.cells[0] as (typeof run.cells)[number];
    const alone = world.start(1).measure(longer, cell, configId(longer));
    const first = run.measure(single, cell, configId(single));
    const second = run.measure(longer, cell, configId(longer));
    expect(second.measurement).toEqual(alone.measurement);
    expect(second.paidTokens).toBe(alone.paidTokens - first.paidTokens);
  });

  it('have truths that fresh tuning questions approach', () => {
    const world = worldNamed('critics');
    const config = singleConfig(world.space, world.space.models[1] as string);
    const truth = world.truth(config, configId(config));
    const scores = [1, 2, 3, 4].flatMap((seed) => {
      const run = world.start(seed);
      return run.cells
        .slice(0, run.searchCells)
        .map((cell) => run.measure(config, cell, configId(config)).measurement);
    });
    const mean = (name: 'score' | 'latency' | 'tokens') =>
      scores.reduce((sum, measurement) => sum + (measurement[name] ?? 0), 0) / scores.length;
    expect(Math.abs(mean('score') - truth.score)).toBeLessThan(0.08);
    expect(mean('tokens') / truth.tokens).toBeCloseTo(1, 1);
    expect(mean('latency') / truth.latency).toBeCloseTo(1, 1);
  });

  it.skipIf(!thorough)(
    'single-wins is won by one agent, critics by a config with critics, topology by neither',
    () => {
      const bestOf = (name: string, draws: number) => {
        const world = worldNamed(name);
        const rng = createRng(`best/${name}`);
        const configs = Array.from({ length: draws }, () => randomConfig(world.space, rng)).filter(
          (config) => config !== undefined,
        );
        const scored = configs.map((config) => ({
          config,
          score: world.estimate(config, 150).score,
        }));
        return scored.sort((a, b) => b.score - a.score)[0]?.config;
      };
      expect(bestOf('single-wins', 120)?.stages.length).toBe(1);
      expect(JSON.stringify(bestOf('critics', 120)?.stages)).toContain('"critique"');
      expect(bestOf('topology', 60)?.stages.length).toBeGreaterThan(1);
    },
  );

  it('queues: calls of one model at once take longer, as much as the queue is long, and cost the same', () => {
    const world = worldNamed('queues');
    const single = singleConfig(world.space, world.space.models[0]);
    const agents = [{ ...proposerOf(single), samples: 4 }];
    const four = { ...single, stages: [{ kind: 'propose' as const, agents }, { kind: 'vote' as const }] };
    const many = world.estimate(four, 200);
    const one = world.estimate(single, 200);
    expect(many.tokens / one.tokens).toBeCloseTo(4, 0);
    // The queue's 1 + 0.8 × 3, and the slowest of four.
    expect(many.latency / one.latency).toBeGreaterThan(3.3);
    expect(many.latency / one.latency).toBeLessThan(5);
  });

  it.skipIf(!thorough)('suited-fusers: which two proposers are best hangs on who fuses', () => {
    const world = worldNamed('suited-fusers');
    const { models, prompts } = world.space;
    const agentOfModel = (model: string) => proposerOf(singleConfig(world.space, model));
    const pairs = models.flatMap((one, index) =>
      models.slice(index + 1).map((other) => [one, other] as const),
    );
    const best = models.map((fuser) => {
      const agent = { ...agentOfModel(fuser), name: 'fuser', prompt: prompts.fuser?.[0] ?? '' };
      const scores = pairs.map(([one, other]) => {
        const agents = [agentOfModel(one), { ...agentOfModel(other), name: 'second' }];
        const stages = [
          { kind: 'propose' as const, agents },
          { kind: 'fuse' as const, agent },
        ];
        return world.estimate({ ...singleConfig(world.space, one), stages }, 300).score;
      });
      return scores.indexOf(Math.max(...scores));
    });
    // In worlds without such ties the two best models are best for nearly every fuser.
    expect(new Set(best).size).toBeGreaterThanOrEqual(5);
  });

  it('wide has more than 10^16 configs of 15 models', () => {
    const { space } = worldNamed('wide');
    expect(space.models.length).toBe(15);
    expect(spaceSize(space)).toBeGreaterThan(10n ** 16n);
  });

  it.skipIf(!thorough)('run the same again, and record what they recommend at moments of paid tokens', () => {
    const world = worldNamed('tiny');
    const unit = tokensPerEvaluation(world);
    const run = () => ({ ...runMethod(world, parseMethod('random'), 1, 2, unit, noOptuna), seconds: 0 });
    const result = run();
    expect(run()).toEqual(result);
    expect(result.checkpoints.map(({ units }) => units)).toEqual(checkpointGrid(2));
    const known = Object.values(result.recommended);
    expect(known.length).toBeGreaterThan(0);
    const most = trueHypervolume(known, world.objectives);
    expect(result.checkpoints.every(({ hypervolume }) => hypervolume <= most + 1e-12)).toBe(true);
  });
});

describe('flat encoding', () => {
  const small = makeSpace(
    {
      samples: { min: 1, max: 2 },
      rounds: { min: 1, max: 2 },
      agents: { min: 1, max: 2 },
      temperatures: [0.5],
      stages: { kinds: allKinds, max: 2 },
      prompts: {
        ...allPrompts,
        single: ['Answer.'],
        proposer: undefined,
        critic: ['Judge.'],
        fuser: ['Fuse.'],
      },
    },
    ['sim/a', 'sim/b'],
  );

  it.skipIf(!thorough)('covers a space: every config comes back from its assignment', () => {
    const flat = new FlatSpace(small);
    const names = new Set(flat.parameters.map(({ name }) => name));
    let count = 0;
    for (const config of enumerateConfigs(small)) {
      const values = flat.encode(config);
      expect(Object.keys(values).every((name) => names.has(name))).toBe(true);
      const decoded = flat.decode(values);
      // By id: names and what is absent say nothing. The configs tell which of their parts has no slot.
      if (decoded === undefined || configId(decoded) !== configId(config)) expect(decoded).toEqual(config);
      count++;
    }
    // The size counts some route stages too often (see spaceSize).
    expect(count).toBeGreaterThan(0.9 * Number(spaceSize(small)));
  });

  it('decodes what an optimizer may draw, nearly always to a config', () => {
    for (const space of [small, ...worlds.map((world) => world.space)]) {
      const flat = new FlatSpace(space);
      const rng = createRng('draws');
      let decoded = 0;
      for (let draw = 0; draw < 100; draw++) {
        const values: Record<string, string | number> = {};
        for (const { name, kind, when } of flat.parameters) {
          const asked = when.every((condition) => {
            const value = values[condition.name];
            if (value === undefined) return false;
            return 'in' in condition ? condition.in.includes(String(value)) : Number(value) > condition.above;
          });
          if (!asked) continue;
          values[name] =
            'choices' in kind ? rng.pick(kind.choices) : kind.low + rng.integer(kind.high - kind.low + 1);
        }
        if (flat.decode(values) !== undefined) decoded++;
      }
      expect(decoded).toBeGreaterThanOrEqual(90);
    }
  });
});

describe('metric', () => {
  const point = (units: number, hypervolume: number) => ({
    units,
    hypervolume,
    trials: 0,
    score: 0,
    members: 0,
  });

  it('finds when a share of the gap was closed', () => {
    const points = [point(5, 0.1), point(10, 0.35), point(20, 0.3), point(40, 0.5)];
    expect(unitsToClose(points, 0.2, 0.5, 0.5)).toBe(10);
    expect(unitsToClose(points, 0.2, 0.5, 0.8)).toBe(40);
    expect(unitsToClose(points, 0.2, 0.9, 0.8)).toBe(Number.POSITIVE_INFINITY);
    expect(shareAt(points, 0.2, 0.5, 20)).toBeCloseTo(1 / 3);
    expect(shareAt(points, 0.2, 0.5, 4)).toBeUndefined();
    expect(checkpointGrid(200)).toEqual([...checkpointGrid(200)].sort((a, b) => a - b));
    expect(checkpointGrid(200).at(-1)).toBe(200);
  });

  it('takes quantiles with infinities', () => {
    const never = Number.POSITIVE_INFINITY;
    expect(quantileOf([3, 1, 2], 0.5)).toBe(2);
    expect(quantileOf([never, 1, 2, 4], 0.5)).toBe(3);
    expect(quantileOf([never, never, 1], 0.5)).toBe(never);
  });

  it("has Wilcoxon's p near that of the exact test", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 10, maxLength: 12 }), (raw) => {
        // Distinct absolute values: the exact test has no ties.
        const differences = raw.map(
          (value, index) => Math.sign(value || 1) * (Math.abs(value) * 13 + index + 1),
        );
        fc.pre(new Set(differences.map(Math.abs)).size === differences.length);
        const p = wilcoxon(
          differences,
          differences.map(() => 0),
        );
        expect(Math.abs((p as number) - exactWilcoxon(differences))).toBeLessThan(0.03);
      }),
      { numRuns: runs(30) },
    );
    expect(wilcoxon([1, 2], [1, 2])).toBeNull();
  });
});

describe('hash', () => {
  it('has normal numbers with mean 0 and variance 1', () => {
    const values = Array.from({ length: 20_000 }, (_, index) => normalOf(mix(17, index)));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('keeps a set of numbers as Set does', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(Number.MAX_SAFE_INTEGER), { maxLength: 9000 }), (numbers) => {
        const own = new NumberSet();
        const builtIn = new Set<number>();
        for (const number of [...numbers, ...numbers.slice(0, 50)]) {
          expect(own.add(number)).toBe(!builtIn.has(number));
          builtIn.add(number);
        }
        expect(own.size).toBe(builtIn.size);
      }),
      { numRuns: runs(10) },
    );
  });
});

function* enumerateUntil(space: Parameters<typeof enumerateConfigs>[0], count: number) {
  let seen = 0;
  for (const config of enumerateConfigs(space)) {
    yield config;
    if (++seen >= count) return;
  }
}

function agentOf(config: ReturnType<typeof singleConfig>) {
  const [stage] = config.stages;
  return stage?.kind === 'propose' ? stage.agents[0] : undefined;
}

function proposerOf(config: ReturnType<typeof singleConfig>) {
  const agent = agentOf(config);
  if (agent === undefined) throw new Error('expected a single agent');
  return agent;
}

/** All 2^n signs. */
function exactWilcoxon(differences: readonly number[]): number {
  const order = [...differences].sort((a, b) => Math.abs(a) - Math.abs(b));
  const rank = new Map(order.map((value, index) => [value, index + 1]));
  const observed = differences.reduce((sum, value) => sum + (value > 0 ? (rank.get(value) as number) : 0), 0);
  const count = differences.length;
  const middle = (count * (count + 1)) / 4;
  let extreme = 0;
  for (let signs = 0; signs < 1 << count; signs++) {
    let sum = 0;
    for (let index = 0; index < count; index++) if ((signs >> index) & 1) sum += index + 1;
    if (Math.abs(sum - middle) >= Math.abs(observed - middle)) extreme++;
  }
  return extreme / (1 << count);
}
