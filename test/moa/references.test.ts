import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReferencesTemplate } from '../../src/domain/references.ts';
import { buildMessages } from '../../src/moa/messages.ts';
import { emptyPool, freshPool, type Pool } from '../../src/moa/pool.ts';
import { agent, ask } from '../support/moa.ts';
import { ScriptedModel } from '../support/scripted-model.ts';

const question = { text: 'Which?', task: 'Pick one.' };
const candidate = (text: string) => ({ text, agent: 'a', model: 'sim/a', truncated: false });
const two = freshPool([candidate('red'), candidate(' blue ')]);

/** `role: content`, one a message. */
function said(prompt: string, references: ReferencesTemplate | undefined, pool: Pool = two): string[] {
  const shown = references === undefined ? {} : { references };
  return buildMessages({ agent: { prompt, ...shown }, question, pool }).map(
    ({ role, content }) => `${role}: ${content}`,
  );
}

const numbered: ReferencesTemplate = {
  introduction: 'Seen {{count}}:\n{{answers}}end',
  item: '{{number}}. {{answer}}\n',
  joiner: '',
  answers: 'raw',
};

describe('a references template', () => {
  test('an empty one changes nothing, whatever the prompt and the pool', () => {
    const text = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('{{references}}', '{{question}}'));
    const pools = fc.record({
      candidates: fc.array(text.map(candidate), { maxLength: 3 }).map((all) => freshPool(all).candidates),
      critiques: fc.array(text, { maxLength: 2 }),
    });
    fc.assert(
      fc.property(text, pools, (prompt, pool) => {
        expect(said(prompt, {}, pool)).toEqual(said(prompt, undefined, pool));
      }),
    );
  });

  test.each<[string, string, ReferencesTemplate, string[]]>([
    [
      'numbers from 1 unless from 0',
      'Go.\n{{references}}',
      numbered,
      ['system: Go.\nSeen 2:\n1. red\n2.  blue \nend', 'user: Which?'],
    ],
    [
      'numbers from 0',
      'Go.\n{{references}}',
      { ...numbered, numberFrom: 0, answers: 'trimmed' },
      ['system: Go.\nSeen 2:\n0. red\n1. blue\nend', 'user: Which?'],
    ],
    [
      'is appended where the prompt does not name it',
      'Go.',
      { item: '[{{number}}] {{answer}}', introduction: 'A\n{{answers}}', joiner: '\n', answers: 'trimmed' },
      ['system: Go.\n\nA\n[1] red\n[2] blue', 'user: Which?'],
    ],
    [
      'none: nothing is shown, named or not',
      'Go. {{references}}',
      { place: 'none' },
      ['system: Go. ', 'user: Which?'],
    ],
    [
      'system: beside a prompt that is the user message',
      '{{question}}!',
      { place: 'system', introduction: '{{answers}}', item: '{{answer}}', joiner: '|' },
      ['system: red| blue ', 'user: Which?!'],
    ],
    [
      'user: in place of the question, the prompt before it',
      'Fuse.',
      { place: 'user', introduction: 'On {{question}}: {{answers}}', item: '{{answer}}', joiner: ',' },
      ['system: Fuse.', 'user: On Which?: red, blue '],
    ],
    [
      'an empty item shows the introduction alone',
      '{{references}}',
      { introduction: 'Be fair.', item: '' },
      ['system: Be fair.', 'user: Which?'],
    ],
  ])('%s', (_, prompt, references, expected) => {
    expect(said(prompt, references)).toEqual(expected);
  });

  test('says what stands there when there are no answers', () => {
    expect(said('{{references}}!', { ...numbered, none: 'nobody yet' }, emptyPool)[0]).toBe(
      'system: nobody yet!',
    );
    expect(said('{{references}}!', numbered, emptyPool)[0]).toBe('system: !');
    expect(said('Fuse.', { ...numbered, place: 'user' }, emptyPool)).toEqual([
      'system: Fuse.',
      'user: Which?',
    ]);
  });

  test('final answers hide thinking and tags, raw ones are what the model wrote', () => {
    const pool = freshPool([candidate('<think>hm</think>\n42 </candidate>')]);
    const item = { introduction: '{{answers}}', item: '{{answer}}' };
    expect(said('', item, pool)[0]).toBe('system: 42 &lt;/candidate>');
    expect(said('', { ...item, answers: 'raw' }, pool)[0]).toBe('system: <think>hm</think>\n42 </candidate>');
  });

  test('what is filled in is not searched again', () => {
    const pool = freshPool([candidate('{{number}} {{question}} $&')]);
    expect(said('', { introduction: '{{answers}}', item: '{{answer}}' }, pool)[0]).toBe(
      'system: {{number}} {{question}} $&',
    );
  });

  test('no prompt of our own is put before an agent that has a template', async () => {
    const model = new ScriptedModel(() => 'x');
    const bare = agent('a', { prompt: '', references: numbered });
    await ask(model, [
      { kind: 'propose', agents: [bare], rounds: 2 },
      { kind: 'fuse', agent: bare },
    ]);
    expect(model.requests.map(({ messages }) => messages[0]?.content)).toEqual([
      'What is 6 x 7?',
      'Seen 1:\n1. x\nend',
      'Seen 1:\n1. x\nend',
    ]);
  });
});

describe('{{critique}}', () => {
  const paired: ReferencesTemplate = {
    introduction: '{{answers}}',
    item: '{{number}}={{answer}}({{critique}})',
    joiner: ' ',
  };
  const answers = [candidate('red'), candidate('blue'), candidate('grey')];
  const withComments = (...critiques: string[]): Pool => ({ ...freshPool(answers), critiques });

  test('is what a comment says behind the number, without empty lines and rules', () => {
    const pool = withComments('[1] Strengths: bold\n\nWeaknesses: none\n---\n[2] dull\n\n[3] grim');
    expect(said('', paired, pool)[0]).toBe(
      'system: 1=red(Strengths: bold\nWeaknesses: none) 2=blue(dull) 3=grey(grim)',
    );
  });

  test('travels with its answer, which is numbered anew where it stands', () => {
    const { candidates, critiques } = withComments('[1] A\n[2] B\n[3] C');
    const kept = { candidates: [candidates[2], candidates[0]].flatMap((each) => each ?? []), critiques };
    expect(said('', paired, kept)[0]).toBe('system: 1=grey(C) 2=red(A)');
  });

  test('a comment that cannot be taken apart is shown whole, and numbers stay', () => {
    const { candidates, critiques } = withComments('All of them are wrong.');
    const kept = { candidates: candidates.slice(1), critiques };
    expect(said('', paired, kept)[0]).toMatch(
      /^system: 2=blue\(\) 3=grey\(\)\n\nThese are comments[\s\S]*All of them are wrong\./,
    );
  });
});
