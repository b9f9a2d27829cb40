import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseCallTimeout } from '../../src/cli/option-values.ts';
import { runCli } from '../../src/cli/program.ts';
import { provenanceOfRun } from '../../src/cli/wiring/configs/own-runs.ts';
import { openCallers } from '../../src/cli/wiring/models/callers.ts';
import { longestCallTimeout } from '../../src/models/limits/call-watch.ts';
import { readManifest } from '../../src/run/folder/manifest-file.ts';
import { ask } from '../models/scripted-model.ts';
import { commandContext, testContext } from '../support/cli.ts';
import { fastClock } from '../support/fast-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Lists a model and says nothing to any call. */
const server = createServer((request, response) => {
  if (request.url?.endsWith('/models')) response.end(JSON.stringify({ data: [{ id: 'mute' }] }));
});
let baseUrl = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it.each([
  ['20s', 20],
  ['1s', 1],
  ['1h30m', 5_400],
  ['1d', longestCallTimeout],
])('reads %s', (text, seconds) => expect(parseCallTimeout(text)).toBe(seconds));

it.each([
  ['20', /unit: 20s, 20m or 20h/],
  ['0s', /Expected 1s to 24h/],
  ['500ms', /Expected 1s to 24h/],
  ['25h', /Expected 1s to 24h/],
  ['soon', /a time such as/],
])('refuses %s', (text, message) => expect(() => parseCallTimeout(text)).toThrow(message));

it('ends a call that takes longer, and says how long it waited and what changes that', async () => {
  const models = ['openai/mute'];
  await using callers = await openCallers(
    commandContext({ clock: fastClock(20) }),
    { baseUrl, callTimeout: 1 },
    { models },
  );
  expect(callers.endpoint.callTimeout).toBe(1);
  const outcome = await callers.model.complete(ask('hello', { model: 'openai/mute' }));
  if (outcome.kind === 'answered') throw new Error('nobody answers here');
  expect(outcome.failure).toMatchObject({ cause: 'infrastructure', retryable: true });
  expect(outcome.failure.message).toMatch(
    /no (whole answer|first token) within 1 s \(--call-timeout raises it\)/,
  );
});

it('is kept by a run for what is asked of it later, where the line says nothing else', async () => {
  const runsDir = temporaryFolder('call-timeout');
  const line = `tune support-intent --instances 2 --models sim/heron-8b --max-evaluations 1 --holdout-repeats 0 --call-timeout 20s --run kept --runs-dir ${runsDir}`;
  const context = testContext(line.split(' '));
  expect(await runCli(context), context.stderr.text).toBe(0);
  const manifest = await readManifest(`${runsDir}/kept`);
  expect(manifest.endpoint).toEqual({ callTimeout: 20 });
  const provenance = provenanceOfRun('kept', manifest);
  const needed = { models: ['sim/heron-8b'], provenance };
  await using asItWas = await openCallers(commandContext(), {}, needed);
  expect(asItWas.endpoint.callTimeout).toBe(20);
  await using asSaid = await openCallers(commandContext(), { callTimeout: 40 }, needed);
  expect(asSaid.endpoint.callTimeout).toBe(40);
});
