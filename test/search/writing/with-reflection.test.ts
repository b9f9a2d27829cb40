import { beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { configId } from '../../../src/domain/moa-config.ts';
import type { ObjectiveName } from '../../../src/domain/objective.ts';
import { EvolutionStrategy } from '../../../src/search/evolution.ts';
import { createStrategy, type StrategyName } from '../../../src/search/strategies.ts';
import { isExtension, type Proposal, type TrialReport } from '../../../src/search/strategy.ts';
import { withBaselines } from '../../../src/search/with-baselines.ts';
import { draftOperators } from '../../../src/search/writing/draft.ts';
import {
  applyPrompt,
  type Draft,
  type DraftingStrategy,
  type DraftOutcome,
  isDraft,
  type ReflectionOptions,
  withReflection,
} from '../../../src/search/writing/index.ts';
import { thorough } from '../../support/thorough.ts';
import { reportOf } from '../drive.ts';
import { wideSpace } from '../spaces.ts';
import { createLandscape } from '../synthetic.ts';

const space = wideSpace();
const objectives: readonly ObjectiveName[] = ['score', 'latency', 'tokens'];
const landscape = createLandscape('reflection');

type Event =
  | { readonly asked: Proposal }
  | { readonly drafted: Draft }
  | { readonly rejected: Draft }
  | { readonly written: Draft; readonly prompt: string }
  | { readonly told: TrialReport };

const rejected: DraftOutcome = { kind: 'rejected', reason: 'bad' };
const writerTokens = 1;

/** Plays asks and tells; every third draft is rejected unless `rejectAll`. */
function play(
  options: ReflectionOptions & { readonly stake?: number },
  asks: number,
  rejectAll = false,
  name?: StrategyName,
) {
  const known = new Set<string>();
  const { stake = 0 } = options;
  const context = { space, objectives, isKnown: (id: string) => known.has(id), stake: () => stake };
  const create = (): DraftingStrategy =>
    withReflection(
      name === undefined
        ? withBaselines(new EvolutionStrategy(context), context)
        : createStrategy(name, context),
      context,
      options,
    );
  const strategy = create();
  const events: Event[] = [];
  const flying: Proposal[] = [];
  const configs = new Map<string, Proposal['config']>();
  const start = (proposal: Proposal): void => {
    known.add(configId(proposal.config));
    configs.set(configId(proposal.config), proposal.config);
    events.push({ asked: proposal });
    flying.push(proposal);
  };
  const land = (): void => {
    const next = flying.shift();
    if (next === undefined) throw new Error('nothing in flight');
    const report = reportOf(next, landscape, 3);
    // Each cell on a question of its own, so that configs differ in what they are good at.
    const cells = report.cells.map((cell, at) => ({ ...cell, key: `tuning/0/q${at}` }));
    const told = { ...report, cells };
    strategy.tell(told);
    events.push({ told });
  };
  let drafts = 0;
  for (let ask = 0; ask < asks; ask++) {
    const answer = strategy.ask(createRng(`ask/${ask}`));
    if (answer === 'exhausted') throw new Error('exhausted');
    if (answer === 'wait') land();
    else if (isExtension(answer)) throw new Error('nothing to extend');
    else if (!isDraft(answer)) start(answer);
    else {
      events.push({ drafted: answer });
      const parent = configs.get(answer.parent);
      if (parent === undefined) throw new Error('a draft of an unknown parent');
      const prompt = `Written ${drafts++}: look at each case.`;
      const config =
        rejectAll || drafts % 3 === 0
          ? undefined
          : applyPrompt(parent, answer.target, prompt, space, createRng(prompt));
      if (config === undefined) {
        strategy.draftFinished?.(answer, rejected, writerTokens);
        events.push({ rejected: answer });
      } else {
        strategy.draftFinished?.(answer, { kind: 'written', prompt }, writerTokens);
        events.push({ written: answer, prompt });
        const proposal = { config, origin: answer.origin };
        strategy.asked({ ...proposal, id: configId(config) });
        start(proposal);
      }
    }
    if (flying.length > 4) land();
  }
  const found = events.flatMap((event) => ('drafted' in event ? [event.drafted] : []));
  return { strategy, create, events, drafts: found };
}

describe('withReflection', () => {
  const asks = thorough ? 200 : 140;
  let eager: ReturnType<typeof play>;
  let undrafted: ReturnType<typeof play>;
  beforeAll(() => {
    eager = play({ believedGain: 4 }, asks);
    undrafted = play({ after: 1_000 }, asks);
  });

  it('drafts now and then once enough is known, more the more it is believed in, the same for the same seed', () => {
    const { drafts, events } = play({}, asks);
    expect(drafts.length).toBeGreaterThan(4);
    const first = events.findIndex((event) => 'drafted' in event);
    expect(events.slice(0, first).filter((event) => 'told' in event).length).toBeGreaterThanOrEqual(12);
    expect(play({}, asks).drafts).toEqual(drafts);
    expect(eager.drafts.length).toBeGreaterThan(drafts.length);
    expect(undrafted.drafts).toEqual([]);
  });

  it('has the first ones written early, each once what came of the one before is measured', () => {
    const { events, drafts } = play({ stake: 1e6, after: 1_000 }, asks);
    expect(drafts.length).toBeGreaterThanOrEqual(3);
    const told = new Set<string>();
    let children: string[] = [];
    for (const [at, event] of events.entries()) {
      if ('told' in event) told.add(event.told.id);
      if ('asked' in event && draftOperators.some((operator) => operator === event.asked.origin.operator))
        children = [...children, configId(event.asked.config)];
      if (!('drafted' in event)) continue;
      expect(told.size, `at ${at}`).toBeGreaterThanOrEqual(space.models.length);
      for (const child of children) expect(told).toContain(child);
    }
    const first = events.findIndex((event) => 'drafted' in event);
    expect(events.slice(0, first).filter((event) => 'told' in event).length).toBeLessThanOrEqual(
      space.models.length,
    );
    expect(play({ stake: 1_000, after: 1_000 }, asks).drafts.length).toBeGreaterThan(0);
    expect(play({ stake: 999, after: 1_000 }, asks).drafts).toEqual([]);
    expect(play({ stake: 1e6, after: 1_000 }, asks, true).drafts).toHaveLength(3);
  });

  it('drafts of finished parents with failing cells, never twice on the same agents and cells', () => {
    const { drafts, events } = eager;
    const failing = new Map<string, number>();
    const seen = new Set<string>();
    for (const event of events) {
      if ('told' in event) {
        const count = event.told.cells.filter(({ measurement }) => (measurement.score ?? 1) < 0.999).length;
        failing.set(event.told.id, count);
      }
      if (!('drafted' in event)) continue;
      const { parent, target, other, operator, origin } = event.drafted;
      const shown = [{ parent, target }, ...(other === undefined ? [] : [other])];
      expect(origin).toEqual({ operator, parents: shown.map((each) => each.parent) });
      expect(other !== undefined).toBe(operator === 'merge-prompts');
      const name = shown
        .map((each) => `${each.parent}/${each.target.agent}/${failing.get(each.parent)}`)
        .join(' ');
      expect(failing.get(parent)).toBeGreaterThan(0);
      expect(seen.has(name)).toBe(false);
      seen.add(name);
    }
    expect(drafts.length).toBe(seen.size);
    expect(new Set(drafts.map(({ operator }) => operator))).toEqual(new Set(draftOperators));
  });

  it.each([
    ['one that goes by what was measured', thorough ? 250 : 140, undefined],
    ...(thorough ? ([['one that has beliefs', 90, 'auto']] as const) : []),
  ] as const)('is rebuilt by retelling, drafts and rejections included: %s', (_, asks, name) => {
    const { strategy, create, events, drafts } = play({ believedGain: 3 }, asks, false, name);
    expect(drafts.length).toBeGreaterThan(3);
    const rebuilt = create();
    for (const event of events) {
      if ('asked' in event) rebuilt.asked({ ...event.asked, id: configId(event.asked.config) });
      else if ('told' in event) rebuilt.tell(event.told);
      else if ('drafted' in event) rebuilt.drafted?.(event.drafted);
      else if ('written' in event)
        rebuilt.draftFinished?.(event.written, { kind: 'written', prompt: event.prompt }, writerTokens);
      else rebuilt.draftFinished?.(event.rejected, rejected, writerTokens);
    }
    for (let next = 0; next < 30; next++) {
      const answer = strategy.ask(createRng(`next/${next}`));
      expect(rebuilt.ask(createRng(`next/${next}`))).toEqual(answer);
    }
  });

  it('changes nothing in what the strategy inside proposes while it does not draft', () => {
    const { events } = undrafted;
    const known = new Set<string>();
    const context = { space, objectives, isKnown: (id: string) => known.has(id) };
    const plain = withBaselines(new EvolutionStrategy(context), context);
    let asks = 0;
    for (const event of events) {
      if ('told' in event) plain.tell(event.told);
      if (!('asked' in event)) continue;
      let answer = plain.ask(createRng(`ask/${asks++}`));
      while (answer === 'wait') answer = plain.ask(createRng(`ask/${asks++}`));
      expect(answer).toEqual(event.asked);
      known.add(configId(event.asked.config));
    }
  });

  it.skipIf(!thorough)('asks a writer less and less whose prompts are all rejected, and does not end', () => {
    const asks = 400;
    const { drafts, events } = play({ believedGain: 1 }, asks, true);
    const half = events.length / 2;
    const early = events.slice(0, half).filter((event) => 'drafted' in event).length;
    expect(drafts.length).toBeGreaterThan(5);
    expect(drafts.length - early).toBeLessThan(early);
    expect(drafts.length).toBeLessThan(play({ believedGain: 1 }, asks).drafts.length);
  });
});
