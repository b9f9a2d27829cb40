import { describe, expect, test } from 'vitest';
import { readFormat } from '../../src/formats/systems.ts';
import { timed } from '../support/hostile-texts.ts';
import { thorough } from '../support/thorough.ts';

const read = (text: string) => readFormat(text, undefined, { source: 'theirs' });

const system = (more: string, prompt = 'Solve it. {helper_response}'): string =>
  `{"ai_configuration": {"main_model": "a", "cycles": 1, "system_prompt": "x", "layer_agents": [{"name": "s", "model": "b", "prompt": "${prompt}"}]${more}}}`;
const keys = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

describe('what somebody hands over to be imported', () => {
  test.each([
    ['JSON', system(keys(thorough ? 50_000 : 10_000, (index) => `,\n"k${index}": 1`))],
    [
      'YAML',
      `ai_configuration:\n  main_model: a\n  cycles: 1\n  system_prompt: x\n  layer_agents: [{ name: s, model: b, prompt: p }]\n${keys(thorough ? 5_000 : 1_000, (index) => `  k${index}: 1\n`)}`,
    ],
  ])('takes linear time and few words: %s with many keys that nobody knows', async (_, text) => {
    const { value: result, processorMs } = await timed(() => read(text));
    if (!result.ok) throw result.error;
    expect(result.value.notes).toHaveLength(1001);
    expect(result.value.notes[1]).toMatch(/^theirs:\d+ at ai_configuration/);
    expect(result.value.notes.at(-1)).toMatch(/^theirs: \d+ more, which are not listed$/);
    // Quadratic reading took minutes.
    expect(processorMs).toBeLessThan(15_000);
  });

  test('names the line of what it tells', () => {
    const result = read(system(',\n\n"k0": 1,\n"k1": [1,\n{"k2": 3}]'));
    expect(result.ok && result.value.notes.filter((note) => note.includes('k'))).toEqual([
      expect.stringMatching(/^theirs:3 at ai_configuration\.k0/),
      expect.stringMatching(/^theirs:4 at ai_configuration\.k1/),
    ]);
  });

  test('fills no memory with variables of variables', async () => {
    const line = 'python generate_for_alpaca_eval.py --reference-models a,b --model $a\n';
    const text = `a=xxxxxxxxxxxxxxxx\n${'a="$a$a"\n'.repeat(60)}${line}`;
    const { value: result, processorMs } = await timed(() => read(text));
    expect(JSON.stringify(result).length).toBeLessThan(10_000_000);
    expect(processorMs).toBeLessThan(15_000);
  });

  test('has no half characters, which no config may have', () => {
    const result = read(system('', '\\ud800'));
    expect(result.ok ? 'read' : result.error.message).toMatch(/half of a character/);
  });
});
