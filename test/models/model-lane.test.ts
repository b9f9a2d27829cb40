import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { ModelLane, type SentByModel } from '../../src/models/limits/rate-lane/model-lane.ts';
import { type LaneLimits, RateLane } from '../../src/models/limits/rate-lane/rate-lane.ts';
import { RateServer, type ServerKind, serverKinds } from '../support/rate-server.ts';
import { sampled } from '../support/thorough.ts';

const minutes = 10;
const concurrency = 16;

/** Calls of each model that its server took after the second minute, per minute, and the share of all that was refused. */
function play(models: readonly { readonly lane: ModelLane; readonly server: RateServer }[]) {
  const rng = createRng('models');
  const ends: { at: number; taken: boolean; call: SentByModel; lane: ModelLane }[] = [];
  const took = models.map(() => 0);
  let [sent, refused] = [0, 0];
  for (let now = 0; now < minutes * 60_000; now += 20) {
    for (const end of ends.splice(0)) {
      if (end.at > now) ends.push(end);
      else if (end.taken) end.lane.accepted(end.call, 100, now);
      else end.lane.refused(end.call, { serviceMs: 30 }, now);
    }
    for (const [index, { lane, server }] of models.entries()) {
      const open = ends.filter((end) => end.lane === lane).length;
      for (let free = concurrency - open; free > 0 && lane.earliest(100, now) <= now; free--) {
        const taken = server.take(100, now);
        ends.push({
          at: now + (taken ? 200 + 400 * rng.next() : 30),
          taken,
          call: lane.started(100, now),
          lane,
        });
        if (now < 120_000) continue;
        sent++;
        if (taken) took[index] = (took[index] ?? 0) + 1;
        else refused++;
      }
    }
  }
  return { took: took.map((calls) => calls / (minutes - 2)), refused: refused / sent };
}

const limited = (kind: ServerKind, requestsPerMinute: number): RateServer =>
  new RateServer(kind, { requestsPerMinute, tokensPerMinute: 1e9 });

const laneOf = (key?: RateLane, own: LaneLimits = {}): ModelLane => new ModelLane(new RateLane(own), key);

describe('models of one key', () => {
  test.each(sampled(serverKinds, 2))(
    'that a %s server limits each by itself do not slow each other down',
    (kind) => {
      const models = [limited(kind, 300), limited('bucket', 1e6), limited('bucket', 1e6)].map((server) => ({
        lane: laneOf(),
        server,
      }));
      const { took, refused } = play(models);
      const [slow = 0, ...others] = took;
      expect(slow).toBeGreaterThan(0.9 * 300);
      // Sixteen calls at once of 0.4 s each.
      for (const calls of others) expect(calls).toBeGreaterThan(1_900);
      expect(refused).toBeLessThan(0.02);
    },
  );

  test.each(sampled(serverKinds, 2))('find out what a %s server allows all of them together', (kind) => {
    const server = limited(kind, 900);
    const { took, refused } = play(Array.from({ length: 5 }, () => ({ lane: laneOf(), server })));
    expect(took.reduce((sum, calls) => sum + calls, 0)).toBeGreaterThan(0.85 * 900);
    expect(refused).toBeLessThan(0.1);
  });

  test('keep together to what was given for the key, and each to what was given for it', () => {
    const given = { requestsPerMinute: 600 };
    const key = new RateLane(given);
    const server = limited('sliding', 1e6);
    const lanes = [laneOf(key, given), laneOf(key, { requestsPerMinute: 60 }), laneOf(key, given)];
    const { took } = play(lanes.map((lane) => ({ lane, server })));
    expect(took.reduce((sum, calls) => sum + calls, 0)).toBeLessThanOrEqual(600);
    expect(took.reduce((sum, calls) => sum + calls, 0)).toBeGreaterThan(570);
    expect(took[1]).toBeLessThanOrEqual(60);
  });
});
