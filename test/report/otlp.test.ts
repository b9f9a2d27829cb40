import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { watchCalls } from '../../src/analysis/cell-player.ts';
import type { Stage } from '../../src/domain/moa-config.ts';
import { runMoa } from '../../src/moa/engine.ts';
import { type OtlpSpan, otlpTraces } from '../../src/report/otlp.ts';
import { agent, answerOf, configOf } from '../support/moa.ts';
import { type Reply, ScriptedModel } from '../support/scripted-model.ts';

/* OTLP's JSON as its specification has it: ids as hex digits, 64-bit numbers as strings, enums as numbers. */
const nano = z.string().regex(/^\d{19}$/);
const scalar = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
  z.strictObject({ doubleValue: z.number() }),
]);
const attributes = z.array(
  z.strictObject({
    key: z.string().min(1),
    value: z.union([scalar, z.strictObject({ arrayValue: z.strictObject({ values: z.array(scalar) }) })]),
  }),
);
const span = z.strictObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  name: z.string().min(1),
  kind: z.union([z.literal(1), z.literal(3)]),
  ...{ startTimeUnixNano: nano, endTimeUnixNano: nano, attributes },
  events: z.array(z.strictObject({ timeUnixNano: nano, name: z.string(), attributes })),
  status: z.strictObject({ code: z.literal(2).optional(), message: z.string().optional() }),
});
const request = z.strictObject({
  resourceSpans: z.tuple([
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.tuple([
        z.strictObject({
          scope: z.strictObject({ name: z.string(), version: z.string() }),
          spans: z.array(span),
        }),
      ]),
    }),
  ]),
});

const start = Date.UTC(2026, 10, 28);

async function spansOf(stages: Stage[], script: (model: string) => Reply): Promise<OtlpSpan[]> {
  const config = configOf(...stages);
  const watch = watchCalls(new ScriptedModel(({ model }) => script(model)));
  const outcome = await runMoa(
    config,
    { text: 'What is 6 x 7?' },
    { model: watch.model, extractAnswer: (text) => text },
  );
  const answer = outcome.kind === 'answered' ? answerOf(outcome) : null;
  const { trace } = outcome;
  const traced = { config, question: 'What is 6 x 7?', answer, trace, calls: watch.callsOf(trace) };
  const written = otlpTraces(
    [{ ...traced, startedAt: start, identity: 'x', score: 1, facts: { 'mixtune.run': 'r' } }],
    '1.2.3',
  );
  // As it is read from a file.
  return request.parse(JSON.parse(JSON.stringify(written))).resourceSpans[0].scopeSpans[0]
    .spans as OtlpSpan[];
}

const told = ({ attributes: all }: OtlpSpan) =>
  Object.fromEntries(all.map(({ key, value }) => [key, Object.values(value)[0]]));
const ms = (time: string): number => Number(BigInt(time) / 1_000_000n) - start;

const stages: Stage[] = [
  {
    kind: 'propose',
    agents: [agent('quick', { temperature: 1, maxTokens: 50 }), agent('slow'), agent('broken')],
    rounds: 2,
  },
  { kind: 'fuse', agent: agent('fuser') },
];
const usage = {
  inputTokens: 10,
  outputTokens: 5,
  reasoningTokens: 2,
  cachedInputTokens: 4,
  estimated: false,
};
const replies: Record<string, Reply> = {
  'sim/quick': { text: 'forty-two', serviceMs: 100, usage },
  'sim/slow': { text: 'half \ud800', reasoning: 'six sevens', serviceMs: 250, usage },
  'sim/broken': { fails: 'refused', code: 'content-filter', serviceMs: 20 },
  'sim/fuser': { text: '42', serviceMs: 300, usage, usd: 0.5 },
};
const spans = () => spansOf(stages, (model) => replies[model] ?? '');

describe('an answer as spans', () => {
  it('is one tree: the answer, its stages, their calls, each inside its parent', async () => {
    const all = await spans();
    const [root, ...others] = all;
    expect(root).toMatchObject({ name: 'invoke_workflow test', kind: 1 });
    expect(root?.parentSpanId).toBeUndefined();
    expect(new Set(all.map(({ spanId }) => spanId)).size).toBe(all.length);
    expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(1);
    for (const each of others) {
      const parent = all.find(({ spanId }) => spanId === each.parentSpanId);
      expect(BigInt(each.startTimeUnixNano)).toBeGreaterThanOrEqual(
        BigInt(parent?.startTimeUnixNano ?? '9'.repeat(19)),
      );
      expect(BigInt(each.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(parent?.endTimeUnixNano ?? '0'));
    }
    expect(
      others.map(({ name, kind, startTimeUnixNano, endTimeUnixNano }) => [
        name,
        kind,
        ms(startTimeUnixNano),
        ms(endTimeUnixNano),
      ]),
    ).toEqual([
      ['propose stages[0]', 1, 0, 250],
      ['chat quick', 3, 0, 100],
      ['chat slow', 3, 0, 250],
      ['chat broken', 3, 0, 20],
      ['propose stages[0]', 1, 250, 500],
      ['chat quick', 3, 250, 350],
      ['chat slow', 3, 250, 500],
      ['chat broken', 3, 250, 270],
      ['fuse stages[1]', 1, 500, 800],
      ['chat fuser', 3, 500, 800],
    ]);
    expect([ms(root?.startTimeUnixNano ?? ''), ms(root?.endTimeUnixNano ?? '')]).toEqual([0, 800]);
  });

  it('names what it tells as the conventions do, and leaves out what is not known', async () => {
    const [root, , quick, slow] = await spans();
    const fuser = (await spans()).at(-1);
    if (root === undefined || quick === undefined || slow === undefined || fuser === undefined)
      throw new Error('none');
    expect(told(root)).toMatchObject({
      'gen_ai.operation.name': 'invoke_workflow',
      'gen_ai.workflow.name': 'test',
      'mixtune.score': 1,
      'mixtune.run': 'r',
    });
    expect(told(quick)).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'sim',
      'gen_ai.request.model': 'quick',
      'gen_ai.agent.name': 'quick',
      'gen_ai.request.temperature': 1,
      'gen_ai.request.max_tokens': '50',
      'gen_ai.usage.input_tokens': '10',
      'gen_ai.usage.output_tokens': '5',
      'gen_ai.usage.reasoning.output_tokens': '2',
      'gen_ai.usage.cache_read.input_tokens': '4',
      'gen_ai.response.finish_reasons': { values: [{ stringValue: 'stop' }] },
    });
    expect(told(slow)).not.toHaveProperty('gen_ai.request.temperature');
    expect(told(fuser)).toMatchObject({ 'mixtune.usd': 0.5 });
    expect(JSON.parse(String(told(slow)['gen_ai.output.messages']))).toEqual([
      {
        role: 'assistant',
        // Half of a character has no place in UTF-8.
        parts: [
          { type: 'reasoning', content: 'six sevens' },
          { type: 'text', content: 'half \ufffd' },
        ],
        finish_reason: 'stop',
      },
    ]);
    const input = JSON.parse(String(told(fuser)['gen_ai.input.messages']));
    expect(input.map(({ role }: { role: string }) => role)).toEqual(['system', 'user']);
    expect(JSON.stringify(input)).toContain('forty-two');
  });

  it('says what failed on its call, and what was done about it on its stage', async () => {
    const all = await spans();
    const broken = all.filter(({ name }) => name === 'chat broken');
    expect(broken.map(({ status }) => status.code)).toEqual([2, 2]);
    expect(told(broken[0] as OtlpSpan)).toMatchObject({ 'error.type': 'content-filter' });
    expect(all.map(({ events }) => events.length)).toEqual([0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0]);
    expect(all[5]?.events[0]).toMatchObject({ name: 'mixtune.agent-dropped' });
    const [root] = await spansOf(stages, () => ({ fails: 'refused' }));
    expect(root?.status).toEqual({ code: 2, message: 'no answer' });
  });

  it('has equal ids for equal answers, and others for another moment or another answer', async () => {
    expect(await spans()).toEqual(await spans());
    const config = configOf({ kind: 'propose', agents: [agent('a')] });
    const none = {
      calls: [],
      degraded: [],
      latencyMs: 0,
      inputTokens: 0,
      outputTokens: 0,
      tokensEstimated: false,
      usd: 0,
      infrastructureFailures: 0,
    };
    const traced = {
      config,
      question: 'q',
      answer: 'a',
      trace: none,
      calls: [],
      score: null,
      facts: {},
      startedAt: start,
      identity: 'a',
    };
    const idOf = (changes: Partial<typeof traced>) =>
      otlpTraces([{ ...traced, ...changes }], '1').resourceSpans[0]?.scopeSpans[0]?.spans[0]?.traceId;
    const ids = [{}, { startedAt: start + 1 }, { identity: 'b' }].map(idOf);
    expect(new Set(ids).size).toBe(3);
  });
});
