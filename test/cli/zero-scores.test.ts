import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { watchForZeros } from '../../src/cli/wiring/jobs/zero-scores.ts';
import { elementAt } from '../../src/core/element-at.ts';
import { unwrap } from '../../src/core/result.ts';
import type { CellResult } from '../../src/domain/cell-result.ts';
import { type Instance, type Task, taskFileSchema } from '../../src/domain/task.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import { testContext } from '../support/cli.ts';
import { singleConfig } from '../support/front-sample.ts';
import { python } from '../support/python.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Answer = string | null;

function taskOf(grader: Task['grader'], answer: Task['answer'], gold: unknown): Task {
  const file = taskFileSchema.parse({ version: 1, name: 'demo', description: 'd', grader, answer });
  const instances: Instance[] = Array.from({ length: 8 }, (_, n) => ({
    id: `q${n}`,
    input: `Question ${n}?`,
    gold,
  }));
  return { ...file, hash: '', tuning: instances, holdout: [] };
}

async function findingOf(task: Task, answers: readonly Answer[], degraded: CellResult['degraded'] = []) {
  const grader = unwrap(createGrader(task.grader, { python, taskFolder: '' }));
  const told: string[] = [];
  const watch = watchForZeros(task, grader, ['sim/a'], (finding) => told.push(finding));
  for (const [n, answer] of answers.entries()) {
    const instance = task.tuning[n] as Instance;
    const grade =
      answer === null
        ? ({ kind: 'scored', value: 0 } as const)
        : await grader.grade({ answer, instance, question: instance.input, repeat: 0 });
    const measurement = {
      score: grade.kind === 'scored' ? grade.value : null,
      latency: 1,
      tokens: 1,
      usd: null,
    };
    watch.cell(
      { split: 'tuning', instance: instance.id, repeat: 0 },
      {
        grade,
        measurement,
        answer,
        degraded,
        calls: 1,
        tokensEstimated: false,
        ...(answer === null ? { reason: 'refused' } : {}),
      },
      singleConfig('sim/a'),
    );
  }
  const finding = await watch.finding();
  expect(told).toEqual(finding === undefined ? [] : [finding]);
  return finding;
}

const all = (answer: Answer): Answer[] => Array.from({ length: 8 }, () => answer);
const cut = [{ stage: 'stages[0]', code: 'truncated' as const, note: 'cut' }];

describe('when nothing scores', () => {
  test.each<[string, Task, Answer, CellResult['degraded'], RegExp]>([
    [
      'the format: the gold answer stands in a sentence',
      taskOf({ name: 'exact' }, 'text', 'Paris'),
      'I believe that Paris would be it, but check.',
      [],
      /^Nothing scores: the first 8 answers all got 0\. For example q0: the gold answer is "Paris", the answer is "I believe.*read as.*Likely cause: the format: most answers hold the gold answer, but exact/,
    ],
    [
      'the format: nothing can be read',
      taskOf({ name: 'numeric' }, 'number', 12),
      'It cannot be told.',
      [],
      /in which no number is found.*Likely cause: the format: no number can be read/,
    ],
    [
      'the grader: gold answers fail',
      taskOf({ name: 'classification', labels: ['late', 'refund'] }, 'label', 'other'),
      'late',
      [],
      /Likely cause: the grader: the gold answer itself gets 0\.00 from classification \(mixtune task check demo\)/,
    ],
    [
      'the limit',
      taskOf({ name: 'numeric' }, 'number', 12),
      'First of all, let us',
      cut,
      /Likely cause: the limit.*maxTokens/,
    ],
    [
      'the models',
      taskOf({ name: 'exact' }, 'text', 'Paris'),
      null,
      [],
      /no answer was written \(refused\).*Likely cause: the models/,
    ],
    [
      'the prompt',
      taskOf({ name: 'numeric' }, 'number', 12),
      'The answer is 7.',
      [],
      /read as "7".*Likely cause: the prompt/,
    ],
  ])('names %s', async (_, task, answer, degraded, expected) => {
    expect(await findingOf(task, all(answer), degraded)).toMatch(expected);
  });

  test('one model alone may be too weak: waits for others, takes it back, and judges by all at the end', async () => {
    const told: string[] = [];
    const task = taskOf({ name: 'numeric' }, 'number', 12);
    const grader = unwrap(createGrader(task.grader, { python, taskFolder: '' }));
    const watch = watchForZeros(task, grader, ['sim/a', 'sim/b', 'sim/c', 'sim/d'], (text) =>
      told.push(text),
    );
    const hear = (model: string, answer: string, value: number): void => {
      const instance = elementAt(task.tuning, 0);
      const measurement = { score: value, latency: 1, tokens: 1, usd: null };
      watch.cell(
        { split: 'tuning', instance: instance.id, repeat: 0 },
        {
          grade: { kind: 'scored', value },
          measurement,
          answer,
          degraded: [],
          calls: 1,
          tokensEstimated: false,
        },
        singleConfig(model),
      );
    };
    for (let n = 0; n < 20; n++) hear('sim/a', 'The answer is 7.', 0);
    await new Promise((done) => setTimeout(done));
    expect(told).toEqual([]);
    for (const model of ['sim/b', 'sim/c']) hear(model, 'It cannot be told.', 0);
    await expect.poll(() => told.length).toBe(1);
    expect(told[0]).toMatch(/the first 22 answers all got 0.*Likely cause: the prompt/);
    // At the end all count, not the first ones.
    for (let n = 0; n < 40; n++) hear('sim/d', 'It cannot be told.', 0);
    expect(await watch.finding()).toMatch(/the first 62 answers all got 0.*no number can be read/);
    hear('sim/b', 'The answer is 12.', 1);
    expect(told[1]).toContain('Answers score now');
    expect(await watch.finding()).toBeUndefined();
  });

  test('says nothing where one answer scores, or too few are in', async () => {
    const task = taskOf({ name: 'numeric' }, 'number', 12);
    expect(await findingOf(task, [...all('7').slice(1), '12'])).toBeUndefined();
    expect(await findingOf(task, ['7', '7', '7'])).toBeUndefined();
  });
});

test('a run in which nothing scores says so at once and at the end, and recommends nothing', async () => {
  const folder = temporaryFolder('zeros');
  const server = createServer((request, response) => {
    request.resume();
    const body = {
      choices: [
        { index: 0, message: { role: 'assistant', content: 'It is hard to say.' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 9, completion_tokens: 6 },
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.url?.endsWith('/models') ? { data: [{ id: 'm' }] } : body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const rows = Array.from({ length: 20 }, (_, n) =>
      JSON.stringify({ question: `How many are ${n} and 3?`, answer: n + 3 }),
    );
    await writeFile(join(folder, 'sums.jsonl'), rows.join('\n'));
    const cli = async (line: string) => {
      const context = testContext(line.split(' '), {
        cwd: folder,
        packageFolder: resolve(import.meta.dirname, '../..'),
      });
      const code = await runCli(context);
      return { code, out: context.stdout.text };
    };
    await cli('task import sums.jsonl --name sums --input question --gold answer');
    const { port } = server.address() as AddressInfo;
    const { code, out } = await cli(
      `tune sums --base-url http://127.0.0.1:${port}/v1 --models m --max-evaluations 2 --finish-repeats 1 --holdout-repeats 1 --run zeros`,
    );
    expect(code).toBe(0);
    expect(
      out.match(
        /Nothing scores: the first \d+ answers all got 0\. For example .*the answer is "It is hard to say\.", in which no number is found/g,
      )?.length,
    ).toBeGreaterThanOrEqual(2);
    expect(out).toContain('Nothing scored above 0');
    expect(out).not.toContain('use that one alone');
    expect(out).not.toContain('Show the best point');
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
