import fc from 'fast-check';
import type { SearchSpace } from '../../src/search/space.ts';
import { allKinds, allPrompts, makeSpace, models } from './spaces.ts';

interface Sizes {
  readonly models: number;
  readonly temperatures: number;
  readonly samples: number;
  readonly rounds: number;
  readonly agents: number;
  readonly stages: number;
  readonly prompts: number;
}

const large: Sizes = { models: 5, temperatures: 4, samples: 4, rounds: 3, agents: 6, stages: 5, prompts: 4 };
/** Small enough to list every config of. */
export const tiny: Sizes = {
  models: 2,
  temperatures: 1,
  samples: 2,
  rounds: 2,
  agents: 2,
  stages: 2,
  prompts: 1,
};

const formats = ['json' as const, { schema: { type: 'object', required: ['answer'] } }];

/** Search spaces of every make: some without ends for several answers get ones, as the rules demand. */
export function arbitrarySpace(most: Sizes = large): fc.Arbitrary<SearchSpace> {
  const range = (max: number) =>
    fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max })).map(([a, b]) => ({
      min: Math.min(a, b),
      max: Math.max(a, b),
    }));
  return fc
    .record({
      models: fc.subarray([...models], { minLength: 1, maxLength: most.models }),
      temperatures: fc.subarray([0, 0.3, 0.7, 1], { minLength: 1, maxLength: most.temperatures }),
      topP: fc.option(
        fc.subarray([0.5, 0.9, 1], { minLength: 1, maxLength: Math.min(3, most.temperatures) }),
        {
          nil: undefined,
        },
      ),
      reasoningEfforts: fc.option(
        fc.subarray(['low', 'high'] as const, { minLength: 1, maxLength: Math.min(2, most.temperatures) }),
        { nil: undefined },
      ),
      responseFormats: fc.option(
        fc.subarray(formats, { minLength: 1, maxLength: Math.min(2, most.temperatures) }),
        {
          nil: undefined,
        },
      ),
      stops: fc.option(fc.constant([['END'], ['END', 'STOP']].slice(0, most.temperatures)), {
        nil: undefined,
      }),
      samples: range(most.samples),
      rounds: range(most.rounds),
      agents: range(most.agents),
      kinds: fc.subarray(allKinds),
      stages: fc.integer({ min: 1, max: most.stages }),
      prompts: fc.integer({ min: 1, max: most.prompts }),
      end: fc.constantFrom('vote', 'rank', 'fuse'),
    })
    .map(({ models: used, kinds, stages, end, prompts, ...rest }) => {
      const looped = kinds.includes('loop') && !kinds.includes('critique') ? [...kinds, 'verify'] : kinds;
      const library = Object.entries(allPrompts).map(([role, texts]) => [role, texts.slice(0, prompts)]);
      return makeSpace(
        {
          ...rest,
          prompts: Object.fromEntries(library),
          stages: { kinds: [...new Set([...looped, end])], max: stages },
        },
        used,
      );
    });
}
