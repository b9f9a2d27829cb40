/**
 * How much of a server's limits the lane uses, and how many calls it has refused, over kinds of servers, limits
 * announced or not, and a limit that halves midway.
 *
 *   npx tsx test/experiments/limiter-pace.ts [seeds]
 */
import { createRng, type Rng } from '../../src/core/rng.ts';
import { RateLane, type SentCall } from '../../src/models/limits/rate-lane/rate-lane.ts';
import { RateServer, type ServerKind, serverKinds } from '../support/rate-server.ts';

interface Setting {
  readonly server: ServerKind;
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  readonly known: 'given' | 'announced' | 'unknown';
  readonly halves: boolean;
  readonly concurrency: number;
  readonly minutes: number;
  readonly seed: number;
  /** Share of the calls that are refused at any pace. Default 0. */
  readonly refusedAnyway?: number;
}

interface Used {
  /** Share of the tighter limit that was used after the first minute, and after the change's first minute. */
  readonly used: number;
  readonly refused: number;
  readonly sent: number;
}

interface Waiting {
  readonly readyAt: number;
  readonly tokens: number;
  readonly order: number;
}

export function playLane(setting: Setting, trace?: (line: string) => void): Used {
  const { known, halves, concurrency, minutes, refusedAnyway = 0 } = setting;
  const rng = createRng(`pace/${setting.seed}`);
  const limits = { requestsPerMinute: setting.requestsPerMinute, tokensPerMinute: setting.tokensPerMinute };
  const server = new RateServer(setting.server, limits);
  const lane = new RateLane(known === 'given' ? limits : {});
  const end = minutes * 60_000;
  const ends: { at: number; call: SentCall; tokens: number; taken: boolean }[] = [];
  const again: Waiting[] = [];
  const counted = { tokens: 0, requests: 0, allowedTokens: 0, allowedRequests: 0, refused: 0, sent: 0 };
  let now = 0;
  let order = 0;
  let lastLine = 0;
  const settle = (): void => {
    ends.sort((a, b) => a.at - b.at);
    while (ends.length > 0 && (ends[0]?.at ?? Infinity) <= now) {
      const { at, call, tokens, taken } = ends.shift() as (typeof ends)[number];
      const info =
        known === 'announced'
          ? {
              requests: { perMinute: server.limits.requestsPerMinute },
              tokens: { perMinute: server.limits.tokensPerMinute },
            }
          : undefined;
      if (taken) {
        lane.accepted(call, tokens, at);
        lane.announced(info, at);
      } else {
        lane.refused(call, { serviceMs: 50, ...(info === undefined ? {} : { info }) }, at);
        again.push({ readyAt: at + 1000 * rng.next(), tokens, order: order++ });
      }
    }
  };
  while (now < end) {
    if (halves && now >= end / 2 && server.limits.requestsPerMinute === limits.requestsPerMinute) {
      server.limits = {
        requestsPerMinute: limits.requestsPerMinute / 2,
        tokensPerMinute: limits.tokensPerMinute / 2,
      };
    }
    settle();
    if (trace && now - lastLine > 5000) {
      lastLine = now;
      trace(
        `${(now / 1000).toFixed(0)} s req ${lane.pace('requests')?.toFixed(0)} tok ${lane.pace('tokens')?.toFixed(0)} refused ${counted.refused} running ${lane.running}`,
      );
    }
    const index = again.findIndex(({ readyAt }) => readyAt <= now);
    const tokens = index >= 0 ? (again[index] as Waiting).tokens : drawTokens(rng);
    const estimate = 1000;
    const at = lane.running >= concurrency ? Infinity : Math.ceil(lane.earliest(estimate, now));
    if (at <= now) {
      if (index >= 0) again.splice(index, 1);
      const call = lane.started(estimate, now);
      const taken = !(refusedAnyway > 0 && rng.next() < refusedAnyway) && server.take(tokens, now);
      const after = now >= 60_000 && !(halves && now >= end / 2 && now < end / 2 + 60_000);
      if (now >= 60_000) {
        counted.sent++;
        if (!taken) counted.refused++;
      }
      if (after && taken) {
        counted.requests++;
        counted.tokens += tokens;
      }
      const serviceMs = taken ? 300 + 20 * (tokens / 10) * (0.5 + rng.next()) : 30 + 40 * rng.next();
      ends.push({ at: Math.ceil(now + serviceMs), call, tokens, taken });
      continue;
    }
    const next = Math.min(at, ends.length === 0 ? Infinity : Math.min(...ends.map((each) => each.at)), end);
    if (now >= 60_000 && !(halves && now >= end / 2 && now < end / 2 + 60_000)) {
      counted.allowedRequests += ((next - now) / 60_000) * server.limits.requestsPerMinute;
      counted.allowedTokens += ((next - now) / 60_000) * server.limits.tokensPerMinute;
    }
    now = next;
  }
  return {
    used: Math.max(counted.requests / counted.allowedRequests, counted.tokens / counted.allowedTokens),
    refused: counted.refused / counted.sent,
    sent: counted.sent,
  };
}

/** Lognormal around 1,000 tokens. */
function drawTokens(rng: Rng): number {
  return Math.round(900 * Math.exp(0.45 * rng.normal()));
}

if (process.argv[1]?.endsWith('limiter-pace.ts')) {
  const seeds = Number(process.argv[2] ?? 3);
  for (const known of ['given', 'announced', 'unknown'] as const)
    for (const halves of [false, true])
      for (const server of serverKinds)
        for (const [requestsPerMinute, tokensPerMinute] of [
          [60, 1e9],
          [900, 1e9],
          [1e6, 120_000],
          [700, 600_000],
        ] as const) {
          const all = Array.from({ length: seeds }, (_, seed) =>
            playLane({
              server,
              requestsPerMinute,
              tokensPerMinute,
              known,
              halves,
              concurrency: 256,
              minutes: 30,
              seed,
            }),
          );
          const used = Math.min(...all.map((one) => one.used));
          const refused = Math.max(...all.map((one) => one.refused));
          const bad = used < 0.95 || refused > 0.01 ? '  <<<' : '';
          process.stdout.write(
            `${known} ${halves ? 'halves' : 'steady'} ${server} R=${requestsPerMinute} T=${tokensPerMinute}: used ${(100 * used).toFixed(1)}% refused ${(100 * refused).toFixed(2)}% of ${all[0]?.sent}${bad}\n`,
          );
        }
}
