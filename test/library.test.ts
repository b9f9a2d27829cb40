import { rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import * as mixtune from '../src/index.ts';
import { worldSettings, worldTask } from './run/world.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

it("tunes a user's own model, grader and strategy through the public entry alone", async () => {
  const clock = new mixtune.VirtualClock();
  const model: mixtune.ChatModel = {
    revision: () => 'mine',
    async complete(request) {
      await clock.sleep(10);
      const careful = request.messages.some((message) => message.content.includes('carefully'));
      return {
        kind: 'answered',
        response: {
          text: careful ? 'yes' : 'no',
          finishReason: 'stop',
          usage: { inputTokens: 5, outputTokens: careful ? 3 : 1, estimated: false },
          serviceMs: 10,
          firstTokenMs: null,
          usd: null,
        },
      };
    },
  };
  const space = mixtune.settleSpace(
    mixtune.unwrap(
      mixtune.parseSearchSpace(
        {
          version: 1,
          name: 'mine',
          temperatures: [0, 0.5, 1],
          agents: { min: 1, max: 1 },
          stages: { kinds: [], max: 0 },
          prompts: { single: ['Answer.', 'Answer carefully.'] },
        },
        'mine',
      ),
    ),
    ['openai/mine'],
  );
  const runs = temporaryFolder('library');
  try {
    const settings = {
      ...worldSettings,
      strategy: 'random',
      models: space.models,
      budget: { maxEvaluations: 6 },
    };
    const manifest = {
      version: 1,
      run: 'mine',
      mixtune: '0',
      node: process.version,
      gitCommit: null,
      startedAt: '2026-01-01T00:00:00.000Z',
      simulated: false,
      settings,
      task: { name: 'world', hash: 'none' },
      space: { name: 'mine', hash: 'none', file: space },
      grader: { name: 'yes', revision: '1' },
      command: [],
      endpoint: {},
    } satisfies mixtune.Manifest;
    const folder = await mixtune.createRunFolder(runs, 'mine', manifest);
    const front = await mixtune.tuneFolder(folder, settings, {
      clock,
      model,
      card: mixtune.modelCard,
      task: worldTask,
      space,
      grader: {
        name: 'yes',
        revision: '1',
        grade: ({ answer }) => Promise.resolve({ kind: 'scored', value: answer === 'yes' ? 1 : 0 }),
      },
      extractAnswer: (text) => text,
      createStrategy: (context) => mixtune.createStrategy('random', context),
      signal: new AbortController().signal,
    });
    expect(front.front[0]?.objectives.score.mean).toBe(1);
    expect(front.front[0]?.objectives.usd.mean).toBeNull();
    expect(front.evaluations).toBe(6);
    const opened = mixtune.unwrap(await mixtune.openRun(runs, 'mine'));
    expect(opened.front).toEqual(front);
  } finally {
    await rm(runs, { recursive: true });
  }
});
