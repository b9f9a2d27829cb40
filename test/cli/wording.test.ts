import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.ts';
import { outcomeOf } from '../support/run-line.ts';
import { until } from '../support/serve.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/* What was tuned is what is asked and served: the models get the same messages. */

let folder: string;
let endpoint: CountingEndpoint;
let env: Record<string, string>;

const context = (line: string, stdin = '') =>
  testContext(line.split(' '), { cwd: folder, env, stdin: Readable.from([stdin]), fetch: globalThis.fetch });
const cli = (line: string, stdin?: string) => outcomeOf(context(line, stdin));
/** The messages of the requests that some work sends, in any order. */
async function sentBy(work: () => Promise<unknown>): Promise<string[]> {
  const before = endpoint.requests.length;
  await work();
  return endpoint.requests
    .slice(before)
    .map(({ body }) => JSON.stringify((JSON.parse(body) as { messages: unknown }).messages))
    .sort();
}

interface Answer {
  readonly question: string;
  readonly trace: { readonly calls: readonly { readonly cached: boolean }[] };
}

const tickets = ['Where is my parcel?', 'It came broken', 'My money back', 'Parcel not here'];
const labels = ['late', 'broken', 'refund', 'late'];

beforeAll(async () => {
  folder = temporaryFolder('wording');
  env = { MIXTUNE_HOME: join(folder, 'home') };
  endpoint = await startCountingEndpoint({ textOf: (seed) => labels[seed % 3] ?? '' });
  const rows = tickets.flatMap((ticket, index) => [
    `${ticket},${labels[index]}`,
    `${ticket} (2),${labels[index]}`,
  ]);
  await writeFile(join(folder, 'tickets.csv'), `ticket,label\n${rows.join('\n')}\n`);
  const made = await cli(
    'task import tickets.csv --name tickets --input ticket --gold label --grader classification',
  );
  expect([made.code, made.err]).toEqual([0, '']);
  const models = `--base-url ${endpoint.url} --models tiny,small`;
  const tuned = await cli(`tune ./tasks/tickets ${models} --max-evaluations 4 --run tuned --yes --json`);
  expect(tuned.code).toBe(0);
  await cp(join(folder, 'tasks/tickets'), join(folder, 'kept'), { recursive: true });
  expect((await cli('export tuned best --out best.yaml')).code).toBe(0);
  expect((await cli('export tuned best --format lock --out lock.json')).code).toBe(0);
});
afterAll(async () => {
  await endpoint.close();
});

/** Questions that tuning asked, as a client has them. */
async function tunedInputs(): Promise<string[]> {
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const { instances } = JSON.parse(await read('lock.json')) as { instances: { tuning: object } };
  const rows = (await read('kept/instances.jsonl'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; input: string });
  return rows.filter(({ id }) => id in instances.tuning).map(({ input }) => input);
}

describe('ask', () => {
  it.each([
    ['a run', 'tuned'],
    ['a config file', `best.yaml --base-url URL`],
    ['a lock', 'lock.json'],
  ])('has the answers to the questions of %s from the calls that tuning paid for', async (_, source) => {
    for (const input of await tunedInputs()) {
      const argv = ['ask', ...source.replace('URL', endpoint.url).split(' '), input, '--json'];
      const given = testContext(argv, { cwd: folder, env, fetch: globalThis.fetch });
      expect(await sentBy(() => runCli(given))).toEqual([]);
      const { question, trace } = JSON.parse(given.stdout.text) as Answer;
      expect(question).toMatch(/labels/i);
      expect(question).toContain(input);
      expect(trace.calls.map(({ cached }) => cached)).not.toContain(false);
      expect(given.stderr.text).toContain("The task's prompt stands around the question");
    }
  });

  it('takes a question from stdin without its last line break, and sends it as it is with --raw', async () => {
    const [input = ''] = await tunedInputs();
    expect(await sentBy(() => cli('ask tuned --json', `${input}\n`))).toEqual([]);
    const raw = await cli('ask tuned --json --raw', `${input}\n`);
    expect((JSON.parse(raw.out) as Answer).question).toBe(input);
    expect(raw.err).not.toContain('prompt');
  });

  it('of an old lock goes by the task where it is here, and says in a line where it is not', async () => {
    const { taskWording, made, ...lock } = JSON.parse(await readFile(join(folder, 'lock.json'), 'utf8')) as {
      taskWording: { prompt: string };
      made: object;
    };
    expect(taskWording.prompt).toContain('{{input}}');
    const [input = ''] = await tunedInputs();
    await writeFile(join(folder, 'old.json'), JSON.stringify({ ...lock, made }));
    expect(await sentBy(() => cli('ask old.json --json', input))).toEqual([]);
    await rename(join(folder, 'tasks'), join(folder, 'gone'));
    const old = await cli('ask old.json --json', input);
    expect((JSON.parse(old.out) as Answer).question).toBe(input);
    expect(old.err).toContain('its task tickets is not here: questions go to the models as they are');
    for (const source of ['lock.json', 'tuned']) {
      expect(await sentBy(() => cli(`ask ${source} --json`, input))).toEqual([]);
    }
    await rename(join(folder, 'gone'), join(folder, 'tasks'));
  });
});

describe('serve', () => {
  it.each([
    ['a run', 'tuned', 'the model "best;raw" takes questions as they are'],
    ['a config file', 'best.yaml --base-url URL', 'the model "best;raw" takes questions as they are'],
    ['a run, with --raw', 'tuned --raw', 'Prompt: none; questions go to the models as they are'],
  ])('sends what ask sends: %s', async (_, source, told) => {
    const given = context(`serve ${source.replace('URL', endpoint.url)} --port 0`);
    const ended = runCli(given);
    await Promise.race([until(() => given.stdout.text.includes('Stop with')), ended]);
    const [, url = ''] = /Serving at (\S+)/.exec(given.stdout.text) ?? [];
    expect(given.stdout.text).toContain(told);
    for (const [model, flags] of [
      ['best', source.includes('--raw') ? '--raw' : ''],
      ['best;raw', '--raw'],
    ]) {
      const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'A new ticket' }] });
      const headers = { 'content-type': 'application/json' };
      const served = await sentBy(() =>
        fetch(`${url}/chat/completions`, { method: 'POST', headers, body }).then((r) => r.text()),
      );
      const asked = await sentBy(() => cli(`ask tuned --no-cache ${flags}`.trim(), 'A new ticket'));
      expect(served).toEqual(asked);
      expect(served.length).toBeGreaterThan(0);
      expect(served.every((messages) => /labels/i.test(messages))).toBe(flags === '');
    }
    given.interrupt();
    expect(await ended).toBe(0);
  });
});

describe('export', () => {
  it('keeps the prompt in a config, and says it beside a file that cannot hold it', async () => {
    const yaml = await readFile(join(folder, 'best.yaml'), 'utf8');
    expect(yaml).toMatch(/\ntask:\n {2}description: [\s\S]*\{\{input\}\}/);
    const score = await cli(`score best.yaml --task ./tasks/tickets --base-url ${endpoint.url} --json`);
    const [shown] = (JSON.parse(score.out) as { configs: { id: string }[] }).configs;
    const lock = JSON.parse(await readFile(join(folder, 'lock.json'), 'utf8')) as { member: { id: string } };
    expect(shown?.id).toBe(lock.member.id);
    const workshop = await cli('export best.yaml --format workshop-flat --lossy');
    expect(workshop.err).toMatch(/Not in the file: the task's prompt, .*\{\{input\}\}/);
    const from = `--from best.yaml --base-url ${endpoint.url} --models tiny,small`;
    const tuned = await cli(`tune ./tasks/tickets ${from} --max-evaluations 2 --run from --yes --json`);
    expect(tuned.code).toBe(0);
    const { settings } = JSON.parse(await readFile(join(folder, 'runs/from/manifest.json'), 'utf8'));
    // The words of a task are no part of a system that another search starts from.
    expect(settings.seeds).toHaveLength(1);
    expect(settings.seeds[0]).not.toHaveProperty('task');
    const again = await cli('export best.yaml');
    expect(again.out).toBe(yaml);
  });
});

describe('chat', () => {
  it('words the first question of a conversation, and leaves the others as they are', async () => {
    const sent = await sentBy(() => cli('chat tuned', 'A new ticket\nWhy?\n/new\n/bound raw\nHello\n'));
    const all = sent.map((messages) => JSON.parse(messages) as { role: string; content: string }[]);
    const lasts = all.map((messages) => messages.at(-1)?.content ?? '');
    expect(lasts.some((text) => /labels[\s\S]*A new ticket/i.test(text))).toBe(true);
    const second = all.find((messages) => messages.at(-1)?.content === 'Why?');
    expect(second?.find(({ role }) => role === 'user')?.content).toMatch(/labels[\s\S]*A new ticket/i);
    expect(lasts).toContain('Hello');
  });
});
