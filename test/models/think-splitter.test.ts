import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThinkSplitter } from '../../src/models/openai/think-splitter.ts';

function split(pieces: readonly string[]): { text: string; reasoning: string } {
  const splitter = new ThinkSplitter();
  const parts = [...pieces.map((piece) => splitter.push(piece)), splitter.end()];
  return { text: parts.map((p) => p.text).join(''), reasoning: parts.map((p) => p.reasoning).join('') };
}

/** A text cut at arbitrary places. */
const cut = (text: string): fc.Arbitrary<string[]> =>
  fc.array(fc.nat(text.length), { maxLength: 8 }).map((places) => {
    const ends = [0, ...places.sort((a, b) => a - b), text.length];
    return ends.slice(1).map((end, index) => text.slice(ends[index], end));
  });

describe('ThinkSplitter', () => {
  it.each([
    ['plain answer', 'plain answer', ''],
    ['', '', ''],
    ['  indented', '  indented', ''],
    ['<think>a</think>b', 'b', 'a'],
    ['\n<think>\na\n</think>\n\nb\n', 'b\n', '\na\n'],
    ['<think></think>b', 'b', ''],
    ['<think>only thought', '', 'only thought'],
    ['<think>a</think>', '', 'a'],
    ['<thi', '<thi', ''],
    ['<thinking>', '', ''],
    ['<thinkings>', '<thinkings>', ''],
    ['code <think>not leading</think>', 'code <think>not leading</think>', ''],
    ['<think>a</think>b<think>c</think>', 'b<think>c</think>', 'a'],
    ['<think>a</thi', '', 'a</thi'],
  ])('%j', (whole, text, reasoning) => {
    expect(split([whole])).toEqual({ text, reasoning });
    expect(split([...whole])).toEqual({ text, reasoning });
  });

  it('does not care where the stream was cut', () => {
    const texts = fc
      .array(fc.constantFrom('<think>', '</think>', '<th', 'ink>', '</', ' ', '\n', 'a', 'bc', '<'), {
        maxLength: 10,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        texts.chain((text) => cut(text).map((pieces) => ({ text, pieces }))),
        ({ text, pieces }) => {
          expect(split(pieces)).toEqual(split([text]));
        },
      ),
    );
  });
});
