import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const folder = temporaryFolder('score');
let server: Server;
let url = '';
let asked = 0;
let onAsked: () => void = () => undefined;

/** `good` answers each question with its number, `poor` only the even ones. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.url?.endsWith('/models') === true) {
        response.end(JSON.stringify({ data: [{ id: 'good' }, { id: 'poor' }] }));
        return;
      }
      asked++;
      onAsked();
      const text = Buffer.concat(parts).toString();
      const number = Number(/number (\d+)/.exec(text)?.[1]);
      const content = text.includes('"good"') || number % 2 === 0 ? `It is ${number}.` : 'It is -1.';
      response.end(
        JSON.stringify({
          choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 20, completion_tokens: 5 },
        }),
      );
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  await mkdir(join(folder, 'tasks/numbers'), { recursive: true });
  writeFileSync(
    join(folder, 'tasks/numbers/task.yaml'),
    'version: 1\nname: numbers\ndescription: Say the number.\nanswer: number\ngrader: { name: numeric }\nrepeats: 1\nsplit: { holdout: 0.2 }\n',
  );
  const rows = Array.from({ length: 25 }, (_, n) =>
    JSON.stringify({ id: `q${n}`, input: `Say number ${n}.`, gold: n }),
  );
  writeFileSync(join(folder, 'tasks/numbers/instances.jsonl'), rows.join('\n'));
  for (const model of ['good', 'poor']) {
    const agents = `[{ name: a, model: openai/${model}, prompt: Answer., maxTokens: 20 }]`;
    writeFileSync(
      join(folder, `${model}.yaml`),
      `version: 1\nname: ${model}\nstages:\n  - { kind: propose, agents: ${agents} }\n`,
    );
  }
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test.each([
  ['tokens', /^config +score +gain +latency +tokens /m],
  ['usd', /^config +score +gain +latency +usd /m],
])('in 80 columns a scoreboard has the cost that the task goes by: %s', async (cost, head) => {
  const task = `by-${cost}`;
  await mkdir(join(folder, task));
  const made = readFileSync(join(folder, 'tasks/numbers/task.yaml'), 'utf8');
  writeFileSync(join(folder, task, 'task.yaml'), `${made}objectives: [score, latency, ${cost}]\n`);
  cpSync(join(folder, 'tasks/numbers/instances.jsonl'), join(folder, task, 'instances.jsonl'));
  const models = ['sim/atlas-235b', 'sim/gale-109b', 'sim/finch-3b'];
  const files = models.map((model, index) => {
    const agent = { name: 'a', model, prompt: 'Answer.', maxTokens: 20 };
    const config = { version: 1, name: model, stages: [{ kind: 'propose', agents: [agent] }] };
    const file = `${cost}-system-${index}.json`;
    writeFileSync(join(folder, file), JSON.stringify(config));
    return file;
  });
  const line = ['score', ...files, '--task', `./${task}`];
  const context = testContext(line, { cwd: folder, env: { COLUMNS: '80' } });
  expect(await runCli(context)).toBe(0);
  expect(context.stdout.text).toMatch(head);
});

async function score(line: string) {
  asked = 0;
  const context = testContext(
    `score poor.yaml good.yaml --task numbers --no-cache --base-url ${url} ${line}`.trim().split(' '),
    { cwd: folder, fetch },
  );
  const code = await runCli(context);
  return { code, out: context.stdout.text, err: context.stderr.text, asked };
}

const interval = z.object({ mean: z.number(), low: z.number(), high: z.number() });
const board = z.looseObject({
  complete: z.boolean(),
  configs: z.array(
    z.looseObject({
      ...{ label: z.string(), cells: z.number(), planned: z.number(), cutOff: z.string().nullable() },
      answers: z.array(
        z.looseObject({ question: z.string(), repeat: z.number(), score: z.number().nullable() }),
      ),
    }),
  ),
  differences: z.array(interval.extend({ first: z.string(), second: z.string(), questions: z.number() })),
});

describe('mixtune score', () => {
  test.skipIf(!thorough)('says what it will take, and compares configs paired by question', async () => {
    const { code, out, err } = await score('');
    expect(code).toBe(0);
    expect(err).toContain('Measuring numbers: 40 answers, about 40 calls.');
    expect(out).toMatch(/good\.yaml +1\.000 \S+ \S+ +\+0\.\d{3} \[\+0\.\d\d, \+0\.\d\d\]/);
    expect(out).toContain('gain: score above that of poor.yaml, paired by question');
    expect(out).not.toContain('Cut off');
  });

  test('tells macro-F1 beside accuracy where labels are asked for', async () => {
    await mkdir(join(folder, 'tasks/labels'), { recursive: true });
    writeFileSync(
      join(folder, 'tasks/labels/task.yaml'),
      'version: 1\nname: labels\ndescription: Name the label.\nanswer: label\ngrader: { name: classification, labels: ["2", "3"] }\nrepeats: 1\nsplit: { holdout: 0 }\n',
    );
    const rows = Array.from({ length: 12 }, (_, n) => {
      const gold = n % 4 === 3 ? '3' : '2';
      return JSON.stringify({ id: `q${n}`, input: `Say number ${gold}. Question ${n}.`, gold });
    });
    writeFileSync(join(folder, 'tasks/labels/instances.jsonl'), rows.join('\n'));
    const told = async (more: string): Promise<string> => {
      const line = `score poor.yaml --task labels --base-url ${url} ${more}`.trim().split(' ');
      const context = testContext(line, { cwd: folder, fetch });
      expect(await runCli(context), context.stderr.text).toBe(0);
      return context.stdout.text;
    };
    // All nine of label 2 are right, and none of the three of label 3.
    expect(JSON.parse(await told('--json')).configs[0].aggregate).toEqual({ name: 'macro-F1', value: 0.5 });
    expect(await told('')).toMatch(/^config +score .*macro-F1.*\n.*poor\.yaml +0\.750 .* 0\.500 /m);
  });

  test.skipIf(!thorough)(
    'says what of it is paid for, and takes the rest out of the call cache',
    async () => {
      const line = async (more: string) => {
        const context = testContext(
          `score poor.yaml good.yaml --task numbers --base-url ${url} ${more}`.trim().split(' '),
          { cwd: folder, fetch },
        );
        expect(await runCli(context), context.stderr.text).toBe(0);
        return { out: context.stdout.text, err: context.stderr.text };
      };
      const fresh = await line('');
      expect(fresh.err).toContain('Measuring numbers: 40 answers, about 40 calls.');
      expect(fresh.out).toMatch(/^Spent: 40 calls, 800 tokens in, 200 out, unknown cost, /m);
      asked = 0;
      const known = await line('--json');
      expect(known.err).toContain('40 answers (40 of them known), about 0 calls.');
      expect(JSON.parse(known.out).spent).toMatchObject({ calls: 0, tokensIn: 0, tokensOut: 0, usd: 0 });
      expect(asked).toBe(0);
      expect((await line('--repeats 2')).err).toContain('80 answers (40 of them known), about 40 calls.');
      expect(asked).toBe(40);
    },
  );

  test('--save keeps each on the leaderboard, from where they are taken away again', async () => {
    const leaderboard = async (...line: string[]) => {
      return runLine(['leaderboard', 'numbers', ...line], { cwd: folder, fetch });
    };
    expect((await leaderboard()).out).toContain('Nothing yet');
    expect((await score('--save')).err).toMatch(
      /good\.yaml is on the leaderboard of numbers as [0-9a-f]{12}\./,
    );
    const { rows } = JSON.parse((await leaderboard('--json')).out);
    expect(rows).toMatchObject([
      {
        rank: 1,
        name: 'good.yaml',
        source: 'score',
        answers: 20,
        questions: 20,
        objectives: { score: { mean: 1 } },
      },
      { rank: 2, name: 'poor.yaml' },
    ]);
    expect((await leaderboard()).out).toMatch(/1 {2}good\.yaml +1\.000 \[0\.\d\d, 1\.00\]/);
    expect(await leaderboard('--remove', '')).toMatchObject({ code: 2 });
    // As a narrow table shows it.
    expect((await leaderboard('--remove', rows[0].id.slice(0, 8))).out).not.toContain('good.yaml');
    expect(await leaderboard('--remove', 'run:x')).toMatchObject({ code: 2 });
    expect(await leaderboard('--add', 'good.yaml')).toMatchObject({ code: 2 });
  });

  test('--save asks nothing where nothing can be kept, and shows what was paid for where that shows late', async () => {
    const file = join(folder, 'boards/leaderboard.sqlite');
    await mkdir(file, { recursive: true });
    const save = '--save --no-cache --runs-dir boards';
    const refused = await score(save);
    expect({ code: refused.code, asked: refused.asked, out: refused.out }).toEqual({
      ...{ code: 2, asked: 0, out: '' },
    });
    expect(refused.err).toContain('leaderboard.sqlite: expected');
    rmSync(file, { recursive: true });
    onAsked = () => {
      rmSync(file, { force: true, recursive: true });
      mkdirSync(file, { recursive: true });
    };
    const late = await score(save);
    onAsked = () => undefined;
    expect({ code: late.code, asked: late.asked }).toEqual({ code: 2, asked: 40 });
    expect(late.err).toContain('leaderboard.sqlite: expected');
    expect(late.out).toMatch(/good\.yaml +1\.000 /);
  });

  test('gives differences of pairs and each answer to machines', async () => {
    const found = board.parse(JSON.parse((await score('--json')).out));
    expect(found.complete).toBe(true);
    const [first, second] = found.configs;
    expect([first?.label, first?.answers.length, first?.cutOff]).toEqual(['good.yaml', 20, null]);
    const wrong = second?.answers.filter(({ score }) => score === 0) ?? [];
    expect(wrong.every(({ question }) => Number(question.slice(1)) % 2 === 1)).toBe(true);
    expect(found.differences).toHaveLength(1);
    expect(found.differences[0]).toMatchObject({ first: 'good.yaml', second: 'poor.yaml', questions: 20 });
    expect(found.differences[0]?.mean).toBeCloseTo(wrong.length / 20, 12);
    expect(found.differences[0]?.low).toBeGreaterThan(0);
  });

  test.each([
    ['--max-calls 14', 'a ceiling was reached'],
    ['--max-tokens 700', 'a ceiling was reached'],
  ])('%s is held, and what is cut off is never shown as if whole', async (ceiling, cause) => {
    const cut = await score(`${ceiling} --concurrency 2`);
    expect(cut.code).toBe(0);
    if (ceiling.startsWith('--max-calls')) expect(cut.asked).toBeLessThanOrEqual(14);
    expect(cut.asked).toBeGreaterThan(0);
    expect(cut.asked).toBeLessThan(40);
    expect(cut.out).toMatch(
      new RegExp(`Cut off \\(${cause}\\): \\d+ of 40 answers were measured \\(\\d+%\\)`),
    );
    expect(cut.out.match(/\(cut off\)/g)).toHaveLength(2);
    const found = board.parse(JSON.parse((await score(`${ceiling} --concurrency 2 --json`)).out));
    expect(found.complete).toBe(false);
    const [a, b] = found.configs.map(({ cells }) => cells);
    // Cell by cell, so that both have nearly the same questions.
    expect(Math.abs((a ?? 0) - (b ?? 0))).toBeLessThanOrEqual(2);
    for (const { cutOff, planned } of found.configs)
      expect({ cutOff, planned }).toEqual({ cutOff: 'ceiling', planned: 20 });
    expect(found.differences[0]?.questions).toBeGreaterThan(2);
  });

  test.skipIf(!thorough)('--split holdout takes the other questions, and both name theirs', async () => {
    const tuning = await score('');
    expect(tuning.out).toContain('Scoreboard of numbers, over 20 tuning questions');
    expect(tuning.out).not.toContain('These questions chose');
    const holdout = await score('--split holdout --json');
    expect(holdout.asked).toBe(10);
    const found = board.parse(JSON.parse(holdout.out));
    expect(found).toMatchObject({ split: 'holdout', questions: 5, notes: [] });
    const ids = (json: string) =>
      new Set(board.parse(JSON.parse(json)).configs[0]?.answers.map(({ question }) => question));
    const others = ids((await score('--json')).out);
    expect([...ids(holdout.out)].filter((id) => others.has(id))).toEqual([]);
    expect((await score('--split holdout --save')).code).toBe(0);
    const shown = testContext(['leaderboard', 'numbers', '--json'], { cwd: folder });
    expect(await runCli(shown)).toBe(0);
    const { rows } = z
      .object({ rows: z.array(z.looseObject({ incomparable: z.string().nullable() })) })
      .parse(JSON.parse(shown.stdout.text));
    const held = rows.filter(({ incomparable }) => incomparable === 'it was measured on the holdout alone');
    expect(held).not.toEqual([]);
    for (const row of held)
      expect(row).toMatchObject({
        ...{ rank: null, questions: 5, objectives: { score: { mean: null } } },
        holdout: { mean: expect.any(Number) },
      });
  });

  test.skipIf(!thorough)(
    'says that questions chose the point of a run, and whose load is in its latency',
    async () => {
      const line = async (text: string) => {
        const context = testContext(text.split(' '), { cwd: folder, fetch });
        expect(await runCli(context)).toBe(0);
        return context.stdout.text;
      };
      await line(
        `tune numbers --models good --base-url ${url} --run night --max-evaluations 1 --no-reflection --no-report`,
      );
      asked = 0;
      // The end of so small a run does not get to all questions.
      const out = await line(`score night:best --base-url ${url}`);
      expect(asked).toBeLessThan(20);
      expect(out).toMatch(/These questions chose night:best, .*--split\s+holdout takes the others/s);
      expect(out).toMatch(/Latency of \d+ of 20 answers is as the run that paid for them measured it/);
      const holdout = board.parse(
        JSON.parse(await line(`score night:best --split holdout --json --base-url ${url}`)),
      );
      expect(holdout.notes).toHaveLength(1);
      expect(await line(`score night:best --no-cache --base-url ${url}`)).not.toContain('Latency of');
    },
  );

  test('refuses models of which no preset makes use', async () => {
    const context = testContext('score good.yaml --task numbers --models poor'.split(' '), { cwd: folder });
    expect(await runCli(context)).toBe(2);
    expect(context.stderr.text).toContain('--models: expected a preset beside it, such as preset:router');
  });

  test("asks a preset's models of the server of a run beside it, where the run is one's own", async () => {
    const line = async (text: string, home: string) => {
      const env = { MIXTUNE_HOME: join(folder, home), OPENAI_API_KEY: 'sk-kept' };
      const context = testContext(text.split(' '), { cwd: folder, fetch, env });
      return { code: await runCli(context), out: context.stdout.text, err: context.stderr.text };
    };
    const job = `tune numbers --models good --base-url ${url} --run mine --max-evaluations 1`;
    expect(await line(`${job} --no-reflection --no-report`, 'home')).toMatchObject({ code: 0 });
    const beside = 'score preset:self-consistency mine --repeats 1 --json --models poor';
    const { code, out } = await line(beside, 'home');
    expect(code).toBe(0);
    const labels = board.parse(JSON.parse(out)).configs.map(({ label }) => label);
    expect(labels).toEqual(['mine:best', 'preset:self-consistency']);
    asked = 0;
    expect(await line(`${beside},sim/wisp-1b`, 'another-home')).toMatchObject({
      code: 2,
      err: expect.stringContaining('not known to be yours'),
    });
    expect(asked).toBe(0);
  });

  test('a ceiling in dollars needs prices', async () => {
    const { code, err, asked: calls } = await score('--max-usd 1');
    expect({ code, calls }).toEqual({ code: 2, calls: 0 });
    expect(err).toMatch(/--max-usd.*price/s);
  });
});
