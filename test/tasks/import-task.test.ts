import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { graderNames, graderNeedsGold } from '../../src/grading/create-grader.ts';
import { guessGrader } from '../../src/tasks/import/guess-grader.ts';
import type { ImportOptions } from '../../src/tasks/import/import-options.ts';
import { importTask } from '../../src/tasks/import/import-task.ts';
import { readTable } from '../../src/tasks/import/read-table.ts';
import { writeTask } from '../../src/tasks/import/write-task.ts';
import { loadTask } from '../../src/tasks/load-task.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runs } from '../support/thorough.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const options: ImportOptions = { name: 'demo', input: 'question', gold: 'answer' };

async function imported(text: string, name = 'data.jsonl', changes: Partial<ImportOptions> = {}) {
  return unwrap(importTask(unwrap(await readTable(bytes(text), name)), name, { ...options, ...changes }));
}

async function faultOf(
  text: string | Uint8Array,
  name: string,
  changes: Partial<ImportOptions> = {},
): Promise<string[]> {
  const table = await readTable(typeof text === 'string' ? bytes(text) : text, name);
  const result = table.ok ? importTask(table.value, name, { ...options, ...changes }) : table;
  if (result.ok) throw new Error('expected a fault');
  expect(result.error.exitCode).toBe(2);
  return result.error.message.split('\n');
}

const jsonLines = (rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n');

describe('reading', () => {
  const rows = [
    { question: 'How many, "roughly"?', answer: '12' },
    { question: 'Line one\nline two', answer: '7' },
  ];
  const csv = 'question,answer\n"How many, ""roughly""?",12\n"Line one\nline two",7\n';
  test.each<[string, string, Uint8Array]>([
    ['JSON Lines', 'a.jsonl', bytes(jsonLines(rows))],
    [
      'JSON Lines with a mark and Windows line ends',
      'a.ndjson',
      bytes(`\ufeff${jsonLines(rows).replaceAll('\n', '\r\n')}\r\n\r\n`),
    ],
    ['JSON array', 'a.json', bytes(JSON.stringify(rows))],
    ['CSV', 'a.csv', bytes(csv)],
    [
      'CSV with a mark and Windows line ends',
      'a.csv',
      bytes(`\ufeff${csv.replaceAll(/\n(?!line)/g, '\r\n')}`),
    ],
    ['TSV', 'a.tsv', bytes('question\tanswer\n"How many, ""roughly""?"\t12\n"Line one\nline two"\t7\n')],
    ['gzip', 'a.jsonl.gz', gzipSync(bytes(jsonLines(rows)))],
    ['gzip under another name', 'a.data', gzipSync(bytes(csv))],
  ])('%s', async (_, name, content) => {
    const task = unwrap(importTask(unwrap(await readTable(content, name)), name, options));
    expect(task.instances).toEqual([
      { id: 'demo-0001', input: 'How many, "roughly"?', gold: '12' },
      { id: 'demo-0002', input: 'Line one\nline two', gold: '7' },
    ]);
    expect(task.file).toMatchObject({ grader: { name: 'numeric' }, answer: 'number' });
  });

  it('gives the same instances in every format', async () => {
    const text = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((s) => s.trim() !== '' && !/[\0\r]/.test(s));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ question: text, answer: text }), { minLength: 1, maxLength: 8 }),
        async (rows) => {
          const cell = (value: string) => `"${value.replaceAll('"', '""')}"`;
          const csv = [
            'question,answer',
            ...rows.map((row) => `${cell(row.question)},${cell(row.answer)}`),
          ].join('\n');
          const made = await Promise.all([
            imported(jsonLines(rows), 'a.jsonl', { grader: 'executable' }),
            imported(JSON.stringify(rows), 'a.json', { grader: 'executable' }),
            imported(csv, 'a.csv', { grader: 'executable' }),
          ]);
          const [first, ...others] = made.map(({ instances }) => instances);
          for (const other of others) expect(other).toEqual(first);
        },
      ),
      { numRuns: runs(60) },
    );
  });
});

it.each<[string, unknown[], string]>([
  ['objects', [{ total: 1 }, { total: 2 }], 'json'],
  ['objects in texts', ['{"total": 1}', '{"total": 2}'], 'json'],
  ['an object and a text', [{ total: 1 }, 'two'], 'text'],
  ['texts', ['one', 'two'], 'text'],
])(
  "votes on answers that a program of the user's judges go by the form of the gold: %s",
  async (_, golds, answer) => {
    const rows = jsonLines(golds.map((gold, at) => ({ question: `q${at}`, answer: gold })));
    const { file, notes } = await imported(rows, 'a.jsonl', { grader: 'executable' });
    expect(file.answer).toBe(answer);
    // Objects may also say what is to be checked of an answer that is none.
    expect(notes.some((note) => note.startsWith('votes compare answers as JSON'))).toBe(answer === 'json');
  },
);

describe('rows without a gold answer', () => {
  const rows = (golds: readonly (string | null)[]) =>
    jsonLines(golds.map((answer, at) => ({ question: `q${at}`, answer })));

  test('a few are left out, and told by their lines', async () => {
    const { instances, notes } = await imported(rows(['1', '', '3', null, '5']), 'd.jsonl', {
      grader: 'exact',
    });
    expect(instances.map(({ input }) => input)).toEqual(['q0', 'q2', 'q4']);
    expect(notes).toContain('2 rows are left out, without an answer in answer: line 2, line 4');
  });

  test('a few without a question are, too, and one without both is told once', async () => {
    const questions = ['q0', ' ', null, 'q3', 'q4', 'q5', 'q6'];
    const lines = questions.map((question, at) => ({
      question,
      answer: at === 1 || at === 4 ? '' : `${at}`,
    }));
    const { instances, notes } = await imported(jsonLines(lines), 'd.jsonl', { grader: 'exact' });
    expect(instances.map(({ input }) => input)).toEqual(['q0', 'q3', 'q5', 'q6']);
    expect(notes).toContain('2 rows are left out, without a question in question: line 2, line 3');
    expect(notes).toContain('1 row is left out, without an answer in answer: line 5');
  });

  test('answers that are all the same are told', async () => {
    const { guess, notes } = await imported(rows(['a', 'a', 'a']), 'd.jsonl', {});
    expect(guess).toBe('exact, because there is one gold answer only');
    expect(notes).toContainEqual(expect.stringContaining('all 3 gold answers are the same, "a"'));
    expect((await imported(rows(['a', 'a', 'b']), 'd.jsonl', {})).notes.join()).not.toContain('the same');
  });

  test('half of them are a fault', async () => {
    await expect(imported(rows(['1', '']), 'd.jsonl', { grader: 'exact' })).rejects.toThrow(
      'd.jsonl:2 at answer',
    );
  });
});

describe('faults', () => {
  test.each<[string, string | Uint8Array, string, Partial<ImportOptions>, readonly string[]]>([
    [
      'duplicate id, wrong type, each with line and field',
      jsonLines([
        { id: 'a', question: 'x', answer: 1 },
        { id: 'a', question: 'x', answer: 3 },
        { id: 'c', question: {}, answer: 2 },
        { id: 'd', question: ['x'], answer: 'three' },
      ]),
      'd.jsonl',
      { grader: 'numeric' },
      [
        'd.jsonl:2 at id: expected an id not used before (line 1 has it; --id takes another field), found "a"',
        "d.jsonl:3 at question: expected the question's text, found an object",
        "d.jsonl:4 at question: expected the question's text, found a list of 1",
        'd.jsonl:4 at answer: expected a number (for the grader numeric), found "three"',
      ],
    ],
    [
      'a field that is not there',
      jsonLines([{ query: 'x', answer: '1' }]),
      'd.jsonl',
      { input: 'querry' },
      [
        'd.jsonl at --input: expected one of the file\'s fields (query, answer), found "querry" (did you mean "query"?)',
      ],
    ],
    [
      'a place in an array',
      '[{"question":"x","answer":"1"},{"question":"y"}]',
      'd.json',
      {},
      ['d.json at [1].answer: expected a number, found nothing'],
    ],
    [
      'lines that are no objects',
      '{"question":"x","answer":"1"}\n[1]\nnope',
      'd.jsonl',
      {},
      [
        'd.jsonl:2: expected one JSON object a line, found a list of 1',
        expect.stringMatching(
          /^d\.jsonl:3: expected one JSON object a line, found Unexpected token/,
        ) as unknown as string,
      ],
    ],
    [
      'a line nested without end',
      `{"question":"x","answer":"1"}\n{"question":"x","answer":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      'd.jsonl',
      {},
      ['d.jsonl:2: expected one JSON object a line, found JSON nested deeper than 200 levels'],
    ],
    [
      'a CSV row of another length',
      'question,answer\nx,1\ny\n',
      'd.csv',
      {},
      [expect.stringMatching(/^d\.csv:3: expected a CSV record/) as unknown as string],
    ],
    [
      'a column twice',
      'question,question\nx,1\n',
      'd.csv',
      {},
      [expect.stringMatching(/^d\.csv:1: .*"question" twice/) as unknown as string],
    ],
    [
      'NUL characters',
      '{"question":"a\\u0000b","answer":"1"}',
      'd.jsonl',
      {},
      ["d.jsonl:1 at question: expected the question's text, found a text with NUL characters"],
    ],
    ['no rows', '', 'd.jsonl', {}, ['d.jsonl: expected at least one row, found none']],
    [
      'bytes that are not UTF-8',
      new Uint8Array([0xff, 0xfe, 0x41]),
      'd.csv',
      {},
      [
        expect.stringMatching(
          /^d\.csv: expected a UTF-8 text file.*--encoding.*found bytes that are not UTF-8$/,
        ) as unknown as string,
      ],
    ],
    [
      'broken gzip',
      new Uint8Array([0x1f, 0x8b, 0x08, 0x00]),
      'd.gz',
      {},
      [
        expect.stringMatching(
          /^d\.gz: expected a UTF-8 text file, plain or gzip, found gzip that cannot be unpacked/,
        ) as unknown as string,
      ],
    ],
  ])('%s', async (_, text, name, changes, expected) => {
    expect(await faultOf(text, name, changes)).toEqual(expected);
  });

  it('tells a fault that many rows have once', async () => {
    const rows = Array.from({ length: 20 }, (_, row) => ({
      question: row % 7 === 5 ? 'x' : '',
      answer: 'x',
    }));
    const fault = "expected the question's text, found an empty text";
    expect(await faultOf(jsonLines(rows), 'd.jsonl')).toEqual([
      `d.jsonl at question of lines 1 to 5, 7 to 12, 14 to 19: ${fault}`,
    ]);
    const apart = rows.flatMap((row) => [
      { ...row, question: '' },
      { ...row, question: 'x' },
    ]);
    expect(await faultOf(JSON.stringify(apart), 'd.json')).toEqual([
      `d.json at question of [0], [2], [4], [6], [8] and 15 more: ${fault}`,
    ]);
  });

  it('lists twenty, then counts the rest', async () => {
    const rows = Array.from({ length: 50 }, (_, row) => ({ question: 'x', answer: `x${row}` }));
    const lines = await faultOf(jsonLines(rows), 'd.jsonl', { grader: 'numeric' });
    expect(lines).toHaveLength(21);
    expect(lines[20]).toContain('30 more faults');
  });
});

describe('the grader is guessed', () => {
  const many = (golds: readonly unknown[], times: number) =>
    Array.from({ length: times }, () => golds).flat();
  test.each<[string, readonly unknown[]]>([
    ['numeric', ['12', '1,234', '-3.5', '3/4', '$18', '12%', 7]],
    ['numeric', ['5 km', '10 kg']],
    ['choice', ['A', '(b)', 'J']],
    ['classification', many(['refund', 'late delivery'], 5)],
    ['classification', many([true, false], 3)],
    ['extraction', [{ city: 'Rome', people: 4 }, {}, { time: ['7 pm', '8 pm'] }]],
    ['extraction', [[{ type: 'person', text: 'Ada' }], []]],
    ['code-tests', [['assert f(1) == 2', 'assert f(2) == 3']]],
    ['code-tests', ['def check(candidate):\n    assert candidate(1) == 2\n']],
    ['code-tests', [{ tests: ['assert f(1) == 2'], entry_point: 'f' }]],
    ['json-schema', [{ type: 'object', properties: { a: { type: 'string' } } }]],
    [
      'summary',
      Array.from(
        { length: 4 },
        (_, n) => `Customer ${n} reports a fault and the agent sends them a new device free of charge today.`,
      ),
    ],
    ['exact', ['Paris', 'Rome', 'Lima']],
  ])('%s', (grader, golds) => {
    expect(guessGrader(golds).grader).toBe(grader);
  });

  it('always one that exists', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ minLength: 1 }), fc.double(), fc.boolean()), { minLength: 1 }),
        (golds) => {
          expect(graderNames).toContain(guessGrader(golds).grader);
        },
      ),
    );
  });
});

describe('what an import makes', () => {
  it('labels, references and ids from fields, nested ones too', async () => {
    const rows = [
      { key: 7, q: { text: 'x' }, a: 'yes', kind: 'k1', best: 'Yes.' },
      { key: 8, q: { text: 'y' }, a: 'no', kind: 'k2', best: 'No.' },
    ];
    const task = await imported(jsonLines(rows), 'd.jsonl', {
      input: 'q.text',
      gold: 'a',
      label: 'kind',
      reference: 'best',
      id: 'key',
      grader: 'exact',
    });
    expect(task.instances[0]).toEqual({ id: '7', input: 'x', gold: 'yes', label: 'k1', reference: 'Yes.' });
    expect(task.guess).toBeUndefined();
  });

  it('a prompt that asks for values as the gold answers have them', async () => {
    const kinds = ['late', 'refund'];
    const months = ['June', 'July', 'August'];
    const rows = Array.from({ length: 12 }, (_, row) => ({
      question: `Order A-${row} of ${row + 1} ${months[row % 3]} 2026 where is it?`,
      answer: {
        order: `a-${row}`,
        kind: kinds[row % 2],
        on: `2026-0${6 + (row % 3)}-${String(row + 1).padStart(2, '0')}`,
        paid: row === 0 ? null : row * 1.5,
        about: `case number ${row}, as we see it`,
      },
    }));
    const promptOf = async (given: readonly unknown[]) => (await imported(jsonLines(given))).file.prompt;
    expect(await promptOf(rows)).toContain(
      'Take these facts out of the text. Answer with one JSON object; keys: about, kind (one of: late, refund), on (YYYY-MM-DD), order, paid (a number); null for those whose value is not stated.',
    );
    const written = rows.map(({ question, answer: { order, kind } }) => ({
      question,
      answer: { order, kind },
    }));
    expect(await promptOf(written)).toContain('with values as the text writes them where no form is given.');
    const orders = rows.map(({ question, answer: { order } }) => ({ question, answer: { order } }));
    expect(await promptOf(orders)).toContain(
      'with values as the text writes them. Answer with one JSON object; keys: order; leave out those',
    );
  });

  it('labels of a classification in prompt, grader and strata', async () => {
    const rows = Array.from({ length: 12 }, (_, n) => ({
      question: `message ${n}`,
      answer: n % 2 === 0 ? 'late' : 'refund',
    }));
    const { file, instances } = await imported(jsonLines(rows));
    expect(file.grader).toEqual({ name: 'classification', labels: ['late', 'refund'] });
    expect(file.prompt).toContain('Labels: late, refund');
    expect(instances.map(({ label }) => label)).toEqual(rows.map(({ answer }) => answer));
  });

  it('tests with their setup and entry point; HumanEval completions go on from the question', async () => {
    const mbpp = {
      question: 'Double a number.',
      answer: ['assert f(1) == 2', 'assert f(2) == 4'],
      setup: 'import math',
    };
    const humanEval = {
      question: 'def f(x):\n    """Doubles."""\n',
      answer: 'def check(candidate):\n    assert candidate(1) == 2\n',
      entry_point: 'f',
    };
    expect((await imported(jsonLines([mbpp]))).instances[0]).toMatchObject({
      input: expect.stringContaining('assert f(1) == 2'),
      gold: { tests: mbpp.answer, setup: 'import math' },
    });
    expect((await imported(jsonLines([humanEval]))).instances[0]).toMatchObject({
      input: humanEval.question,
      gold: { tests: [humanEval.answer], entry_point: 'f', setup: humanEval.question },
    });
  });

  it('takes the first rows only, and looks at no others', async () => {
    const text = jsonLines([
      { question: 'x', answer: '1' },
      { question: 'y', answer: '2' },
      { question: '', answer: '' },
    ]);
    expect((await imported(text, 'd.jsonl', { limit: 2 })).instances).toHaveLength(2);
  });
});

describe('writing', async () => {
  let root = '';
  beforeAll(async () => {
    root = temporaryFolder('import');
  });
  const task = await imported(
    jsonLines([
      { question: 'a: "b" # c', answer: '1' },
      { question: 'x', answer: '2' },
    ]),
    'd.jsonl',
    {
      prompt: 'Say: {{input}}\n# and no more',
    },
  );

  it('gives a task that loads as it was', async () => {
    const folder = unwrap(await writeTask(root, task, { force: false }));
    const loaded = unwrap(await loadTask(folder, { tasksFolders: [], needsGold: graderNeedsGold }));
    expect(loaded).toMatchObject({
      name: 'demo',
      prompt: 'Say: {{input}}\n# and no more',
      grader: { name: 'numeric' },
    });
    expect([...loaded.tuning, ...loaded.holdout]).toEqual(expect.arrayContaining([...task.instances]));
  });

  it('replaces nothing unless forced', async () => {
    const folder = unwrap(await writeTask(join(root, 'twice'), task, { force: false }));
    await writeFile(join(folder, 'task.yaml'), 'mine');
    const again = await writeTask(join(root, 'twice'), task, { force: false });
    expect(again.ok).toBe(false);
    expect(await readFile(join(folder, 'task.yaml'), 'utf8')).toBe('mine');
    unwrap(await writeTask(join(root, 'twice'), task, { force: true }));
    expect(await readFile(join(folder, 'task.yaml'), 'utf8')).toContain('name: demo');
  });

  it('is not kept from a name by what an import left that was killed or found the disk full', async () => {
    const folder = join(root, 'left/demo');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '.instances.jsonl.new'), '{"id": "1", "inp');
    unwrap(await writeTask(join(root, 'left'), task, { force: false }));
    expect((await readdir(folder)).sort()).toEqual(['instances.jsonl', 'task.yaml']);
  });

  it('leaves both files as they were where one cannot be written', async () => {
    const folder = join(root, 'whole/demo');
    // In the way of a draft.
    await mkdir(join(folder, '.instances.jsonl.new'), { recursive: true });
    await writeFile(join(folder, 'task.yaml'), 'mine');
    await writeFile(join(folder, 'instances.jsonl'), 'mine too');
    await expect(writeTask(join(root, 'whole'), task, { force: true })).rejects.toThrow();
    expect(await readFile(join(folder, 'task.yaml'), 'utf8')).toBe('mine');
    expect((await readdir(folder)).sort()).toEqual(['.instances.jsonl.new', 'instances.jsonl', 'task.yaml']);
  });

  it('refuses half of a character, which no run could keep', async () => {
    const odd = { ...task, file: { ...task.file, prompt: '\ud800 {{input}}' } };
    const written = await writeTask(join(root, 'half'), odd, { force: false });
    expect(written.ok ? '' : written.error.message).toBe(
      'the task at prompt: expected whole characters, found half of a character (a lone surrogate)',
    );
    await expect(readdir(join(root, 'half'))).rejects.toThrow('ENOENT');
  });

  it('follows no link out of the folder', async () => {
    const [tasks, elsewhere] = [join(root, 'linked'), join(root, 'elsewhere')];
    await mkdir(tasks);
    await mkdir(elsewhere);
    await symlink(elsewhere, join(tasks, 'demo'));
    const written = await writeTask(tasks, task, { force: true });
    expect(written.ok).toBe(false);
    await expect(readFile(join(elsewhere, 'task.yaml'))).rejects.toThrow('ENOENT');
  });

  test.each(['../up', 'a/b', '', '.', 'Upper', '-x'])('takes no name like %j', async (name) => {
    const written = await writeTask(root, { ...task, file: { ...task.file, name } }, { force: true });
    expect(written.ok).toBe(false);
  });
});
