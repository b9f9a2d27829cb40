import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it, test } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { type ImportOptions, wantedFields } from '../../src/tasks/import/import-options.ts';
import { importTask } from '../../src/tasks/import/import-task.ts';
import { readParquet } from '../../src/tasks/import/parquet-rows.ts';
import { readTable } from '../../src/tasks/import/read-table.ts';
import { thorough } from '../support/thorough.ts';

/** Data files as people have them: each kind that was seen, in texts of our own. */

type Reading = Partial<ImportOptions> & {
  readonly rows?: string;
  readonly columns?: readonly string[];
  readonly encoding?: string;
};

async function attempt(content: string | Uint8Array, name: string, changes: Reading = {}) {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const { rows, columns, encoding, ...fields } = changes;
  const options: ImportOptions = { name: 'demo', input: 'question', gold: 'answer', ...fields };
  const table = await readTable(bytes, name, {
    wanted: wantedFields(options),
    ...(rows === undefined ? {} : { rows }),
    ...(columns === undefined ? {} : { columns }),
    ...(encoding === undefined ? {} : { encoding }),
  });
  return table.ok ? importTask(table.value, name, options) : table;
}

async function imported(content: string | Uint8Array, name: string, changes: Reading = {}) {
  return unwrap(await attempt(content, name, changes));
}

async function refusal(content: string | Uint8Array, name: string, changes: Reading = {}) {
  const result = await attempt(content, name, changes);
  if (result.ok) throw new Error('expected a refusal');
  return result.error.message;
}

const json = (value: unknown): string => JSON.stringify(value);
const lines = (values: readonly unknown[]): string => values.map(json).join('\n');
const times = <Value>(count: number, make: (n: number) => Value): Value[] =>
  Array.from({ length: count }, (_, n) => make(n));
const utf16 = (text: string, mark = '\ufeff'): Uint8Array =>
  new Uint8Array(Buffer.from(mark + text, 'utf16le'));

const two = [
  { question: 'What is one and one?', answer: '2' },
  { question: 'What is one and two?', answer: '3' },
];
const twoInputs = two.map(({ question }) => question);

describe('rows, however a file holds them', () => {
  const indexed = { '0': two[0], '1': two[1] };
  test.each<[string, string, string | Uint8Array, Reading?]>([
    ['below a key', 'a.json', json({ canary: 'x', examples: two })],
    ['below a key, indented', 'a.json', JSON.stringify({ examples: two }, null, 2)],
    ['below a key in a file called jsonl', 'a.jsonl', json({ examples: two })],
    ['below a key, named', 'a.json', json({ train: two, test: [two[0]] }), { rows: 'train' }],
    [
      'of a data set server',
      'a.json',
      json({ features: [], rows: two.map((row, row_idx) => ({ row_idx, row })) }),
    ],
    ['by column', 'a.json', json({ question: twoInputs, answer: ['2', '3'] })],
    [
      'by column and number (pandas)',
      'a.json',
      json({ question: { 0: twoInputs[0], 1: twoInputs[1] }, answer: { 0: '2', 1: '3' } }),
    ],
    ['by number (pandas, index)', 'a.json', json(indexed)],
    [
      'as a table (pandas, split)',
      'a.json',
      json({
        columns: ['question', 'answer'],
        index: [0, 1],
        data: two.map(({ question, answer }) => [question, answer]),
      }),
    ],
    ['an indented list', 'a.json', JSON.stringify(two, null, 2)],
    ['an indented list called jsonl', 'a.jsonl', JSON.stringify(two, null, 2)],
    [
      'YAML',
      'a.yaml',
      `- question: ${twoInputs[0]}\n  answer: 2\n- question: ${twoInputs[1]}\n  answer: 3\n`,
    ],
    [
      'YAML below a key',
      'a.yml',
      `rows:\n  - question: ${twoInputs[0]}\n    answer: 2\n  - question: ${twoInputs[1]}\n    answer: 3\n`,
    ],
    ['UTF-16 JSON Lines', 'a.jsonl', utf16(lines(two))],
    ['UTF-16 without a mark', 'a.jsonl', utf16(lines(two), '')],
  ])('%s', async (_, name, content, changes = {}) => {
    const { instances } = await imported(content, name, changes);
    expect(instances.map(({ input, gold }) => [input, String(gold)])).toEqual([
      [twoInputs[0], '2'],
      [twoInputs[1], '3'],
    ]);
  });

  it('fields of what rows stand in come along', async () => {
    const file = json({
      data: [
        {
          title: 't',
          paragraphs: [{ context: 'Ann came.', qas: [{ id: 'q1', question: 'Who?', answer: 'Ann' }] }],
        },
      ],
    });
    const { instances } = await imported(file, 'squad.json', { input: 'context,question', label: 'title' });
    expect(instances[0]).toEqual({ id: 'q1', input: 'Ann came.\n\nWho?', gold: 'Ann', label: 't' });
  });

  it('names the lists where there are several', async () => {
    expect(await refusal(json({ train: two, test: two }), 'a.json')).toBe(
      'a.json: expected --rows with one of the lists of rows: train, test, found 2 of them',
    );
  });

  it('a row that is a list of turns stays one row', async () => {
    const { instances } = await imported(
      json({
        messages: [
          { role: 'user', content: 'Say two.' },
          { role: 'assistant', content: '2' },
        ],
      }),
      'a.jsonl',
      { input: 'messages', gold: 'messages' },
    );
    expect(instances).toEqual([{ id: 'demo-0001', input: 'Say two.', gold: '2' }]);
  });
});

describe('CSV as spreadsheets and programs write it', () => {
  const table = (delimiter: string): string =>
    `question${delimiter}answer\n"One${delimiter} two?"${delimiter}4\nThree?${delimiter}7\n`;
  test.each<[string, string, string | Uint8Array, string, Reading?]>([
    ['semicolons', 'a.csv', table(';'), 'One; two?'],
    [
      'semicolons around decimal commas',
      'a.csv',
      'question;answer\n"Half, of three?";1,5\nTwo?;2,5\n',
      'Half, of three?',
      { grader: 'exact' },
    ],
    ['tabs under another ending', 'a.csv', table('\t'), 'One\t two?'],
    ['bars', 'a.csv', table('|'), 'One| two?'],
    ['commas in a file called tsv', 'a.tsv', table(','), 'One, two?'],
    ['no ending at all', 'data', table(','), 'One, two?'],
    ["Excel's first line", 'a.csv', `sep=;\n${table(';')}`, 'One; two?'],
    ["pandas' index", 'a.csv', ',question,answer\n0,One?,4\n1,Three?,7\n', 'One?'],
    ['empty columns at the end', 'a.csv', 'question,answer,,\nOne?,4,,\n,,,\nThree?,7,,\n', 'One?'],
    ['a quote inside a field', 'a.csv', 'question,answer\nIs it 5" long?,4\nThree?,7\n', 'Is it 5" long?'],
    ['old Mac line ends', 'a.csv', 'question,answer\rOne?,4\rThree?,7\r', 'One?'],
    ['UTF-16 with tabs (Excel: Unicode text)', 'a.txt', utf16(table('\t')), 'One\t two?'],
    [
      'an encoding that is named',
      'a.csv',
      new Uint8Array(Buffer.from('question,answer\nCaf\xe9?,4\nTee?,7\n', 'latin1')),
      'Café?',
      { encoding: 'windows-1252' },
    ],
    ['no line of names', 'a.csv', 'One?,4\nThree?,7\n', 'One?', { columns: ['question', 'answer'] }],
  ])('%s', async (_, name, content, first, changes = {}) => {
    const { instances } = await imported(content, name, changes);
    expect(instances).toHaveLength(2);
    expect(instances[0]?.input).toBe(first);
  });

  test.each<[string, string | Uint8Array, Reading, RegExp]>([
    [
      'another encoding, unnamed',
      new Uint8Array(Buffer.from('question,answer\nCaf\xe9?,4\n', 'latin1')),
      {},
      /^a\.csv: expected a UTF-8 text file.*--encoding.*found bytes that are not UTF-8$/,
    ],
    [
      'a wrong encoding',
      new Uint8Array([0x71, 0xff, 0x0a]),
      { encoding: 'utf-8' },
      /bytes that are not utf-8$/,
    ],
    [
      'rows of other lengths',
      'question,answer\nOne?\nTwo?,4,5\nThree?,7\n',
      {},
      /^a\.csv:2: expected a CSV record of 2 fields.*found 1 field\na\.csv:3: .*found 3 fields$/,
    ],
    [
      'a name twice',
      'question,answer,answer\nOne?,4,4\n',
      {},
      /^a\.csv:1: .*\(rename one\), found "answer" twice$/,
    ],
    [
      'a quote that never ends',
      'question,answer\n"One?,4\nThree?,7\n',
      {},
      /^a\.csv:2: expected a CSV record.*not closed before the file's end, in "\\"One\?,4"$/,
    ],
    [
      'one behind whole records, a skipped one and an empty line',
      'question,answer\n"One\n?",4\nTwo?,4,5\n\nThree?,"7\nFour?,8\n',
      {},
      /^a\.csv:4: .*found 3 fields\na\.csv:6: .*in "Three\?,\\"7"$/,
    ],
    [
      'too few names',
      'One?,4\n',
      { columns: ['question'] },
      /--columns: expected as many columns as names \(1\), found 2 in the first line/,
    ],
    ['names alone', 'question,answer\n', {}, /expected at least one row, found none$/],
  ])('refuses %s, with the line', async (_, content, changes, message) => {
    expect(await refusal(content, 'a.csv', changes)).toMatch(message);
  });
});

describe('formats that are not read are named, with the way out', () => {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
  test.each<[string, Uint8Array, RegExp]>([
    ['a.arrow', bytes('ARROW1\0\0rest'), /Parquet or JSON Lines.*found Apache Arrow$/],
    ['stream.arrow', bytes('\xff\xff\xff\xff\xa0\0\0\0'), /to_parquet.*Arrow stream$/],
    ['a.zip', bytes('PK\x03\x04\x14\0\0\0a.jsonl{}'), /unpack it first \(unzip\), found a zip archive$/],
    [
      'a.xlsx',
      bytes('PK\x03\x04\x14\0\0\0[Content_Types].xml'),
      /save the sheet as CSV UTF-8, found an Excel workbook$/,
    ],
    ['a.jsonl.zst', bytes('\x28\xb5\x2f\xfdrest'), /zstd -d.*Zstandard$/],
    ['a.jsonl.bz2', bytes('BZh91AY'), /bunzip2.*bzip2$/],
    ['a.jsonl.xz', bytes('\xfd7zXZ\0'), /unxz.*found xz$/],
    ['a.xls', bytes('\xd0\xcf\x11\xe0rest'), /CSV.*old Excel workbook$/],
    ['a.tar.gz', gzipSync(bytes(`${'x'.repeat(257)}ustar\0`)), /tar -xf.*tar archive$/],
    ['a.db', bytes('SQLite format 3\0'), /CSV.*SQLite database$/],
    ['broken.parquet', bytes('PAR1rest'), /expected a Parquet file that can be read/],
  ])('%s', async (name, content, message) => {
    const told = await refusal(content, name);
    expect(told).toMatch(message);
    expect(told).not.toContain('\n');
  });
});

describe('conversations that hold more than text are refused in one line that says so', () => {
  const user = { role: 'user', content: 'How is the weather?' };
  const call = { id: '1', type: 'function', function: { name: 'weather', arguments: '{}' } };
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
  test.each<[string, unknown, string]>([
    [
      'a tool call as the answer',
      [user, { role: 'assistant', content: null, tool_calls: [call] }],
      'a tool call',
    ],
    [
      'a tool call beside text',
      [user, { role: 'assistant', content: 'I look.', tool_calls: [call] }],
      'a tool call',
    ],
    [
      "a tool's turn",
      [user, { role: 'tool', content: 'sunny' }, { role: 'assistant', content: 'Sunny.' }],
      'a turn of "tool"',
    ],
    [
      'an image',
      [
        { role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] },
        { role: 'assistant', content: 'A cat.' },
      ],
      'a part of type "image_url"',
    ],
  ])('%s', async (_, messages, found) => {
    const rows = lines(times(4, () => ({ messages })));
    expect(await refusal(rows, 'chat.jsonl', { input: 'messages', gold: 'messages' })).toBe(
      `chat.jsonl at messages of lines 1 to 4: expected text, or turns of system, user and assistant with text alone: no tools, images or audio, found ${found}`,
    );
  });

  it('a question of parts is told the same; tools that were not called do not count', async () => {
    const parts = { question: [{ type: 'text', text: 'What is it?' }, image], answer: 'A cat.' };
    expect(await refusal(json([parts]), 'a.json')).toMatch(
      /no tools, images.*found a part of type "image_url"$/,
    );
    const turns = [user, { role: 'assistant', content: 'Sunny.', tool_calls: null, function_call: null }];
    const task = await imported(
      lines(
        times(4, (n) => ({ messages: [...turns, { ...user, content: n }, { ...turns[1], tool_calls: [] }] })),
      ),
      'a.jsonl',
      { input: 'messages', gold: 'messages' },
    );
    expect(task.instances[0]?.gold).toBe('Sunny.');
  });
});

describe('Parquet', () => {
  it('reads lists, integers and names of classes, as Hugging Face writes them', async () => {
    const features = { label: { names: ['World', 'Sports'], _type: 'ClassLabel' } };
    const file = parquetWriteBuffer({
      columnData: [
        { name: 'text', data: times(8, (n) => `Story ${n}`), type: 'STRING' },
        { name: 'label', data: times(8, (n) => BigInt(n % 2)), type: 'INT64' },
      ],
      kvMetadata: [{ key: 'huggingface', value: json({ info: { features } }) }],
    });
    const task = await imported(new Uint8Array(file), 'news.parquet', { input: 'text', gold: 'label' });
    expect(task.file.grader).toEqual({ name: 'classification', labels: ['Sports', 'World'] });
    expect(task.instances[1]).toEqual({ id: 'demo-0002', input: 'Story 1', gold: 'Sports', label: 'Sports' });
  });

  it.skipIf(!thorough)('refuses a damaged file whose reading has no end', async () => {
    const file = Buffer.from(
      parquetWriteBuffer({
        columnData: [
          { name: 'question', data: times(500, (n) => `What is ${n % 40}?`), type: 'STRING' },
          { name: 'answer', data: times(500, (n) => String(n % 3)), type: 'STRING' },
        ],
      }),
    );
    // In the head of the last page: its encoding, and how long its levels are.
    const at = file.lastIndexOf(Buffer.from([0x15, 0x10, 0x15, 0x06]));
    file[at + 1] = 0x80;
    const { issues } = await readParquet(file, 300);
    expect(issues).toEqual([
      { path: '', found: 'a page without an end (0.3 s)', expected: 'a Parquet file that can be read' },
    ]);
  });

  it.skipIf(!thorough)('takes many rows', async () => {
    const rows = 20_000;
    const file = parquetWriteBuffer({
      columnData: [
        { name: 'question', data: times(rows, (n) => `What is ${n} and one?`), type: 'STRING' },
        { name: 'answer', data: times(rows, (n) => String(n + 1)), type: 'STRING' },
      ],
    });
    const task = await imported(new Uint8Array(file), 'many.parquet');
    expect(task.instances).toHaveLength(rows);
    expect(task.instances.at(-1)).toEqual({
      id: `demo-${rows}`,
      input: `What is ${rows - 1} and one?`,
      gold: String(rows),
    });
  });
});

describe('data sets of the field', () => {
  const letters = 'ABCD';
  const fourOptions = ['red', 'green', 'blue', 'grey'];
  const gsm = lines(
    times(6, (n) => ({
      question: `Ann has ${n} apples and buys ${n + 2}. How many?`,
      answer: `She has ${n}+${n + 2}=<<${n}+${n + 2}=${2 * n + 2}>>${2 * n + 2}.\n#### ${n === 5 ? '1,012' : 2 * n + 2}`,
    })),
  );
  interface Expected {
    readonly grader: string;
    readonly input: string;
    readonly gold: unknown;
    readonly notes?: readonly RegExp[];
  }
  type FileCase = [string, string, string, Reading, Expected];
  const promptfooTests =
    'tests:\n  - vars: {question: "One and one?"}\n    assert: [{type: icontains, value: two}]\n  - vars: {question: "Two and two?"}\n    assert: [{type: icontains, value: four}]\n';
  test.each<FileCase>([
    [
      'GSM8K: the number after ####',
      'gsm.jsonl',
      gsm,
      {},
      {
        grader: 'numeric',
        input: 'Ann has 0 apples and buys 2. How many?',
        gold: '2',
        notes: [/marks with ####/],
      },
    ],
    [
      'GSM8K with the grader named',
      'gsm.jsonl',
      gsm,
      { grader: 'numeric' },
      { grader: 'numeric', input: 'Ann has 0 apples and buys 2. How many?', gold: '2' },
    ],
    [
      'MATH: what the last box holds',
      'math.jsonl',
      lines(
        times(4, (n) => ({
          question: `Find ${n}.`,
          answer: `First \\boxed{9}, no: it is $\\boxed{\\frac{${n + 1}}{4}}$.`,
        })),
      ),
      {},
      { grader: 'numeric', input: 'Find 0.', gold: '\\frac{1}{4}', notes: [/boxed/] },
    ],
    [
      'MMLU: choices and an index',
      'mmlu.jsonl',
      lines(
        times(8, (n) => ({ question: `Which ${n}?`, subject: 's', choices: fourOptions, answer: n % 4 })),
      ),
      {},
      {
        grader: 'choice',
        input: 'Which 0?\n\nA. red\nB. green\nC. blue\nD. grey',
        gold: 'A',
        notes: [/options of the field choices/, /counted from 0/],
      },
    ],
    [
      'MMLU as first published: no names, a column an option',
      'mmlu.csv',
      times(8, (n) => `Which ${n}?,red,green,blue,grey,${letters[n % 4]}`).join('\n'),
      { columns: ['question', 'A', 'B', 'C', 'D', 'answer'] },
      { grader: 'choice', input: 'Which 0?\n\nA. red\nB. green\nC. blue\nD. grey', gold: 'A' },
    ],
    [
      'MMLU-Pro: options and a letter',
      'pro.jsonl',
      lines(
        times(8, (n) => ({
          question: `Which ${n}?`,
          options: fourOptions,
          answer: letters[n % 4],
          answer_index: n % 4,
        })),
      ),
      { input: 'question,options' },
      { grader: 'choice', input: 'Which 0?\n\nA. red\nB. green\nC. blue\nD. grey', gold: 'A', notes: [] },
    ],
    [
      'ARC: labels of letters and of numbers',
      'arc.jsonl',
      lines(
        times(8, (n) => ({
          question: `Which ${n}?`,
          choices: { text: fourOptions, label: n % 2 === 0 ? ['1', '2', '3', '4'] : [...letters] },
          answerKey: n % 2 === 0 ? '2' : 'C',
        })),
      ),
      { gold: 'answerKey' },
      {
        grader: 'choice',
        input: 'Which 0?\n\nA. red\nB. green\nC. blue\nD. grey',
        gold: 'B',
        notes: [/choices/, /by their labels/],
      },
    ],
    [
      'MedQA: options by letter',
      'med.jsonl',
      lines(
        times(4, (n) => ({ question: `Which ${n}?`, options: { A: 'red', B: 'green' }, answer: 'green' })),
      ),
      {},
      {
        grader: 'choice',
        input: 'Which 0?\n\nA. red\nB. green',
        gold: 'B',
        notes: [/options/, /by their texts/, /all 4 gold answers are the same/],
      },
    ],
    ...[
      ['id', 'text'],
      ['label', 'value'],
      ['value', 'label'],
      ['key', 'text'],
    ].flatMap(([key = '', text = '']): FileCase[] =>
      ['abcd', 'ABCD'].map((keys) => [
        `options as objects: ${key} ${keys}, ${text}`,
        'quiz.jsonl',
        lines(
          times(6, (n) => ({
            question: `Which ${n}?`,
            options: fourOptions.map((option, at) => ({ [key]: keys[at], [text]: option })),
            answer: keys[n % 3],
          })),
        ),
        {},
        {
          grader: 'choice',
          input: 'Which 0?\n\nA. red\nB. green\nC. blue\nD. grey',
          gold: 'A',
          notes: [/options of the field options/, /by their labels/],
        },
      ]),
    ),
    [
      'options as objects, named beside a question inside another field',
      'quiz.jsonl',
      lines(
        times(4, (n) => ({
          q: { text: `Which ${n}?`, options: fourOptions.map((text, at) => ({ id: 'bacd'[at], text })) },
          answer: 'a',
        })),
      ),
      { input: 'q.text,q.options' },
      { grader: 'choice', input: 'Which 0?\n\nA. red\nB. green\nC. blue\nD. grey', gold: 'B' },
    ],
    [
      'options beside a question inside another field',
      'quiz.jsonl',
      lines(
        times(4, (n) => ({ q: { question: `Which ${n}?`, options: fourOptions }, correct_index: n % 4 })),
      ),
      { input: 'q.question', gold: 'correct_index' },
      {
        grader: 'choice',
        input: 'Which 0?\n\nA. red\nB. green\nC. blue\nD. grey',
        gold: 'A',
        notes: [/options of the field q\.options/, /counted from 0/],
      },
    ],
    [
      'columns of options beside a question inside another field',
      'quiz.jsonl',
      lines(times(4, (n) => ({ q: { text: `Which ${n}?`, A: 'red', B: 'green' }, answer: 'B' }))),
      { input: 'q.text' },
      {
        grader: 'choice',
        input: 'Which 0?\n\nA. red\nB. green',
        gold: 'B',
        notes: [/q\.A, q\.B/, /by their labels/, /all 4 gold answers are the same/],
      },
    ],
    [
      'options that the gold answers do not name are told',
      'quiz.jsonl',
      lines(times(4, (n) => ({ question: `Which ${n}?`, options: fourOptions, answer: 17 + n }))),
      {},
      {
        grader: 'numeric',
        input: 'Which 0?',
        gold: 17,
        notes: [/^the options of the field options are not shown.*--input question,options/],
      },
    ],
    [
      'WinoGrande: columns of options, numbers from 1',
      'wino.jsonl',
      lines(
        times(4, (n) => ({
          question: `The _ is ${n}.`,
          option1: 'cup',
          option2: 'pot',
          answer: String((n % 2) + 1),
        })),
      ),
      {},
      {
        grader: 'choice',
        input: 'The _ is 0.\n\nA. cup\nB. pot',
        gold: 'A',
        notes: [/option1, option2/, /labels/],
      },
    ],
    [
      'HellaSwag: endings and a number from 0',
      'swag.jsonl',
      lines(
        times(8, (n) => ({
          ctx: `A man ${n}`,
          endings: ['sits.', 'runs.', 'eats.', 'ends.'],
          label: String(n % 4),
        })),
      ),
      { input: 'ctx', gold: 'label' },
      { grader: 'choice', input: 'A man 0\n\nA. sits.\nB. runs.\nC. eats.\nD. ends.', gold: 'A' },
    ],
    [
      'SIQA: columns of options, numbers from 1',
      'siqa.jsonl',
      lines(
        times(6, (n) => ({
          question: `Why ${n}?`,
          answerA: 'x',
          answerB: 'y',
          answerC: 'z',
          label: String((n % 3) + 1),
        })),
      ),
      { gold: 'label' },
      {
        grader: 'choice',
        input: 'Why 0?\n\nA. x\nB. y\nC. z',
        gold: 'A',
        notes: [/answerA/, /counted from 1/],
      },
    ],
    [
      'BoolQ: the passage above the question',
      'boolq.jsonl',
      lines(times(6, (n) => ({ question: `is ${n} even`, passage: `About ${n}.`, answer: n % 2 === 0 }))),
      {},
      { grader: 'classification', input: 'About 0.\n\nis 0 even', gold: 'true', notes: [/field passage/] },
    ],
    [
      'BBH: letters in brackets, far beyond J',
      'bbh.json',
      json({
        canary: 'no',
        examples: times(18, (n) => ({
          input: `What colour ${n}?\nOptions:\n(A) red\n(R) blue`,
          target: `(${String.fromCharCode(65 + n)})`,
        })),
      }),
      { input: 'input', gold: 'target' },
      { grader: 'choice', input: 'What colour 0?\nOptions:\n(A) red\n(R) blue', gold: 'A', notes: [] },
    ],
    [
      'BBH: True and False',
      'bbh.json',
      json({ examples: times(6, (n) => ({ input: `not ${n} is`, target: n % 2 === 0 ? 'True' : 'False' })) }),
      { input: 'input', gold: 'target' },
      { grader: 'classification', input: 'not 0 is', gold: 'True' },
    ],
    [
      'SQuAD: accepted answers, with their passage',
      'squad.json',
      json({
        version: '1',
        data: [
          {
            title: 't',
            paragraphs: [
              {
                context: 'Ann came at ten.',
                qas: [
                  {
                    id: 'a',
                    question: 'Who?',
                    answers: [
                      { text: 'Ann', answer_start: 0 },
                      { text: 'Ann', answer_start: 0 },
                    ],
                  },
                  {
                    id: 'b',
                    question: 'When?',
                    answers: [
                      { text: 'ten', answer_start: 1 },
                      { text: 'at ten', answer_start: 0 },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      }),
      { gold: 'answers' },
      { grader: 'exact', input: 'Ann came at ten.\n\nWho?', gold: 'Ann', notes: [/field context/] },
    ],
    [
      'TriviaQA: a value and its aliases',
      'trivia.jsonl',
      lines(
        times(4, (n) => ({
          question: `Who ${n}?`,
          answer: { value: 'Ann', aliases: ['Anna', 'Ann'], normalized_aliases: ['ann'] },
        })),
      ),
      {},
      { grader: 'exact', input: 'Who 0?', gold: ['Ann', 'Anna'] },
    ],
    [
      'openai/evals: turns and an ideal',
      'evals.jsonl',
      lines(
        times(4, (n) => ({
          input: [
            { role: 'system', content: 'Reply with a city.' },
            { role: 'user', content: `Capital ${n}?` },
          ],
          ideal: ['Rome', 'Roma'],
        })),
      ),
      { input: 'input', gold: 'ideal' },
      { grader: 'exact', input: 'Reply with a city.\n\nCapital 0?', gold: ['Rome', 'Roma'] },
    ],
    [
      'chats: a place in a list',
      'chat.jsonl',
      lines(
        times(4, (n) => ({
          messages: [
            { role: 'user', content: `Say ${n}.` },
            { role: 'assistant', content: String(n) },
          ],
        })),
      ),
      { input: 'messages.0.content', gold: 'messages[-1].content' },
      { grader: 'numeric', input: 'Say 0.', gold: '0' },
    ],
    [
      'chats whole: all before the last answer',
      'chat.jsonl',
      lines(
        times(4, (n) => ({
          messages: [
            { role: 'user', content: [{ type: 'text', text: 'Hello.' }] },
            { role: 'assistant', content: 'Hello!' },
            { role: 'user', content: `Say ${n}.` },
            { role: 'assistant', content: String(n) },
          ],
        })),
      ),
      { input: 'messages', gold: 'messages' },
      { grader: 'numeric', input: 'User: Hello.\n\nAssistant: Hello!\n\nUser: Say 0.', gold: '0' },
    ],
    [
      'chats that end with JSON text, as files for fine-tuning have it',
      'chat.jsonl',
      lines(
        times(4, (n) => ({
          messages: [
            { role: 'user', content: `I am in town ${n}.` },
            { role: 'assistant', content: JSON.stringify({ town: `town ${n}` }) },
          ],
        })),
      ),
      { input: 'messages', gold: 'messages' },
      { grader: 'extraction', input: 'I am in town 0.', gold: { town: 'town 0' } },
    ],
    [
      'ShareGPT',
      'share.json',
      json(
        times(4, (n) => ({
          conversations: [
            { from: 'human', value: `Say ${n}.` },
            { from: 'gpt', value: String(n) },
          ],
        })),
      ),
      { input: 'conversations', gold: 'conversations' },
      { grader: 'numeric', input: 'Say 0.', gold: '0' },
    ],
    [
      'promptfoo: texts that answers contain',
      'tests.csv',
      'question,__expected\nOne and one?,contains:2\nTwo and two?,contains:4\n',
      { gold: '__expected' },
      { grader: 'contains', input: 'One and one?', gold: ['2'], notes: [/assertions \(contains\)/] },
    ],
    [
      'promptfoo: assertions of several kinds',
      'tests.csv',
      'question,__expected\nOne and one?,icontains:2.\nTwo and two?,equals:4\n',
      { gold: '__expected' },
      { grader: 'regex', input: 'One and one?', gold: '(?i:2\\.)' },
    ],
    [
      'promptfoo: plain texts are the answers',
      'tests.csv',
      'question,__expected\nOne and one?,2\nTwo and two?,4\n',
      { gold: '__expected' },
      { grader: 'numeric', input: 'One and one?', gold: '2' },
    ],
    [
      'promptfoo: tests in YAML',
      'promptfooconfig.yaml',
      'prompts: [x]\ntests:\n  - vars: {question: "One and one?"}\n    assert:\n      - type: icontains\n        value: two\n  - vars: {question: "Two and two?"}\n    assert:\n      - type: icontains-any\n        value: [four, "4"]\n',
      { input: 'vars.question', gold: 'assert' },
      { grader: 'regex', input: 'One and one?', gold: '(?i:two)' },
    ],
    [
      'promptfoo: all of several texts, and one in any case',
      'tests.csv',
      'question,__expected\nOne?,icontains:two\nTwo?,"contains-all:Four,four"\n',
      { gold: '__expected' },
      {
        grader: 'contains',
        input: 'One?',
        gold: ['two'],
        notes: [/\(icontains, contains-all\) are checked by the grader contains; case counts in none/],
      },
    ],
    [
      'promptfoo: JSON, by schemas and without',
      'tests.yaml',
      'tests:\n  - vars: {question: a}\n    assert: [{type: is-json, value: {type: object}}]\n  - vars: {question: b}\n    assert: [{type: is-json}]\n  - vars: {question: c}\n    assert: [{type: is-json, value: "type: array"}]\n',
      { input: 'vars.question', gold: 'assert' },
      {
        grader: 'json-schema',
        input: 'a',
        gold: { type: 'object' },
        notes: [/\(is-json\) are checked by the grader json-schema/, /without bare: true/],
      },
    ],
    [
      'promptfoo: JSON somewhere in the answer',
      'tests.csv',
      'question,__expected\na,contains-json\nb,contains-json:{"type":"array"}\n',
      { gold: '__expected', prompt: 'Say {{input}}' },
      { grader: 'json-schema', input: 'a', gold: {}, notes: [/contains-json/] },
    ],
    [
      'promptfoo: prompts that do not fit are told',
      'promptfooconfig.yaml',
      `prompts: ['{{ tone }} {{question}}']\n${promptfooTests}`,
      { input: 'vars.question', gold: 'assert' },
      {
        grader: 'contains',
        input: 'One and one?',
        gold: ['two'],
        notes: [/assertions/, /prompt "\{\{ tone \}\} \{\{question\}\}" is not used/],
      },
    ],
    [
      'several fields by a template',
      'nli.jsonl',
      lines(
        times(6, (n) => ({
          premise: `P${n}.`,
          hypothesis: `H${n}.`,
          label: n % 3 === 0 ? 'entailment' : 'neutral',
        })),
      ),
      {
        input: 'premise,hypothesis',
        gold: 'label',
        template: 'Premise: {{premise}}\nHypothesis: {{hypothesis}}',
      },
      { grader: 'classification', input: 'Premise: P0.\nHypothesis: H0.', gold: 'entailment' },
    ],
    [
      'a template leaves out what would be added',
      'boolq.jsonl',
      lines(times(6, (n) => ({ question: `is ${n} even`, passage: 'P.', answer: n % 2 === 0 }))),
      { template: '{{question}}?' },
      { grader: 'classification', input: 'is 0 even?', gold: 'true', notes: [] },
    ],
  ])('%s', async (_, name, content, changes, expected) => {
    const task = await imported(content, name, changes);
    expect(task.file.grader.name).toBe(expected.grader);
    expect(task.instances[0]).toMatchObject({ input: expected.input, gold: expected.gold });
    if (expected.notes === undefined) return;
    expect(task.notes).toEqual(expected.notes.map((note) => expect.stringMatching(note) as unknown));
  });

  test("promptfoo: the file's one prompt is the task's", async () => {
    const yaml = `prompts: ['Answer briefly: {{ question }}']\n${promptfooTests}`;
    const fields = { input: 'vars.question', gold: 'assert' };
    const task = await imported(yaml, 'promptfooconfig.yaml', fields);
    expect(task.file.prompt).toBe('Answer briefly: {{input}}');
    expect(task.notes.at(-1)).toMatch(/^the prompt is the file's own/);
    const other = await imported(yaml, 'promptfooconfig.yaml', { ...fields, prompt: 'Say: {{input}}' });
    expect(other.file.prompt).toBe('Say: {{input}}');
  });

  describe('promptfoo: several assertions for one question', () => {
    const tests = (asserted: (n: number) => readonly unknown[]): string =>
      json({ tests: times(4, (n) => ({ vars: { question: `Which ${n}?` }, assert: asserted(n) })) });
    const mixed = tests((n) => [
      { type: 'contains-json' },
      { type: 'contains', value: `${n}` },
      ...(n === 0 ? [] : [{ type: 'javascript', value: 'output.length < 9' }]),
    ]);
    const fields = { input: 'vars.question', gold: 'assert' };

    test('are refused once, with the way to take one', async () => {
      const said = (await refusal(mixed, 't.json', fields)).split('\n');
      expect(said).toHaveLength(2);
      expect(said[1]).toMatch(
        /^t\.json at assert of tests\[1\] to tests\[3\]: .*found contains-json, contains, javascript for one question \(--gold assert\.1 takes contains alone, and checks no other\)$/,
      );
    });

    test('of which one was chosen: the others are said not to be checked, first of all', async () => {
      for (const gold of ['assert.1', 'assert[1]', 'assert.1.value']) {
        const task = await imported(mixed, 't.json', { ...fields, gold });
        expect(task.notes[0]).toBe(
          'NOT CHECKED, since a task has one grader: contains-json in 4 of 4 rows, javascript in 3 of 4 rows',
        );
      }
      const columns = 'question,__expected,__expected2\nHow?,contains:2,equals:2\nWho?,contains:3,\n';
      expect((await imported(columns, 't.csv', { gold: '__expected' })).notes[0]).toMatch(
        /^NOT CHECKED.*: __expected2 in 1 of 2 rows$/,
      );
    });

    test('of which all name texts that are to be there are all checked', async () => {
      const task = await imported(
        tests((n) => [
          { type: 'icontains', value: `${n}` },
          { type: 'icontains-all', value: ['a', 'b'] },
        ]),
        't.json',
        fields,
      );
      expect(task.file.grader).toEqual({ name: 'contains' });
      expect(task.instances[2]?.gold).toEqual(['2', 'a', 'b']);
      expect(task.notes.join()).not.toContain('NOT CHECKED');
    });
  });

  describe("promptfoo: what defaultTest says holds for every test, as promptfoo's evaluation merges it", () => {
    const fields = { input: 'vars.question', gold: 'assert' };
    const config = (defaultTest: unknown, tests: readonly unknown[], more: object = {}): string =>
      json({ defaultTest, tests, ...more });
    const asked = (n: number, more: object = {}) => ({
      vars: { question: `Which ${n}?`, word: `w${n}` },
      ...more,
    });

    test('its assertions stand before the own ones, unless a test disables them', async () => {
      const shared = { assert: [{ type: 'icontains', value: 'sir' }] };
      const own = [{ type: 'icontains', value: '{{ word }}' }];
      const bare = { assert: own, options: { disableDefaultAsserts: true } };
      const content = config(shared, [asked(0, { assert: own }), asked(1), asked(2, bare)]);
      const task = await imported(content, 't.json', fields);
      expect(task.file.grader).toEqual({ name: 'contains' });
      expect(task.instances.map(({ gold }) => gold)).toEqual([['sir', 'w0'], ['sir'], ['w2']]);
    });

    test('an assertion of its own with a variable gives each test another answer', async () => {
      const shared = { vars: { word: 'none' }, assert: [{ type: 'equals', value: '{{word}}' }] };
      const task = await imported(
        config(shared, [asked(0), { vars: { question: 'Who?' } }]),
        't.json',
        fields,
      );
      expect(task.instances.map(({ gold }) => gold)).toEqual(['w0', 'none']);
    });

    test('a list of texts may be one text with commas', async () => {
      const assert = [{ type: 'contains-any', value: '{{word}}, b' }];
      const task = await imported(config({ assert }, [asked(0), asked(1)]), 't.json', fields);
      expect(task.instances.map(({ gold }) => gold)).toEqual([
        ['w0', 'b'],
        ['w1', 'b'],
      ]);
    });

    test('what of it cannot be checked is refused by its place, or said not to be checked', async () => {
      const shared = { assert: [{ type: 'latency', threshold: 9 }] };
      const tests = times(3, (n) => asked(n, { assert: [{ type: 'contains', value: `${n}` }] }));
      expect(await refusal(config(shared, tests), 't.json', fields)).toMatch(
        /^t\.json at assert of tests\[0\] to tests\[2\]: .*found latency \(defaultTest\.assert\[0\]\), contains for one question \(--gold assert\.1 takes contains alone/m,
      );
      const task = await imported(config(shared, tests), 't.json', { ...fields, gold: 'assert.1' });
      expect(task.notes[0]).toMatch(/^NOT CHECKED.*: latency \(defaultTest\.assert\[0\]\) in 3 of 3 rows$/);
    });

    test('its variables, prefix and suffix stand in the prompt where all tests have the same', async () => {
      const shared = { vars: { tone: 'kindly' }, options: { prefix: 'Hi. ' } };
      const own = { assert: [{ type: 'contains', value: 'a' }] };
      const prompts = ['Answer {{tone}}: {{question}}'];
      const alike = await imported(
        config(shared, [asked(0, own), asked(1, own)], { prompts }),
        't.json',
        fields,
      );
      expect(alike.file.prompt).toBe('Hi. Answer kindly: {{input}}');
      const other = { ...own, options: { prefix: 'Ho. ' } };
      const mixed = await imported(
        config(shared, [asked(0, own), asked(1, other)], { prompts }),
        't.json',
        fields,
      );
      expect(mixed.file.prompt).toBeUndefined();
      expect(mixed.notes.join()).toContain("none of the file's 2 prompts is used");
    });

    const plain = [asked(0, { assert: [{ type: 'contains', value: 'a' }] })];
    test.each<[string, string, string]>([
      ['defaults in a file', config('file://default.yaml', plain), 'defaultTest'],
      ['tests in a file', config({}, ['file://more.yaml', ...plain]), 'tests[0]'],
      ['scenarios', json({ prompts: ['x'], scenarios: [{ config: [{}], tests: plain }] }), 'scenarios'],
      ['all tests in a file', json({ prompts: ['x'], tests: 'file://tests.csv' }), 'tests'],
      ['a variable in a file', config({ vars: { word: 'file://w.txt' } }, plain), 'defaultTest.vars.word'],
      [
        'answers that are transformed',
        config({ options: { transform: 'output' } }, plain),
        'defaultTest.options.transform',
      ],
      [
        'variables that are',
        json({ prompts: ['x'], tests: [asked(0, { options: { transformVars: 'vars' } })] }),
        'tests[0].options.transformVars',
      ],
      ['a type that is new', config({ assert: [{ type: 'word-count' }] }, [asked(0)]), 'tests[0].assert'],
      [
        'a value in a file',
        config({}, [asked(0, { assert: [{ type: 'equals', value: 'file://a.txt' }] })]),
        'tests[0].assert',
      ],
      [
        'a filter',
        config({}, [asked(0, { assert: [{ type: 'equals', value: '{{word | upper}}' }] })]),
        'tests[0].assert',
      ],
      [
        'a template of an assertion',
        config({}, [asked(0, { assert: [{ $ref: '#/a' }] })]),
        'tests[0].assert',
      ],
    ])('refuses %s, with its place', async (_, content, place) => {
      expect(await refusal(content, 't.json', fields)).toContain(`t.json at ${place}: expected `);
    });
  });

  test.each<[string, string, Reading, RegExp]>([
    [
      'an assertion that needs a model',
      'question,__expected\nHow?,llm-rubric: is polite\n',
      { gold: '__expected' },
      /^t\.csv:2 at __expected: expected one assertion out of equals, .*found the assertion llm-rubric$/,
    ],
    [
      'a field of the template that is not there',
      'question,answer\nHow?,2\n',
      { template: '{{question}} {{pasage}}' },
      /^t\.csv at --template: expected one of the file's fields \(question, answer\), found "pasage"$/,
    ],
    [
      'a field inside another',
      '{"q":{"question":"x"},"answer":1}\n{"q":{"question":"y"},"answer":1}',
      { input: 'questions' },
      /found "questions"/,
    ],
    [
      'a question inside what stands beside the assertions',
      json({ prompts: ['x'], tests: times(2, (n) => ({ vars: { question: n }, assert: [] })) }),
      { gold: 'assert' },
      /found "question".*vars\.question/s,
    ],
    [
      'gold answers that are objects inside objects, as slots',
      json(times(3, (n) => ({ question: `Which ${n}?`, answer: { buyer: { name: `n${n}` } } }))),
      {},
      /at answer\.buyer of .*: expected a text or a number, since slots are flat: .*--grader executable.*, found an object$/m,
    ],
    [
      'gold answers with lists of objects, as slots',
      json(times(3, (n) => ({ question: `Which ${n}?`, answer: { total: n, lines: [{ qty: n }] } }))),
      {},
      /at answer\.lines\[0\] of .*\(--grader json-schema\) \(for the grader extraction\), found an object$/m,
    ],
    [
      'a word of a column for the column',
      'ticket text,answer\nHow?,2\n',
      { input: 'text' },
      /found "text".*ticket text\W*$/s,
    ],
  ])('refuses %s', async (_, content, changes, message) => {
    expect(await refusal(content, /^[[{]/.test(content) ? 't.jsonl' : 't.csv', changes)).toMatch(message);
  });
});

describe('gold answers', () => {
  const golds = (answers: readonly unknown[], field = 'answer') =>
    lines(answers.map((answer, n) => ({ question: `Question number ${n}`, [field]: answer })));

  it('labels that differ by case alone are one, in the usual spelling', async () => {
    const task = await imported(golds(['Late', 'late ', 'late', 'REFUND', 'refund', 'refund']), 'a.jsonl');
    expect(task.file.grader).toEqual({ name: 'classification', labels: ['late', 'refund'] });
    expect(task.file.prompt).toContain('Labels: late, refund\n');
    expect(new Set(task.instances.map(({ label }) => label))).toEqual(new Set(['late', 'refund']));
    expect(task.notes[0]).toBe('labels that differ by case alone are one: Late → late, REFUND → refund');
  });

  test.each<[string, readonly unknown[], string, string]>([
    ['codes with leading zeros', ['0123', '007', '42', '5'], 'answer', 'exact'],
    ['very long numbers', ['12345678901234567', '2', '3'], 'answer', 'exact'],
    ['decimals below one', ['0.5', '0.25', '0'], 'answer', 'numeric'],
    ['numbers in LaTeX', ['\\frac{3}{4}', '$12$', '-\\frac12', '7^\\circ', '50\\%'], 'answer', 'numeric'],
    ['lists of accepted numbers', [[1, 1.5], [2], ['3', 4]], 'answer', 'numeric'],
    ['classes by number', [0, 1, 2, 0, 1, 2], 'label', 'classification'],
    ['numbers in a field of answers', [0, 1, 2, 0, 1, 2], 'answer', 'numeric'],
    ['yes and no, few rows', ['yes', 'no'], 'answer', 'classification'],
    ['letters that are no choices', ['Y', 'N', 'Y', 'N'], 'answer', 'classification'],
    ['dates and times', ['2024-05-03', '12:30', '5'], 'answer', 'exact'],
  ])('%s', async (_, answers, field, grader) => {
    const task = await imported(golds(answers, field), 'a.jsonl', { gold: field });
    expect(task.file.grader.name).toBe(grader);
  });

  it('says that questions are asked twice, and that their gold answers differ', async () => {
    const rows = ['1', '2', '3', '1', '4'].map((answer, n) => ({ question: `How  many ${n % 3}?`, answer }));
    const { notes } = await imported(lines(rows), 'a.jsonl');
    expect(notes).toEqual([
      '2 questions come more than once (4 instances); each stays on one side of the split',
      '1 of them has different gold answers, so no answer is right each time: demo-0002 "2", demo-0005 "4" for "How many 1?"',
    ]);
  });
});

const cases = resolve(import.meta.dirname, '../../../shared/cases/files');
describe.skipIf(!existsSync(cases))('files that people had (where they are at hand)', () => {
  const fields: Readonly<Record<string, readonly [string, string]>> = {
    arc: ['question', 'answerKey'],
    bbh: ['input', 'target'],
    'bbh-k': ['input', 'target'],
    caseheader: ['Question', 'Answer'],
    'gold-jsonstr': ['text', 'answer'],
    humaneval: ['prompt', 'test'],
    'label-int': ['text', 'label'],
    sentiment: ['text', 'label'],
    messages: ['messages.0.content', 'messages.1.content'],
    'multi-gold': ['question', 'answers'],
    'nested-gold': ['question', 'answers'],
    'pretty-wrapped': ['input', 'target'],
    promptfoo: ['question', '__expected'],
    promptfoo2: ['question', '__expected1'],
    sharegpt: ['conversations', 'conversations'],
    squad: ['question', 'answers'],
  };
  const refused =
    /^(cp1252|dup-header|dup-id|empty|garbage|header-only|idnum|missing-gold|nul|ragged|t\.(arrow|zip)|two\.jsonl\.(bz2|xz|zst))/;
  test.each(existsSync(cases) ? readdirSync(cases) : [])('%s', async (name) => {
    const stem = name.split('.')[0] ?? '';
    const isMaths = /^gold-(dates|latex|phone|range|time)/.test(name);
    const [input, gold] = isMaths ? ['problem', 'answer'] : (fields[stem] ?? ['question', 'answer']);
    const result = await attempt(new Uint8Array(readFileSync(resolve(cases, name))), name, { input, gold });
    expect(result.ok).toBe(!refused.test(name));
    if (!result.ok) expect(result.error.message).toMatch(/: expected .+, found /);
  });
});
