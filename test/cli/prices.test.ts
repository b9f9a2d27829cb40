import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allCommands } from '../../scripts/commands-doc.ts';
import { openWorkbench } from '../../src/cli/wiring/page/workbench.ts';
import type { Spent } from '../../src/domain/budget.ts';
import type { BestFile } from '../../src/run/folder/lock-schema.ts';
import type { Manifest } from '../../src/run/types.ts';
import { commandContext } from '../support/cli.ts';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let cwd: string;
let server: CountingEndpoint;
const priced = '--prices prices.yaml';

/** @param ends a server that this command starts, as soon as it listens */
async function cli(line: string, ends = false) {
  const interrupted = {
    onInterrupt: (press: () => void) => {
      setImmediate(press);
      return () => undefined;
    },
  };
  return runLine(line.split(/ +/), {
    cwd,
    env: { MIXTUNE_HOME: join(cwd, 'home') },
    // Of the server above alone.
    fetch: globalThis.fetch,
    ...(ends ? interrupted : {}),
  });
}

beforeAll(async () => {
  cwd = temporaryFolder('prices');
  server = await startCountingEndpoint();
  const folder = join(cwd, 'tasks', 'greet');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'task.yaml'),
    'version: 1\nname: greet\ndescription: Greet.\nprompt: "{{input}}"\ngrader: { name: contains }\nrepeats: 1\n',
  );
  const instances = ['a', 'b'].map((id) => `${JSON.stringify({ id, input: id, gold: 'answer' })}\n`);
  await writeFile(join(folder, 'instances.jsonl'), instances.join(''));
  const judged = join(cwd, 'tasks', 'judged');
  await mkdir(judged);
  await writeFile(
    join(judged, 'task.yaml'),
    'version: 1\nname: judged\ndescription: Greet.\ngrader: { name: judge, model: openai/tiny }\n',
  );
  await writeFile(join(judged, 'instances.jsonl'), instances.join(''));
  await writeFile(
    join(cwd, 'one.yaml'),
    'version: 1\nname: one\nstages: [{ kind: propose, agents: [{ name: a, model: openai/tiny, prompt: Be brief. }] }]\n',
  );
  await writeFile(
    join(cwd, 'prices.yaml'),
    'checked: 2026-11-22\nmodels:\n  openai/tiny: { input: 3, output: 7 }\n',
  );
  const made = await cli(`${tune} --run made --base-url ${server.url} ${priced}`);
  expect(made).toMatchObject({ code: 0 });
  const lock = JSON.parse(await readFile(join(cwd, 'runs', 'made', 'best.json'), 'utf8')) as BestFile;
  const { signature: _mine, ...unsigned } = lock.made;
  await writeFile(join(cwd, 'others.json'), JSON.stringify({ ...lock, made: unsigned }));
  await cp(join(cwd, 'runs', 'made'), join(cwd, 'runs', 'others'), { recursive: true });
  const manifest = JSON.parse(await readFile(join(cwd, 'runs', 'made', 'manifest.json'), 'utf8')) as Manifest;
  const { signature: _made, ...foreign } = manifest;
  await writeFile(join(cwd, 'runs', 'others', 'manifest.json'), JSON.stringify(foreign));
  await writeFile(
    join(cwd, 'dearer.yaml'),
    'checked: 2026-11-29\nmodels:\n  openai/tiny: { input: 30, output: 7 }\n',
  );
}, 60_000);
afterAll(() => server.close());

const job = '--models tiny --strategy random --max-evaluations 1 --holdout-repeats 0';
const tune = `tune greet ${job} --no-reflection --no-report`;

/** A line of each command that takes prices, whose ceiling in dollars is refused where there are none. */
const lines: Readonly<Record<string, string>> = {
  tune: `${tune} --max-usd 1`,
  rehearse: `rehearse greet ${job} --rehearsals 1 --max-usd 1`,
  score: 'score one.yaml --task greet --max-usd 1',
  // Whoever made it: its own prices are its word.
  reproduce: 'reproduce others.json --repeats 1 --max-usd 1',
  answer: 'answer others --worth --max-usd 1',
  'task check': 'task check judged --max-usd 1',
  ask: 'ask one.yaml hello --max-usd 1',
  chat: 'chat one.yaml --max-usd 1',
  serve: 'serve one.yaml --port 0 --max-usd-day 1',
};
/** And of those that only tell them. */
const told: Readonly<Record<string, string>> = {
  models: 'models --json',
  'models probe': 'models probe --models tiny --calls 1 --json',
};
/** And what writes a job with them (init.test.ts), or has them for what it is asked later. */
const others = ['init', 'ui'];

describe('--prices', () => {
  test('is here of every command that has it', async () => {
    const having = (await allCommands()).filter(({ command }) =>
      command.options.some(({ long }) => long === '--prices'),
    );
    expect(having.map(({ name }) => name).sort()).toEqual(
      [...Object.keys({ ...lines, ...told }), ...others].sort(),
    );
  });

  test.each(Object.entries(lines))(
    '%s has no ceiling in dollars without, and one with them',
    async (name, line) => {
      const isServer = name === 'serve';
      const unpriced = await cli(`${line} --base-url ${server.url}`, isServer);
      expect(unpriced.err).toContain('no price for openai/tiny');
      expect(unpriced.code).toBe(2);
      const { code, err } = await cli(`${line} --base-url ${server.url} ${priced}`, isServer);
      expect(err).not.toContain('no price');
      expect([0, 1], err).toContain(code);
    },
  );

  test('so it is with the workbench of ui', async () => {
    const context = commandContext({ cwd, fetch: globalThis.fetch });
    const options = { baseUrl: server.url, task: 'greet', models: ['tiny'], maxUsd: 1, runsDir: 'runs' };
    await expect(openWorkbench(context, options)).rejects.toThrow('no price for openai/tiny');
    const { workbench, close } = await openWorkbench(context, { ...options, prices: 'prices.yaml' });
    expect(workbench).toBeDefined();
    await close();
  });

  test('rehearse reckons with them', async () => {
    const line = `${lines.rehearse} --base-url ${server.url} ${priced} --json`;
    const { total, assumptions } = JSON.parse((await cli(line)).out);
    const { tokensIn, tokensOut, usd } = total;
    expect(usd.median).toBeCloseTo((3 * tokensIn.median + 7 * tokensOut.median) / 1e6, 12);
    expect(assumptions.join('\n')).not.toMatch(/dollars are unknown/);
  });

  test.each(Object.entries(told))('%s tells them', async (_name, line) => {
    const at = `${line} --base-url ${server.url}`;
    const [without, withThem] = [
      JSON.parse((await cli(at)).out),
      JSON.parse((await cli(`${at} ${priced}`)).out),
    ];
    const tells = (told: typeof without): unknown =>
      told.spent?.usd ??
      told.models?.find(({ name }: { name: string }) => name === 'openai/tiny')?.price ??
      null;
    expect(tells(without)).toBeNull();
    expect(tells(withThem)).not.toBeNull();
  });
});

describe('a price that is given counts', () => {
  const atPrice = (input: number, { tokensIn, tokensOut }: Spent): number =>
    (input * tokensIn + 7 * tokensOut) / 1e6;
  const spentOf = async (line: string): Promise<Spent> => {
    const { code, out, err } = await cli(`${line} --json`);
    expect(code, err).toBe(0);
    return JSON.parse(out).spent;
  };
  beforeAll(() =>
    writeFile(
      join(cwd, 'simulated.yaml'),
      'checked: 2026-11-22\nmodels:\n  sim/wisp-1b: { input: 3, output: 7 }\n',
    ),
  );

  test('for simulated models, in the ceiling too', async () => {
    const line =
      'tune greet --strategy random --max-evaluations 4 --models sim/wisp-1b --prices simulated.yaml';
    const spent = await spentOf(line);
    expect(spent.usd).toBeCloseTo(atPrice(3, spent), 12);
    // One call may cost a cent and a half.
    const held = await spentOf(`${line.replace('--max-evaluations 4', '--max-usd 0.05')}`);
    expect(held.usd).toBeCloseTo(atPrice(3, held), 12);
    expect(held.usd).toBeGreaterThan(0.03);
    expect(held.usd).toBeLessThanOrEqual(0.05);
  });

  test.each([
    ['', 2, /--max-usd: expected another ceiling beside it .* found a price of 0 for sim\/wisp-1b/],
    [' --max-calls 30', 0, /--max-usd binds nothing: a price of 0 for sim\/wisp-1b/],
    [' --max-calls 30 --models sim/wisp-1b,sim/heron-8b', 0, /binds other models alone: .* sim\/wisp-1b\./],
  ])('of 0 leaves a ceiling on dollars nothing to bind, which is said: %s', async (more, code, said) => {
    await writeFile(
      join(cwd, 'free.yaml'),
      'checked: 2026-11-22\nmodels:\n  sim/wisp-1b: { input: 0, output: 0 }\n',
    );
    const line = `tune greet --strategy random --models sim/wisp-1b --prices free.yaml --max-usd 1${more}`;
    const tuned = await cli(line);
    expect(tuned.code, tuned.err).toBe(code);
    expect(`${tuned.out}${tuned.err}`.replaceAll(/\s+/g, ' ')).toMatch(said);
  });

  test('for a recording, in place of what was paid', async () => {
    expect(await cli('cache export --run made --out made.jsonl')).toMatchObject({ code: 0 });
    const at = `tune greet ${job.replace('--models tiny ', '')} --no-reflection --recorded made.jsonl`;
    const spent = await spentOf(`${at} --prices dearer.yaml`);
    expect(spent.usd).toBeCloseTo(atPrice(30, spent), 12);
    const asRecorded = await spentOf(at);
    expect(asRecorded.usd).toBeCloseTo(atPrice(3, asRecorded), 12);
  });

  test('for answers that another run paid for at another', async () => {
    const { out } = await cli(`${tune} --base-url ${server.url} --prices dearer.yaml --json`);
    const { spent, front } = JSON.parse(out);
    expect(spent.calls).toBe(0);
    const again = JSON.parse((await cli(`${tune} --base-url ${server.url} ${priced} --json`)).out);
    expect(front[0].objectives.usd.mean).toBeGreaterThan(again.front[0].objectives.usd.mean);
    // All of a run without prices is unknown, and not what others paid for.
    const unpriced = JSON.parse((await cli(`${tune} --base-url ${server.url} --json`)).out);
    expect(unpriced.spent.calls).toBe(0);
    for (const { objectives } of unpriced.front) expect(objectives.usd.mean).toBeNull();
  });

  test.each(['-1', '1e308'])('none is %s', async (price) => {
    await writeFile(
      join(cwd, 'wrong.yaml'),
      `checked: 2026-11-22\nmodels:\n  openai/tiny: { input: ${price}, output: 7 }\n`,
    );
    const { code, err } = await cli(`tune greet ${job} --base-url ${server.url} --prices wrong.yaml`);
    expect([code, err]).toEqual([2, expect.stringMatching(/wrong\.yaml:3 at .*input: expected a number/)]);
  });

  test.each(['', 'checked: yesterday\n'])('needs the day of its prices: %j', async (day) => {
    await writeFile(join(cwd, 'undated.yaml'), `${day}models:\n  openai/tiny: { input: 3, output: 7 }\n`);
    const { code, err } = await cli(`tune greet ${job} --base-url ${server.url} --prices undated.yaml`);
    expect(code).toBe(2);
    expect(err).toContain(
      'checked: expected the day on which the prices were looked up, such as 2026-11-22, found',
    );
  });

  test.each(['tune greet', 'rehearse greet --rehearsals 1', 'score one.yaml --task greet'])(
    'or it is said that the file has none: %s',
    async (line) => {
      await writeFile(
        join(cwd, 'typo.yaml'),
        'checked: 2026-11-22\nmodels:\n  openai/tinny: { input: 3, output: 7 }\n  openai/other: { input: 1, output: 1 }\n',
      );
      const more = line.startsWith('score') ? '' : job;
      const { err } = await cli(`${line} ${more} --base-url ${server.url} --prices typo.yaml`);
      expect(err).toContain(
        'mixtune: typo.yaml: models: no price for openai/tiny (there is one for "openai/tinny"): the usual one counts',
      );
      expect(err).not.toContain('openai/other');
    },
  );
});

describe('the prices of a run go with it', () => {
  test.each([
    ['score', 'score RUN --max-usd 1', false],
    ['ask', 'ask RUN hello --max-usd 1', false],
    ['answer', 'answer RUN --worth --max-usd 1', false],
    ['serve', 'serve RUN --port 0 --max-usd-day 1', true],
    ['a lock, too', 'score RUN/best.json --task greet --max-usd 1', false],
  ])('%s', async (_what, line, isServer) => {
    const at = (run: string): string =>
      `${line.replace('RUN', line.includes('best.json') ? `runs/${run}` : run)} --base-url ${server.url}`;
    const { code, err } = await cli(at('made'), isServer);
    expect(err).not.toContain('no price');
    expect([0, 1], err).toContain(code);
    // No ceiling rests on a stranger's word.
    if (line.includes('best.json')) return;
    expect(await cli(at('others'), isServer)).toMatchObject({
      code: 2,
      err: expect.stringContaining('no price for openai/tiny'),
    });
  });

  test('unless others are given', async () => {
    const usd = async (more: string): Promise<number> => {
      const { out, err } = await cli(`score made ${more} --base-url ${server.url} --json`);
      expect(err).not.toContain('no price');
      return JSON.parse(out).configs[0].objectives.usd.mean;
    };
    expect(await usd('--prices dearer.yaml')).toBeGreaterThan(await usd(''));
  });
});

describe('reproduce', () => {
  const at = () => `--base-url ${server.url} --repeats 4`;
  const usdOf = (out: string) =>
    JSON.parse(out).claims.find(
      (claim: { objective: string; split: string }) => claim.objective === 'usd' && claim.split === 'tuning',
    );

  test.each([
    ['a run of yours, with a ceiling', 'made', '--max-usd 1'],
    ['a lock from elsewhere', 'others.json --task greet', ''],
  ])("goes by the run's own prices where none are given: %s", async (_whose, source, more) => {
    const { out, err } = await cli(`reproduce ${source} ${at()} ${more} --json`);
    expect(err).not.toContain('no price');
    expect(usdOf(out)).toMatchObject({ verdict: 'held' });
    expect(JSON.parse(out).notes).toEqual([
      'Dollars are in the prices that the lock keeps (--prices takes others): openai/tiny at $3 in and $7 out per million tokens.',
    ]);
  });

  test('says nothing of prices that are given and the same, and tells those that differ', async () => {
    const same = await cli(`reproduce made ${at()} ${priced} --json`);
    expect(JSON.parse(same.out).notes).toEqual([]);
    expect(usdOf(same.out)).toMatchObject({ verdict: 'held' });
    const { out } = await cli(`reproduce made ${at()} --prices dearer.yaml --json`);
    expect(JSON.parse(out).notes).toEqual([
      "The price of openai/tiny differs from the lock's: was $3 in and $7 out per million tokens, is $30 in and $7 out per million tokens.",
    ]);
    expect(usdOf(out)).toMatchObject({ verdict: 'unchecked' });
  });
});

test.each([tune, `rehearse greet ${job}`])(
  '%s refuses a ceiling below one answer of a model, before anything is asked',
  async (line) => {
    const before = server.counts.asked;
    const { code, err } = await cli(`${line} --base-url ${server.url} ${priced} --max-usd 0.01`);
    expect(code).toBe(2);
    expect(err).toContain('too little for one answer of openai/tiny ($0.014)');
    expect(server.counts.asked).toBe(before);
  },
);

test.each([
  ['40', '', true],
  ['21', '', false],
  ['40', '--objectives score,usd', false],
  ['40', '--objectives score', false],
])(
  'unlike prices (7 and %s) under a ceiling on dollars are told where tokens stand for them: %s %s',
  async (output, objectives, isTold) => {
    const prices = join(cwd, `unlike-${output}.yaml`);
    await writeFile(
      prices,
      `checked: 2026-11-22\nmodels:\n  openai/tiny: { input: 3, output: 7 }\n  openai/small: { input: 3, output: ${output} }\n`,
    );
    const both = tune.replace('--models tiny', '--models tiny,small');
    const { code, out, err } = await cli(
      `${both} --base-url ${server.url} --prices ${prices} --max-usd 1 ${objectives}`.trim(),
    );
    expect(code, err).toBe(0);
    const told =
      'A token that openai/small writes costs 5.7 times one of openai/tiny, and the front counts tokens: --objectives score,latency,usd counts dollars.';
    expect(`${out}${err}`.replaceAll(/\s+/g, ' ').includes(told)).toBe(isTold);
  },
);

test.each([
  ['0.1', true],
  ['1', false],
])('a ceiling of $%s of which one answer may take a tenth is told so: %s', async (usd, isTold) => {
  const { code, out, err } = await cli(
    `${tune} --base-url ${server.url} ${priced} --max-usd ${usd} --no-report`,
  );
  expect(code, err).toBe(0);
  const told = 'is set aside before it is asked for, and is much of $0.10: openai/tiny ($0.014).';
  expect(`${out}${err}`.replaceAll(/\s+/g, ' ').includes(told)).toBe(isTold);
});
