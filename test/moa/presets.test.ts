import { describe, expect, test } from 'vitest';
import { modelsOf } from '../../src/domain/moa-config.ts';
import { type PresetName, presetNames, presets } from '../../src/domain/presets.ts';
import { runMoa } from '../../src/moa/engine.ts';
import { answerOf, codesOf, saidIn } from '../support/moa.ts';
import { ScriptedModel } from '../support/scripted-model.ts';

const models = ['sim/sage-70b', 'sim/otter-32b', 'sim/forge-14b'] as const;

/** Follows the forms that the engine asks for, and tells nothing apart otherwise. */
function obedient(): ScriptedModel {
  return new ScriptedModel((request, index) => {
    const said = saidIn(request);
    if (said.includes('RANKING:')) {
      const numbers = [...said.matchAll(/<candidate number="(\d+)">/g)].map((match) => match[1]);
      return `RANKING: ${numbers.reverse().join(', ')}`;
    }
    if (said.includes('AGENTS:')) return 'AGENTS: proposer-4, proposer-2';
    return `answer ${index}`;
  });
}

const calls: Record<PresetName, number> = {
  workshop: 10,
  together: 13,
  'moa-lite': 7,
  'self-moa': 7,
  'planner-critic-summariser': 32,
  'critique-rank-fuse': 8,
  'best-of-n': 6,
  'self-consistency': 5,
  router: 4,
};

describe.each(presetNames)('%s', (name) => {
  test('runs with the published number of calls and nothing degraded', async () => {
    const model = obedient();
    const outcome = await runMoa(
      presets[name](models),
      { text: 'What is 6 x 7?' },
      { model, extractAnswer: (text) => text },
    );
    expect(answerOf(outcome)).toMatch(/^answer \d+$/);
    expect(model.requests).toHaveLength(calls[name]);
    expect(outcome.trace.calls).toHaveLength(calls[name]);
    expect(codesOf(outcome)).toEqual([]);
  });

  test('is sound with one model, and takes prompts', () => {
    const config = presets[name](['sim/only'], { single: 'S', proposer: 'P {{references}}', planner: 'L' });
    expect(modelsOf(config)).toEqual(['sim/only']);
    expect(JSON.stringify(config)).toMatch(/"prompt":"(S|P \{\{references\}\}|L)"/);
  });
});

test('the workshop shows each agent the last cycle and the main agent the last of all', async () => {
  const model = obedient();
  await runMoa(presets.workshop(models), { text: 'Q' }, { model, extractAnswer: (text) => text });
  const shown = model.requests.map((request) =>
    [...saidIn(request).matchAll(/answer (\d)\n/g)].map((match) => match[1]).join(''),
  );
  expect(shown).toEqual(['', '', '', '012', '012', '012', '345', '345', '345', '678']);
});

test("together's proposers get no system message in the first round", async () => {
  const model = obedient();
  await runMoa(presets.together(models), { text: 'Q' }, { model, extractAnswer: (text) => text });
  const roles = model.requests.map((request) => request.messages.map(({ role }) => role).join('+'));
  expect(roles.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => 'user'));
  expect(roles.slice(6)).toEqual(Array.from({ length: 7 }, () => 'system+user'));
});

test('the planner sees comments the second time, and two plans reach the summariser', async () => {
  const model = obedient();
  const preset = presets['planner-critic-summariser'](models);
  await runMoa(preset, { text: 'Q' }, { model, extractAnswer: (text) => text });
  const [planned, last] = [
    saidIn(model.requests[15] ?? { messages: [] }),
    saidIn(model.requests[31] ?? { messages: [] }),
  ];
  expect(planned.match(/<critique /g)).toHaveLength(7);
  expect(model.requests[15]?.maxTokens).toBe(16_000);
  expect(last.match(/<candidate number="\d"/g)).toEqual(['<candidate number="8"', '<candidate number="7"']);
});
