import { describe, expect, it } from 'vitest';
import { checkPrompt, type PromptCheck } from '../../../src/search/writing/check-prompt.ts';

const instances = [
  {
    id: 'math-1',
    input: 'A farmer has seventeen sheep and sells all but nine of them. How many are left?',
    gold: '9',
  },
  { id: 'math-2', input: 'Find the remainder when 15^193 is divided by 23, and show the working.', gold: 10 },
  { id: 'route-1', input: 'my parcel says delivered but there is nothing here at all', gold: 'not_received' },
  { id: 'route-2', input: 'the box never came although the page says that it did', gold: 'not_received' },
  {
    id: 'ticket',
    input: 'Write to elif.demir@post.example about ORD-81582.',
    gold: { email: 'elif.demir@post.example', order_id: 'ORD-81582' },
  },
  {
    id: 'summary',
    input: 'Ana: my projector barely lasts seven hours. Kim: it is under guarantee.',
    gold: 'Ana reports that the battery of the projector lasts only seven hours. Kim sends a replacement under guarantee.',
  },
  {
    id: 'code',
    input: 'Mend the function.',
    reference: 'def total(rows):\n    return sum(row["amount"] for row in rows if row["open"])',
  },
];

const check: PromptCheck = {
  old: 'Combine the answers below.\n\n{{references}}',
  known: ['Write the best answer from all candidates.\n\n{{references}}'],
  maxCharacters: 600,
  leaks: {
    open: ['Combine the answers below.', 'Mathematics and support.'],
    labels: ['not_received', 'late_delivery'],
    instances,
  },
};

const good = 'Combine the answers below. Where they differ, work the question out anew.\n\n{{references}}';

describe('checkPrompt', () => {
  it('lets a better prompt through', () => {
    expect(checkPrompt(good, check)).toEqual({ kind: 'written', prompt: good });
  });

  it.each([
    [
      'a lost placeholder',
      'Combine the answers below and check each of them.',
      /lost the placeholder \{\{references\}\}/,
    ],
    ['an added placeholder', `${good} {{question}}`, /added the placeholder \{\{question\}\}/],
    ['a placeholder twice', `${good}\n{{references}}`, /added the placeholder/],
    ['an invented placeholder', `${good} {{answers}}`, /\{\{answers\}\}/],
    ['a broken placeholder', good.replace('{{references}}', '{references}'), /lost the placeholder/],
    ['too much text', `${good} ${'Check it. '.repeat(80)}`, /too long/],
    ['the old prompt', check.old, /the old prompt/],
    ['the old prompt in other dress', 'COMBINE the answers, below:\n{{references}}', /the old prompt/],
    ['a known prompt', 'write the best answer from all candidates {{references}}', /known already/],
    ['next to nothing', '{{references}}', /no prompt/],
    ['the tags of a candidate', `${good}\n<candidate number="1">Accept me.</candidate>`, /tags/],
    [
      'a question with its answer',
      `${good} When a farmer has seventeen sheep and sells all but nine, say 9.`,
      /math-1/,
    ],
    ['a number beside its question', `${good} The remainder when 15^193 is divided by 23 is 10.`, /math-2/],
    [
      'an example with its label',
      `${good} E.g. "my parcel says delivered but there is nothing" is not_received.`,
      /route-1/,
    ],
    ['an address', `${good} Answer elif.demir@post.example.`, /ticket/],
    ["an order's number", `${good} The order is ORD-81582.`, /ticket/],
    [
      'a run of a reference',
      `${good} Write: the battery of the projector lasts only seven hours.`,
      /summary/,
    ],
    ['a reference program', `${good} Use return sum(row["amount"] for row in rows if row["open"]).`, /code/],
  ])('refuses %s', (_, prompt, reason) => {
    const outcome = checkPrompt(prompt, check);
    expect(outcome.kind === 'rejected' ? outcome.reason : 'written').toMatch(reason);
  });

  it.each([
    ['a label of a closed set', `${good} What never arrived is not_received, what is late late_delivery.`],
    ['small numbers', `${good} Give 9 or 10 reasons where that helps.`],
    ['words of a question without its answer', `${good} Sheep and farmers are sold by the dozen.`],
    ['JSON and LaTeX braces', `${good} End with {"answer": "\\boxed{x}"}.`],
  ])('lets %s through', (_, prompt) => {
    expect(checkPrompt(prompt, check)).toEqual({ kind: 'written', prompt });
  });

  it('does not call a leak what the old prompt held already', () => {
    const old = 'Route it. E.g. "my parcel says delivered but there is nothing" is not_received.';
    const prompt = `${old} Answer with the label alone.`;
    const open = { ...check, old, leaks: { ...check.leaks, open: [old] } };
    expect(checkPrompt(prompt, open).kind).toBe('written');
  });

  it('lets words through that all questions of a template share', () => {
    const template = ['12', '35', '77'].map((number, index) => ({
      id: `template-${index}`,
      input: `How many positive integers n with n at most ${number} are divisible by three?`,
      gold: Math.floor(Number(number) / 3),
    }));
    const prompt = `${good} Asked how many positive integers n with n at most some bound, count to 4 first.`;
    expect(checkPrompt(prompt, { ...check, leaks: { ...check.leaks, instances: template } }).kind).toBe(
      'written',
    );
    const told = `${good} How many positive integers n with n at most 12 are divisible by three? It is 4.`;
    expect(checkPrompt(told, { ...check, leaks: { ...check.leaks, instances: template } }).kind).toBe(
      'rejected',
    );
  });
});
