import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import type { FrontFile } from '../../src/domain/run-result.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import type { RunEvent, RunEventOf } from '../../src/run/journal/events.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import type { Strategy, StrategyContext } from '../../src/search/strategy.ts';
import { type FaultServer, startFaultServer } from '../models/fault-server.ts';
import {
  faulty,
  type Injection,
  oddAnswers,
  ownOutcomes,
  passingFaults,
  wholeAnswer,
} from '../models/http-faults.ts';
import { fastClock } from '../support/fast-clock.ts';
import { thorough } from '../support/thorough.ts';
import { createWorldStrategy, worldDependencies, worldSettings } from './world.ts';

/** The real clock, but all waits are so much shorter. */
const speed = 60;
/** Times on the clock of the run: 1.5 and 3 s of real time, which a healthy answer needs on no machine. */
const shortTimeouts = { firstTokenTimeoutMs: 90_000, totalTimeoutMs: 180_000 };
const longTimeouts: typeof shortTimeouts = { firstTokenTimeoutMs: 5e6, totalTimeoutMs: 5e6 };

const settings: TuneSettings = {
  ...worldSettings,
  simulated: false,
  concurrency: 24,
  repeats: 1,
  finishRepeats: 1,
  budget: { maxEvaluations: 6 },
};

let server: FaultServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Played {
  readonly front: FrontFile;
  readonly events: readonly RunEvent[];
  readonly injected: ReadonlyMap<string, number>;
  /** Requests that reached the server. */
  readonly requests: number;
  readonly largestMaxTokens: number;
}

async function play(
  injection: Injection,
  changes: Partial<TuneSettings> = {},
  timeouts = shortTimeouts,
): Promise<Played> {
  const { handler, injected } = faulty(injection);
  server = await startFaultServer(handler);
  const clock = fastClock(speed);
  const journal = createMemoryJournal();
  const model = createOpenAICompatible({
    baseUrl: server.baseUrl,
    apiKey: 'sk-planted',
    clock,
    price: () => ({ inputPerMillion: 0, outputPerMillion: 1 }),
    ...timeouts,
  });
  const run = new TuningRun(
    'faults-http',
    journal,
    { ...settings, ...changes },
    { ...worldDependencies(), clock, model, createStrategy: createEndpointStrategy },
  );
  const front = await run.run();
  const { requests } = server;
  return {
    front,
    events: journal.written,
    injected,
    requests: requests.length,
    largestMaxTokens: Math.max(...requests.map(({ body }) => Number(body.max_tokens))),
  };
}

/** The world's configs of models that are limited like an endpoint's; simulated ones are not. */
function createEndpointStrategy(context: StrategyContext): Strategy {
  const strategy = createWorldStrategy(context);
  return {
    ...strategy,
    ask: (rng) => {
      const proposal = strategy.ask(rng);
      return JSON.parse(JSON.stringify(proposal).replaceAll('"sim/', '"openai/'));
    },
  };
}

function all<Kind extends RunEvent['kind']>(
  events: readonly RunEvent[],
  kind: Kind,
): readonly RunEventOf<Kind>[] {
  return events.filter((event): event is RunEventOf<Kind> => event.kind === kind);
}

const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

describe('a tuning run against a faulty server over HTTP', () => {
  it.skipIf(!thorough).each([0.05, 0.2, 0.4])(
    'loses no cell and scores none 0 for the server at %d of requests failing',
    async (rate) => {
      const played = await play({ rate, seed: 7, kinds: { ...passingFaults, ...oddAnswers } });
      const { events, injected, requests, front } = played;
      expect(total(injected) / requests).toBeGreaterThan(rate / 2);
      expect([all(events, 'cell-abandoned'), all(events, 'call-given-up')]).toEqual([[], []]);
      const cells = all(events, 'cell-finished');
      expect(cells).toHaveLength(all(events, 'cell-started').length);
      for (const { result } of cells) {
        // Whole, of one try, with nobody missing; so a score of 0 is the answer's own.
        expect(result.answer).toMatch(wholeAnswer);
        // Huge answers are cut at the call's limit, which the cell says.
        expect(result.degraded.filter(({ code }) => code !== 'truncated')).toEqual([]);
        expect(result.grade).toMatchObject({
          kind: 'scored',
          value: result.answer?.startsWith('yes') ? 1 : 0,
        });
      }
      // Nothing was sent that the journal does not know, and nobody was asked for more than was set aside.
      expect(all(events, 'call-dispatched')).toHaveLength(requests);
      expect(front.spent.calls).toBe(requests);
      expect(played.largestMaxTokens).toBeLessThanOrEqual(300);
    },
  );

  it.skipIf(!thorough)('sends no call above a ceiling, failed tries included', async () => {
    const { events, requests } = await play(
      { rate: 0.4, seed: 8, kinds: passingFaults },
      { budget: { maxEvaluations: 6, maxCalls: 60 } },
    );
    expect(requests).toBeLessThanOrEqual(60);
    expect(requests).toBeGreaterThan(30);
    for (const { because } of all(events, 'cell-abandoned')) expect(because).toBe('calls');
    for (const { result } of all(events, 'cell-finished')) expect(result.grade.kind).toBe('scored');
  });

  it.skipIf(!thorough)(
    'counts filtered and empty answers as the config’s own, and pays for none of them twice',
    async () => {
      // Nothing hangs here; a time-out on a busy machine would look like a second try.
      const { events, injected } = await play({ rate: 0.4, seed: 9, kinds: ownOutcomes }, {}, longTimeouts);
      expect([...injected.keys()].sort()).toEqual(Object.keys(ownOutcomes).sort());
      expect(all(events, 'cell-abandoned')).toEqual([]);
      expect(all(events, 'call-dispatched').filter(({ attempt }) => attempt > 0)).toEqual([]);
      const failures = all(events, 'call-failed');
      expect(failures).toHaveLength(total(injected) - (injected.get('null content') ?? 0));
      for (const { failure } of failures)
        expect(failure).toMatchObject({ cause: 'refused', retryable: false });
      for (const { result } of all(events, 'cell-finished')) expect(result.grade.kind).toBe('scored');
    },
  );

  it('takes a TLS handshake that is reset for a fault that may pass', async () => {
    const listener = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const address = listener.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const model = createOpenAICompatible({
      baseUrl: `https://127.0.0.1:${port}/v1`,
      apiKey: 'sk-planted',
      clock: createRealClock(),
    });
    const outcome = await model.complete({
      model: 'openai/m',
      messages: [{ role: 'user', content: 'hello' }],
      sample: { repeat: 0, index: 0 },
    });
    await new Promise((resolve) => listener.close(resolve));
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: { cause: 'infrastructure', code: 'connection', retryable: true },
    });
  });
});
