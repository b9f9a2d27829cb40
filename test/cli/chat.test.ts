import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { until } from '../support/serve.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const repository = resolve(import.meta.dirname, '../..');
let folder: string;
const config = `version: 1
name: two
stages:
  - kind: propose
    agents:
      - { name: a, model: sim/wisp-1b, prompt: "Answer." }
      - { name: b, model: sim/finch-3b, prompt: "Answer." }
  - kind: fuse
    agent: { name: c, model: sim/otter-32b, prompt: "Fuse." }
`;

beforeAll(async () => {
  folder = temporaryFolder('chat');
  await writeFile(join(folder, 'two.yaml'), config);
});

async function chat(lines: readonly string[], more = '') {
  const stdin = new PassThrough();
  const argv = `chat two.yaml --speed 1000${more}`.split(' ');
  const context = testContext(argv, { cwd: folder, packageFolder: repository, env: {}, stdin });
  const ended = runCli(context);
  for (const line of lines) stdin.write(`${line}\n`);
  stdin.end();
  return { code: await ended, out: context.stdout.text, err: context.stderr.text };
}

describe('mixtune chat', () => {
  it('has several turns, and counts what they cost', async () => {
    const { code, out, err } = await chat(['What is 6 x 7?', 'And doubled?', '/cost', '/new', 'Hello?']);
    expect(code).toBe(0);
    expect(out.trim().split('\n').length).toBeGreaterThanOrEqual(3);
    expect(err).toContain('Talking to best');
    expect(err).toContain('2 questions, 6 calls, $');
    expect(err).toContain('3 questions, 9 calls, $');
    const tokensIn = [...err.matchAll(/3 calls, ([\d,]+) tokens in/g)].map(([, count = '']) =>
      Number(count.replace(',', '')),
    );
    // The second turn is told the first, and a new conversation is not.
    expect(tokensIn[1]).toBeGreaterThan(tokensIn[0] ?? 0);
    expect(tokensIn[2]).toBeLessThan(tokensIn[1] ?? 0);
  });

  it('shows stages, configs and bounds when asked to', async () => {
    const lines = [
      '/config',
      '/config nothing',
      '/trace',
      'Hello?',
      '/bound max-latency=2s',
      'Hello?',
      '/bound max-latncy=1',
      '/bound none',
      '/nonsense',
      '/quit',
      'never asked',
    ];
    const { code, err } = await chat(lines);
    expect(code).toBe(0);
    expect(err).toContain('Talking to best; there are best, knee, fastest, cheapest, two, mixtune/');
    expect(err).toContain('The model "nothing" does not exist');
    expect(err).toContain('> stages[0] propose, round 1: a, b');
    expect(err).toContain('Bounds: max-latency=2s');
    expect(err).toContain('Bounds: none');
    expect(err).toContain(
      'does not fit the bounds. /config front lets the bounds choose among all configs; /bound ',
    );
    expect(err).toContain('did you mean "max-latency"?');
    expect(err).toContain('Expected one of:\n/config');
    expect(err).toContain('1 question, 3 calls');
  });

  it('holds a ceiling in dollars', async () => {
    const { err } = await chat(['Hello?'], ' --max-usd 0.0000001');
    expect(err).toContain('No answer: ');
    expect(err).toContain('budget');
  });

  it('ends in the middle of an answer by Ctrl-C', async () => {
    const stdin = new PassThrough();
    const argv = ['chat', 'two.yaml', '--speed', '0.01', '--trace'];
    const context = testContext(argv, { cwd: folder, packageFolder: repository, env: {}, stdin });
    const ended = runCli(context);
    stdin.write('Hello?\n');
    await until(() => context.stderr.text.includes('propose, round 1'));
    context.interrupt();
    expect(await ended).toBe(130);
  });
});
