import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { createRng } from '../../src/core/rng.ts';
import { validateMoaConfig } from '../../src/domain/moa-config-rules.ts';
import { taskFileSchema } from '../../src/domain/task.ts';
import { callersPolicy, openDesk } from '../../src/run/calls/open-desk.ts';
import { askCell } from '../../src/run/cells/cell-runner.ts';
import { anyConfig } from '../support/config-arbitraries.ts';
import { ScriptedModel } from '../support/scripted-model.ts';
import { asked, fused, memberOf, sourceOf, startServe } from '../support/serve.ts';
import { thorough } from '../support/thorough.ts';

const description = 'Which intent does a message have?';
const scripted = () => new ScriptedModel(({ model, messages }) => `${model} to ${messages.at(-1)?.content}`);
const taskOf = (prompt: string, input: string) => ({
  ...taskFileSchema.parse({ version: 1, name: 'intents', description, prompt, grader: { name: 'exact' } }),
  hash: 'none',
  tuning: [{ id: 'a', input }],
  holdout: [],
});

/** What the models are sent for the question of a cell while tuning. */
async function tuned(config: typeof fused, prompt: string, input: string) {
  const model = scripted();
  const task = taskOf(prompt, input);
  const cell = { config: 'x', instance: 'a', repeat: 0, split: 'tuning' as const };
  const desk = openDesk({
    ...{
      model,
      card: sourceOf(model).card,
      clock: createRealClock(),
      rng: createRng(1),
      retry: callersPolicy,
    },
    signal: new AbortController().signal,
  });
  await askCell(config, cell, { task, model: desk, extractAnswer: (text) => text });
  return model.requests;
}

/** What they are sent when the config is served and a client sends a body. */
async function served(config: typeof fused, prompt: string, bodies: readonly object[]) {
  const model = scripted();
  const source = sourceOf(model, { prompt, task: description });
  const member = memberOf(config, source);
  const server = await startServe({ members: [member], points: { best: member.id } });
  const answers: unknown[] = [];
  const requests: (typeof model.requests)[] = [];
  for (const body of bodies) {
    const before = model.requests.length;
    const response = await server.post({ model: 'best', seed: 0, ...body });
    answers.push(await response.json());
    requests.push(model.requests.slice(before));
  }
  await server.end();
  expect(server.bugs).toEqual([]);
  return { answers, requests };
}

const system = 'What is asked here? Answer with one word.\n\n{{input}}\n\nOne word only.';

it.skipIf(!thorough)('sends for a question exactly what tuning sent for it', async () => {
  const sound = anyConfig.filter((config) => validateMoaConfig(config, 'config').ok);
  const text = fc.string({ minLength: 1 }).filter((said) => said.trim() !== '');
  const property = fc.asyncProperty(sound, text, async (config, input) => {
    const bodies = [
      { messages: asked(input) },
      { messages: asked(system.replace('{{input}}', () => input)) },
    ];
    const { requests } = await served(config, system, bodies);
    const wanted = await tuned(config, system, input);
    expect(requests).toEqual([wanted, wanted]);
  });
  await fc.assert(property, { numRuns: 25 });
});

it.each([
  ['in the body', { mixtune: { raw: true }, messages: asked('Why?') }],
  ["behind the model's name", { model: 'best;raw', messages: asked('Why?') }],
])('sends a question as it is where the request says so %s', async (_, body) => {
  const { requests, answers } = await served(fused, system, [body]);
  expect(requests).toEqual([await tuned(fused, '{{input}}', 'Why?')]);
  expect(answers).toMatchObject([{ mixtune: { prompt: 'none' } }]);
});

it("words a conversation's first question, and says so", async () => {
  const messages = [
    { role: 'system', content: 'Be kind.' },
    ...asked('No parcel'),
    { role: 'assistant', content: 'late_delivery' },
    ...asked('Why?'),
  ];
  const { requests, answers } = await served(fused, system, [{ messages }]);
  expect(requests[0]?.[0]?.messages).toEqual([
    { role: 'system', content: 'You are left.\n\nBe kind.' },
    { role: 'user', content: system.replace('{{input}}', 'No parcel') },
    { role: 'assistant', content: 'late_delivery' },
    { role: 'user', content: 'Why?' },
  ]);
  expect(answers).toMatchObject([{ mixtune: { prompt: 'task' } }]);
});
