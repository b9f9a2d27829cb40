import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { estimatesOf } from '../../src/domain/estimates.ts';
import { namedNone } from '../../src/domain/failed-stages.ts';
import { configId, modelsOf } from '../../src/domain/moa-config.ts';
import { HopefulModels, isHopeless } from '../../src/search/hopeful-models.ts';
import { buildAgent } from '../../src/search/library.ts';
import { named } from '../../src/search/normal-form.ts';
import { randomConfig } from '../../src/search/random-config.ts';
import { singleConfig } from '../../src/search/start-configs.ts';
import { createStrategy } from '../../src/search/strategies.ts';
import { isExtension, type TrialReport } from '../../src/search/strategy.ts';
import { Trial } from '../../src/search/trial.ts';
import { sampled } from '../support/thorough.ts';
import { allPrompts, makeSpace, wideSpace } from './spaces.ts';

describe('a model that scores next to nothing alone', () => {
  it.each([
    [8, 0, 0.6, true],
    [8, 0, 0.3, false],
    [4, 0, 0.9, false],
    [16, 1 / 16, 0.6, true],
    [16, 3 / 16, 0.6, true],
    [16, 4 / 16, 0.6, false],
    [64, 0.12, 0.6, true],
    [8, null, 0.6, false],
    [8, 0, 0, false],
  ])('after %i cells with mean %d beside a best of %d: %s', (cells, score, best, hopeless) => {
    expect(isHopeless(cells, score, best)).toBe(hopeless);
  });

  it('stays out until it scores half of what the best scores, however little it scores by then', () => {
    const space = wideSpace();
    const models = new HopefulModels(space);
    const [bad = '', good = ''] = space.models;
    const told = (model: string, cells: number, score: number): readonly string[] => {
      const config = singleConfig(space, model);
      const measurements = Array.from({ length: cells }, (_, cell) => ({
        key: `tuning/q${cell}/0`,
        measurement: { score, latency: 1, tokens: 100, usd: null },
      }));
      models.take({
        ...{
          id: configId(config),
          config,
          origin: { operator: 'baseline', parents: [] },
          status: 'finished',
        },
        ...{
          cells: measurements,
          estimates: estimatesOf(measurements.map(({ measurement }) => measurement)),
        },
      });
      return models.space.models;
    };
    told(good, 8, 0.6);
    expect(told(bad, 8, 0)).not.toContain(bad);
    expect(told(bad, 32, 0.22)).not.toContain(bad);
    expect(told(bad, 48, 0.35)).toEqual(space.models);
    // What was never hopeless is not held to more than before.
    expect(told(bad, 64, 0.22)).toEqual(space.models);
  });

  it.each(sampled(['evolution', 'auto', 'bandit', 'random'] as const, 4))(
    'is in nothing that %s proposes any more',
    (name) => {
      const space = wideSpace();
      const strategy = createStrategy(name, { space, objectives: ['score', 'tokens'], isKnown: () => false });
      const rng = createRng('hopeful');
      const bad = space.models[0];
      let later = 0;
      for (let asked = 0; asked < 120; asked++) {
        const proposal = strategy.ask(rng.derive(asked));
        if (typeof proposal === 'string' || isExtension(proposal)) break;
        const models = modelsOf(proposal.config);
        if (proposal.origin.operator !== 'baseline' && proposal.origin.operator !== 'start') {
          later++;
          expect(models).not.toContain(bad);
        }
        const score = models.includes(bad) ? 0 : 0.5 + 0.3 * rng.next();
        const cells = Array.from({ length: 8 }, (_, cell) => ({
          key: `tuning/q${cell}/0`,
          measurement: { score, latency: 1, tokens: 100 * models.length, usd: null },
        }));
        const report: TrialReport = {
          ...{ id: configId(proposal.config), config: proposal.config, origin: proposal.origin },
          ...{
            status: 'finished',
            cells,
            estimates: estimatesOf(cells.map(({ measurement }) => measurement)),
          },
        };
        strategy.tell(report);
      }
      expect(later).toBeGreaterThan(20);
    },
  );
});

describe('a model that named nobody as a router', () => {
  const space = makeSpace(
    { agents: { min: 2, max: 3 }, stages: { kinds: ['route', 'vote'], max: 1 }, prompts: allPrompts },
    ['sim/a', 'sim/b'],
  );
  const agent = (model: string) => buildAgent(space, { model, prompt: 'Answer.', temperature: 0.2 });
  const agents = [agent('sim/a'), agent('sim/b')];
  const routed = named([{ kind: 'route', router: agent('sim/a'), agents, choose: 1 }]);
  const failed = {
    stage: 'stages[0]',
    code: 'router-fallback',
    note: `${namedNone}; a took part instead`,
  } as const;

  function trialOf(failures: number, answers: number): Trial {
    const origin = { operator: 'random', parents: [] };
    const trial = new Trial({ trial: 0, id: configId(routed), config: routed, origin });
    for (let cell = 0; cell < answers; cell++)
      trial.results.set(`tuning/0/q${cell}`, {
        grade: { kind: 'unscored', reason: 'not of interest' },
        measurement: { score: null, latency: 1, tokens: 100, usd: null },
        ...{ answer: 'a', degraded: cell < failures ? [failed] : [], calls: 2, tokensEstimated: false },
      });
    return trial;
  }

  it.each([
    [8, 8, 'sim/a'],
    [7, 7, undefined],
    [7, 8, undefined],
    [9, 9, 'sim/a'],
  ])('in %i of %i answers is told as unfit: %s', (failures, answers, expected) => {
    expect(trialOf(failures, answers).report().unfitRouter).toBe(expected);
  });

  it('routes no more, and may answer and be chosen', () => {
    const models = new HopefulModels(space);
    const routersOf = (): Set<string> => {
      const drawn = Array.from({ length: 200 }, (_, draw) => randomConfig(models.space, createRng(draw)));
      const openings = drawn.map((config) => config?.stages[0]);
      return new Set(openings.flatMap((stage) => (stage?.kind === 'route' ? [stage.router.model] : [])));
    };
    expect(routersOf()).toEqual(new Set(['sim/a', 'sim/b']));
    models.take(trialOf(8, 8).report());
    expect(routersOf()).toEqual(new Set(['sim/b']));
    expect(models.space.models).toEqual(space.models);
  });
});
