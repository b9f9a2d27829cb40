import { expect, it, test } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import { type ImportedTask, importTask } from '../../src/tasks/import/import-task.ts';
import { readTable } from '../../src/tasks/import/read-table.ts';

/** What the prompt of an imported task says of the form of answers, and that the grader reads that form. */

const python = { tier: 'none', run: () => Promise.reject(new Error('unused')), close: async () => undefined };

async function imported(
  golds: readonly unknown[],
  more: object = {},
  gold = 'answer',
): Promise<ImportedTask> {
  const rows = golds.map((value, row) => ({ question: `Question ${row}?`, [gold]: value, ...more }));
  const text = rows.map((row) => JSON.stringify(row)).join('\n');
  const table = unwrap(await readTable(new TextEncoder().encode(text), 'd.jsonl'));
  return unwrap(importTask(table, 'd.jsonl', { name: 'demo', input: 'question', gold }));
}

const of = <Value>(make: (row: number) => Value): Value[] =>
  Array.from({ length: 20 }, (_, row) => make(row));
const options = { options: ['left', 'right', 'above', 'below'] };
const sevenths = (row: number): number => (row + 1) / 7;

test.each<[string, readonly unknown[], string, object, (row: number) => string]>([
  [
    'choices',
    of((row) => 'ABCD'[row % 4]),
    '"The answer is X.", where X is the letter',
    options,
    (row) => `We rule out D and A.\nThe answer is ${'ABCD'[row % 4]}.`,
  ],
  [
    'rounded numbers',
    of((row) => Math.round(100 * sevenths(row)) / 100),
    '"The answer is N." Round N to 2 decimals.',
    {},
    (row) => `So 1/7 of it.\nThe answer is ${sevenths(row).toFixed(2)}.`,
  ],
  [
    'numbers of which few have decimals',
    of((row) => (row === 3 ? 3.25 : row)),
    '"The answer is N."',
    {},
    (row) => `The answer is ${row === 3 ? 3.25 : row}.`,
  ],
  [
    'numbers as they were computed',
    of(sevenths),
    '"The answer is N."',
    {},
    (row) => `The answer is ${sevenths(row)}.`,
  ],
  [
    'dates',
    of((row) => `2026-03-${row + 10}`),
    'alone, in the form YYYY-MM-DD:',
    {},
    (row) => `2026-03-${row + 10}`,
  ],
  [
    'codes',
    of((row) => `QX-${row + 310}/b`),
    'alone, in the form AA-999/A (A for each letter, 9 for each digit):',
    {},
    (row) => `QX-${row + 310}/b`,
  ],
  [
    'times',
    of((row) => `${row + 10 > 23 ? row : row + 10}:30`.padStart(5, '0')),
    'alone, in the form 99:99 (9 for each digit):',
    {},
    (row) => `${row + 10 > 23 ? row : row + 10}:30`.padStart(5, '0'),
  ],
  [
    'words',
    of((row) => `zeb${'x'.repeat(row)}`),
    'alone, in as few words as it takes:',
    {},
    (row) => `zeb${'x'.repeat(row)}`,
  ],
])('%s', async (_, golds, asked, more, answer) => {
  const { file, instances } = await imported(golds, more);
  expect(file.prompt).toMatch(/^\{\{input\}\}\n\n(End with a line|Answer with the answer) /);
  expect(file.prompt).toContain(asked);
  if (!asked.includes('Round')) expect(file.prompt).not.toContain('Round');
  const grader = unwrap(createGrader(file.grader, { python, taskFolder: '' }));
  for (const [row, instance] of instances.entries()) {
    const grade = await grader.grade({ answer: answer(row), instance, question: instance.input });
    expect(grade, answer(row)).toMatchObject({ kind: 'scored', value: 1 });
    if (String(instance.gold).length > 1) expect(file.prompt).not.toContain(String(instance.gold));
  }
});

it('long answers are asked for in their length, and as summaries where the texts are twice as long', async () => {
  const words = (count: number): string => Array.from({ length: count }, (_, at) => `w${at}`).join(' ');
  const answered = await imported(of((row) => `${row} ${words(31)}`));
  expect(answered.file).toMatchObject({ grader: { name: 'summary' }, answer: 'text' });
  expect(answered.file.prompt).toBe('{{input}}\n\nAnswer in about 30 words. Nothing but the answer.');
  const shortened = await imported(
    of((row) => [`${row} ${words(12)}`, words(14)]),
    { question: words(80) },
  );
  expect(shortened.file.prompt).toMatch(/^Summarise this text in about 14 words\. /);
  const chinese = await imported(of((row) => `${'植物把光变成糖 '.repeat(15)}${row}`));
  expect(chinese.file.prompt).toBe('{{input}}\n\nAnswer. Nothing but the answer.');
});

it('a JSON Schema that all questions have stands in the prompt', async () => {
  const schema = (name: string) => ({ type: 'object', properties: { [name]: { type: 'integer' } } });
  const same = await imported(of(() => schema('a')));
  expect(same.file.prompt).toContain(
    `valid by this JSON Schema:\n${JSON.stringify({ properties: schema('a').properties, type: 'object' })}`,
  );
  const different = await imported(of((row) => schema(`a${row}`)));
  expect(different.file.prompt).toBe('{{input}}\n\nAnswer with JSON only, no prose and no code fence.');
  expect(different.file.grader).toEqual({ name: 'json-schema', bare: true });
});

it('rules to judge by in place of answers are told', async () => {
  const rules = of(
    (row) => `Must refuse request ${row}. Must thank the customer, and must not promise any refund at all.`,
  );
  expect((await imported(rules, {}, 'rubric')).notes.join()).toContain(
    'rubric seems to hold what answers are to be judged by, and summary takes it for the right answer',
  );
  expect((await imported(rules)).notes).toEqual([]);
});

it('labels that are joined in one text are told, names with commas in them are not', async () => {
  const sets = ['auth', 'auth;billing', 'docs', 'billing;docs', 'auth;docs', 'auth;billing;docs'];
  const joined = await imported(of((row) => sets[row % sets.length] ?? ''));
  expect(joined.notes.join()).toContain(
    'written as {"labels":["auth","billing"]} each counts by itself (extraction, docs/graders.md)',
  );
  const parts = await imported(of((row) => ({ labels: (sets[row % sets.length] ?? '').split(';') })));
  expect(parts.file.grader).toEqual({ name: 'extraction', bare: true });
  expect(parts.file.prompt).toContain('Nothing else: no prose, no code fence.');
  expect(parts.notes).toEqual([expect.stringContaining('without bare: true in task.yaml')]);
  expect(parts.file.prompt).toContain('keys: labels (a list of some of: auth, billing, docs)');
  expect((await imported(of((row) => `Born, N. ${row}`))).notes).toEqual([]);
});

it('lists of labels that stand beside these here and those there are sets of labels, each of which counts', async () => {
  const sets = [['auth'], ['auth', 'billing'], [], ['billing', 'docs'], ['docs', 'auth'], ['docs']];
  const lists = of((row) => sets[row % sets.length]);
  const tagged = await imported(lists, {}, 'tags');
  expect(tagged.file).toMatchObject({ grader: { name: 'extraction' }, answer: 'json' });
  expect(tagged.file.prompt).toContain(
    'keys: tags (a list of some of: auth, billing, docs); an empty list where none fits.',
  );
  expect(tagged.instances[1]?.gold).toEqual({ tags: ['auth', 'billing'] });
  expect(tagged.notes[0]).toContain('lists out of 3 labels (auth, billing, docs), each of which counts;');
  const grader = unwrap(createGrader(tagged.file.grader, { python, taskFolder: '' }));
  const value = async (row: number, answer: string) => {
    const [instance = tagged.instances[0]] = tagged.instances.slice(row);
    if (instance === undefined) throw new Error('no instance');
    const grade = await grader.grade({ answer, instance, question: 'q' });
    return grade.kind === 'scored' ? grade.value : null;
  };
  expect(await value(1, '{"tags": ["billing", "auth"]}')).toBe(1);
  expect(await value(1, '{"tags": ["auth"]}')).toBeCloseTo(2 / 3);
  expect(await value(2, '{"tags": []}')).toBe(1);
  expect(await value(2, '{"tags": ["docs"]}')).toBe(0);
});

it('of lists of accepted answers any one is right, and the other reading is named', async () => {
  const wanted = (row: number) => (row % 2 === 0 ? ['yes', 'yeah', 'yep'] : ['no', 'nope']);
  const accepted = await imported(of(wanted));
  expect(accepted.file.grader.name).toBe('exact');
  expect(accepted.guess).toContain('lists of texts, of which any one is right (--grader extraction');
  const named = await imported(of((row) => [`Rome ${row}`, `Roma ${row}`]));
  expect(named.file.grader.name).toBe('exact');
  const rows = of((row) => ({ question: `Question ${row}?`, answer: wanted(row) }));
  const text = rows.map((row) => JSON.stringify(row)).join('\n');
  const table = unwrap(await readTable(new TextEncoder().encode(text), 'd.jsonl'));
  const options = { name: 'demo', input: 'question', gold: 'answer', grader: 'extraction' };
  const asked = unwrap(importTask(table, 'd.jsonl', options));
  expect(asked.instances[0]?.gold).toEqual({ answer: ['yes', 'yeah', 'yep'] });
});
