import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { questionOf } from '../../src/domain/task.ts';
import { isWrapper, wordConversation, wordingOf, wordQuestion } from '../../src/domain/task-wording.ts';
import { loadTask } from '../../src/tasks/load-task.ts';

const tasksFolder = resolve(import.meta.dirname, '../../tasks');

describe('wordQuestion', () => {
  it('gives each question of every shipped task the words that tuning asks it with, and only once', async () => {
    for (const name of readdirSync(tasksFolder)) {
      const loaded = await loadTask(join(tasksFolder, name), { tasksFolders: [] });
      if (!loaded.ok) throw loaded.error;
      const { prompt, tuning, holdout } = loaded.value;
      for (const instance of [...tuning, ...holdout]) {
        const asked = questionOf(loaded.value, instance);
        expect(wordQuestion(prompt, instance.input)).toBe(asked);
        expect(wordQuestion(prompt, asked)).toBe(asked);
      }
    }
  });

  it('gives any question of any task the words that tuning asks it with', () => {
    // Dollar signs and braces are text; a question holds the whole prompt only where it was worded before.
    const text = fc.oneof(fc.string(), fc.constantFrom('$&', '$1', '{{input}}', '{{task}}', 'a\nb'));
    const prompt = fc.tuple(text, text).map(([before, after]) => `${before}{{input}}${after}`);
    fc.assert(
      fc.property(prompt, text, text, (given, one, two) => {
        const input = `${one}${two}`;
        const instance = { id: 'a', input };
        // A prompt that is blanks around its place adds nothing.
        const asked = isWrapper(given) ? questionOf({ prompt: given }, instance) : input;
        expect(wordQuestion(given, input)).toBe(asked);
      }),
    );
  });

  it.each([
    ['no prompt', undefined, 'Why?', 'Why?'],
    ['a prompt without a place for the question, which would swallow it', 'Write a poem.', 'Why?', 'Why?'],
    ['a prompt that is its place', '{{input}}', 'Why?', 'Why?'],
    ['a short prompt, which a question may have by itself', 'Q: {{input}}', 'Q: why?', 'Q: Q: why?'],
    ['two places', '{{input}}, I say: {{input}}', 'go', 'go, I say: go'],
    [
      'one that has the prompt around it',
      'Which intent is this?\n\n{{input}}\n',
      'Which intent is this?\n\nNo parcel',
      'Which intent is this?\n\nNo parcel',
    ],
  ])('%s', (_, prompt, question, asked) => {
    expect(wordQuestion(prompt, question)).toBe(asked);
  });
});

describe('wordConversation', () => {
  const prompt = 'Which intent does this message have?\n\n{{input}}';
  const user = (content: string) => ({ role: 'user', content });
  const said = (content: string) => ({ role: 'assistant', content });

  it('words what the user says first, so that a conversation keeps its beginning as it goes on', () => {
    const first = wordConversation(prompt, { question: 'No parcel', earlier: [] });
    const later = wordConversation(prompt, {
      question: 'Why?',
      earlier: [said('Hello!'), user('No parcel'), said('late_delivery')],
    });
    expect(later).toEqual({
      question: 'Why?',
      earlier: [said('Hello!'), user(first.question), said('late_delivery')],
    });
    expect(first.question).toBe('Which intent does this message have?\n\nNo parcel');
    expect(wordConversation(prompt, { ...later, question: 'Why?' })).toEqual(later);
  });
});

it('a wording is what calls and votes need of a task, and nothing of its files', () => {
  const task = { description: 'Route it.', answer: 'label' as const, prompt: '{{input}}?' };
  const grader = {
    name: 'classification',
    labels: ['a', 'b'],
    statement: 'first',
    file: '/home/me/grade.py',
  };
  expect(wordingOf({ ...task, grader })).toEqual({ ...task, labels: ['a', 'b'], statement: 'first' });
  expect(wordingOf({ ...task, prompt: undefined, grader: { name: 'exact', labels: 7 } })).toEqual({
    description: 'Route it.',
    answer: 'label',
  });
  expect([isWrapper(undefined), isWrapper(' {{input}} '), isWrapper('{{input}}?')]).toEqual([
    false,
    false,
    true,
  ]);
});
