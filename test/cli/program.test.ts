import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allCommands } from '../../scripts/commands-doc.ts';
import { commands } from '../../src/cli/commands.ts';
import { runCli } from '../../src/cli/program.ts';
import { BudgetTooSmallError, InputError, MixtuneError } from '../../src/core/errors.ts';
import { TextSink, testContext } from '../support/cli.ts';

const all = await allCommands();
/** Every command, the ones inside others with both names. */
const names = all.map(({ name }) => name);
/** Commands that hold others and need nothing more on their line. */
const holders = all.flatMap(({ name, command }) =>
  command.commands.length > 0 && !command.registeredArguments.some(({ required }) => required) ? [name] : [],
);

/** Reads a command line; the command itself is only noted. */
async function run(
  argv: readonly string[],
  outcome: () => number = () => 0,
  env: Record<string, string> = {},
) {
  const calls: { command: string; given: readonly unknown[] }[] = [];
  const context = testContext(argv, { env });
  const code = await runCli(context, async ({ name, values, options }) => {
    calls.push({ command: name, given: [...values, options] });
    return outcome();
  });
  return { code, calls, out: context.stdout.text, err: context.stderr.text };
}

/** What `tune` and `rehearse` are told where nobody says otherwise. */
const jobDefaults = {
  strategy: 'auto',
  seed: 1,
  concurrency: 8,
  runsDir: 'runs',
};

describe('parsing', () => {
  test.each<[string, readonly unknown[]]>([
    [
      'tune t',
      [
        't',
        {
          ...jobDefaults,
          confirmAbove: 5,
          report: true,
          cache: true,
        },
      ],
    ],
    [
      'tune t --confirm-above $20 --yes',
      [
        't',
        {
          ...jobDefaults,
          confirmAbove: 20,
          report: true,
          cache: true,
          yes: true,
        },
      ],
    ],
    [
      'rehearse t --max-usd 5 --rehearsals 3',
      [
        't',
        {
          ...jobDefaults,
          maxUsd: 5,
          rehearsals: 3,
        },
      ],
    ],
    [
      'tune t --models a/b,c/d --max-tokens 2M --max-time 8h --max-usd $5 --max-calls 1_500 --max-evaluations 1.5k',
      [
        't',
        {
          ...{
            ...jobDefaults,
            confirmAbove: 5,
            report: true,
          },
          cache: true,
          models: ['a/b', 'c/d'],
          ...{ maxTokens: 2_000_000, maxTime: 28_800, maxUsd: 5, maxCalls: 1500, maxEvaluations: 1500 },
        },
      ],
    ],
    [
      'tune t --base-url http://127.0.0.1:8080/v1/ --api-key-env MY_KEY --objectives score,latency --json --seed -3',
      [
        't',
        {
          ...{
            ...jobDefaults,
            seed: -3,
            confirmAbove: 5,
            report: true,
            cache: true,
            json: true,
          },
          ...{ baseUrl: 'http://127.0.0.1:8080/v1', apiKeyEnv: 'MY_KEY', objectives: ['score', 'latency'] },
        },
      ],
    ],
    ['resume r', ['r', { runsDir: 'runs', report: true }]],
    [
      'front r --max-latency 500ms --max-tokens 4k --min-score .5 --format csv',
      ['r', { runsDir: 'runs', maxLatency: 0.5, maxTokens: 4000, minScore: 0.5, format: 'csv' }],
    ],
    ['show r', ['r', 'best', { runsDir: 'runs' }]],
    ['show r knee --json', ['r', 'knee', { runsDir: 'runs', json: true }]],
    ['export r --out x.json', ['r', 'best', { runsDir: 'runs', format: 'mixtune', out: 'x.json' }]],
    [
      'score a.yaml r:knee --task t --repeats 3',
      [
        ['a.yaml', 'r:knee'],
        { runsDir: 'runs', cache: true, task: 't', repeats: 3, split: 'tuning', concurrency: 8 },
      ],
    ],
    ['reproduce r', ['r', undefined, { runsDir: 'runs', concurrency: 8, confirmAbove: 5 }]],
    [
      'reproduce r knee --repeats 9 --split tuning --from-cache --max-usd 2 --draw 3 --json',
      [
        'r',
        'knee',
        {
          ...{ runsDir: 'runs', concurrency: 8, repeats: 9, split: 'tuning', fromCache: true },
          ...{ maxUsd: 2, draw: 3, json: true, confirmAbove: 5 },
        },
      ],
    ],
    ['ask r --no-cache', ['r', undefined, { runsDir: 'runs', cache: false }]],
    ['ask r what? --trace', ['r', 'what?', { runsDir: 'runs', cache: true, trace: true }]],
    ['grade t - --scoring strict', ['t', '-', { scoring: 'strict' }]],
    [
      'answer r --hours 8 --usd 2.5 --tokens 2M --minutes-per-try 30',
      [
        'r',
        {
          ...{ runsDir: 'runs', cache: true, concurrency: 8 },
          ...{ hours: 8, usd: 2.5, tokens: 2_000_000, minutesPerTry: 30 },
        },
      ],
    ],
    ['models --json', [{ json: true, runsDir: 'runs' }]],
    ['tasks', [{}]],
    ['spaces', [{}]],
    ['export r --json', ['r', 'best', { runsDir: 'runs', format: 'mixtune', json: true }]],
    ['status r --json', ['r', { runsDir: 'runs', json: true }]],
    ['stop r --timeout 5s', ['r', { runsDir: 'runs', timeout: 5 }]],
    ['repeat r.jsonl --run again', ['r.jsonl', { runsDir: 'runs', run: 'again' }]],
    [
      'tune t --rpm 30 --limit groq:rpm=5 --limit groq:tpm=6k --no-reflection',
      [
        't',
        {
          ...{ ...jobDefaults, confirmAbove: 5, report: true, cache: true, rpm: 30, reflection: false },
          limit: { groq: { requestsPerMinute: 5, tokensPerMinute: 6000 } },
        },
      ],
    ],
    ['models --offline', [{ runsDir: 'runs', offline: true }]],
    [
      'models probe --models a/b --calls 2',
      [{ runsDir: 'runs', models: ['a/b'], calls: 2, answerTokens: 128, maxTokens: 20_000 }],
    ],
    ['models pull x --from y.gguf', ['x', { from: 'y.gguf' }]],
    ['models add-local --again', [{ again: true }]],
    [
      'task import f.csv --name n --input q --gold a --limit 3',
      ['f.csv', { name: 'n', input: 'q', gold: 'a', limit: 3, out: 'tasks' }],
    ],
    ['task check t', ['t', { instances: 200, seed: 1 }]],
    ['cache stats', [{ runsDir: 'runs' }]],
    ['cache prune --unused-for 30d --dry-run', [{ runsDir: 'runs', unusedFor: 2_592_000, dryRun: true }]],
    ['cache export --run r --out r.jsonl', [{ runsDir: 'runs', run: 'r', out: 'r.jsonl' }]],
    ['doctor --probe --models a/b', [{ runsDir: 'runs', probe: true, models: ['a/b'] }]],
    ['sim --port 0 --json', [{ port: 0, host: '127.0.0.1', seed: 1, speed: 1, json: true }]],
    ['sim --port 0 --speed 20', [{ port: 0, host: '127.0.0.1', seed: 1, speed: 20 }]],
  ])('%s', async (line, given) => {
    const { code, calls, err } = await run(line.split(' '));
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(calls.map((call) => call.given)).toEqual([given]);
    expect(line.startsWith(`${calls[0]?.command} `) || line === calls[0]?.command).toBe(true);
  });
});

describe('bad usage', () => {
  test.each<[string, RegExp]>([
    ['tnue x', /unknown command 'tnue'\s\(Did you mean tune\?/],
    ['nonsense', /unknown command 'nonsense'; mixtune --help lists the commands\n$/],
    ['help nonsense', /unknown command 'nonsense'; mixtune --help lists the commands\n$/],
    ['cache nonsense', /unknown command 'nonsense'; mixtune cache --help lists the commands\n$/],
    ['tune', /missing required argument 'task'/],
    ['tune a b', /too many arguments/],
    ['tune t --max-evaluatons 5', /unknown option '--max-evaluatons'\s\(Did you mean --max-evaluations\?/],
    ['tune t --n-trials 5', /unknown option '--n-trials'\s\(Did you mean --max-evaluations\?/],
    ['tune t --budget 5', /unknown option '--budget'\s\(Did you mean --max-usd\?/],
    ['resume r --max-usd 5', /Did you mean mixtune tune TASK --from RUN/],
    ['front r --n-trials 5', /unknown option '--n-trials'\n$/],
    ['dashboard', /unknown command 'dashboard'\s\(Did you mean ui\?/],
    ['runs', /unknown command 'runs'\s\(Did you mean status\?/],
    ['tune t --max-time soon', /'--max-time <time>' argument 'soon' is invalid. Expected a time such as 8h/],
    ['tune t --max-time 8h30', /Expected a time/],
    ['tune t --max-time -5m', /Expected a time/],
    ['tune t --max-calls 1.5', /Expected a whole number/],
    ['tune t --max-calls -1', /Expected a whole number/],
    ['tune t --max-tokens 2X', /Expected a whole number/],
    ['tune t --max-usd free', /Expected an amount in US dollars/],
    ['tune t --concurrency 0', /Expected a whole number from 1 up/],
    ['tune t --seed 1.5', /Expected a whole number such as 7/],
    ['tune t --models a,,b', /Expected names parted by commas/],
    ['tune t --objectives score,latancy', /Did you mean latency\?/],
    ['tune t --objectives latency', /Expected score among them/],
    ['tune t --base-url localhost:80', /Expected a URL such as/],
    ['tune t --base-url http://me:secret@host/v1', /--api-key-env/],
    ['tune t --api-key-env sk-abc-123', /NAME|name of an environment variable/],
    ['tune t --run ../x', /Expected letters, digits/],
    ['tune t --run .hidden', /Expected letters, digits/],
    ['tune t --run a/b', /Expected letters, digits/],
    ['front r --format xml', /Allowed choices are table, json, csv/],
    ['front r --min-score 2', /Expected a number from 0 to 1/],
    ['grade t a.py --scoring lenient', /Allowed choices are workshop, strict/],
    ['answer r --hours 0', /Expected a number above 0/],
    ['answer r --tokens 0', /Expected a whole number from 1 up/],
    ['sim', /required option '--port <n>' not specified/],
    ['sim --port 70000', /Expected a port/],
    ['export r --format arkon', /Allowed choices are mixtune, lock/],
  ])('%s', async (line, message) => {
    const { code, calls, out, err } = await run(line.split(' '));
    expect(err).toMatch(message);
    expect(err).toMatch(/^mixtune: /);
    expect(out).toBe('');
    expect(code).toBe(2);
    expect(calls).toEqual([]);
  });

  test('no command at all shows the help and fails', async () => {
    const { code, err, out } = await run([]);
    expect(code).toBe(2);
    expect(err).toContain('Usage: mixtune');
    expect(out).toBe('');
  });
});

describe('help', () => {
  test.each(names)('%s --help has an example and ends with 0', async (name) => {
    const { code, out, err } = await run([...name.split(' '), '--help']);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`Usage: mixtune ${name}`);
    expect(out).toMatch(new RegExp(`Examples?:\n  \\$ mixtune ${name}`));
    expect((await run(['help', ...name.split(' ')])).out).toBe(out);
  });

  test.each(names)('%s --help is broken between words alone, at 60 columns and at 80', async (name) => {
    for (const columns of [60, 80]) {
      const context = testContext([...name.split(' '), '--help']);
      const stdout = Object.assign(new TextSink(), { isTTY: true, columns });
      expect(await runCli({ ...context, stdout })).toBe(0);
      // What is to be typed stays in one line.
      const lines = stdout.text.split('\n').filter((line) => !/^(?: {2}\$|Usage:)/.test(line));
      expect(lines.filter((line) => line.length > columns && line.trim().includes(' '))).toEqual([]);
    }
  });

  test.each(holders)('%s alone does something, or shows its help and fails', async (name) => {
    const { code, calls, err } = await run([name]);
    if (calls.length === 0) {
      expect(code).toBe(2);
      expect(err).toContain(`Usage: mixtune ${name}`);
    } else expect(calls.map(({ command }) => command)).toEqual([name]);
  });

  test('help of what is no command says so', async () => {
    const { code, err } = await run(['help', 'tnue']);
    expect(code).toBe(2);
    expect(err).toMatch(/unknown command 'tnue'.*Did you mean tune/);
  });

  test('the program lists every command, and prints its version', async () => {
    const { out } = await run(['--help']);
    for (const { name, summary } of commands) {
      expect(out).toContain(`  ${name} `);
      expect(summary).not.toBe('');
    }
    expect((await run(['--version'])).out).toBe('0.0.0-test\n');
  });

  test("tune's options are those of the design", async () => {
    const { out } = await run(['tune', '--help']);
    for (const option of [
      ...['space', 'models', 'base-url', 'api-key-env', 'strategy', 'objectives', 'seed', 'max-evaluations'],
      ...['max-calls', 'max-tokens', 'max-usd', 'max-time', 'concurrency', 'run', 'repeats', 'json'],
    ]) {
      expect(out).toContain(`--${option}`);
    }
  });
});

describe('exit codes and errors', () => {
  test.each([0, 1, 130])('a handler that says %d', async (code) => {
    expect((await run(['tasks'], () => code)).code).toBe(code);
  });

  test('an error is broken between words on a terminal, and is one line elsewhere', async () => {
    const line = ['tune', 'code-challenge', '--models', 'sim/no-such-model', '--space', 'no-such-space'];
    const stderr = Object.assign(new TextSink(), { isTTY: true, columns: 40 });
    expect(await runCli({ ...testContext(line), stderr })).toBe(2);
    const lines = stderr.text.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((each) => each.length > 40 && each.includes(' '))).toEqual([]);
    const elsewhere = testContext(line);
    await runCli(elsewhere);
    expect(elsewhere.stderr.text).toBe(`${lines.join(' ')}\n`);
  });

  const failing = (error: unknown) => () => {
    throw error;
  };
  test.each<[string, unknown, number, string]>([
    [
      'bad input',
      new InputError('--space', { path: '', expected: 'a space', found: '"x"', suggestion: 'y' }),
      2,
      'mixtune: --space: expected a space, found "x" (did you mean "y"?)\n',
    ],
    ['small budget', new BudgetTooSmallError('Too small.'), 3, 'mixtune: Too small.\n'],
    ['a known failure', new MixtuneError('outage', 'All away.'), 1, 'mixtune: All away.\n'],
    [
      'a bug',
      new TypeError('x is undefined'),
      1,
      'mixtune: unexpected error: x is undefined\nSet MIXTUNE_DEBUG=1 to see where it came from.\n',
    ],
  ])('%s', async (_name, error, code, text) => {
    const result = await run(['tasks', '--json'], failing(error));
    expect(result).toMatchObject({ code, err: text, out: '' });
  });

  test('a place that this machine does not let be written is no bug', async () => {
    const file = join(process.cwd(), 'package.json');
    let thrown: unknown;
    try {
      mkdirSync(join(file, 'runs'), { recursive: true });
    } catch (error) {
      thrown = error;
    }
    const { code, err } = await run(['tasks'], () => {
      throw thrown;
    });
    expect(code).toBe(1);
    expect(err).toBe(
      `mixtune: ${join(file, 'runs')}: expected a file or folder that can be used, found ENOTDIR: not a directory\n`,
    );
  });

  test('a stack is shown only when asked for', async () => {
    const result = await run(['tasks'], failing(new TypeError('oops')), { MIXTUNE_DEBUG: '1' });
    expect(result.err).toContain('TypeError: oops\n    at ');
  });
});
