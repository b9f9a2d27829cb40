import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWrittenPrompt } from '../../../src/search/writing/index.ts';
import { anyText } from '../../support/any-text.ts';
import { runs } from '../../support/thorough.ts';

const prompt = 'Answer with care.\nCheck the result.';
const tagged = (text: string): string => `<new_prompt>${text}</new_prompt>`;

describe('readWrittenPrompt', () => {
  it.each([
    ['tags', `<new_prompt>${prompt}</new_prompt>`],
    ['tags on lines of their own', `I found two weaknesses.\n\n<new_prompt>\n${prompt}\n</new_prompt>\n`],
    ['tags in capitals', `<NEW_PROMPT>${prompt}</NEW_PROMPT>`],
    ['a pair before the last', `<new_prompt>Draft.</new_prompt> better: <new_prompt>${prompt}</new_prompt>`],
    ['text behind the tags', `<new_prompt>${prompt}</new_prompt>\nI hope this helps!`],
    ['an opening tag alone', `<new_prompt>\n${prompt}`],
    [
      'thinking before',
      `<think>Perhaps <new_prompt>no</new_prompt>?</think><new_prompt>${prompt}</new_prompt>`,
    ],
    [
      'thinking whose start is lost',
      `well, <new_prompt>no</new_prompt></think>\n<new_prompt>${prompt}</new_prompt>`,
    ],
    ['a fence inside the tags', `<new_prompt>\n\`\`\`text\n${prompt}\n\`\`\`\n</new_prompt>`],
    ['a fence with a language', tagged(`~~~markdown\n${prompt}\n~~~`)],
    ['a polite opening', tagged(`Sure! Here is the improved prompt:\n\n${prompt}`)],
    ['a heading', tagged(`## Improved prompt:\n${prompt}`)],
    ['a bold heading', tagged(`**New prompt:**\n${prompt}`)],
    ['quotes around it', tagged(`"${prompt}"`)],
    ['carriage returns', tagged(prompt.replace('\n', '\r\n'))],
    [
      'a byte-order mark, NUL and direction marks',
      `\uFEFF${tagged('Answer \u202Ewith\u0000 care.\u200B\nCheck the result.')}`,
    ],
  ])('finds the prompt in %s', (_, answer) => {
    expect(readWrittenPrompt(answer)).toBe(prompt);
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t'],
    ['a refusal in plain words', 'I would rather not.'],
    ['a refusal in another language', 'Das möchte ich lieber nicht tun.'],
    ['a question', 'Could you show me more cases first?'],
    ['an example in a fence', 'I cannot do that.\n\n```json\n{"answer": "as you like it"}\n```\n'],
    ['a prompt that nothing marks', prompt],
    ['empty tags', '<new_prompt>\n</new_prompt>'],
    ['thinking alone', '<think>I could write it so or so</think>'],
    ['thinking that never ends', '<think>First I look at the cases. <new_prompt>no</new_prompt>'],
  ])('finds none in %s', (_, answer) => {
    expect(readWrittenPrompt(answer)).toBeUndefined();
  });

  it('keeps an example in a fence that is part of the prompt', () => {
    const withExample = 'Answer in JSON, like this:\n```json\n{"a": 1}\n```\nand nothing else.';
    expect(readWrittenPrompt(`<new_prompt>${withExample}</new_prompt>`)).toBe(withExample);
  });

  it('never throws, and what it finds is clean and found again', () => {
    const piece = fc.oneof(
      anyText(),
      fc.constantFrom(
        '<think>',
        '</think>',
        '<new_prompt>',
        '</new_prompt>',
        '```',
        '```\n',
        '"',
        '\uD800',
        '\u0000',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const found = readWrittenPrompt(pieces.join(''));
        if (found === undefined) return;
        expect(found).toBe(found.trim());
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the point of the test
        expect(found).not.toMatch(/[\u0000\u202E\u200B]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
      }),
      { numRuns: runs(120) },
    );
  });

  it('takes an answer of millions of characters in its stride', () => {
    expect(readWrittenPrompt('<think>'.repeat(700_000))).toBeUndefined();
    expect(readWrittenPrompt(`<new_prompt>${'`'.repeat(3_000_000)}`)?.length).toBeLessThanOrEqual(200_000);
    expect(readWrittenPrompt(`<new_prompt>${'```\n'.repeat(200_000)}`)).toBeDefined();
  });
});
