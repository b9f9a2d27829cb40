import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { answers, completion, type FaultServer, startFaultServer } from '../models/fault-server.ts';
import { testContext } from '../support/cli.ts';
import { fastClock } from '../support/fast-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;
let server: FaultServer;
let refusesFor = 0;
let fails = true;

const config = (name: string, temperature: number): string => `version: 1
name: ${name}
stages:
  - kind: propose
    agents: [{ name: a, model: openai/m, prompt: "{{question}}", temperature: ${temperature}, topP: 0.9, maxTokens: 50 }]
`;

beforeAll(async () => {
  folder = temporaryFolder('ceilings');
  const plain = join(folder, 'tasks', 'plain');
  await mkdir(plain, { recursive: true });
  await writeFile(
    join(plain, 'task.yaml'),
    'version: 1\nname: plain\ndescription: Spell.\ngrader: { name: contains }\nrepeats: 1\nsplit: { holdout: 0.5 }\n',
  );
  const rows = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((letter) =>
    JSON.stringify({ id: letter, input: `Spell ${letter}`, gold: letter }),
  );
  await writeFile(join(plain, 'instances.jsonl'), `${rows.join('\n')}\n`);
  await writeFile(join(folder, 'one.yaml'), config('one', 0.3));
  await writeFile(join(folder, 'two.yaml'), config('two', 0.8));
  // Refuses one parameter after the other, and each fifth request for no reason.
  let asked = 0;
  server = await startFaultServer((request, response) => {
    const { body } = request;
    if (body.messages === undefined) return answers.json(200, { data: [{ id: 'm' }] })(request, response);
    for (const name of ['stream_options', 'seed', 'top_p']) {
      if (asked < refusesFor && name in body) {
        return answers.error(400, `${name} is not supported`, { param: name })(request, response);
      }
    }
    if (++asked % 5 === 0 && fails) return answers.error(500, 'out of order')(request, response);
    answers.json(200, completion({ content: 'A: a' }, { model: 'm' }))(request, response);
  });
});
afterAll(async () => {
  await server.close();
});

async function cli(line: string) {
  const clock = fastClock(50);
  const before = server.requests.length;
  const context = testContext(line.split(' '), {
    cwd: folder,
    env: { MIXTUNE_HOME: join(folder, 'home') },
    clock,
  });
  const code = await runCli(context);
  const made = server.requests.slice(before).filter(({ body }) => body.messages !== undefined).length;
  return { code, made, out: context.stdout.text, err: context.stderr.text };
}

test('ask makes no more requests than --max-calls allows, and says which ceiling was in the way', async () => {
  refusesFor = Number.POSITIVE_INFINITY;
  const run = `ask one.yaml hello --no-cache --base-url ${server.baseUrl}`;
  const cut = await cli(`${run} --max-calls 2`);
  expect(cut).toMatchObject({ code: 1, made: 2 });
  expect(cut.err).toContain('ceiling on calls leaves no room');
  const whole = await cli(`${run} --max-calls 20`);
  expect(whole).toMatchObject({ code: 0, out: 'A: a\n' });
  const priceless = await cli(`${run} --max-usd 1`);
  expect(priceless).toMatchObject({ code: 2, err: expect.stringContaining('no price for openai/m') });
});

test('score cut off by a ceiling says so, and has measured all configs on the same cells', async () => {
  fails = false;
  const run = `score one.yaml two.yaml --task plain --no-cache --base-url ${server.baseUrl} --concurrency 1`;
  const cut = await cli(`${run} --max-calls 5 --json`);
  expect(cut).toMatchObject({ code: 0, made: 5 });
  expect(cut.err).toContain('a ceiling was reached: the figures are of the answers there are');
  const [one, two] = JSON.parse(cut.out).configs;
  expect(one.planned).toBe(4);
  expect(Math.abs(one.cells - two.cells)).toBeLessThanOrEqual(1);
  const table = await cli(`${run} --max-calls 5`);
  expect(table.out).toMatch(/ \d of 4/);
  const whole = await cli(run);
  expect(whole.err).not.toContain('figures are of');
});
