import { expect, it } from 'vitest';
import type { MoaConfig } from '../../src/domain/moa-config.ts';
import { briefConfig, describeConfig } from '../../src/report/describe.ts';
import { stageCards } from '../../src/report/view-model/stage-cards.ts';

const agent = { name: 'a', model: 'sim/otter-32b', prompt: 'Answer.' };
const config: MoaConfig = {
  version: 1,
  name: 'checked',
  stages: [
    {
      kind: 'loop',
      until: 'verified',
      stages: [
        { kind: 'propose', agents: [{ ...agent, samples: 3 }], rounds: 2 },
        { kind: 'verify', agent },
      ],
    },
    { kind: 'rank', agent: { ...agent, model: 'sim/sage-70b' }, keep: 1 },
  ],
};

it('tells a loop that says of itself only until when it runs', () => {
  expect(briefConfig(config)).toBe('otter-32b ×3, 2 rounds > verify, ×3 > rank 1 (sage-70b)');
  expect(describeConfig(config)).toBe(
    'loop until verified [propose ×2 rounds (otter-32b ×3) > verify (otter-32b)] > rank keep 1 (sage-70b)',
  );
  expect(stageCards(config).map(({ path, does, loop }) => [path, does, loop])).toEqual([
    ['stages[0].stages[0]', 'answer side by side, 2 rounds', 'until verified'],
    ['stages[0].stages[1]', 'accept or reject each candidate', 'until verified'],
    ['stages[1]', 'order the candidates, keep 1', null],
  ]);
});
