import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import type { FrontFile } from '../../src/domain/run-result.ts';
import type { ChatModel } from '../../src/models/chat-model.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { createMemoryJournal, type Journal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { sampled, thorough } from '../support/thorough.ts';
import { type Outage, withFaults } from './faulty-world.ts';
import { worldDependencies, worldModels, worldSettings } from './world.ts';

const settings: TuneSettings = {
  ...worldSettings,
  concurrency: 8,
  budget: { maxEvaluations: thorough ? 40 : 12 },
};

interface Played {
  readonly front: FrontFile;
  readonly events: readonly RunEvent[];
  readonly notices: readonly string[];
}

async function play(
  faults: { rate: number; outages?: readonly Outage[]; model?: (model: ChatModel) => ChatModel },
  changes: Partial<TuneSettings> = {},
  journal: Journal & { written: readonly RunEvent[] } = createMemoryJournal(),
): Promise<Played> {
  const base = worldDependencies();
  const notices: string[] = [];
  const model = withFaults(base.model, {
    clock: base.clock,
    startedAt: journal.written.at(-1)?.at ?? 0,
    ...faults,
  });
  const run = new TuningRun(
    'faults',
    journal,
    { ...settings, ...changes },
    {
      ...base,
      model: faults.model?.(model) ?? model,
      onNotice: (notice) => notices.push(notice),
    },
  );
  const front = await base.clock.run(() => run.run());
  return { front, events: journal.written, notices };
}

const unscored = (events: readonly RunEvent[]): number =>
  events.filter((event) => event.kind === 'cell-finished' && event.result.grade.kind === 'unscored').length;
const abandoned = (events: readonly RunEvent[]): number =>
  events.filter(({ kind }) => kind === 'cell-abandoned').length;

describe('a tuning run on a faulty server', () => {
  it.each(sampled([0.4, 0.05, 0.2], 3))('loses no cell at %d of calls failing', async (rate) => {
    const { front, events } = await play({ rate });
    const failures = events.filter(({ kind }) => kind === 'call-failed').length;
    expect(failures / front.spent.calls).toBeGreaterThan(rate / 2);
    expect([unscored(events), abandoned(events)]).toEqual([0, 0]);
    // Nothing scored 0 for a reason of the infrastructure: every answer is there, and none lacks an agent.
    for (const event of events) {
      if (event.kind === 'cell-finished')
        expect(event.result).toMatchObject({ degraded: [], answer: expect.any(String) });
    }
    if (rate > 0.1) return;
    const { front: calm } = await play({ rate: 0 });
    expect(front.spent.seconds / calm.spent.seconds).toBeLessThan(1.15);
  });

  it.skipIf(!thorough)(
    'pauses the trials of a model during its outage and goes on with the others',
    async () => {
      const outage: Outage = { model: worldModels[0], fromMs: 60_000, toMs: 30 * 60_000 };
      const { events, notices } = await play(
        { rate: 0.02, outages: [outage] },
        { budget: { maxEvaluations: 60 } },
      );
      expect([unscored(events), abandoned(events)]).toEqual([0, 0]);
      const sent = (model: string): number =>
        events.filter(
          (event) =>
            event.kind === 'call-dispatched' &&
            event.model === model &&
            event.at > outage.fromMs + 30_000 &&
            event.at < outage.toMs,
        ).length;
      // A probe a minute or so.
      expect(sent(worldModels[0])).toBeLessThan(45);
      expect(sent(worldModels[1])).toBeGreaterThan(sent(worldModels[0]));
      expect(notices.join('\n')).toMatch(
        /sim\/slow has not answered for \d+ s \(connection: .*\); trying again in \d+ s/,
      );
      expect(notices.at(-1)).toBe('sim/slow answers again');
    },
  );

  it('pauses soon with models that are not there, and goes on when they are', async () => {
    const journal = createMemoryJournal();
    const failure = {
      cause: 'infrastructure',
      code: 'connection',
      message: 'no',
      retryable: true,
      serviceMs: 10,
    } as const;
    const absent = {
      rate: 0,
      model: (model: ChatModel) => ({
        ...model,
        complete: async () => ({ kind: 'failed' as const, failure }),
      }),
    };
    for (const hours of [1, 2]) {
      await expect(play(absent, {}, journal)).rejects.toMatchObject({
        code: 'nothing-scored',
        message: expect.stringMatching(/None of the first \d\d cells could be scored; the last reason: .*no/),
      });
      expect(journal.written.at(-1)?.at).toBeLessThan(hours * 3_600_000);
    }
    const { front, events } = await play({ rate: 0 }, {}, journal);
    expect(front.ended).toBe('evaluations');
    expect(events.filter(({ kind }) => kind === 'search-restarted')).toHaveLength(2);
  });

  it.each([
    ['every key', 'unauthorized', /sim refuses the calls \(unauthorized\): no\. Check the key/],
    ['every call without a key', 'no-key', /sim refuses the calls \(no-key\): no\. No key was sent/],
    ['every call for want of money', 'insufficient-quota', /sim refuses the calls/],
    ['all models', 'unknown-model', /each of the 3 models is refused \(unknown-model\): no/],
    ['all requests', 'bad-request', /each of the 3 models is refused/],
  ])('ends at once where a server refuses %s', async (_name, code, message) => {
    const failure = { cause: 'rejected', code, message: 'no', retryable: false, serviceMs: 10 } as const;
    let asked = 0;
    await expect(
      play({
        rate: 0,
        model: (model) => ({
          ...model,
          complete: async () => {
            asked++;
            return { kind: 'failed', failure };
          },
        }),
      }),
    ).rejects.toThrow(message);
    expect(asked).toBeLessThan(40);
  });

  it('goes on where only one of the models is not there', async () => {
    const failure = {
      cause: 'rejected',
      code: 'unknown-model',
      message: 'no',
      retryable: false,
      serviceMs: 10,
    } as const;
    const { front } = await play({
      rate: 0,
      model: (model) => ({
        ...model,
        complete: async (request, options) =>
          request.model === worldModels[1] ? { kind: 'failed', failure } : model.complete(request, options),
      }),
    });
    expect(front.front.length).toBeGreaterThan(0);
  });

  it('gives up a call that fails every time, and only that', async () => {
    const poisoned = 'Is b fine?';
    const { front, events } = await play({
      rate: 0.05,
      model: (model) => ({
        ...model,
        complete: async (request, options) =>
          request.messages.some(({ content }) => content.includes(poisoned)) &&
          request.model === worldModels[1]
            ? {
                kind: 'failed',
                failure: {
                  cause: 'infrastructure',
                  code: 'server-error',
                  message: 'crash',
                  retryable: true,
                  serviceMs: 5,
                },
              }
            : model.complete(request, options),
      }),
    });
    expect(front.front.length).toBeGreaterThan(0);
    const given = events.filter(({ kind }) => kind === 'call-given-up').length;
    expect(given).toBeGreaterThan(0);
    expect(unscored(events)).toBeLessThanOrEqual(given);
  });

  const worlds = [
    ['faults', { rate: 0.4 }, {}],
    ['an outage', { rate: 0.1, outages: [{ model: worldModels[1], fromMs: 20_000, toMs: 200_000 }] }, {}],
    ['given limits', { rate: 0.1 }, { limits: { sim: { requestsPerMinute: 90, tokensPerMinute: 20_000 } } }],
  ] as const;
  it.skipIf(!thorough).each(worlds)(
    'resumes to the same journal from any point of death, under %s',
    async (_name, faults, changes) => {
      const budget = { maxEvaluations: 12 };
      const whole = createMemoryJournal();
      const expected = await play(faults, { ...changes, budget }, whole);
      const rng = createRng('fault-kill-points');
      for (let kill = 0; kill < 40; kill++) {
        const count = rng.integer(whole.written.length);
        const rest = createMemoryJournal(whole.written.slice(0, count));
        const resumed = await play(
          faults,
          { ...changes, budget },
          {
            ...rest,
            answer: (key) => rest.answer(key) ?? whole.answer(key),
          },
        );
        const different = resumed.events.findIndex(
          (event, index) => JSON.stringify(event) !== JSON.stringify(whole.written[index]),
        );
        expect({ count, different, event: resumed.events[different] }).toEqual({
          count,
          different: -1,
          event: undefined,
        });
        expect(resumed.front).toEqual(expected.front);
      }
    },
  );
});
