import { expect, it } from 'vitest';
import type { Task } from '../../src/domain/task.ts';
import { createTextbook } from '../../src/sim/index.ts';
import { askSim } from '../support/sim-asking.ts';
import { request } from '../support/sim-tasks-asking.ts';

const capitals = Object.entries({
  France: 'Paris',
  Italy: 'Rome',
  Spain: 'Madrid',
  Japan: 'Tokyo',
  Peru: 'Lima',
  Cuba: 'Havana',
});
const instances = capitals.map(([country, capital]) => ({
  id: country,
  input: `What is the capital of ${country}?`,
  gold: `(?:${capital})`,
  reference: capital,
}));

function taskWith(grader: Task['grader']): Pick<Task, 'name' | 'grader' | 'tuning' | 'holdout'> {
  return { name: 'capitals', grader, tuning: instances, holdout: [] };
}

/** What a poor model answers to each question, several times. */
async function answers(grader: Task['grader']): Promise<string[]> {
  const textbook = createTextbook([taskWith(grader)]);
  const asked = instances.flatMap(({ input }) =>
    [0, 1, 2, 3, 4].map((repeat) => request('wisp-1b', input, '', { sample: { repeat, index: 0 } })),
  );
  return (await askSim(3, asked, undefined, textbook)).flatMap((outcome) =>
    outcome.kind === 'answered' ? [outcome.response.text] : [],
  );
}

const isRight = (text: string, at: number): boolean => text.includes(capitals[Math.floor(at / 5)]?.[1] ?? '');

it('where gold answers are patterns, wrong answers are those to other questions', async () => {
  const texts = await answers({ name: 'regex' });
  const wrong = texts.filter((text, at) => !isRight(text, at));
  expect(wrong.length).toBeGreaterThan(2);
  expect(wrong.length).toBeLessThan(texts.length);
});

it('where one pattern takes all of these, a wrong answer is what it does not take', async () => {
  const texts = await answers({ name: 'regex', pattern: 'Paris|Rome|Madrid|Tokyo|Lima|Havana' });
  const wrong = texts.filter((text) => !/Paris|Rome|Madrid|Tokyo|Lima|Havana/.test(text));
  expect(wrong.length).toBeGreaterThan(2);
  expect(wrong.length).toBeLessThan(texts.length);
});
