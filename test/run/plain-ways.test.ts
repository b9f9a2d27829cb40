import { expect, test } from 'vitest';
import { type HeadlineKind, spentIn } from '../../src/domain/headliners.ts';
import { thorough } from '../support/thorough.ts';
import { drawMixingWorld, tuneMixingWorld } from './mixing-world.ts';

/** What the vote's samples are, and what the best mixture takes for each token or dollar of the tuned single model. */
async function played(seed: number) {
  const world = drawMixingWorld(seed, { tuning: 30, holdout: 20 });
  const { state, file } = await tuneMixingWorld(world, { objectives: ['score', 'usd'] });
  const meansOf = (kind: HeadlineKind) => {
    const line = file.headline?.lines.find((each) => each.kind === kind);
    return line === undefined ? undefined : state.byId.get(line.id)?.means;
  };
  const ratio = (cost: 'tokens' | 'usd'): number =>
    (meansOf('mixture')?.[cost] ?? Number.NaN) / (meansOf('tuned-single')?.[cost] ?? Number.NaN);
  const votes = (state.plain ?? []).flatMap(({ trial }) => {
    const [stage] = state.trials[trial]?.config.stages ?? [];
    return stage?.kind === 'propose' ? stage.agents.map(({ samples }) => samples) : [];
  });
  return { votes, tokens: ratio('tokens'), usd: ratio('usd') };
}

test.each([
  [['score', 'usd'], 'usd'],
  [['score', 'tokens', 'usd'], 'tokens'],
  [['score', 'latency'], 'tokens'],
] as const)('plain ways for objectives %s are matched by %s', (objectives, cost) => {
  expect(spentIn(objectives)).toBe(cost);
});

test.skipIf(!thorough)(
  'a plain vote spends as many dollars as the best mixture where the run goes by them',
  async () => {
    const { votes, tokens, usd } = await played(2);
    expect([Math.round(tokens), Math.round(usd)]).toEqual([5, 6]);
    expect(votes).toEqual([6]);
  },
);

test.skipIf(!thorough)('none is measured where the best mixture takes less than one answer', async () => {
  const { votes, tokens, usd } = await played(7);
  expect(tokens).toBeGreaterThan(1);
  expect(usd).toBeLessThan(1);
  expect(votes).toEqual([]);
});
