import { expect, test } from 'vitest';
import { guessFields } from '../../src/tasks/import/guess-fields.ts';

const fieldsOf = (...rows: readonly Readonly<Record<string, unknown>>[]) => {
  const { input, gold } = guessFields(rows.map((values) => ({ values })));
  return [input?.field, gold?.field];
};

test.each<[string, readonly string[], readonly (string | undefined)[]]>([
  ['usual names in any case', ['id', 'Question', 'Answer'], ['Question', 'Answer']],
  ['of two fields the other', ['id', 'label'], ['id', 'label']],
  ["Alpaca's instruction and input", ['instruction', 'input', 'output'], ['instruction,input', 'output']],
  ['an instruction alone', ['instruction', 'output'], ['instruction', 'output']],
  ['names that say nothing', ['a', 'b', 'c'], [undefined, undefined]],
])('fields are guessed by %s', (_, fields, guess) => {
  expect(fieldsOf(Object.fromEntries(fields.map((field) => [field, 'x'])))).toEqual(guess);
});

const mail = 'Hello, the container is late again and nobody tells us when it comes.';

test.each<[string, Readonly<Record<string, unknown>>, readonly (string | undefined)[]]>([
  ['the only long text and the only object', { nr: 1, mail, facts: '{"a": 1}' }, ['mail', 'facts']],
  ['of two long texts neither', { mail, reply: mail, facts: { a: 1 } }, [undefined, 'facts']],
  ['of two objects neither', { mail, facts: { a: 1 }, more: { b: 2 } }, ['mail', undefined]],
  ['what is said beside is no answer', { nr: 1, mail, metadata: { a: 1 } }, ['mail', undefined]],
  ['names come first', { text: 'short', mail, label: 'x' }, ['text', 'label']],
  ['the answer is not the question, too', { id: 1, n: 2, answer: mail }, [undefined, 'answer']],
])('where names say nothing: %s', (_, row, guess) => {
  expect(fieldsOf(row, row, row)).toEqual(guess);
});
