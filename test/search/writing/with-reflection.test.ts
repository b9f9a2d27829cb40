import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { configId } from '../../../src/domain/moa-config.ts';
import type { ObjectiveName } from '../../../src/domain/objective.ts';
import { EvolutionStrategy } from '../../../src/search/evolution.ts';
import { isExtension, type Proposal, type TrialReport } from '../../../src/search/strategy.ts';
import { withBaselines } from '../../../src/search/with-baselines.ts';
import {
  applyPrompt,
  type Draft,
  type DraftingStrategy,
  isDraft,
  type ReflectionOptions,
  withReflection,
} from '../../../src/search/writing/index.ts';
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
  | { readonly told: TrialReport };

/** Plays asks and tells; every third draft is rejected unless `rejectAll`. */
function play(options: ReflectionOptions, asks: number, rejectAll = false) {
  const known = new Set<string>();
  const context = { space, objectives, isKnown: (id: string) => known.has(id) };
  const create = (): DraftingStrategy =>
    withReflection(withBaselines(new EvolutionStrategy(context), context), context, options);
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
    const told = reportOf(next, landscape, 3);
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
        strategy.draftRejected?.(answer, 'bad');
        events.push({ rejected: answer });
      } else {
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
  it('drafts about as often as asked to, once enough is known, and the same for the same seed', () => {
    const { drafts, events } = play({ share: 0.2 }, 200);
    expect(drafts.length).toBeGreaterThan(18);
    expect(drafts.length).toBeLessThan(60);
    const first = events.findIndex((event) => 'drafted' in event);
    expect(events.slice(0, first).filter((event) => 'told' in event).length).toBeGreaterThanOrEqual(12);
    expect(play({ share: 0.2 }, 200).drafts).toEqual(drafts);
  });

  it('reflects on finished parents with failing cells, never twice on the same agent and cells', () => {
    const { drafts, events } = play({ share: 0.3 }, 200);
    const failing = new Map<string, number>();
    const seen = new Set<string>();
    for (const event of events) {
      if ('told' in event) {
        const count = event.told.cells.filter(({ measurement }) => (measurement.score ?? 1) < 0.999).length;
        failing.set(event.told.id, count);
      }
      if (!('drafted' in event)) continue;
      const { parent, target, operator, origin } = event.drafted;
      expect({ operator, origin }).toEqual({
        operator: 'reflect-prompt',
        origin: { operator, parents: [parent] },
      });
      expect(failing.get(parent)).toBeGreaterThan(0);
      const name = `${parent}/${target.agent}/${failing.get(parent)}`;
      expect(seen.has(name)).toBe(false);
      seen.add(name);
    }
    expect(drafts.length).toBe(seen.size);
  });

  it('is rebuilt by retelling, drafts and rejections included', () => {
    const { strategy, create, events } = play({ share: 0.25, rewrites: 0.3 }, 250);
    const rebuilt = create();
    for (const event of events) {
      if ('asked' in event) rebuilt.asked({ ...event.asked, id: configId(event.asked.config) });
      else if ('told' in event) rebuilt.tell(event.told);
      else if ('drafted' in event) rebuilt.drafted?.(event.drafted);
      else rebuilt.draftRejected?.(event.rejected, 'bad');
    }
    for (let next = 0; next < 30; next++) {
      const answer = strategy.ask(createRng(`next/${next}`));
      expect(rebuilt.ask(createRng(`next/${next}`))).toEqual(answer);
    }
  });

  it('changes nothing in what the strategy inside proposes while it does not draft', () => {
    const { events } = play({ share: 0 }, 200);
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

  it('asks a writer less and less whose prompts are all rejected', () => {
    const all = play({ share: 0.3 }, 200, true).drafts.length;
    expect(all).toBeGreaterThan(3);
    expect(all).toBeLessThan(play({ share: 0.3 }, 200).drafts.length / 2);
  });
});
