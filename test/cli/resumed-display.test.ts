import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { TextSink, testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const folder = temporaryFolder('resumed-display');

/** What a terminal was shown, a meter or line of the block after another. */
async function shown(line: string, stopAt?: RegExp): Promise<string> {
  const context = testContext(line.split(' '), { cwd: folder, forecasts: true });
  let hasStopped = false;
  const stdout = new TextSink();
  const write = stdout._write.bind(stdout);
  stdout._write = (...given) => {
    write(...given);
    if (hasStopped || stopAt?.test(stdout.text) !== true) return;
    hasStopped = true;
    context.interrupt();
  };
  Object.assign(stdout, { isTTY: true, columns: 100, rows: 40 });
  expect(await runCli(Object.assign(context, { stdout }))).toBe(stopAt === undefined ? 0 : 130);
  return stripVTControlCharacters(stdout.text);
}

const figures = (text: string, pattern: RegExp): number[] =>
  [...text.matchAll(pattern)].map(([, number = '']) => Number(number.replaceAll(',', '')));

test.skipIf(!thorough)(
  'a resumed run shows the time left by its forecast, and counts shared calls on',
  async () => {
    const job =
      'tune contest-math --strategy evolution --max-evaluations 30 --instances 6 --no-cache --no-report';
    const first = await shown(
      `${job} --run stopped`,
      /[1-9]\d* shared[\s\S]*searching[\s\S]*[1-9]\d* shared/,
    );
    expect(first).toMatch(/left +about/);
    const before = figures(first, /([\d,]+) shared/g).at(-1) ?? 0;
    expect(before).toBeGreaterThan(0);
    const second = await shown('resume stopped');
    expect(second).toMatch(/left +about/);
    const [after = 0] = figures(second, /([\d,]+) shared/g);
    expect(after).toBeGreaterThanOrEqual(before);
    const whole = await shown(`${job} --run whole`);
    const last = (text: string): number | undefined => figures(text, /([\d,]+) shared/g).at(-1);
    expect(last(second)).toBe(last(whole));
  },
);
