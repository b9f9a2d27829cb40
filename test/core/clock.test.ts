import { expect, test } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';

test.each([2 ** 31, 1e12, Number.POSITIVE_INFINITY])('a sleep of %d ms does not end at once', async (ms) => {
  const clock = createRealClock();
  const over = new AbortController();
  const slept = clock.sleep(ms, over.signal).then(
    () => 'slept',
    () => 'aborted',
  );
  expect(await Promise.race([slept, clock.sleep(50).then(() => 'waits')])).toBe('waits');
  over.abort();
  expect(await slept).toBe('aborted');
});
