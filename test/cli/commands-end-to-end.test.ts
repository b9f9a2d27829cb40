import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ProcessContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/program.ts';
import { createRealClock } from '../../src/core/clock.ts';
import { startSimServer } from '../../src/sim/server.ts';
import { writeCapitals } from '../support/capitals.ts';
import { testContext } from '../support/cli.ts';
import { copyRun } from '../support/copy-run.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

let folder: string;

const task = `version: 1
name: capitals
description: Name the capital of a country.
prompt: "What is the capital of {{input}}? Answer with its name only."
grader: { name: contains }
repeats: 2
split: { holdout: 0.5 }
`;

beforeAll(async () => {
  folder = temporaryFolder('cli');
  writeCapitals(join(folder, 'tasks'), task);
  // One run that most tests look at.
  const { code } = await cli(
    'tune capitals --run first --seed 5 --strategy random --max-evaluations 6 --start-cells all --json',
  );
  expect(code).toBe(0);
});

async function cli(line: string | readonly string[], changes: Partial<ProcessContext> = {}) {
  const argv = typeof line === 'string' ? line.split(' ') : line;
  return runLine(argv, { cwd: folder, ...changes });
}

async function json(line: string) {
  const result = await cli(`${line} --json`);
  expect(result).toMatchObject({ code: 0 });
  return JSON.parse(result.out);
}

describe('tune', () => {
  test('prints front, spending and next commands, all of it called simulated', async () => {
    const { code, out, err } = await cli('tune capitals --seed 2 --max-evaluations 5');
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('using the simulated models');
    expect(out).toContain('Run capitals-20260401-220005: tuning capitals with');
    expect(out).toContain('Front of capitals (simulated)');
    expect(out).toContain('mixtune reproduce capitals-20260401-220005');
    expect(out).toMatch(/Spent: .*\(simulated\)/);
    expect(await readdir(join(folder, 'runs', 'capitals-20260401-220005'))).toEqual(
      expect.arrayContaining(['best.json', 'front.json', 'journal.sqlite', 'manifest.json']),
    );
  });

  test.skipIf(!thorough)('a second run in the same second gets another id', async () => {
    const { out } = await cli('tune capitals --seed 2 --max-evaluations 3');
    expect(out).toContain('Run capitals-20260401-220005-2:');
  });

  test('the same seed and settings give a byte-identical front', async () => {
    await cli('tune capitals --run again --seed 5 --strategy random --max-evaluations 6 --start-cells all');
    const front = (run: string) => readFile(join(folder, 'runs', run, 'front.json'), 'utf8');
    expect(await front('again')).toBe(await front('first'));
  });

  test('JSON goes to stdout alone', async () => {
    const { out, err, code } = await cli(
      'tune capitals --run j --strategy random --max-evaluations 4 --json',
    );
    expect(code).toBe(0);
    const result = JSON.parse(out);
    expect(result).toMatchObject({ run: 'j', simulated: true, evaluations: 4 });
    expect(result.front[0].objectives.score).toEqual({
      mean: expect.any(Number),
      low: expect.any(Number),
      high: expect.any(Number),
    });
    expect(err).toContain('4 of 4 evaluations');
  });

  test('Ctrl-C leaves a run that resume brings to the same end', async () => {
    const context = testContext(
      'tune capitals --run cut --seed 5 --strategy random --max-evaluations 6 --start-cells all'.split(' '),
      {
        cwd: folder,
      },
    );
    const write = context.stdout._write.bind(context.stdout);
    context.stdout._write = (chunk, encoding, done) => {
      if (String(chunk).startsWith('searching') || String(chunk).startsWith('measuring')) context.interrupt();
      write(chunk, encoding, done);
    };
    expect(await runCli(context)).toBe(130);
    expect(context.stdout.text).toContain('mixtune resume cut');
    expect((await json('front cut')).ended).toBe('interrupted');
    const resumed = await json('resume cut');
    const whole = await json('front first');
    expect(resumed).toMatchObject({ ended: 'evaluations', evaluations: 6 });
    expect({ ...resumed, run: 'first' }).toEqual(whole);
    copyRun(join(folder, 'runs', 'cut'), join(folder, 'runs', 'the copy'));
    const { out, err } = await cli(['resume', 'runs/the copy', '--no-report']);
    expect(out, err).toContain("mixtune show 'runs/the copy' best");
    expect(out).not.toMatch(/mixtune \w+ cut/);
    expect(out).toContain('Run the copy: tuning');
    const status = await cli(['status', 'runs/the copy']);
    expect(status.out, status.err).toMatch(/^Run the copy: /);
    const all = await cli(['status']);
    expect(all.out, all.err).toMatch(/^run .*\n(.*\n)*cut +done /);
    expect(JSON.parse((await cli(['status', '--json'])).out).runs).toContainEqual(
      expect.objectContaining({ run: 'cut', state: 'done' }),
    );
    expect((await cli(['status', 'x'.repeat(30)])).err).toMatch(/found none \(runs there: .*cut/);
  });

  test.skipIf(!thorough)('nothing secret gets into the run folder', async () => {
    await cli('tune capitals --run quiet --strategy random --max-evaluations 1 --models sim/finch-3b', {
      env: { OPENAI_API_KEY: 'sk-very-secret' },
    });
    for (const name of await readdir(join(folder, 'runs', 'quiet'))) {
      expect(await readFile(join(folder, 'runs', 'quiet', name), 'latin1')).not.toContain('sk-very-secret');
    }
  });

  test.skipIf(!thorough)(
    'works over HTTP against the simulated endpoint, and says it is simulated',
    async () => {
      const server = await startSimServer({ port: 0, seed: 1, clock: createRealClock(), speedup: 1000 });
      try {
        const line = `tune capitals --run http --base-url ${server.url} --models finch-3b,sage-70b --max-evaluations 4`;
        const { code, out } = await cli(line);
        expect(code).toBe(0);
        expect(out).toContain('Front of capitals (simulated)');
        const wrong = await cli(`tune capitals --base-url ${server.url} --models finch-3`);
        expect(wrong.code).toBe(2);
        expect(wrong.err).toMatch(/found "finch-3" \(did you mean "sim\/finch-3b"\?\)/);
      } finally {
        await server.close();
      }
    },
  );
});

describe('commands on a run', () => {
  test('front, as table, JSON and CSV, with limits', async () => {
    expect((await cli('front first')).out).toContain('Front of capitals (simulated)');
    const whole = await json('front first');
    expect(whole.front.length).toBeGreaterThan(0);
    const { out } = await cli('front first --format csv');
    expect(out.trim().split('\r\n')).toHaveLength(whole.front.length + 1);
    expect((await json('front first --max-tokens 0')).front).toEqual([]);
  });

  test('show prints a config that export writes and score measures alike', async () => {
    const shown = await json('show first best');
    expect(shown).toMatchObject({ run: 'first', simulated: true });
    const { code } = await cli('export first best --out best.json');
    expect(code).toBe(0);
    const { task, ...system } = JSON.parse(await readFile(join(folder, 'best.json'), 'utf8'));
    expect(task.prompt).toContain('{{input}}');
    expect(system).toEqual(shown.config);
    const scored = await json('score first:best');
    expect(scored.configs[0].objectives).toEqual(shown.objectives);
    const byFile = await json('score best.json --task capitals --seed 5 --repeats 4');
    expect(byFile.configs[0].objectives).toEqual(shown.objectives);
  });

  test('export for a client names the serve command that lists its model, off the front too', async () => {
    const { front, baselines } = JSON.parse(await readFile(join(folder, 'runs/first/front.json'), 'utf8'));
    const ids = (members: readonly { id: string }[]): string[] => members.map(({ id }) => id);
    const on = ids(front)[0] ?? '';
    const off = ids(baselines).find((id) => !ids(front).includes(id)) ?? '';
    expect(off).not.toBe('');
    const served = async (point: string) => (await cli(`export first ${point} --format curl`)).err;
    expect(await served('best')).toBe('It asks what this serves: mixtune serve first\n');
    expect(await served(on)).toBe('It asks what this serves: mixtune serve first\n');
    expect(await served(off)).toBe(`It asks what this serves: mixtune serve first:${off}\n`);
  });

  test('show, front and lock tell alike on how many answers the scores rest', async () => {
    const lock = JSON.parse(await readFile(join(folder, 'runs/first/best.json'), 'utf8'));
    const { tuning, holdout } = lock.claims;
    const { out } = await cli('show first best');
    expect(out).toMatch(new RegExp(`^holdout .*, over ${holdout.cells} answers$`, 'm'));
    expect(out).toMatch(new RegExp(`^tuning .*, over ${tuning.cells} answers$`, 'm'));
    const told = { cells: tuning.cells, holdoutCells: holdout.cells };
    expect(await json('show first best')).toMatchObject(told);
    const { front, baselines } = await json('front first');
    const points: { id: string }[] = [...front, ...baselines];
    expect(points.find(({ id }) => id === lock.member.id)).toMatchObject(told);
  });

  test('show tells which tuning questions a config loses most on, and nothing of the holdout', async () => {
    const { worst, lost, answered } = await json('show first fastest --worst 2');
    expect(worst.length).toBe(Math.min(2, lost));
    expect(lost).toBeGreaterThan(0);
    const { out } = await cli('show first fastest --worst 1');
    expect(out).toContain(`of ${answered} tuning questions`);
    expect(out).toContain(`question  ${worst[0].question}`);
    expect(out).toContain(`expected  ${worst[0].expected}`);
    expect(out).toContain(`answered  ${worst[0].answers[0].answer}`);
    expect(out).not.toContain(worst[1]?.question ?? 'holdout/');
  });

  test('show tells the holdout questions a config loses most on where these are asked for, with a warning', async () => {
    const told = await json('show first best --worst 2 --split holdout');
    expect(told.split).toBe('holdout');
    expect(told.answered).toBeGreaterThan(0);
    const { out } = await cli('show first best --worst 1 --split holdout');
    expect(out).toContain('holdout question');
    if (told.lost > 0) expect(out).toContain('its holdout score says too much');
    expect((await cli('show first best --split holdout')).code).toBe(2);
  });

  test('show says so where the task of a run has changed since, and where it is gone', async () => {
    const file = join(folder, 'tasks/capitals/task.yaml');
    const kept = await readFile(file, 'utf8');
    const before = await json('show first fastest --worst 1');
    await writeFile(file, `${kept}\n# changed\n`);
    try {
      const { worst, task } = await json('show first fastest --worst 1');
      expect([before.task, task]).toEqual(['unchanged', 'changed']);
      expect(worst).toEqual(before.worst);
      expect((await cli('show first fastest --worst 1')).out).toContain(
        'Task capitals has changed since this run',
      );
      await rm(file);
      const gone = await json('show first fastest --worst 1');
      expect([gone.task, gone.worst[0].question, gone.worst[0].answers]).toEqual([
        ...['gone', undefined, before.worst[0].answers],
      ]);
    } finally {
      await writeFile(file, kept);
    }
  });

  test("a run's best.json and an exported YAML name the same config", async () => {
    await cli('export first best --out best.yaml');
    const { configs } = await json('score best.yaml runs/first/best.json --task capitals --repeats 1');
    expect(configs[0].id).toBe(configs[1].id);
    expect(await readFile(join(folder, 'best.yaml'), 'utf8')).toContain('simulated');
  });

  test('ask streams an answer to stdout, with the trace on stderr', async () => {
    const { code, out, err } = await cli(['ask', 'first', 'What is the capital of Peru?', '--trace']);
    expect(code).toBe(0);
    expect(out.trim()).not.toBe('');
    expect(err).toContain('The models are simulated, and so is the answer');
    expect(err).toContain('> stages[0] propose');
    expect(err).toMatch(/calls?, .* tokens in, .* latency .* \(simulated\)/);
    const stdin = Readable.from(['What is the capital of Peru?']);
    expect((await cli('ask first', { stdin })).out).toBe(out);
  });

  test('a point can be named by the start of its id', async () => {
    const { front } = await json('front first');
    const id: string = front.at(-1).id;
    expect((await json(`show first ${id.slice(0, 8)}`)).id).toBe(id);
  });
});

describe('grade', () => {
  const graded = async (answer: string, extra = '') => {
    const stdin = Readable.from([answer]);
    const result = await cli(`grade capitals - --instance fr --json${extra}`, { stdin });
    return { code: result.code, grade: JSON.parse(result.out) };
  };

  test('names a missing answer file before a missing instance', async () => {
    const { code, err } = await cli('grade capitals /nope --instance fra');
    expect(code).toBe(2);
    expect(err).toContain('/nope');
    expect(err).not.toContain('fra');
  });

  test('prints the one object of the design; a wrong answer is no failure', async () => {
    expect(await graded('Paris')).toEqual({
      code: 0,
      grade: { points: 1, max: 1, checks: expect.any(Array), scored: true },
    });
    expect(await graded('London')).toMatchObject({ code: 0, grade: { points: 0, scored: true } });
  });

  test('wants to know which question where there are several', async () => {
    const { code, err } = await cli('grade capitals - --json');
    expect(code).toBe(2);
    expect(err).toContain('--instance: expected the id of one of the 4 instances of capitals');
  });
});

describe('lists', () => {
  test("hold the working folder's own and mixtune's", async () => {
    const tasks = await json('tasks');
    expect(tasks.map((each: { name: string }) => each.name)).toEqual(
      expect.arrayContaining(['capitals', 'code-challenge', 'contest-math']),
    );
    const own = tasks.find((each: { name: string }) => each.name === 'capitals');
    expect(own).toMatchObject({ instances: 4, tuning: 2, holdout: 2, grader: 'contains' });
    expect((await json('spaces')).map((each: { name: string }) => each.name)).toContain('code-challenge');
    const { providers, models } = await json('models');
    expect(providers.find((each: { name: string }) => each.name === 'openai').key).toBe('missing');
    expect(models.filter((each: { simulated: boolean }) => each.simulated).length).toBeGreaterThanOrEqual(8);
  });

  test('never print a key', async () => {
    const env = { OPENAI_API_KEY: 'sk-very-secret' };
    const { out } = await cli('models', { env });
    expect(out).toContain('OPENAI_API_KEY set');
    expect(out).not.toContain('sk-very-secret');
  });
});

describe('bad input ends with one clear error and exit 2', () => {
  test.each<[string, RegExp]>([
    ['tune capitls', /^mixtune: .*did you mean "capitals"/],
    ['tune capitals --space smal', /--space: .*did you mean "small"/],
    ['tune capitals --strategy evolutoin', /--strategy: .*did you mean "evolution"/],
    ['tune capitals --models sim/sage-7b', /did you mean "sim\/sage-70b"/],
    ['tune capitals --models opnai/gpt-4o', /did you mean "openai\/gpt-4o"/],
    ['tune capitals --models sage-70b', /expected provider\/model.*did you mean "sim\/sage-70b"/],
    ['tune capitals --models local/x.gguf', /local model .* mixtune models pull/],
    ['tune capitals --models openai/gpt-4o', /OPENAI_API_KEY, or --base-url with the address of the server/],
    ['tune capitals --base-url http://127.0.0.1:1/v1 --models a', /answers at http:\/\/127\.0\.0\.1:1\/v1/],
    ['tune capitals --base-url http://127.0.0.1:1/v1', /expected --models/],
    ['tune capitals --models ollama/x --max-usd 1', /--max-usd: .*no price for ollama\/x/],
    ['tune capitals --run first', /taken.*mixtune resume first/],
    ['resume nothing', /expected a run folder/],
    ['resume ../first', /expected a run folder/],
    ['show first 000000000000', /expected a point of the run/],
    ['score nothing.yaml --task capitals', /nothing\.yaml: .*no such file/],
    [
      'score bad.yaml --task capitals',
      /bad\.yaml:6 at stages\[0\]\.agents\[0\]\.temprature: .*"temperature"/,
    ],
    ['score empty.yaml --task capitals', /empty\.yaml.* at stages: /],
    ['score first:best --task nothing', /nothing/],
    ['grade capitals nothing.txt --instance fr', /nothing\.txt/],
    ['grade capitals - --instance fx', /did you mean "fr"|expected an instance/],
  ])('%s', async (line, message) => {
    await writeFile(
      join(folder, 'bad.yaml'),
      'version: 1\nname: x\nstages:\n  - kind: propose\n    agents:\n      - {name: a, model: sim/sage-70b, prompt: hi, temprature: 1}\n',
    );
    await writeFile(join(folder, 'empty.yaml'), 'version: 1\nname: x\nstages: []\n');
    const { code, out, err } = await cli(line);
    expect(err).toMatch(message);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  test('a budget too small to evaluate anything is exit 3', async () => {
    const { code, err } = await cli('tune capitals --max-evaluations 1 --max-tokens 1 --run tiny');
    expect(code).toBe(3);
    expect(err).toMatch(/^mixtune: The budget .* too small/);
  });
});
