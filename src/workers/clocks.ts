import type { Redis } from 'ioredis';

/** Clocks of a run and a worker may differ by this, in ms: jobs are refused beyond it. */
export const clockSkewMs = 60_000;

/** A machine's clock beside the server's, in ms since 1970. */
export interface ClockLook {
  /** As near to the server's as the time allows that its word was under way. */
  readonly at: number;
  readonly serverAt: number;
}

export async function lookAtClock(redis: Redis, now: () => number): Promise<ClockLook> {
  const before = now();
  const [seconds = 0, micros = 0] = (await redis.time()).map(Number);
  const serverAt = Math.round(seconds * 1000 + micros / 1000);
  return { at: Math.min(Math.max(serverAt, before), now()), serverAt };
}

/** Milliseconds that the machine's clock is ahead of the server's. */
export function aheadMs({ at, serverAt }: ClockLook): number {
  return at - serverAt;
}

/** Whether two clocks, each so much ahead of the server's, are too far apart for jobs. */
export function areApart(first: number, second: number): boolean {
  return Math.abs(first - second) > clockSkewMs;
}

/** `7200 s ahead of`, `61 s behind`. */
export function aheadText(ms: number): string {
  return `${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? 'ahead of' : 'behind'}`;
}
