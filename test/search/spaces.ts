import { unwrap } from '../../src/core/result.ts';
import { stageKinds } from '../../src/domain/stages/stages.ts';
import type { SearchSpace, SearchSpaceFile } from '../../src/search/space.ts';
import { parseSearchSpace, settleSpace } from '../../src/search/space-file.ts';

export const models = ['sim/a', 'sim/b', 'sim/c', 'sim/d', 'sim/e', 'sim/f', 'sim/g', 'sim/h'] as const;

/** A space from what differs from the plainest one. */
export function makeSpace(
  changes: Record<string, unknown> = {},
  useModels: readonly string[] = models,
): SearchSpace {
  const value = {
    version: 1,
    name: 'made-for-a-test',
    temperatures: [0.2, 0.7],
    agents: { min: 1, max: 1 },
    stages: { kinds: [], max: 0 },
    prompts: { single: ['Answer.'] },
    ...changes,
  };
  const file: SearchSpaceFile = unwrap(parseSearchSpace(value, 'test space'));
  return settleSpace(file, useModels);
}

export const allPrompts = {
  single: ['Answer.', 'Answer with care.', 'Think about edge cases first.', 'Be brief.'],
  proposer: ['Propose a solution.', 'Propose a bold solution. {{references}}'],
  critic: ['Find faults in {{references}}', 'List what is missing.'],
  verifier: ['Is it right? {{references}}'],
  ranker: ['Order them. {{references}}'],
  router: ['Who should answer {{question}}?'],
  fuser: ['Combine {{references}} {{critiques}}', 'Write the best answer from all.'],
} satisfies Required<SearchSpace['prompts']>;

export const allKinds = stageKinds.filter((kind) => kind !== 'propose');

/** Everything a space may allow. */
export const wideSpace = (): SearchSpace =>
  makeSpace({
    temperatures: [0, 0.3, 0.7, 1],
    samples: { min: 1, max: 4 },
    rounds: { min: 1, max: 3 },
    agents: { min: 1, max: 6 },
    stages: { kinds: allKinds, max: 4 },
    prompts: allPrompts,
  });
