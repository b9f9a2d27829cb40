import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { type ConfigId, configId, modelsOf } from '../../src/domain/moa-config.ts';
import type { ObjectiveName } from '../../src/domain/objective.ts';
import { contains } from '../../src/search/membership.ts';
import type { SearchSpace } from '../../src/search/space.ts';
import { presetConfigs, startConfigs } from '../../src/search/start-configs.ts';
import { isExtension, type Proposal, type Strategy, type TrialReport } from '../../src/search/strategy.ts';
import { withBaselines } from '../../src/search/with-baselines.ts';
import { reportOf } from './drive.ts';
import { makeSpace, models, wideSpace } from './spaces.ts';
import { createLandscape } from './synthetic.ts';

const landscape = createLandscape('baselines');
const objectives: readonly ObjectiveName[] = ['score', 'latency', 'tokens'];
const rng = createRng('any');

/** A strategy that says `exhausted` at once and keeps what it hears. */
class Listener implements Strategy {
  readonly name = 'listener';
  readonly heard: ConfigId[] = [];
  readonly told: TrialReport[] = [];
  ask(): 'exhausted' {
    return 'exhausted';
  }
  asked(proposal: Proposal): void {
    this.heard.push(configId(proposal.config));
  }
  tell(report: TrialReport): void {
    this.told.push(report);
  }
}

function begin(space: SearchSpace, known: readonly ConfigId[] = []) {
  const inner = new Listener();
  const strategy = withBaselines(inner, { space, objectives, isKnown: (id) => known.includes(id) });
  return { inner, strategy };
}

function askAll(strategy: Strategy): Proposal[] {
  const proposals: Proposal[] = [];
  for (;;) {
    const answer = strategy.ask(rng);
    if (answer === 'exhausted' || answer === 'wait' || isExtension(answer)) return proposals;
    proposals.push(answer);
    strategy.tell(reportOf(answer, landscape, 1));
  }
}

describe('withBaselines', () => {
  it('waits when most singles still run and nothing useful is left to ask meanwhile', () => {
    const { strategy } = begin(wideSpace());
    const answers = Array.from({ length: 30 }, () => strategy.ask(rng));
    const asked = answers.filter((answer): answer is Proposal => typeof answer !== 'string');
    expect(asked.slice(0, models.length).every(({ origin }) => origin.operator === 'baseline')).toBe(true);
    expect(asked.length).toBeLessThan(models.length + 6);
    expect(answers.at(-1)).toBe('wait');
  });

  it('goes on as soon as all but a quarter of the singles have answered: the first are the fastest, not the best', () => {
    const { strategy } = begin(wideSpace());
    const singles = models.map(() => strategy.ask(rng) as Proposal);
    const [most, last] = [singles.slice(0, 0.75 * models.length - 1), singles[0.75 * models.length - 1]];
    for (const single of most) strategy.tell(reportOf(single, landscape, 1));
    const meanwhile = strategy.ask(rng) as Proposal;
    expect(modelsOf(meanwhile.config)).toEqual(modelsOf((last as Proposal).config));
    strategy.tell(reportOf(last as Proposal, landscape, 1));
    const next = strategy.ask(rng) as Proposal;
    expect(next.origin.operator).toBe('start');
    expect(modelsOf(next.config).length).toBeGreaterThan(1);
  });

  it('builds the small configs from the models that did best', () => {
    const { strategy } = begin(wideSpace());
    const proposals = askAll(strategy);
    const score = (model: string) =>
      landscape.measure(
        proposals.find(({ config }) => config.name === `single ${model}`)?.config as Proposal['config'],
        configId(proposals[models.indexOf(model as (typeof models)[number])]?.config as Proposal['config']),
        'tuning/0/one',
      ).score ?? 0;
    const ranked = [...models].sort((a, b) => score(b) - score(a));
    const first = proposals.find(({ origin }) => origin.operator === 'start');
    expect(new Set(modelsOf(first?.config as Proposal['config']))).toEqual(new Set(ranked.slice(0, 3)));
  });

  it('asks more small configs in a large space than in a small one', () => {
    const count = (space: SearchSpace) =>
      askAll(begin(space).strategy).filter(({ origin }) => origin.operator === 'start').length;
    const small = makeSpace({ agents: { min: 1, max: 3 }, stages: { kinds: ['vote'], max: 1 } });
    expect(count(small)).toBeLessThan(count(wideSpace()));
    expect(count(wideSpace())).toBeGreaterThanOrEqual(8);
  });

  it('leaves out singles that were known before, and tells the inner strategy all', () => {
    const first = begin(wideSpace()).strategy.ask(rng) as Proposal;
    const { strategy, inner } = begin(wideSpace(), [configId(first.config)]);
    const proposals = askAll(strategy);
    expect(proposals.map(({ config }) => configId(config))).not.toContain(configId(first.config));
    expect(inner.heard).toEqual(proposals.map(({ config }) => configId(config)));
    expect(inner.told.map(({ id }) => id)).toEqual(inner.heard);
  });

  it('skips the small configs when no single could be scored', () => {
    const { strategy } = begin(wideSpace());
    for (;;) {
      const answer = strategy.ask(rng);
      if (typeof answer === 'string' || isExtension(answer)) {
        expect(answer).toBe('exhausted');
        break;
      }
      expect(answer.origin.operator).toBe('baseline');
      const report = reportOf(answer, landscape, 1);
      const unknown = { mean: null, low: null, high: null };
      strategy.tell({
        ...report,
        status: 'failed',
        estimates: { ...report.estimates, score: unknown },
        cells: [],
      });
    }
  });
});

describe('startConfigs', () => {
  it('holds fusions, votes and revisions of the best, none twice', () => {
    const configs = startConfigs(wideSpace(), ['sim/c', 'sim/a', 'sim/b', 'sim/d']);
    const kinds = new Set(configs.flatMap(({ stages }) => stages.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual(['critique', 'fuse', 'propose', 'rank', 'vote']);
    const ids = configs.map(configId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is empty without a model that scored', () => {
    expect(startConfigs(wideSpace(), [])).toEqual([]);
  });
});

describe('presetConfigs', () => {
  const ranked = ['sim/c', 'sim/a', 'sim/b', 'sim/d'];

  it('holds the pipelines that the space has room for, built from the best models and its own prompts', () => {
    const space = wideSpace();
    const configs = presetConfigs(space, ranked);
    expect(configs.length).toBeGreaterThanOrEqual(5);
    expect(configs.every((config) => contains(space, config, { prompts: 'library' }))).toBe(true);
    expect(new Set(configs.map(configId)).size).toBe(configs.length);
    const rounds = configs.flatMap(({ stages }) =>
      stages.map((stage) => ('rounds' in stage ? stage.rounds : 1)),
    );
    expect(Math.max(...rounds.map((count) => count ?? 1))).toBe(3);
    expect(configs.some(({ stages }) => stages.at(-1)?.kind === 'vote')).toBe(true);
  });

  it('leaves out what needs stages that the space has not', () => {
    const votes = makeSpace({ samples: { min: 1, max: 4 }, stages: { kinds: ['vote'], max: 1 } });
    expect(presetConfigs(votes, ranked).map(({ stages }) => stages.at(-1)?.kind)).toEqual(['vote']);
    expect(presetConfigs(makeSpace(), ranked)).toEqual([]);
    expect(presetConfigs(wideSpace(), [])).toEqual([]);
  });
});
