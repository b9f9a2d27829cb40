import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../../src/cli/program.ts';
import { TextSink, testContext } from '../support/cli.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const labels = ['billing', 'access', 'other'];
const tickets = Array.from({ length: 12 }, (_, row) => `"Ticket ${row}, please help",${labels[row % 3]}`);

let folder: string;
beforeEach(async () => {
  folder = temporaryFolder('init');
  await writeFile(join(folder, 'My tickets.csv'), `text,label\n${tickets.join('\n')}\n`);
});

/** Words of the line; `~` stands for a blank inside one. */
const wordsOf = (line: string): string[] => line.split(' ').map((word) => word.replaceAll('~', ' '));

const cli = (line: string) => runLine(wordsOf(line), { cwd: folder });

/** The same on a terminal where somebody types these lines. */
async function typed(
  line: string,
  answers: readonly string[],
  env: Record<string, string> = {},
  columns = 80,
) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = Object.assign(new TextSink(), { isTTY: true, columns });
  stdin.end(answers.map((answer) => `${answer}\n`).join(''));
  const context = { ...testContext(wordsOf(line), { cwd: folder, stdin, env }), stderr };
  const code = await runCli(context);
  return { code, out: context.stdout.text, err: stderr.text };
}

/** A server that lists models. */
async function listing(models: readonly string[], status = 200): Promise<{ url: string; close: () => void }> {
  const server = createServer((_, response) =>
    response.writeHead(status).end(JSON.stringify({ data: models.map((id) => ({ id })) })),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/v1`, close: () => server.close() };
}

test('an endpoint is asked what it serves, and an empty line where nothing is offered is answered', async () => {
  const server = await listing(['one', 'two']);
  const taken = await typed(`init --data My~tickets.csv --base-url ${server.url}`, [
    '',
    '',
    '',
    '',
    '',
    '',
    '9',
  ]);
  server.close();
  expect(taken, taken.err).toMatchObject({ code: 0 });
  expect(await read('my-tickets.job.yaml')).toMatchObject({ models: ['one', 'two'], maxEvaluations: 9 });
  const none = await typed('init there --data My~tickets.csv --base-url http://127.0.0.1:1/v1', [
    ...['', '', '', '', '', '', 'mine', '9'],
  ]);
  expect(none, none.err).toMatchObject({ code: 0 });
  expect(none.err).toContain('Note: nothing answers at http://127.0.0.1:1/v1');
  expect(none.err).toContain('expected an answer');
});

test('a ceiling in dollars needs prices, as tune does: of the table, or of a file that the job then names', async () => {
  const line = 'init there --data My~tickets.csv --base-url http://127.0.0.1:1/v1 --models mine';
  const unpriced = await cli(`${line} --max-usd 0.8`);
  expect(unpriced).toMatchObject({
    code: 2,
    err: expect.stringContaining('--max-usd: expected models whose prices are known (--prices), or'),
  });
  const bound = await cli(`${line} --max-evaluations 9 --bound usd<=0.01`);
  expect([bound.code, bound.err]).toEqual([2, expect.stringContaining('no price for openai/mine')]);
  expect(existsSync(join(folder, 'there'))).toBe(false);
  const prices = 'checked: 2026-11-29\nsource: mine\nmodels: { openai/mine: { input: 1, output: 2 } }\n';
  await writeFile(join(folder, 'prices.yaml'), prices);
  const outside = await cli(`${line} --max-usd 0.8 --prices prices.yaml`);
  expect([outside.code, outside.err]).toEqual([
    2,
    expect.stringContaining('--prices: expected a file inside'),
  ]);
  await mkdir(join(folder, 'there'));
  await writeFile(join(folder, 'there', 'prices.yaml'), prices);
  const made = await cli(`${line} --max-usd 0.8 --prices there/prices.yaml`);
  expect(made, made.err).toMatchObject({ code: 0 });
  expect(await read('there/my-tickets.job.yaml')).toMatchObject({ maxUsd: 0.8, prices: 'prices.yaml' });
});

test('a server that wants a key, and a line that names none, is told with the option', async () => {
  const server = await listing([], 401);
  const wants = `Note: ${server.url} refuses calls without a key (401): name the variable that holds one with --api-key-env.`;
  const line = `init --data My~tickets.csv --base-url ${server.url} --max-evaluations 9`;
  const told = await cli(`${line} --models mine --name one`);
  expect(told, told.err).toMatchObject({ code: 0 });
  expect(told.err).toContain(wants);
  const onTerminal = await typed(`${line} --name two`, ['', '', '', '', '', 'mine'], {}, 400);
  expect(onTerminal, onTerminal.err).toMatchObject({ code: 0 });
  expect(onTerminal.err).toContain(wants);
  const named = await cli(`${line} --models mine --name three --api-key-env LAB_KEY`);
  server.close();
  expect(named, named.err).toMatchObject({ code: 0 });
  expect(named.err).not.toContain('Note:');
});

const read = async (...path: string[]) => parse(await readFile(join(folder, ...path), 'utf8'));
const options = '--data My~tickets.csv --models sim/wisp-1b,sim/heron-8b --max-evaluations 3';

describe('without a terminal', () => {
  test('writes what the options say, and the command that it prints works', async () => {
    const { code, out, err } = await cli(`init ${options}`);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).toContain('Grader: classification, because there are only 3 different gold answers');
    expect(err.match(/the gold answer of row \d+/g)).toHaveLength(3);
    expect(await read('my-tickets.job.yaml')).toEqual({
      version: 1,
      task: './tasks/my-tickets',
      space: './search-spaces/my-tickets.yaml',
      models: ['sim/wisp-1b', 'sim/heron-8b'],
      maxEvaluations: 3,
      seed: 1,
    });
    const [, command = ''] = /Tune it: +mixtune (.+)/.exec(out) ?? [];
    expect(command).toBe('tune my-tickets.job.yaml');
    expect(await cli(`${command} --finish-repeats 1 --holdout-repeats 1 --no-report --json`)).toMatchObject({
      code: 0,
    });
    expect(await cli('spaces show my-tickets')).toMatchObject({ code: 0 });
  });

  test('rows are found where a document holds them, by the fields named and without', async () => {
    const asked = [
      { q: 'One?', a: '1' },
      { q: 'Two?', a: '2' },
    ].map((qa) => ({ title: 'x', qas: [qa] }));
    await writeFile(join(folder, 'deep.json'), JSON.stringify({ version: 1, data: asked }));
    const flags = '--models sim/heron-8b --max-evaluations 3';
    const deep = await cli(`init deep --data deep.json --input q --gold a ${flags}`);
    expect(deep, deep.err).toMatchObject({ code: 0 });
    const tests = asked.map(({ qas: [qa] }) => ({ vars: qa }));
    const assert = [{ type: 'equals', value: '{{a}}' }];
    const config = { prompts: [{ raw: 'Say: {{q}}' }], defaultTest: { assert }, tests };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const typedIn = await typed(`init config --data config.json ${flags}`, ['vars.q', 'assert', '', '', '']);
    expect(typedIn, typedIn.err).toMatchObject({ code: 0 });
    expect(typedIn.err).toContain('Fields of config.json: vars, vars.q, vars.a, assert');
    expect(await read('config', 'tasks', 'config', 'task.yaml')).toMatchObject({ prompt: 'Say: {{input}}' });
  });

  test('bounds, as the job file has them and `tune` keeps them', async () => {
    const { code, err } = await cli(`init ${options} --bound score>=0.5,latency<=1500ms --bound usd<=0.01`);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(await read('my-tickets.job.yaml')).toMatchObject({
      bound: 'score>=0.5, latency<=1.5s, usd<=0.01',
    });
    const tuned = await cli('tune my-tickets.job.yaml --run kept --holdout-repeats 0 --no-report --json');
    expect(tuned, tuned.err).toMatchObject({ code: 0 });
    const front = await read('runs', 'kept', 'front.json');
    expect(front).toMatchObject({ bounds: { score: 0.5, latency: 1.5, usd: 0.01 } });
    expect(await cli(`init other ${options} --bound latency>=1s`)).toMatchObject({ code: 2 });
  });

  test('another folder, and a server of the own', async () => {
    const server = '--base-url http://127.0.0.1:1/v1 --api-key-env LAB_KEY --max-time 90m --grader exact';
    const { out, err } = await cli(`init there --data My~tickets.csv --models mine ${server} --json`);
    expect(out, err).not.toBe('');
    expect(JSON.parse(out)).toEqual({
      task: 'there/tasks/my-tickets',
      space: 'there/search-spaces/my-tickets.yaml',
      job: 'there/my-tickets.job.yaml',
      command:
        'mixtune tune there/my-tickets.job.yaml --base-url http://127.0.0.1:1/v1 --api-key-env LAB_KEY',
    });
    expect(await read('there', 'my-tickets.job.yaml')).toMatchObject({
      models: ['mine'],
      apiKeyEnv: 'LAB_KEY',
      maxTime: '5400s',
    });
    expect(await read('there', 'tasks', 'my-tickets', 'task.yaml')).toMatchObject({
      grader: { name: 'exact' },
    });
  });

  test('says all that is missing', async () => {
    const { code, err } = await cli('init');
    expect(code).toBe(2);
    for (const part of [
      '--data: expected the data file',
      '--models: expected models such as',
      'init without a terminal: expected --max-evaluations',
    ]) {
      expect(err).toContain(part);
    }
  });

  test('replaces nothing unless told to', async () => {
    await cli(`init ${options}`);
    await writeFile(join(folder, 'my-tickets.job.yaml'), 'mine');
    const refused = await cli(`init ${options}`);
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'expected another --name, another folder, or --force to replace, found tasks/my-tickets',
      ),
    });
    expect(await readFile(join(folder, 'my-tickets.job.yaml'), 'utf8')).toBe('mine');
    expect(await cli(`init ${options} --force`)).toMatchObject({ code: 0 });
    expect(await read('my-tickets.job.yaml')).toMatchObject({ version: 1 });
  });

  test.each([
    [
      `${options} --input txt`,
      '--input: expected one of the fields text, label, found "txt" (did you mean "text"?)',
    ],
    [`${options} --grader clasification`, '(did you mean "classification"?)'],
    [`${options} --grader judge`, '--grader: expected a grader that needs no options'],
    ['--data My~tickets.csv --models sim/* --max-evaluations 0', 'Expected a whole number from 1 up'],
    ['--data My~tickets.csv --models sim/* --max-usd 1 --name My', '--name: expected lower-case words'],
    [
      '--data none.csv --models sim/* --max-usd 1',
      'none.csv: expected a data file that can be read, found no such file',
    ],
    ['--data My~tickets.csv --models wisp-1b --max-usd 1', '(did you mean "sim/wisp-1b"?)'],
  ])('%s: the fault is told, and nothing is written', async (line, message) => {
    expect(await cli(`init ${line}`)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
    expect(existsSync(join(folder, 'tasks'))).toBe(false);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['tasks', () => writeFile(join(folder, 'tasks'), ''), 'expected a folder, or nothing yet'],
    ['search-spaces', () => symlink(join(folder, 'gone'), join(folder, 'search-spaces')), 'leads nowhere'],
    [
      'search-spaces/my-tickets.yaml',
      () => mkdir(join(folder, 'search-spaces', 'my-tickets.yaml'), { recursive: true }),
      'expected a file to replace',
    ],
    ['my-tickets.job.yaml', () => mkdir(join(folder, 'my-tickets.job.yaml')), 'found a folder'],
  ])('what stands in the way at %s is told before anything is written', async (path, put, message) => {
    await put();
    const before = await readdir(folder, { recursive: true });
    const { code, err } = await cli(`init ${options} --force`);
    expect({ code, err }).toMatchObject({ code: 2 });
    expect(err).toContain(`mixtune: ${join(folder, path)}: expected`);
    expect(err).toContain(message);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });

  test('drafts that a killed process left are no obstacle, and links in their place are not followed', async () => {
    await writeFile(join(folder, '.my-tickets.job.yaml.new'), 'half');
    await mkdir(join(folder, 'tasks', 'my-tickets'), { recursive: true });
    await writeFile(join(folder, 'precious'), 'mine');
    await symlink(join(folder, 'precious'), join(folder, 'tasks', 'my-tickets', '.task.yaml.new'));
    expect(await cli(`init ${options} --force`)).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('mine');
    expect((await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('says which fields it took, and shows each answer beside another one', async () => {
    const rows = labels.flatMap((label) => Array.from({ length: 4 }, (_, row) => `${label} ${row},${label}`));
    await writeFile(join(folder, 'runs.csv'), `text,label\n${rows.join('\n')}\n`);
    const { err } = await cli('init --data runs.csv --models sim/* --max-evaluations 3');
    expect(err).toContain('Question: text; right answer: label\n');
    expect(err).toContain(
      'row 1, "billing", gets 1.00; as an answer to row 1, row 5\'s "access" gets 0.00, as it should',
    );
    expect(err).toContain(
      'row 9, "other", gets 1.00; as an answer to row 9, row 1\'s "billing" gets 0.00, as it should',
    );
  });

  test('says where another answer gets almost as much, and shows both ends of long ones', async () => {
    const told = (topic: string): string =>
      `${topic} is a thing that helps most people who use it every day of their life.`;
    const rows = ['Rain', 'Snow', 'Wind', 'Hail'].map((topic) => `What is ${topic}?,${told(topic)}`);
    await writeFile(join(folder, 'alike.csv'), `question,answer\n${rows.join('\n')}\n`);
    const { err } = await cli('init --data alike.csv --grader summary --models sim/* --max-evaluations 3');
    expect(err).toContain('row 1, "Rain is a thing that… day of their life.", gets 1.00');
    expect(err).toMatch(/row 2's "Snow is [^"]*" gets 0\.[5-9]\d, much for another answer\n/);
  });

  test.skipIf(!thorough)('a large file is told before it is read, and is read once', async () => {
    const pad = 'x'.repeat(24_000);
    const rows = Array.from({ length: 400 }, (_, row) => `Ticket ${row},${labels[row % 3]},${pad}`);
    await writeFile(join(folder, 'large.csv'), `text,label,pad\n${rows.join('\n')}\n`);
    const line = 'init --data large.csv --input text --gold label --models sim/* --max-usd 1';
    const { code, err } = await cli(line);
    expect(code).toBe(0);
    expect(err).toMatch(/^Reading large\.csv \(\d+(\.\d)? MB\) …\nFields of large\.csv/);
    expect(err.match(/Reading/g)).toHaveLength(1);
  });

  test('an encoding, and paths inside nested rows', async () => {
    const text = `text,label\n${labels.flatMap((label) => [`caf\u00e9 1 ${label},${label}`, `caf\u00e9 2 ${label},${label}`]).join('\n')}\n`;
    await writeFile(join(folder, 'old.csv'), text, 'latin1');
    const rest = '--models sim/* --max-evaluations 3';
    expect(await cli(`init --data old.csv ${rest} --encoding windows-1252`)).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, 'tasks', 'old', 'instances.jsonl'), 'utf8')).toContain('caf\u00e9 1');
    const nested = labels.map((label) =>
      JSON.stringify({ ask: { words: `Is it ${label}?` }, is: { label } }),
    );
    await writeFile(join(folder, 'nested.jsonl'), nested.join('\n'));
    expect(await cli(`init --data nested.jsonl ${rest}`)).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        '--input: expected one of the fields ask, ask.words, is, is.label, found nothing',
      ),
    });
  });

  test('a data file in the place of a task is told how to become one', async () => {
    const { code, err } = await cli('tune tickets.csv --models sim/*');
    expect(code).toBe(2);
    expect(err).toContain('mixtune init --data FILE makes one of a data file');
  });

  test('fields that nothing tells are asked for', async () => {
    await writeFile(join(folder, 'odd.csv'), 'a,b,c\n1,2,3\n4,5,6\n');
    const { err } = await cli('init --data odd.csv --models sim/* --max-evaluations 3');
    expect(err).toContain('--input: expected one of the fields a, b, c, found nothing');
  });
});

describe('on a terminal', () => {
  test('asks for all of it, and empty lines take what it proposes', async () => {
    const { code, err } = await typed('init', [
      ...['My tickets.csv', '', '', '', '', 'Name the queue.', 'sim/heron-8b', '20, 2h'],
    ]);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).toContain('Field of the question [text]:');
    expect(err).toContain('Field of the right answer [label]:');
    expect(await read('tasks', 'my-tickets', 'task.yaml')).toMatchObject({ description: 'Name the queue.' });
    expect(await read('my-tickets.job.yaml')).toMatchObject({
      models: ['sim/heron-8b'],
      maxEvaluations: 20,
      maxTime: '2h',
    });
  });

  test('an address in the place of models is asked what it serves, names with slashes too', async () => {
    const server = await listing(['meta-llama/Llama-3', 'acme/large']);
    const lines = ['My tickets.csv', '', '', '', '', '', 'acme/large', server.url, 'LAB_KEY', '', '5'];
    const { code, err } = await typed('init', lines);
    server.close();
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err.replaceAll(/\s+/g, ' ')).toContain('(for a server of your own: its address as --base-url)');
    expect(await read('my-tickets.job.yaml')).toMatchObject({
      models: ['meta-llama/Llama-3', 'acme/large'],
      baseUrl: server.url,
      apiKeyEnv: 'LAB_KEY',
    });
  });

  test('breaks between words in a narrow terminal', async () => {
    const { err } = await typed('init', ['My tickets.csv', '', '', '', '', '', 'mine', '', '', ''], {}, 60);
    const lines = stripVTControlCharacters(err).split(/\r?\n/);
    expect(lines.filter((line) => line.length > 60)).toEqual([]);
    expect(err.replaceAll(/\s+/g, ' ')).toContain('or the address of a server of your own [sim/*]:');
  });

  test('asks again after what it cannot take, and shows another grader on three rows', async () => {
    const answers = [
      'none.csv',
      'My tickets.csv',
      'body',
      'text',
      'label',
      'mine',
      'exat',
      'exact',
      'none',
      'mine',
      '',
      'LAB_KEY',
      '$3',
      'soon',
      '8h',
    ];
    const { code, err } = await typed('init', answers);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).toContain('no such file');
    expect(err).toContain('(did you mean "exact"?)');
    expect(err).toContain('Grader: exact. On three of your answers:');
    expect(err).toContain('No price is known for openai/mine');
    const unbroken = err.replaceAll(/\s+/g, ' ');
    expect(unbroken).toContain('configurations (200), a time (8h), or both with a comma.');
    expect(unbroken).toContain('Expected a number of configurations such as 200, dollars such as $5, or');
    expect(await read('mine.job.yaml')).toMatchObject({
      models: ['mine'],
      baseUrl: 'http://127.0.0.1:8000/v1',
      apiKeyEnv: 'LAB_KEY',
      maxTime: '8h',
    });
  });

  test('asks before it replaces; an input that ends writes nothing', async () => {
    await cli(`init ${options}`);
    await writeFile(join(folder, 'my-tickets.job.yaml'), 'mine');
    const no = await typed(`init ${options}`, ['', '', '', '', '', '']);
    expect(no.err.replaceAll(/\s+/g, ' ')).toContain('my-tickets.job.yaml are there already. Replace? [y/N]');
    expect(no.err).toContain('Nothing was written.');
    expect(await readFile(join(folder, 'my-tickets.job.yaml'), 'utf8')).toBe('mine');
    expect((await typed(`init ${options}`, ['', '', '', '', '', 'y'])).code).toBe(0);
    expect(await read('my-tickets.job.yaml')).toMatchObject({ version: 1 });
    expect(await typed('init', ['My tickets.csv'])).toMatchObject({
      code: 130,
      err: expect.stringContaining('nothing was written'),
    });
  });

  test('an input that ends behind a question leaves that line', async () => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const stderr = Object.assign(new TextSink(), { isTTY: true, columns: 80 });
    const context = { ...testContext(['init'], { cwd: folder, stdin }), stderr };
    const code = runCli(context);
    await vi.waitUntil(() => stderr.text.includes('Data file'), { timeout: 60_000 });
    stdin.end();
    expect(await code).toBe(130);
    expect(stderr.text).toMatch(/\nmixtune: The input ended; nothing was written\n$/);
  });
});
