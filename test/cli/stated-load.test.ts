import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const folder = temporaryFolder('stated-load');

async function cli(line: string): Promise<string> {
  const context = testContext(line.split(' '), { cwd: folder });
  await runCli(context);
  return context.stdout.text;
}

const load = z.looseObject({ sim: z.looseObject({ growth: z.number(), statedAt: z.number() }) });
const told = z.looseObject({ slowdown: load.optional() });
const checked = z.looseObject({
  slowdown: load.optional(),
  claims: z.array(z.looseObject({ objective: z.string(), reason: z.string() })),
});

describe('a run whose calls slow each other down', () => {
  it.skipIf(!thorough)(
    'says at what load its latencies are told, wherever it tells them; nothing where none does',
    async () => {
      const job = 'tune support-intent --max-evaluations 12 --concurrency 32 --no-cache --no-report';
      await cli(`${job} --sim-load load=0.05 --run slow`);
      await cli(`${job} --run quick`);
      expect(await cli('front slow')).toMatch(
        /Latency is that of one user: .* \(sim\/…: up to [\d.]+ times as long\)/s,
      );
      expect(told.parse(JSON.parse(await cli('front slow --json'))).slowdown?.sim.statedAt).toBe(1);
      expect(await cli('front quick')).not.toContain('Latency is that of');
      expect(told.parse(JSON.parse(await cli('front quick --json'))).slowdown).toBeUndefined();
      const played = await cli('reproduce slow --from-cache');
      expect(played).toContain('Everything matches to the last bit.');
      // Here the fresh answers come from a server that nothing slows down.
      const { claims } = checked.parse(JSON.parse(await cli('reproduce slow --repeats 1 --json')));
      const latency = claims.filter(({ objective }) => objective === 'latency');
      expect(latency.map(({ reason }) => reason).join()).not.toContain('does not follow');
    },
    120_000,
  );
});
