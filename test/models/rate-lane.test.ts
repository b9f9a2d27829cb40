import { describe, expect, it } from 'vitest';
import { RateLane } from '../../src/models/limits/rate-lane/rate-lane.ts';
import { playLane } from '../experiments/limiter-pace.ts';
import { RateServer, serverKinds } from '../support/rate-server.ts';
import { sampled, thorough } from '../support/thorough.ts';

const base = { tokensPerMinute: 1e9, concurrency: 256, seed: 1, minutes: 8 };

describe('a lane', () => {
  it.each(sampled(serverKinds, 3))(
    'uses what a %s server was said to allow, and is hardly ever refused',
    (server) => {
      for (const [requestsPerMinute, tokensPerMinute] of [
        [900, 1e9],
        [1e6, 600_000],
      ] as const) {
        const limits = { requestsPerMinute, tokensPerMinute };
        const { used, refused } = playLane({ ...base, ...limits, server, known: 'given', halves: false });
        expect(used).toBeGreaterThan(0.95);
        expect(refused).toBeLessThan(0.01);
      }
    },
  );

  it.each(thorough ? serverKinds : serverKinds.slice(2, 3))(
    'finds out what a %s server allows, also when that halves midway',
    (server) => {
      for (const known of sampled(['unknown', 'announced'] as const, 2)) {
        const { used, refused } = playLane({
          ...base,
          server,
          requestsPerMinute: 900,
          known,
          halves: true,
          minutes: thorough ? 30 : 12,
        });
        expect(used).toBeGreaterThan(0.95);
        expect(refused).toBeLessThan(0.01);
      }
    },
  );

  it.each(serverKinds)('shares what a %s server allows with another lane of the same key', (kind) => {
    const requestsPerMinute = 900;
    const server = new RateServer(kind, { requestsPerMinute, tokensPerMinute: 1e9 });
    const share = (): number => 0.5;
    const lanes = [1, 2].map(() => new RateLane({ requestsPerMinute }, share));
    const counts = { sent: 0, refused: 0 };
    const minutes = 6;
    for (let now = 0; now < minutes * 60_000; now += 10) {
      for (const lane of lanes) {
        while (lane.earliest(100, now) <= now) {
          const call = lane.started(100, now);
          const taken = server.take(100, now);
          if (taken) lane.accepted(call, 100, now);
          else lane.refused(call, { serviceMs: 10 }, now);
          if (now < 60_000) continue;
          counts.sent++;
          if (!taken) counts.refused++;
        }
      }
    }
    const took = counts.sent - counts.refused;
    expect(took / (requestsPerMinute * (minutes - 1))).toBeGreaterThan(0.9);
    expect(counts.refused / counts.sent).toBeLessThan(0.01);
  });

  it.skipIf(!thorough)(
    'goes on at its pace where a server refuses some calls at any pace, and keeps to its limit beside that',
    () => {
      const busy = { ...base, server: 'bucket', known: 'unknown', halves: false, minutes: 20 } as const;
      const free = { ...busy, concurrency: 24, requestsPerMinute: 1e6 };
      // It had come down to half of what it sends without refusals, and to a third of the limit.
      expect(playLane({ ...free, refusedAnyway: 0.03 }).sent / playLane(free).sent).toBeGreaterThan(0.9);
      const { used, refused } = playLane({ ...busy, requestsPerMinute: 900, refusedAnyway: 0.03 });
      expect(used).toBeGreaterThan(0.9);
      expect(refused).toBeLessThan(0.05);
    },
  );

  it('slows down a little for one refusal, and waits as it was asked to for a run of them', () => {
    const lane = new RateLane({ requestsPerMinute: 600 });
    const refuse = (now: number, waitMs?: number): void => {
      const call = lane.started(100, now);
      lane.refused(call, { serviceMs: 40, ...(waitMs === undefined ? {} : { waitMs }) }, now + 40);
    };
    const pace = lane.pace('requests') ?? 0;
    refuse(0);
    expect(lane.pace('requests')).toBeLessThan(pace);
    expect(lane.pace('requests')).toBeGreaterThan(0.9 * pace);
    expect(lane.earliest(100, 1_000)).toBe(1_000);
    refuse(1_000);
    refuse(2_000, 7_000);
    expect(lane.earliest(100, 2_040)).toBe(9_040);
  });

  it('does not let a given limit be exceeded, whatever the server announces', () => {
    const lane = new RateLane({ requestsPerMinute: 60 });
    lane.announced({ requests: { perMinute: 6_000 } }, 0);
    expect(lane.pace('requests')).toBeLessThan(60);
  });

  it('keeps to a given number of calls in flight', () => {
    const lane = new RateLane({ concurrency: 2 });
    const first = lane.started(10, 0);
    lane.started(10, 0);
    expect(lane.earliest(10, 5)).toBe(Number.POSITIVE_INFINITY);
    lane.accepted(first, 10, 6);
    expect(lane.earliest(10, 6)).toBe(6);
  });

  it('asks an unknown server for all at once, and begins anew with few when it refuses', () => {
    const inFlight = (lane: RateLane): number => {
      let count = 0;
      while (count < 100 && lane.earliest(10, 0) <= 0) {
        lane.started(10, 0);
        count++;
      }
      return count;
    };
    expect(inFlight(new RateLane({}))).toBe(100);
    expect(inFlight(new RateLane({ requestsPerMinute: 6_000 }))).toBeGreaterThan(30);
    const lane = new RateLane({});
    const burst = Array.from({ length: 50 }, () => lane.started(10, 0));
    for (const call of burst.slice(10)) lane.refused(call, { serviceMs: 20, waitMs: 1000 }, 20);
    expect(lane.pace('requests')).toBeNull();
    expect(lane.earliest(10, 2_000)).toBe(Number.POSITIVE_INFINITY);
    for (const call of burst.slice(0, 10)) lane.accepted(call, 10, 900);
    expect(lane.earliest(10, 950)).toBeGreaterThan(950);
    let sent = 0;
    for (; lane.earliest(10, 2_000) <= 2_000; sent++) lane.started(10, 2_000);
    expect(sent).toBeLessThanOrEqual(14);
  });
});
