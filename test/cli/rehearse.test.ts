import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ProcessContext } from '../../src/cli/context.ts';
import { createRealClock } from '../../src/core/clock.ts';
import { testContext } from '../support/cli.ts';
import { outcomeOf } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

let runsDir = '';
beforeAll(async () => {
  runsDir = temporaryFolder('rehearse');
});

const small =
  '--strategy random --max-evaluations 4 --repeats 1 --finish-repeats 1 --holdout-repeats 1 --rehearsals 2';

async function run(line: string, changes: Partial<ProcessContext> = {}, terminal = false) {
  // As a user's process: with forecasts.
  const { forecasts: _left, ...context } = testContext([...line.split(' '), '--runs-dir', runsDir], changes);
  if (terminal) Object.assign(context.stderr, { isTTY: true });
  return outcomeOf(context);
}

describe('mixtune rehearse', () => {
  it('prints one JSON object, needs no key and writes nothing; a quick one says nothing else', async () => {
    const { code, out, err } = await run(
      `rehearse code-challenge --models openai/gpt-4o-mini,groq/llama-3.1-8b-instant ${small} --json`,
      { clock: { ...createRealClock(), now: () => 0 } },
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const forecast = JSON.parse(out);
    expect(forecast).toMatchObject({ task: 'code-challenge', simulated: false, rehearsals: 2 });
    expect(forecast.total.calls.median).toBeGreaterThan(4);
    expect(forecast.total.usd.p90).toBeGreaterThanOrEqual(forecast.total.usd.median);
    expect(Object.keys(forecast.byPhase)).toEqual(['search', 'finish', 'holdout']);
    expect(forecast.evaluations.median).toBe(4);
    expect(forecast.concurrency.map((each: { concurrency: number }) => each.concurrency)).toEqual([
      4, 16, 32,
    ]);
    expect(forecast.assumptions.join('\n')).toMatch(/no speed profile/);
    expect(await readdir(runsDir)).toEqual([]);
  });

  it.skipIf(!thorough)(
    'says outside of a terminal at each tenth how far it is, where it takes long',
    async () => {
      let now = 0;
      // A quarter of a second goes by with each look at the clock.
      const clock = { ...createRealClock(), now: () => (now += 250) };
      const line = `rehearse code-challenge --models sim/heron-8b ${small}`;
      const lines = (await run(line, { clock })).err.trim().split('\n');
      expect(lines.length).toBeGreaterThan(2);
      expect(lines.length).toBeLessThanOrEqual(11);
      for (const each of lines)
        expect(each).toMatch(
          /^(Rehearsal [12] of 2|Rehearsing with --concurrency (4|16|32)): \d+ evaluations?, \d+ calls?, about .* left$/,
        );
    },
  );

  it.skipIf(!thorough)('says that dollars are unknown where a model has no price', async () => {
    const line = `rehearse code-challenge --models vllm/mine ${small}`;
    const { code, out } = await run(line);
    expect(code).toBe(0);
    expect(out).toMatch(/no price known for vllm\/mine: dollars are unknown/);
    expect(out).toMatch(/^whole job .* \? /m);
    expect(JSON.parse((await run(`${line} --json`)).out).total.usd).toBeNull();
    const refused = await run(`${line} --max-usd 1`);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/no price for vllm\/mine/);
  });

  it.skipIf(!thorough)(
    'says whether prompts are written, and that the calls for it are in the figures',
    async () => {
      const line = async (options: string) =>
        (
          await run(
            `rehearse code-challenge ${small.replace('random', 'evolution')} --rehearsals 1 ${options}`,
          )
        ).out;
      const real = '--models groq/llama-3.1-8b-instant';
      const figures = 'whose calls for it are in the figures (stage prompt writer';
      expect(await line(real)).toContain(`prompts are written by the best single model so far, ${figures}`);
      expect(await line(`${real} --no-reflection`)).toContain('no prompt is written by a model');
    },
  );

  it.skipIf(!thorough)(
    'marks a forecast of simulated models, and says on a terminal how far it is',
    async () => {
      const line = `rehearse code-challenge --models sim/heron-8b ${small}`;
      const { out, err } = await run(line, {}, true);
      expect(err).toMatch(
        /Rehearsing ….*Rehearsal 1 of 2.*Rehearsal 2 of 2.*Rehearsing with --concurrency 32: /s,
      );
      expect(err.endsWith('\r\u001b[K')).toBe(true);
      expect(out).toMatch(/^Rehearsal of code-challenge \(simulated\)/);
      expect(out).toMatch(/speed as in the model's card/);
      expect(out).toMatch(/With --concurrency 16: /);
    },
  );
});

describe("tune's forecast", () => {
  const key = { OPENAI_API_KEY: 'not-a-key' };
  const little = '--max-evaluations 2 --repeats 1 --finish-repeats 1 --holdout-repeats 0';
  const line = `tune code-challenge --models openai/gpt-4o-mini --strategy random ${little} --confirm-above $0.0001`;
  const terminal = (answer: string): Partial<ProcessContext> => ({
    env: key,
    stdin: Object.assign(Readable.from([answer]), { isTTY: true }),
  });

  it.each(sampled(['n\n', '\n', '', 'what?\n'], 4))(
    'asks on a terminal and does not start on %j',
    async (answer) => {
      const { code, out, err } = await run(line, terminal(answer), true);
      expect(out).toMatch(/^Forecast, typical \(8 in 10 runs between\): .* calls, .* tokens, \$/);
      expect(err).toMatch(/Start\? \[y\/N\]/);
      expect(err).toMatch(/Not started\./);
      expect(code).toBe(0);
      expect(await readdir(runsDir)).toEqual([]);
    },
  );

  it.each(sampled(['while it is reckoned', 'while it asks'] as const, 2))(
    'ends with a word at Ctrl-C %s',
    async (when) => {
      let press = (): void => undefined;
      // It is read from when there is a question to answer.
      const stdin = Object.assign(new Readable({ read: () => press() }), { isTTY: true });
      const onInterrupt = (listener: () => void): (() => void) => {
        press = listener;
        if (when === 'while it is reckoned') queueMicrotask(listener);
        return () => undefined;
      };
      const { code, out, err } = await run(line, { env: key, stdin, onInterrupt }, true);
      expect(err).toMatch(/Interrupted before the start: no model was called, nothing was spent\./);
      expect(code).toBe(130);
      expect(/Start\?/.test(err)).toBe(when === 'while it asks');
      expect(/^Forecast,/.test(out)).toBe(when === 'while it asks');
      expect(await readdir(runsDir)).toEqual([]);
    },
  );

  it.skipIf(!thorough)('asks nothing of simulated models', async () => {
    const tune = `tune support-intent --instances 2 --models sim/heron-8b ${little} --confirm-above 0 --run sim`;
    const { code, out, err } = await run(
      tune,
      { stdin: Object.assign(Readable.from(['n\n']), { isTTY: true }) },
      true,
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^Forecast \(simulated\)/);
    expect(err).not.toMatch(/Start\?/);
  });
});
