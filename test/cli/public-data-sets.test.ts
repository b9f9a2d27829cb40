import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { openTextbook } from '../../src/cli/wiring/models/textbook.ts';
import { createRealClock } from '../../src/core/clock.ts';
import { startSimServer } from '../../src/sim/server.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

/** Public data sets' forms, in questions of our own: import, check and a short tune on simulated models. */

const repository = resolve(import.meta.dirname, '../..');
let folder: string;
beforeAll(async () => {
  folder = temporaryFolder('public');
});

const cli = (argv: readonly string[]) => runLine(argv, { cwd: folder, packageFolder: repository });
const words = (line: string): string[] => line.split(' ');

const times = <Value>(count: number, make: (n: number) => Value): Value[] =>
  Array.from({ length: count }, (_, n) => make(n));
const lines = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join('\n');
const letters = 'ABCD';
const towns = [
  'Paris',
  'Rome',
  'Lima',
  'Oslo',
  'Bonn',
  'Cork',
  'Graz',
  'Kiel',
  'Lyon',
  'Pisa',
  'Turin',
  'Ghent',
];
const optionsOf = (n: number): string[] =>
  times(4, (k) => `${towns[(n + k) % towns.length]} by the river ${n}`);

const sets: [string, string, string, string][] = [
  [
    'gsm8k',
    'test.jsonl',
    '--input question --gold answer',
    lines(
      times(24, (n) => ({
        question: `Ann has ${n} apples and buys ${3 * n} more. How many has she?`,
        answer: `She has ${n}+${3 * n}=<<${4 * n}>>${4 * n}.\n#### ${4 * n + 1000}`,
      })),
    ),
  ],
  [
    'mmlu',
    'test.jsonl',
    '--input question --gold answer',
    lines(
      times(24, (n) => ({
        question: `Which town is number ${n}?`,
        subject: 'towns',
        choices: optionsOf(n),
        answer: n % 4,
      })),
    ),
  ],
  [
    'mmlu-pro',
    'test.jsonl',
    '--input question,options --gold answer',
    lines(
      times(24, (n) => ({
        question_id: n,
        question: `Which town has number ${n}?`,
        options: optionsOf(n),
        answer: letters[n % 4],
        answer_index: n % 4,
      })),
    ),
  ],
  [
    'arc',
    'test.jsonl',
    '--input question --gold answerKey',
    lines(
      times(24, (n) => ({
        id: `M_${n}`,
        question: `Which town bears number ${n}?`,
        choices: { text: optionsOf(n), label: n % 2 === 0 ? ['1', '2', '3', '4'] : [...letters] },
        answerKey: n % 2 === 0 ? String((n % 4) + 1) : letters[n % 4],
      })),
    ),
  ],
  [
    'boolq',
    'dev.jsonl',
    '--input question --gold answer',
    lines(
      times(24, (n) => ({
        question: `is the town of number ${n} large`,
        passage: `About the town of number ${n}.`,
        answer: n % 3 === 0,
      })),
    ),
  ],
  [
    'bbh',
    'task.json',
    '--input input --gold target',
    JSON.stringify({
      canary: 'none',
      examples: times(24, (n) => ({
        input: `Which colour has ball ${n}?\nOptions:\n(A) red\n(B) blue\n(C) grey`,
        target: `(${letters[n % 3]})`,
      })),
    }),
  ],
  [
    'squad',
    'dev.json',
    '--input question --gold answers',
    JSON.stringify({
      data: times(4, (t) => ({
        title: `t${t}`,
        paragraphs: [
          {
            context: `Text ${t}.`,
            qas: times(6, (n) => ({
              id: `q${t}-${n}`,
              question: `Which town comes at ${n} in text ${t}?`,
              answers: [
                { text: `${towns[n]} ${t}`, answer_start: 1 },
                { text: `town of ${towns[n]}`, answer_start: 2 },
              ],
            })),
          },
        ],
      })),
    }),
  ],
  [
    'evals',
    'samples.jsonl',
    '--input input --gold ideal',
    lines(
      times(24, (n) => ({
        input: [
          { role: 'system', content: 'Name one town.' },
          { role: 'user', content: `Which town follows number ${n} on the list?` },
        ],
        ideal: `${towns[n % 12]} ${n}`,
      })),
    ),
  ],
];

describe.each(sampled(sets, 8))('%s', (name, file, fields, content) => {
  it('is imported, passes the check, and is tuned by models that know it', async () => {
    await writeFile(join(folder, file), content);
    const made = await cli(['task', 'import', file, '--name', name, ...words(fields), '--json']);
    expect(made.err).toBe('');
    const { shown, instances } = JSON.parse(made.out);
    expect(instances).toBe(24);
    expect(shown.map(({ value }: { value: number }) => value)).toEqual([1, 1, 1]);
    const check = JSON.parse((await cli(['task', 'check', name, '--json'])).out);
    expect(check).toMatchObject({ passed: true, gold: { graded: 24, full: 24 } });
    const tuned = await cli(
      words(
        `tune ${name} --models sim/titan-400b,sim/finch-3b --strategy random --max-evaluations 3 --run ${name} --json`,
      ),
    );
    expect({ code: tuned.code, guess: tuned.err.includes('GUESS') }).toEqual({ code: 0, guess: false });
    const scores = JSON.parse(tuned.out).front.map(
      (member: { objectives: { score: { mean: number } } }) => member.objectives.score.mean,
    );
    // By chance at most a quarter or a half would be right.
    expect(Math.max(...scores)).toBeGreaterThan(0.55);
  });
});

describe('simulated models that do not know a task', () => {
  const rows = lines(
    times(12, (n) => ({
      question: `Make a colour of ${n}.`,
      answer: { type: 'object', properties: { hex: { type: 'string' } } },
    })),
  );
  it.skipIf(!thorough)('say so at the start and in the result', async () => {
    await writeFile(join(folder, 'colours.jsonl'), rows);
    await cli(words('task import colours.jsonl --name colours --input question --gold answer'));
    const tuned = await cli(words('tune colours --models sim/finch-3b --max-evaluations 1 --run colours'));
    expect(tuned.out.match(/The simulated models GUESS: .* json-schema/g)).toHaveLength(2);
    const scored = await cli(words('score colours --task colours --models sim/finch-3b'));
    expect(scored.code === 0 ? scored.err : 'GUESS').toContain('GUESS');
  });

  it.skipIf(!thorough)('ask says whether an answer is made up', async () => {
    await writeFile(
      join(folder, 'sums.jsonl'),
      lines(times(12, (n) => ({ question: `What is ${n} and ${n} and 3?`, answer: 2 * n + 3 }))),
    );
    await cli(words('task import sums.jsonl --name sums --input question --gold answer'));
    await cli(
      words(
        'tune sums --models sim/finch-3b --max-evaluations 1 --finish-repeats 1 --holdout-repeats 0 --run sums',
      ),
    );
    const known = await cli(['ask', 'sums', 'What is 4 and 4 and 3?']);
    expect(known.err).toContain('simulated, and so is the answer: they know');
    const unknown = await cli(['ask', 'sums', 'Who wrote Faust?']);
    expect(unknown.err).toContain('they do not know this question and make something up');
  });

  test.each(sampled([true, false], 2))('over HTTP: the server was told of the task: %s', async (told) => {
    await writeFile(
      join(folder, 'more.jsonl'),
      lines(times(12, (n) => ({ question: `What are ${n} and ${n} and 5?`, answer: 2 * n + 5 }))),
    );
    await cli(words('task import more.jsonl --name more --input question --gold answer --force'));
    const textbook = await openTextbook(
      { packageFolder: repository },
      told ? [join(folder, 'tasks', 'more')] : [],
    );
    const server = await startSimServer({
      port: 0,
      seed: 1,
      clock: createRealClock(),
      textbook,
      speedup: 1e6,
    });
    try {
      const run = told ? 'told' : 'untold';
      const tuned = await cli(
        words(
          `tune more --base-url ${server.url} --models finch-3b --strategy random --max-evaluations 1 --finish-repeats 1 --holdout-repeats 0 --run ${run}`,
        ),
      );
      expect(tuned.code).toBe(0);
      expect(tuned.out.includes('GUESS: their server does not know more (start it with --task more)')).toBe(
        !told,
      );
    } finally {
      await server.close();
    }
  });
});
