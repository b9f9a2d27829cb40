import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { parseSimLoad } from '../../src/cli/load-flags.ts';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';

describe('--sim-load', () => {
  it('reads the size of a server', () => {
    expect(parseSimLoad('slots=32,load=0.02,rpm=600,tpm=200k')).toEqual({
      slots: 32,
      growth: 0.02,
      requestsPerMinute: 600,
      tokensPerMinute: 200_000,
    });
    expect(parseSimLoad('load=.5')).toEqual({ growth: 0.5 });
  });

  it.each(['', 'slots', 'slots=0', 'load=-1', 'speed=3', 'slots=2,'])('refuses "%s"', (text) => {
    expect(() => parseSimLoad(text)).toThrow(InvalidArgumentError);
  });

  it('is refused for models of a server', async () => {
    const line = 'tune contest-math --sim-load slots=3 --base-url http://127.0.0.1:9/v1 --models a';
    const context = testContext(line.split(' '));
    expect(await runCli(context)).toBe(2);
    expect(context.stderr.text).toContain('--sim-load');
    expect(context.stderr.text).toContain('mixtune sim');
  });
});
