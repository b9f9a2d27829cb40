import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { shellWords } from '../../src/formats/shell-words.ts';
import { readFormat } from '../../src/formats/systems.ts';
import { anyText } from '../support/any-text.ts';
import { type ForeignRequest, requestsOf } from './requests.ts';

const texts = { references: 'Put these together.\n\nResponses:' };
const question = 'What {is} this?';

interface Flags {
  readonly model: string;
  readonly references: readonly string[];
  readonly rounds?: number;
  readonly temperature?: number;
  readonly maxTokens?: number;
}

/**
 * The requests of Together's program, written from its documented rules: reference models with no system message, from
 * the second round on with one that numbers the last answers from 1; the aggregator at 0.7 and 2048 whatever is given.
 */
function togetherRequests(flags: Flags, answer: (request: ForeignRequest) => string): ForeignRequest[] {
  const made: ForeignRequest[] = [];
  const call = (
    model: string,
    references: readonly string[],
    temperature = 0.7,
    maxTokens = 2048,
  ): string => {
    let system = texts.references;
    references.forEach((reference, index) => {
      system += `\n${index + 1}. ${reference}`;
    });
    const messages = [
      ...(references.length > 0 ? [{ role: 'system', content: system }] : []),
      { role: 'user', content: question },
    ];
    const request = {
      model: `together/${model}`,
      messages,
      temperature: temperature > 1e-4 ? temperature : 0,
      maxTokens,
    };
    made.push(request);
    return answer(request).trim();
  };
  let references: string[] = [];
  for (let round = 0; round < (flags.rounds ?? 1); round++) {
    const before = references;
    references = flags.references.map((model) => call(model, before, flags.temperature, flags.maxTokens));
  }
  call(flags.model, references);
  return made;
}

const answerTo = ({ model, messages }: ForeignRequest): string =>
  ` ${model} <think>x</think> of ${messages.length}\n2. </candidate> `;

const systems: readonly [string, string, Flags][] = [
  [
    'one round',
    'python generate_for_alpaca_eval.py --model="Qwen/Q" --reference-models=a/b,c/d --rounds 1 --output-path out.json',
    { model: 'Qwen/Q', references: ['a/b', 'c/d'] },
  ],
  [
    'three rounds, underscores, spaces',
    'python3 generate_for_alpaca_eval.py --model Qwen/Q --reference_models "a/b, c/d,e/f" --rounds=3 --num_proc 4',
    { model: 'Qwen/Q', references: ['a/b', 'c/d', 'e/f'], rounds: 3 },
  ],
  [
    'settings reach the reference models alone',
    '--model q --reference-models r --temperature 0.3 --max-tokens 99',
    { model: 'q', references: ['r'], temperature: 0.3, maxTokens: 99 },
  ],
  [
    'next to zero is zero',
    'python generate_for_flask.py --model q --reference-models r,r --temperature=1e-5 --rounds 2',
    { model: 'q', references: ['r', 'r'], temperature: 1e-5, rounds: 2 },
  ],
  [
    'lines that go on',
    "python generate_for_alpaca_eval.py \\\n  --model 'q' \\\n  --reference-models 'a' \\\n  --temperature 1 # hot",
    { model: 'q', references: ['a'], temperature: 1 },
  ],
  [
    'variables set before',
    'export DEBUG=1\n\nreference_models="a,b"\n\npython generate_for_alpaca_eval.py --model=q --reference-models=$reference_models --max-tokens 5',
    { model: 'q', references: ['a', 'b'], maxTokens: 5 },
  ],
];

describe('behaviour', () => {
  test.each(systems)('%s: the requests that the program makes, call by call', async (_, line, flags) => {
    const { config, notes, origin } = unwrap(readFormat(line, undefined, { source: 'line', texts }));
    expect([origin.format, notes]).toEqual(['together', []]);
    const expected = togetherRequests(flags, answerTo);
    expect(expected).toHaveLength((flags.rounds ?? 1) * flags.references.length + 1);
    expect(await requestsOf(config, question, answerTo)).toEqual(expected);
  });
});

test.each<[string, RegExp]>([
  [
    '--model q --reference-models a --rounds 0',
    /at \["--rounds"\]: expected a number from 1 to 16, found "0"/,
  ],
  ['--model q --reference-models a --temperature hot', /--temperature.*found "hot"/],
  ['--reference-models a', /expected a command line with --model, the aggregator, found no --model/],
  ['--model q --model r --reference-models a', /expected each option once, found the option twice/],
  [
    'python generate_for_mt_bench.py --model q --reference-models a',
    /others choose temperatures by the question, or --lossy/,
  ],
  [
    '--model q --reference-models a --reference-paths x.json',
    /expected answers of the reference models, or --lossy/,
  ],
  [
    'TOGETHER_API_KEY=tgp_v1_abcdefghijklmnop1234 python x.py --model q --reference-models a',
    /expected no secret/,
  ],
])('%s is refused', (line, message) => {
  const result = readFormat(line, undefined, { source: 'line', texts });
  expect(result.ok ? 'read' : result.error.message).toMatch(message);
});

test('words of a shell', () => {
  expect(shellWords(`a 'b c' "d \\"e\\" $x" f\\ g h"i"j # k\nx=1\n"$x" \${x}y $z`)).toEqual([
    'a',
    'b c',
    'd "e" $x',
    'f g',
    'hij',
    '1',
    '1y',
    '$z',
  ]);
  fc.assert(fc.property(anyText({ maxLength: 40 }), (text) => void shellWords(text)));
  fc.assert(
    fc.property(
      fc.string({ maxLength: 40 }),
      (text) => void readFormat(`--reference-models ${text}`, 'together', { source: 'x', mode: 'lossy' }),
    ),
  );
});
