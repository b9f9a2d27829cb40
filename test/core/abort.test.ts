import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { onAbort } from '../../src/core/abort.ts';
import { createRealClock } from '../../src/core/clock.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';

it('however many wait for a signal, it has one listener, and all are told once', () => {
  const controller = new AbortController();
  const told: number[] = [];
  const stops = Array.from({ length: 300 }, (_, index) => onAbort(controller.signal, () => told.push(index)));
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  for (const stop of stops.slice(0, 100)) stop();
  controller.abort();
  controller.abort();
  expect(told).toEqual(Array.from({ length: 200 }, (_, index) => 100 + index));
  onAbort(controller.signal, () => told.push(-1));
  expect(told.at(-1)).toBe(-1);
});

it('a signal that nobody waits for any more has no listener, and may have one again', () => {
  const controller = new AbortController();
  const { signal } = controller;
  const stops = [onAbort(signal, () => undefined), onAbort(signal, () => undefined)];
  stops[0]?.();
  stops[0]?.();
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  stops[1]?.();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  let told = 0;
  onAbort(signal, () => told++);
  stops[1]?.();
  controller.abort();
  expect(told).toBe(1);
});

it('one who listens twice is told twice, and may stop one of the two', () => {
  const controller = new AbortController();
  let told = 0;
  const listener = (): void => void told++;
  const stop = onAbort(controller.signal, listener);
  onAbort(controller.signal, listener);
  stop();
  controller.abort();
  expect(told).toBe(1);
});

it.each([
  ['real', createRealClock()],
  ['virtual', new VirtualClock()],
])('300 sleeps on the %s clock add one listener to their signal', async (_name, clock) => {
  const controller = new AbortController();
  const sleeps = Array.from({ length: 300 }, () => clock.sleep(60_000, controller.signal));
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  controller.abort(new Error('over'));
  const ends = await Promise.allSettled(sleeps);
  expect(ends.every((end) => end.status === 'rejected' && end.reason.message === 'over')).toBe(true);
});
