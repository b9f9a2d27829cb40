import { expect, test } from 'vitest';
import { guessFields } from '../../src/tasks/import/guess-fields.ts';

test.each<[string, readonly string[], ReturnType<typeof guessFields>]>([
  ['usual names in any case', ['id', 'Question', 'Answer'], { input: 'Question', gold: 'Answer' }],
  ['of two fields the other', ['id', 'label'], { input: 'id', gold: 'label' }],
  [
    "Alpaca's instruction and input",
    ['instruction', 'input', 'output'],
    { input: 'instruction,input', gold: 'output' },
  ],
  ['an instruction alone', ['instruction', 'output'], { input: 'instruction', gold: 'output' }],
  ['names that say nothing', ['a', 'b', 'c'], {}],
])('fields are guessed by %s', (_, fields, guess) => {
  expect(guessFields(fields)).toEqual(guess);
});
