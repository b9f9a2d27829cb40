import { type Clock, createRealClock } from '../../src/core/clock.ts';

/** The real clock, but time passes `factor` times as fast. */
export function fastClock(factor: number): Clock {
  const real = createRealClock();
  return {
    ...real,
    now: () => real.now() * factor,
    sleep: (ms, signal) => real.sleep(ms / factor, signal),
    after: (ms, fire) => real.after(ms / factor, fire),
  };
}
