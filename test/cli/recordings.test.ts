import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import type { FrontFile } from '../../src/domain/run-result.ts';
import { type SimServer, startSimServer } from '../../src/sim/server.ts';
import { writeCapitals } from '../support/capitals.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const task = `version: 1
name: capitals
description: Name the capital of a country.
prompt: "What is the capital of {{input}}? Answer with its name only."
grader: { name: contains }
repeats: 2
split: { holdout: 0.5 }
`;
const small = '--strategy random --max-evaluations 6 --seed 3 --finish-repeats 2 --holdout-repeats 2';
let folder: string;
let server: SimServer;

const cli = (line: string) => runLine(line, { cwd: folder });
const readText = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
const readFront = async (run: string): Promise<FrontFile> =>
  JSON.parse(await readText(`runs/${run}/front.json`));

beforeAll(async () => {
  folder = temporaryFolder('recordings');
  writeCapitals(join(folder, 'tasks'), task);
  server = await startSimServer({ port: 0, seed: 1, clock: createRealClock(), speedup: 400 });
  const url = `http://127.0.0.1:${new URL(server.url).port}/v1`;
  const models = 'wisp-1b,finch-3b,heron-8b';
  const served = await cli(`tune capitals --run served --base-url ${url} --models ${models} ${small} --json`);
  expect(served.err).not.toContain('mixtune:');
  expect(served.code).toBe(0);
  // From here on there is no endpoint any more.
  await server.close();
  expect((await cli('cache export --run served --out served.jsonl')).code).toBe(0);
});

describe('a run against an endpoint, repeated from its recording', () => {
  test.each(['served', 'runs/served', './runs/served'])(
    'repeat %s, a run, tells how to record it',
    async (run) => {
      const { code, err } = await cli(`repeat ${run}`);
      expect(code).toBe(2);
      expect(err).toContain(`${run}: expected a recording of a run, found the run itself`);
      expect(err).toContain(`mixtune cache export --run ${run} --out recording.jsonl.gz`);
    },
  );

  test('gives the same front, point by point and bit by bit, from answers graded again', async () => {
    const { code, out } = await cli('repeat served.jsonl --json');
    expect(code).toBe(0);
    const told = JSON.parse(out);
    expect(told).toMatchObject({ run: 'served-repeat', repeats: 'served', sameFront: true, differences: [] });
    const [original, repeated] = [await readFront('served'), await readFront('served-repeat')];
    expect(original.front.length).toBeGreaterThan(0);
    expect(repeated.front).toEqual(original.front);
    expect(repeated.baselines).toEqual(original.baselines);
    expect(told.cells).toBe(
      (await readText('served.jsonl')).split('\n').filter((line) => line.includes('"cell-finished"')).length,
    );
  });

  test('is a run like any other: it can be shown, and its claims replayed', async () => {
    await cli('repeat served.jsonl --run again');
    expect((await cli('show again best')).code).toBe(0);
    expect(await cli('reproduce again --from-cache')).toMatchObject({ code: 0 });
    const manifest = JSON.parse(await readText('runs/again/manifest.json'));
    expect(manifest).toMatchObject({ run: 'again', repeats: { run: 'served' } });
  });

  test('grades anew, and names the cells that come out otherwise than they were recorded', async () => {
    const lines = (await readText('served.jsonl')).split('\n');
    const index = lines.findIndex((line) => line.includes('"cell-finished"') && line.includes('"scored"'));
    const { event } = JSON.parse(lines[index] ?? '');
    const real: number = event.result.grade.value;
    event.result.grade.value = 1 - real;
    lines[index] = JSON.stringify({ event });
    await writeFile(join(folder, 'forged.jsonl'), lines.join('\n'));
    const told = JSON.parse((await cli('repeat forged.jsonl --run forged --json')).out);
    expect(told.differences).toMatchObject([{ what: expect.stringContaining(`"value":${real}`) }]);
    expect((await readFront('forged')).front).toEqual((await readFront('served')).front);
  });

  test('does not give a front that the changed answers do not', async () => {
    const text = await readText('served.jsonl');
    const spoilt = text
      .split('\n')
      .map((line) =>
        line.startsWith('{"key"') ? line.replace('"text":"', '"text":"Paris, Rome, Tokyo, Lima. ') : line,
      );
    await writeFile(join(folder, 'spoilt.jsonl'), spoilt.join('\n'));
    const { code, out, err } = await cli('repeat spoilt.jsonl --run spoilt');
    expect(code).toBe(1);
    expect(`${out}${err}`).toMatch(/another one than was recorded|cannot be repeated: spoilt\.jsonl/);
  });

  test('ends with an error that names the call where the recording lacks one, and leaves no run behind', async () => {
    const lines = (await readText('served.jsonl')).split('\n');
    const first = lines.findIndex((line) => line.startsWith('{"key"'));
    await writeFile(join(folder, 'lacking.jsonl'), lines.filter((_, index) => index !== first).join('\n'));
    const { code, err } = await cli('repeat lacking.jsonl --run lacking');
    expect(code).toBe(1);
    expect(err).toMatch(
      /cell \S+ of config [0-9a-f]{12} cannot be repeated: lacking\.jsonl holds no answer to this request to openai\/\S+ \(repeat \d+, sample \d+\): "What is the capital of/,
    );
    expect(readdirSync(join(folder, 'runs'))).not.toContain('lacking');
  });

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    [
      'a config that is not what its id says',
      (lines) => lines.map((line) => line.replaceAll(/"temperature":[\d.]+/g, '"temperature":0.123')),
      /config of trial \d+: expected the config of id/,
    ],
    [
      'its events out of order',
      (lines) => [
        ...lines.filter((line) => !line.startsWith('{"event"')),
        ...lines.filter((line) => line.startsWith('{"event"')).reverse(),
      ],
      /expected a run's events, whole and in order/,
    ],
    [
      'no run in it',
      (lines) => lines.filter((line) => !line.startsWith('{"recording"')),
      /expected the recording of one run .* found answers only/,
    ],
    ['two runs in it', (lines) => [...lines, ...lines], /2 runs: served, served/],
  ])('refuses a recording with %s', async (_name, change, message) => {
    const lines = (await readText('served.jsonl')).trim().split('\n');
    await writeFile(join(folder, 'wrong.jsonl'), change(lines).join('\n'));
    const { code, err } = await cli('repeat wrong.jsonl --run wrong');
    expect(err).toMatch(message);
    expect(code).toBeGreaterThan(0);
    expect(readdirSync(join(folder, 'runs'))).not.toContain('wrong');
  });

  test('refuses another version of the task', async () => {
    writeCapitals(join(folder, 'other'), task.replace('its name', 'the name'));
    const { code, err } = await cli('repeat served.jsonl --task ./other/capitals');
    expect(err).toContain('task capitals as it was when the run was recorded');
    expect(code).toBe(2);
  });
});

describe('tuning from a recording alone', () => {
  const job = `tune capitals ${small}`;
  test('decides all anew and comes to the same result, failed attempts included', async () => {
    expect((await cli(`${job} --run sim --models sim/wisp-1b,sim/finch-3b,sim/heron-8b`)).code).toBe(0);
    await cli('cache export --run sim --out sim.jsonl.gz');
    const recorded = await cli(`${job} --run replayed --recorded sim.jsonl.gz`);
    expect(recorded.err).not.toContain('mixtune:');
    expect(recorded.code).toBe(0);
    expect(await readText('runs/replayed/front.json')).toBe(await readText('runs/sim/front.json'));
    expect((await readFront('sim')).spent.calls).toBeGreaterThan(20);
  });

  test('ends with an error that names the call that was never recorded', async () => {
    const text = gunzipSync(await readFile(join(folder, 'sim.jsonl.gz'))).toString();
    const lines = text.split('\n').filter((line) => !line.startsWith('{"key":"1'));
    await writeFile(join(folder, 'thin.jsonl'), lines.join('\n'));
    const { code, err } = await cli(`${job} --run thin --recorded thin.jsonl`);
    expect(code).toBe(1);
    expect(err).toMatch(/The run cannot go on: \S*thin\.jsonl holds no answer to this request to sim\//);
  });

  test('needs a recording of the models named, and one at all for recorded/ models', async () => {
    expect(await cli(`${job} --recorded sim.jsonl.gz --models openai/gpt-4o`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('a recording of openai/gpt-4o'),
    });
    expect(await cli(`${job} --models recorded/sim/wisp-1b`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--recorded FILE'),
    });
  });

  test('takes replies that somebody collected, under the names they were collected with', async () => {
    const replies = ['France Paris', 'Italy Rome', 'Japan Tokyo', 'Peru Lima'].flatMap((line) => {
      const [country, capital] = line.split(' ');
      const question = `What is the capital of ${country}? Answer with its name only.`;
      return [
        { model: 'good', question, response: { text: `It is ${capital}.` } },
        { model: 'poor', question, response: { text: country === 'Peru' ? 'Lima' : 'I do not know.' } },
      ].map((each) => JSON.stringify(each));
    });
    await writeFile(join(folder, 'replies.jsonl'), replies.join('\n'));
    const single = (model: string): string =>
      `version: 1\nname: ${model}\nstages: [{ kind: propose, agents: [{ name: a, model: ${model}, prompt: Be brief. }] }]\n`;
    for (const name of ['good', 'poor']) {
      await writeFile(join(folder, `${name}.yaml`), single(`recorded/${name}`));
    }
    const { code, out } = await cli(
      'score good.yaml poor.yaml --task capitals --recorded replies.jsonl --json',
    );
    expect(code).toBe(0);
    const means = JSON.parse(out).configs.map(
      (row: { objectives: { score: { mean: number } } }) => row.objectives.score.mean,
    );
    expect(means[0]).toBe(1);
    expect(means[1]).toBeLessThan(1);
  });
});
