import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { type ConfigId, configId, modelsOf } from '../../src/domain/moa-config.ts';
import { brokenRules } from '../../src/domain/moa-config-rules.ts';
import type { Estimate, ObjectiveName } from '../../src/domain/objective.ts';
import { enumerateConfigs } from '../../src/search/enumerate.ts';
import { contains } from '../../src/search/membership.ts';
import type { SearchSpace } from '../../src/search/space.ts';
import {
  type Extension,
  isExtension,
  type Proposal,
  type Strategy,
  type StrategyContext,
  type TrialReport,
} from '../../src/search/strategy.ts';
import { sampled, thorough } from '../support/thorough.ts';
import { type DriveOptions, drive, reportOf } from './drive.ts';
import { makeSpace, models, wideSpace } from './spaces.ts';
import { createLandscape } from './synthetic.ts';

const objectives: readonly ObjectiveName[] = ['score', 'latency', 'tokens'];
const landscape = createLandscape('conformance');
const unknown: Estimate = { mean: null, low: null, high: null };

/** What every strategy promises, whatever it is made of. */
export function describeStrategy(name: string, create: (context: StrategyContext) => Strategy): void {
  const fresh = (space: SearchSpace, known = new Set<ConfigId>(), cells?: number) => ({
    known,
    strategy: create({
      space,
      objectives,
      isKnown: (id) => known.has(id),
      ...(cells === undefined ? {} : { cells }),
    }),
  });
  const run = (space: SearchSpace, options: Omit<DriveOptions, 'known'>) => {
    const { strategy, known } = fresh(space);
    return drive(strategy, landscape, { ...options, known });
  };
  const ids = (proposals: readonly Proposal[]) => proposals.map(({ config }) => configId(config));

  describe(`strategy ${name}`, () => {
    it('says its name', () => {
      expect(fresh(wideSpace()).strategy.name).toBe(name);
    });

    it('proposes the same for the same seed, and something else for another', () => {
      const evaluations = thorough ? 50 : 12;
      const first = run(wideSpace(), { seed: 1, evaluations });
      expect(run(wideSpace(), { seed: 1, evaluations }).proposals).toEqual(first.proposals);
      expect(ids(run(wideSpace(), { seed: 2, evaluations }).proposals)).not.toEqual(ids(first.proposals));
    });

    it('begins with every single model once, in the order of the space', () => {
      const { proposals } = run(wideSpace(), { seed: 3, evaluations: thorough ? 40 : 15 });
      const baselines = proposals.slice(0, models.length);
      expect(baselines.map(({ origin }) => origin.operator)).toEqual(models.map(() => 'baseline'));
      expect(baselines.flatMap(({ config }) => modelsOf(config))).toEqual([...models]);
      expect(proposals.slice(models.length).filter(({ origin }) => origin.operator === 'baseline')).toEqual(
        [],
      );
    });

    it.skipIf(!thorough)('follows them with small configs of the best singles', () => {
      const { proposals } = run(wideSpace(), { seed: 3, evaluations: 60 });
      const starts = proposals.filter(({ origin }) => origin.operator === 'start');
      expect(starts.length).toBeGreaterThanOrEqual(5);
      expect(starts.every(({ config }) => config.stages.length <= 4)).toBe(true);
    });

    it('never proposes an unsound, known or foreign config', () => {
      const space = wideSpace();
      const known = new Set([...takeEvery(7, thorough ? 2000 : 300, enumerateConfigs(space))].map(configId));
      const before = new Set(known);
      const { strategy } = fresh(space, known);
      const { proposals } = drive(strategy, landscape, { seed: 4, evaluations: thorough ? 90 : 14, known });
      const proposed = ids(proposals);
      expect(new Set(proposed).size).toBe(proposed.length);
      expect(proposed.filter((id) => before.has(id))).toEqual([]);
      for (const { config } of proposals) {
        expect(brokenRules(config)).toEqual([]);
        expect(contains(space, config, { prompts: 'library' })).toBe(true);
      }
    });

    it('goes on as it would have when it is rebuilt by replaying asks and tells', () => {
      for (const stop of thorough ? [3, 12, 40] : [12]) {
        const [original, rebuilt] = [fresh(wideSpace(), new Set(), 64), fresh(wideSpace(), new Set(), 64)];
        const history = record(original.strategy, original.known, stop);
        for (const event of history) {
          if ('report' in event) rebuilt.strategy.tell(event.report);
          else {
            if (isExtension(event.chosen)) rebuilt.strategy.extended?.(event.chosen.extend);
            else {
              const id = configId(event.chosen.config);
              rebuilt.known.add(id);
              rebuilt.strategy.asked({ ...event.chosen, id });
            }
          }
        }
        for (let next = 0; next < 10; next++) {
          const answer = original.strategy.ask(createRng(`next/${next}`));
          expect(rebuilt.strategy.ask(createRng(`next/${next}`))).toEqual(answer);
          if (typeof answer === 'string') break;
          if (isExtension(answer)) {
            const { config, origin } = history
              .flatMap((event) => ('report' in event ? [event.report] : []))
              .find(({ id }) => id === answer.extend) as TrialReport;
            for (const { strategy } of [original, rebuilt]) {
              strategy.extended?.(answer.extend);
              strategy.tell(reportOf({ config, origin }, landscape, answer.cells));
            }
            continue;
          }
          for (const { known } of [original, rebuilt]) known.add(configId(answer.config));
          for (const { strategy } of [original, rebuilt]) strategy.tell(reportOf(answer, landscape, 3));
        }
      }
    });

    it.skipIf(!thorough)('breeds from trials that finished, not from those that lost a race', () => {
      const { proposals, reports } = run(wideSpace(), {
        seed: 8,
        evaluations: 60,
        spoil: (report, index) => (index >= 8 && index % 2 === 1 ? { ...report, status: 'dropped' } : report),
      });
      const dropped = new Set(reports.filter(({ status }) => status === 'dropped').map(({ id }) => id));
      expect(dropped.size).toBeGreaterThan(10);
      expect(proposals.flatMap(({ origin }) => origin.parents).filter((id) => dropped.has(id))).toEqual([]);
    });

    const spoilers: [what: string, spoil: (report: TrialReport, index: number) => TrialReport][] = [
      ['every trial is dropped', (report) => ({ ...report, status: 'dropped' })],
      ['every trial fails', (report) => ({ ...blank(report), status: 'failed' })],
      [
        'every other trial is dropped',
        (report, index) => (index % 2 ? { ...report, status: 'dropped' } : report),
      ],
      ['all scores are unknown', (report) => blank(report)],
      [
        'latency is unknown',
        (report) => ({ ...report, estimates: { ...report.estimates, latency: unknown } }),
      ],
    ];
    it.each(sampled(spoilers, 5))('survives that %s', (_what, spoil) => {
      const evaluations = thorough ? 45 : 18;
      const { proposals, ended } = run(wideSpace(), { seed: 5, evaluations, spoil });
      expect(ended).toBe('evaluations');
      expect(new Set(ids(proposals)).size).toBe(evaluations);
    });

    const tiny: [string, SearchSpace][] = [
      ['one config', makeSpace({ temperatures: [0.5] }, ['sim/a'])],
      ['singles only', makeSpace({ prompts: { single: ['A.', 'B.', 'C.'] } })],
      [
        'votes of two models',
        makeSpace(
          { agents: { min: 1, max: 2 }, samples: { min: 1, max: 3 }, stages: { kinds: ['vote'], max: 1 } },
          ['sim/a', 'sim/b'],
        ),
      ],
    ];
    it.each(sampled(tiny, 3))(
      'proposes every config of a tiny space (%s), then says that it is exhausted',
      (_what, space) => {
        const listed = [...enumerateConfigs(space)].map(configId);
        const { proposals, ended } = run(space, { seed: 6, evaluations: 1000 });
        expect(ended).toBe('exhausted');
        // The singles come first even where the space would have other settings; here it holds them.
        expect([...ids(proposals)].sort()).toEqual([...new Set(listed)].sort());
      },
    );

    it.skipIf(!thorough)('measures the singles even where the space has no single agents', () => {
      const space = makeSpace({ agents: { min: 2, max: 3 }, stages: { kinds: ['vote'], max: 1 } });
      const { proposals } = run(space, { seed: 7, evaluations: 30 });
      const singles = proposals.filter(({ origin }) => origin.operator === 'baseline');
      expect(singles).toHaveLength(models.length);
      const others = proposals.filter(({ origin }) => origin.operator !== 'baseline');
      expect(others.every(({ config }) => contains(space, config))).toBe(true);
      expect(others.length).toBe(30 - models.length);
    });
  });
}

type Event = { readonly chosen: Proposal | Extension } | { readonly report: TrialReport };

/**
 * Asks and tells with four trials in flight, as a journal would hold them: every fourth trial is dropped, and every
 * third tell is followed by one of an earlier trial that has got more cells.
 */
function record(strategy: Strategy, known: Set<ConfigId>, asks: number): Event[] {
  const events: Event[] = [];
  const flying: Proposal[] = [];
  const finished: Proposal[] = [];
  let told = 0;
  const land = (): void => {
    const proposal = flying.shift();
    if (proposal === undefined) throw new Error('record: nothing in flight');
    const landed = reportOf(proposal, landscape, 3);
    const report: TrialReport = told++ % 4 === 3 ? { ...landed, status: 'dropped' } : landed;
    strategy.tell(report);
    events.push({ report });
    if (report.status === 'finished') finished.push(proposal);
    if (told % 3 !== 0) return;
    const grown = reportOf(finished[told % finished.length] as Proposal, landscape, 3 + told);
    strategy.tell(grown);
    events.push({ report: grown });
  };
  for (let count = 0; count < asks; ) {
    const answer = strategy.ask(createRng(`ask/${count}`));
    if (answer === 'wait') land();
    else if (answer === 'exhausted') throw new Error('record: exhausted');
    else {
      count++;
      events.push({ chosen: answer });
      if (isExtension(answer)) {
        const { config, origin } = finished.find((one) => configId(one.config) === answer.extend) as Proposal;
        const grown = reportOf({ config, origin }, landscape, answer.cells);
        strategy.extended?.(answer.extend);
        strategy.tell(grown);
        events.push({ report: grown });
        continue;
      }
      known.add(configId(answer.config));
      flying.push(answer);
      if (flying.length > 4) land();
    }
  }
  return events;
}

const blank = (report: TrialReport): TrialReport => ({
  ...report,
  estimates: { score: unknown, latency: unknown, tokens: unknown, usd: unknown },
  cells: [],
});

function* takeEvery<Item>(step: number, most: number, items: Iterable<Item>): Generator<Item> {
  let index = 0;
  for (const item of items) {
    if (index >= most) return;
    // Not from the start: the singles are asked first, known or not they would be missed.
    if (index++ % step === step - 1) yield item;
  }
}
