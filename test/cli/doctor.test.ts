import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';

test('doctor names the sandbox tier and found keys, and prints no key', async () => {
  const context = testContext(['doctor', '--json'], { env: { GROQ_API_KEY: 'gsk-very-secret' } });
  expect(await runCli(context)).toBe(0);
  const told = JSON.parse(context.stdout.text);
  expect(told.node).toBe(process.version);
  expect(told.sandbox.tiers.map((tier: { tier: string }) => tier.tier)).toContain(told.sandbox.used);
  expect(told.keys).toContainEqual({ provider: 'groq', variable: 'GROQ_API_KEY', found: true });
  expect(told.keys).toContainEqual({ provider: 'openai', variable: 'OPENAI_API_KEY', found: false });
  expect(context.stdout.text + context.stderr.text).not.toContain('gsk-very-secret');
});
