import type { Clock } from '../core/clock.ts';

/** A clock on which time passes `speed` times as fast as on the given one. */
export function fasterClock(clock: Clock, speed: number): Clock {
  if (speed === 1) return clock;
  return {
    kind: clock.kind,
    now: () => clock.now() * speed,
    sleep: (ms, signal) => clock.sleep(ms / speed, signal),
    external: (work) => clock.external(work),
    turn: (rank) => clock.turn(rank),
  };
}
