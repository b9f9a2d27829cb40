import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { configId } from '../../src/domain/moa-config.ts';
import { AdaptLog } from '../../src/serve/adapt-log.ts';
import { Adaptation } from '../../src/serve/adaptation.ts';
import { hashOfKey, makeKey } from '../../src/serve/keys.ts';
import { ServeStore } from '../../src/serve/store.ts';
import { readValuedDecisions } from '../../src/serve/valued-decisions.ts';
import { ScriptedModel } from '../support/scripted-model.ts';
import {
  asked,
  figures,
  fused,
  type ServeUnderTest,
  single,
  startServe,
  twoMembers,
} from '../support/serve.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const best = configId(fused);
const cheap = configId(single);
const adapt = (explore = 0.5) => ({ adapt: { explore, rng: createRng('tried') } });
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function serving(changes: Parameters<typeof startServe>[1] = adapt()): Promise<ServeUnderTest> {
  const server = await startServe(twoMembers(new ScriptedModel(() => 'x')), changes);
  ends.push(() => server.end());
  return server;
}

interface Answer {
  readonly mixtune: { readonly decision: string; readonly config: string; readonly why: string };
}

async function ask(server: ServeUnderTest, model = 'front', headers = {}): Promise<Answer['mixtune']> {
  const response = await server.post({ model, messages: asked('Where is my parcel?') }, headers);
  expect(response.status).toBe(200);
  return ((await response.json()) as Answer).mixtune;
}

function value(server: ServeUnderTest, body: unknown, headers = {}): Promise<Response> {
  return fetch(`${server.url}/feedback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const chancesOn = async (server: ServeUnderTest, id: string) =>
  (await (await fetch(`${server.url}/decisions/${id}`)).json()) as {
    champion: string;
    explored: boolean;
    chances: Record<string, number>;
    feedback: unknown[];
  };

describe('an adapting server', () => {
  it('begins with no score of the search against one of the holdout', async () => {
    const front = twoMembers(new ScriptedModel(() => 'x'));
    const members = front.members.map((one) =>
      one.id === best ? { ...one, holdout: figures(0.55, 3, 900, 0.003) } : one,
    );
    const server = await startServe({ ...front, members }, adapt());
    ends.push(() => server.end());
    expect((await chancesOn(server, (await ask(server)).decision)).champion).toBe(best);
  });

  it('moves to the member that is valued more, and says why and with which chances', async () => {
    const server = await serving();
    const first = await chancesOn(server, (await ask(server)).decision);
    expect(first.champion).toBe(best);
    expect(Object.keys(first.chances).sort()).toEqual([best, cheap].sort());
    for (let request = 0; request < 25; request++) {
      const { decision, config } = await ask(server);
      const response = await value(server, { decision, value: config === cheap ? 0.9 : 0.2 });
      expect(response.status).toBe(202);
    }
    const { decision, why, config } = await ask(server);
    const last = await chancesOn(server, decision);
    expect(last.champion).toBe(cheap);
    expect(why).toMatch(config === cheap ? /^the best for such questions/ : /^tried/);
    const text = await (await fetch(server.url.replace('/v1', '/metrics'))).text();
    expect(text).toContain(`mixtune_serve_decisions_total{config="${cheap}",explored="true"}`);
    expect(server.bugs).toEqual([]);
  });

  it('chooses by the run where the request names a member or prefers a cost', async () => {
    const server = await serving(adapt(1));
    for (let request = 0; request < 10; request++) {
      expect((await ask(server, 'cheapest')).config).toBe(cheap);
      expect((await ask(server, 'front;prefer=usd')).config).toBe(cheap);
    }
  });

  it('tries nothing outside the bounds, nor what the key may not ask for or pay', async () => {
    const secret = makeKey();
    const key = { name: 'poor', sha256: hashOfKey(secret), usdDay: 0.1 };
    const server = await serving({ ...adapt(1), keys: () => [key] });
    const bearer = { authorization: `Bearer ${secret}` };
    for (let request = 0; request < 8; request++) {
      expect((await ask(server, 'front;max-latency=2s', bearer)).config).toBe(cheap);
    }
    // The chain may cost more than the key has; it would be refused, and is not tried.
    for (let request = 0; request < 5; request++)
      expect((await ask(server, 'front', bearer)).config).toBe(cheap);
  });

  it('takes the first word of each source once, also late, and none on what is not there or not theirs', async () => {
    const server = await serving();
    const { decision } = await ask(server);
    for (let time = 0; time < 3; time++) {
      const response = await value(server, { decision, value: 1 - time / 2 });
      expect([response.status, await response.json()]).toEqual([202, { decision, counted: time === 0 }]);
    }
    expect((await value(server, { decision, value: 0, source: 'judge' })).status).toBe(202);
    expect((await chancesOn(server, decision)).feedback).toHaveLength(2);
    expect((await value(server, { decision: 'request-999', value: 1 })).status).toBe(404);
  });

  it.each([
    ['not JSON', '{"decision": '],
    ['a list', []],
    ['no value', { decision: 'request-0' }],
    ['a value above 1', { decision: 'request-0', value: 1.01 }],
    ['a value that is infinite', '{"decision": "request-0", "value": 1e999}'],
    ['a value that is none', { decision: 'request-0', value: '1' }],
    ['a decision that is an object', { decision: { $ne: null }, value: 1 }],
    ['an unknown key', { decision: 'request-0', value: 1, __proto__x: 1 }],
    ['an endless source', { decision: 'request-0', value: 1, source: 'x'.repeat(101) }],
    ['a deep body', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ])('learns nothing from feedback that is %s', async (_, body) => {
    const store = new ServeStore(':memory:', 0);
    ends.push(async () => store.close());
    const server = await serving({ ...adapt(), store });
    await ask(server);
    expect((await value(server, body)).status).toBe(400);
    expect(store.feedbackOn('request-0')).toEqual([]);
    expect(server.bugs).toEqual([]);
  });
});

describe('what an adapting server remembers', () => {
  const today = () => new Date('2026-04-01T00:00:00Z');
  const reopened = (store: ServeStore) =>
    new Adaptation({ log: new AdaptLog(store), rng: createRng('tried'), explore: 0.5, today });

  it.skipIf(!thorough)('comes to the same after it died at any moment', async () => {
    const folder = temporaryFolder('adapt');
    ends.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'serve.sqlite');
    const store = new ServeStore(file, 0);
    const server = await serving({ ...adapt(), store });
    const seen = new Set<string>();
    for (let request = 0; request < 25; request++) {
      const { decision, config } = await ask(server);
      seen.add(config);
      if (request % 2 === 0) await value(server, { decision, value: config === best ? 0.4 : 0.7 });
    }
    expect(seen.size).toBe(2);
    await server.close();
    // Nothing is saved at the end: what a kill leaves is all there is.
    store.close();
    const again = new ServeStore(file, 0);
    const first = reopened(again);
    const state = first.state();
    const costs = state.costs[best]?.latency?.count ?? 0;
    expect(costs + (state.costs[cheap]?.latency?.count ?? 0)).toBe(25);
    const learned = Object.values(state.learner.arms).map(({ posterior }) => posterior.count);
    expect(learned.reduce((sum, count) => sum + count, 0)).toBe(13);
    // From the saved state as from the events.
    expect(JSON.stringify(reopened(again).state())).toBe(JSON.stringify(state));
    again.database.exec('DELETE FROM adapt_state');
    expect(JSON.stringify(reopened(again).state())).toBe(JSON.stringify(state));
    again.close();
    expect(readValuedDecisions(file)).toHaveLength(13);
  });

  it('is refused where it is not what was written', async () => {
    const folder = temporaryFolder('adapt');
    ends.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'serve.sqlite');
    expect(() => readValuedDecisions(file)).toThrow(/serve.sqlite/);
    const store = new ServeStore(file, 0);
    const server = await serving({ ...adapt(), store });
    const { decision } = await ask(server);
    await value(server, { decision, value: 1 });
    store.database.exec(`UPDATE adapt_decisions SET body = json_set(body, '$.propensities', json('[0]'))`);
    expect(() => readValuedDecisions(file)).toThrow(/decision request-0.*a decision with its chances/s);
    await server.close();
    store.close();
  });
});
