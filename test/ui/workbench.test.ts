import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelsOf } from '../../src/domain/moa-config.ts';
import { readFormat } from '../../src/formats/systems.ts';
import { createHttpSource } from '../../src/page/http-source.ts';
import type { BenchSource } from '../../src/page/source.ts';
import { viewSchema } from '../../src/report/view-model/schema.ts';
import type {
  BenchEvent,
  BenchRequest,
  BenchSystem,
  BenchView,
} from '../../src/report/view-model/workbench.ts';
import { readManifest } from '../../src/run/folder/manifest-file.ts';
import { fastClock } from '../support/fast-clock.ts';
import { type OwnProgram, ownProgram } from '../support/own-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';
import { startUi, type UiUnderTest } from '../support/ui.ts';

let folder: string;
let own: OwnProgram;
let ui: UiUnderTest;
let bench: BenchSource;
let view: BenchView;

beforeAll(async () => {
  folder = temporaryFolder('workbench');
  own = ownProgram(process.cwd());
  const models = ['sim/finch-3b', 'sim/sage-70b'];
  ui = await startUi(folder, { task: 'contest-math', models, maxCalls: 12 }, undefined, {
    startSelf: own.startSelf,
    // Simulated models take their time in the workbench.
    clock: fastClock(50),
  });
  const source = createHttpSource({
    base: ui.base,
    token: ui.token,
    onConnection: () => undefined,
    whenShown: async () => new AbortController().signal,
    sleep: async () => undefined,
  });
  if (source.bench === undefined) throw new Error('there is no workbench');
  bench = source.bench;
  const loaded = await bench.view();
  if (loaded.kind !== 'here') throw new Error(loaded.because);
  view = loaded.value;
});
afterAll(async () => {
  await ui.close();
  own.remove();
});

/** Two layer agents, one cycle, a main model: three calls. */
const small: BenchSystem = {
  ai_configuration: {
    main_model: 'sim/sage-70b',
    main_temperature: 0.1,
    cycles: 1,
    system_prompt: 'Answer. {helper_response}',
    layer_agents: ['a', 'b'].map((name) => ({
      name,
      model: 'sim/finch-3b',
      temperature: 0.5,
      prompt: 'Think. {helper_response}',
    })),
  },
  version: '2.0',
  description: 'small',
};

/** A graph that the workshop's form cannot hold: two proposers and a vote; two calls. */
const graph = `version: 1
name: two votes
stages:
  - kind: propose
    agents:
      - { name: a, model: sim/finch-3b, prompt: Answer., samples: 2 }
  - kind: vote
`;

async function ask(request: BenchRequest): Promise<{ events: BenchEvent[]; trouble: string | null }> {
  const events: BenchEvent[] = [];
  const trouble = await bench.ask(request, (event) => events.push(event), new AbortController().signal);
  return { events, trouble };
}

const endOf = (events: readonly BenchEvent[]) => {
  const last = events.at(-1);
  if (last?.kind !== 'end') throw new Error('there is no end');
  return last;
};

describe('the workbench', () => {
  it('shows what may be asked, and presets that are files of the workshop', () => {
    expect(view).toMatchObject({
      models: ['sim/finch-3b', 'sim/sage-70b'],
      simulated: true,
      task: 'contest-math',
      ceiling: { maxCalls: 12 },
    });
    expect(view.presets.map(({ name }) => name)).toContain('workshop');
    for (const { system } of view.presets) {
      const read = readFormat(JSON.stringify(system), undefined, { source: 'preset' });
      expect(read).toMatchObject({ ok: true });
    }
  });

  it('runs a challenge: stages as they go, a grade, costs against the ceiling; then it holds the ceiling', async () => {
    const instance = view.questions[0]?.id ?? '';
    const { events, trouble } = await ask({ system: small, question: { instance } });
    expect(trouble).toBeNull();
    expect(events.map(({ kind }) => kind).filter((kind) => kind !== 'delta')).toEqual([
      ...['stage', 'agent', 'agent', 'stage', 'agent', 'grading', 'end'],
    ]);
    const end = endOf(events);
    expect(end).toMatchObject({ calls: 3, reason: null, grade: { kind: 'scored' }, spent: { calls: 3 } });
    const streamed = events.map((event) => (event.kind === 'delta' ? event.text : '')).join('');
    expect(streamed).toBe(end.answer);
    // The same once more is a fresh sample, which is paid again.
    const again = endOf((await ask({ system: small, question: { instance } })).events);
    expect(again.spent.calls).toBe(6);
    const chat = endOf((await ask({ system: small, question: { text: 'What is 2 + 2?' } })).events);
    expect(chat).toMatchObject({ grade: null, spent: { calls: 9 } });
    await ask({ system: small, question: { instance } });
    const beyond = endOf((await ask({ system: small, question: { instance } })).events);
    expect(beyond.answer).toBeNull();
    expect(beyond.reason).toContain('calls');
    expect(beyond.spent.calls).toBe(12);
  });

  it.each<[string, unknown, string]>([
    ['a model that the command line did not name', { main_model: 'openai/gpt-4o' }, 'sim/finch-3b'],
    ['too many cycles', { cycles: 99 }, 'cycles'],
    ['a temperature beyond all', { main_temperature: 9 }, 'main_temperature'],
    ['an endpoint', { base_url: 'https://evil.example' }, 'base_url'],
  ])('refuses %s, and asks nobody', async (_, changes, told) => {
    const own = { ...small.ai_configuration, ...(changes as object) };
    const { events, trouble } = await ask({
      system: { ...small, ai_configuration: own },
      question: { text: 'Hello' },
    });
    expect(events).toEqual([]);
    expect(trouble).toContain(told);
  });

  it('keeps the holdout unseen', async () => {
    const { trouble } = await ask({ system: small, question: { instance: 'no-such-question' } });
    expect(trouble).toContain('no tuning question');
  });

  it('saves what it has graded itself, never what a page claims, and shows it on the leaderboard', async () => {
    const post = async (path: string, body: unknown) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await ui.ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: answer.status, ...JSON.parse(answer.body) };
    };
    // The same system as above, which was graded twice; chat, and what a ceiling cut off, do not count.
    const saved = await post('/api/workbench/save', { system: small, name: 'two thinkers' });
    expect(saved).toMatchObject({
      status: 200,
      task: 'contest-math',
      max: null,
      hasStrict: false,
      notices: [],
    });
    expect(saved.rows).toHaveLength(1);
    const [row] = saved.rows;
    expect(row).toMatchObject({
      rank: 1,
      name: 'two thinkers',
      source: 'workbench',
      run: null,
      simulated: true,
    });
    expect(row).toMatchObject({ questions: 1, incomparable: null, strict: null });
    expect(row.answers).toBeGreaterThanOrEqual(2);
    expect(row.objectives.tokens.mean).toBeGreaterThan(0);
    expect(JSON.parse((await ui.ask('/api/leaderboard/contest-math')).body).rows).toEqual(saved.rows);
    expect(JSON.parse((await ui.ask('/api/leaderboard')).body)).toEqual({
      schema: viewSchema,
      ...{ tasks: ['contest-math'], first: 'contest-math' },
    });
    const other = { ...small, ai_configuration: { ...small.ai_configuration, cycles: 2 } };
    const unknown = await post('/api/workbench/save', { system: other, name: 'never asked' });
    expect(unknown).toMatchObject({ status: 422, trouble: expect.stringContaining('has answered none') });
    const claimed = await post('/api/workbench/save', { system: small, name: 'x', score: 1 });
    expect(claimed).toMatchObject({ status: 422, trouble: expect.stringContaining('score') });
    expect(await post('/api/leaderboard/contest-math/remove', { id: 'nobody' })).toMatchObject({
      status: 422,
    });
    expect(await post('/api/leaderboard/contest-math/remove', { id: row.id })).toMatchObject({ rows: [] });
  });
});

describe('any stage graph', () => {
  it('is read with its YAML, and with the form where that can hold it', async () => {
    const form = await bench.read({ system: small });
    if (form.kind !== 'here' || form.value.kind !== 'config') throw new Error(JSON.stringify(form));
    expect(form.value.form?.ai_configuration).toEqual(small.ai_configuration);
    const asText = await bench.read({ text: form.value.yaml });
    expect(asText).toMatchObject({ kind: 'here', value: { config: form.value.config } });
    const other = await bench.read({ text: graph });
    expect(other).toMatchObject({ kind: 'here', value: { kind: 'config', form: null } });
    if (other.kind === 'here' && other.value.kind === 'config') expect(other.value.notInForm).not.toEqual([]);
  });

  it.each<[string, string, object]>([
    [
      'a wrong value',
      graph.replace('samples: 2', 'samples: -2'),
      { path: 'stages[0].agents[0].samples', line: 6 },
    ],
    [
      'a misspelt key',
      graph.replace('prompt:', 'promt:'),
      { path: 'stages[0].agents[0].promt', suggestion: 'prompt' },
    ],
    ['another model', graph.replace('finch-3b', 'sage-8b'), { path: 'stages[0].agents[0].model', line: 6 }],
    ['no YAML', 'stages: [', { expected: 'valid YAML or JSON', line: 1 }],
  ])('%s is told with its place', async (_, text, issue) => {
    const read = await bench.read({ text });
    expect(read).toMatchObject({ kind: 'here', value: { kind: 'wrong' } });
    if (read.kind === 'here' && read.value.kind === 'wrong')
      expect(read.value.issues[0]).toMatchObject(issue);
    const { events, trouble } = await ask({ text, question: { text: 'Hello' } });
    expect(events).toEqual([]);
    expect(trouble).not.toBeNull();
  });

  it('every preset can be started from', () =>
    Promise.all(
      view.graphs.map(async ({ name, text }) => {
        expect([name, await bench.read({ text })]).toMatchObject([name, { value: { kind: 'config' } }]);
      }),
    ));
});

describe('tune from here', () => {
  it.skipIf(!thorough)(
    'wants a ceiling, forecasts, and starts a run with the draft as its seed',
    async () => {
      expect(await bench.forecast({ text: graph, ceiling: {} })).toMatchObject({ kind: 'absent' });
      const job = { text: graph, ceiling: { maxEvaluations: 6, maxCalls: 400 } };
      const forecast = await bench.forecast(job);
      if (forecast.kind !== 'here') throw new Error(forecast.because);
      expect(forecast.value.calls.p90).toBeGreaterThan(0);
      expect(forecast.value.calls.p90).toBeLessThanOrEqual(400);
      const started = await bench.tune(job);
      if (started.kind !== 'here') throw new Error(started.because);
      const { run } = started.value;
      const manifest = await readManifest(join(folder, run));
      expect(manifest.settings.budget).toEqual(job.ceiling);
      expect(manifest.settings.models.toSorted()).toEqual(['sim/finch-3b', 'sim/sage-70b']);
      expect(manifest.settings.own?.map(modelsOf)).toEqual([['sim/finch-3b']]);
    },
  );

  it('starts nothing from what is no config, and says so', async () => {
    const job = { text: graph.replace('kind: vote', 'kind: bote'), ceiling: { maxCalls: 10 } };
    for (const told of [await bench.forecast(job), await bench.tune(job)]) {
      expect(told).toMatchObject({ kind: 'absent' });
      if (told.kind === 'absent') expect(told.because).toContain('stages[1].kind');
    }
  });
});
