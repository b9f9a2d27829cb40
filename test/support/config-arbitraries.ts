import fc from 'fast-check';
import type { Agent, MoaConfig, SimpleStage, Stage } from '../../src/domain/moa-config.ts';
import { anyText } from './any-text.ts';

/** Text without lone surrogates, with the characters that YAML finds difficult. */
const difficult = fc.constantFrom(
  ...['\n', '\r', '\t', ' ', ':', '#', '-', '"', "'", '\\', '{', '}', '|', '>', '&', '*', '!', '%', '@', '`'],
  ...['\u0085', '\u2028', '\ufeff', '\u0000', '\u007f', 'é', '漢', '🙂', '---', '...', 'null', '1e3', '<<'],
);
const prompt = fc.oneof(
  anyText({ maxLength: 20 }),
  fc
    .array(fc.oneof(difficult, fc.string({ maxLength: 5 })), { maxLength: 12 })
    .map((parts) => parts.join('')),
);
const defined = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });

function without<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Value;
}

const references = fc
  .record({
    place: defined(fc.constantFrom('prompt' as const, 'system' as const, 'user' as const, 'none' as const)),
    introduction: defined(fc.constantFrom('{{answers}}', 'Seen {{count}}:\n{{answers}}\n')),
    item: defined(fc.constantFrom('', '{{number}}. {{answer}}\n')),
    numberFrom: defined(fc.constantFrom(0 as const, 1 as const)),
    joiner: defined(fc.constantFrom('', '\n')),
    none: defined(prompt),
    answers: defined(fc.constantFrom('final' as const, 'raw' as const, 'trimmed' as const)),
  })
  .map((value) => without(value));

const anyAgent: fc.Arbitrary<Agent> = fc
  .record({
    name: prompt.filter((text) => text !== ''),
    model: fc.constantFrom('sim/sage-70b', 'openai/gpt-4o-mini', 'ollama/qwen2.5:7b'),
    prompt,
    temperature: defined(fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0)),
    topP: defined(fc.constantFrom(0.1, 0.95, 1)),
    maxTokens: defined(fc.integer({ min: 1, max: 100_000 })),
    samples: defined(fc.integer({ min: 1, max: 8 })),
    references: defined(references),
  })
  .map((value) => without(value) as Agent);

const agents = fc.array(anyAgent, { minLength: 1, maxLength: 3 });

const fields: { readonly [Kind in SimpleStage['kind']]: fc.Arbitrary<object> } = {
  propose: fc.record({ agents, rounds: defined(fc.integer({ min: 1, max: 4 })) }),
  route: fc.record({ router: anyAgent, agents, choose: fc.constant(1) }),
  critique: fc.record({ agents }),
  verify: fc.record({ agent: anyAgent }),
  rank: fc.record({ agent: anyAgent, keep: fc.integer({ min: 1, max: 3 }) }),
  vote: fc.constant({}),
  fuse: fc.record({ agent: anyAgent }),
};
const anySimpleStage: fc.Arbitrary<SimpleStage> = fc
  .oneof(...Object.entries(fields).map(([kind, rest]) => rest.map((given) => ({ kind, ...given }))))
  .map((value) => without(value) as SimpleStage);

/** Configs of the right shape; most break a rule. */
export const anyConfig: fc.Arbitrary<MoaConfig> = fc.record({
  version: fc.constant(1 as const),
  name: prompt.filter((text) => text !== ''),
  stages: fc.array(
    fc.oneof<[fc.Arbitrary<Stage>, fc.Arbitrary<Stage>]>(
      anySimpleStage,
      fc
        .record({
          kind: fc.constant('loop' as const),
          stages: fc.array(anySimpleStage, { minLength: 1, maxLength: 2 }),
          times: fc.integer({ min: 1, max: 3 }),
        })
        .map((value) => value as Stage),
    ),
    { minLength: 1, maxLength: 4 },
  ),
});

/** The same data with the keys of every object in another order. */
export function withReversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withReversedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, withReversedKeys(inner)]),
  );
}
