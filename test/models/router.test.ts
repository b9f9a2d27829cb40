import { expect, it } from 'vitest';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { createModelRouter, providerOf } from '../../src/models/router.ts';
import { answered } from './conformance.ts';
import { ask, createScriptedModel } from './scripted-model.ts';

it('sends each request to the provider its model names, under its full name', async () => {
  const clock = new VirtualClock();
  const a = createScriptedModel({ clock, script: () => ({ text: 'from a' }) });
  const b = createScriptedModel({ clock, script: () => ({ text: 'from b' }) });
  const router = createModelRouter(
    new Map([
      ['a', a],
      ['b', b],
    ]),
  );
  await clock.run(async () => {
    expect(answered(await router.complete(ask('x', { model: 'a/m/n' }))).text).toBe('from a');
    expect(answered(await router.complete(ask('x', { model: 'b/m' }))).text).toBe('from b');
  });
  expect(a.calls.map(({ request }) => request.model)).toEqual(['a/m/n']);
  expect(router.revision('b/m')).toBe('scripted:b/m');
});

it('rejects a model of a provider it has not got, with a hint', async () => {
  const clock = new VirtualClock();
  const router = createModelRouter(new Map([['openai', createScriptedModel({ clock })]]));
  for (const model of ['opnai/gpt-4o', 'opnai']) {
    expect(await router.complete(ask('x', { model }))).toMatchObject({
      kind: 'failed',
      failure: { cause: 'rejected', code: 'unknown-provider', message: expect.stringContaining('"openai"') },
    });
  }
});

it('takes the provider up to the first slash', () => {
  expect(['a/b/c', 'a'].map(providerOf)).toEqual(['a', 'a']);
});
