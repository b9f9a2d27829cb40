import { describe, expect, it } from 'vitest';
import type { CallFailure } from '../../src/models/chat-model.ts';
import { Breaker } from '../../src/models/limits/breaker.ts';

const down: CallFailure = {
  cause: 'infrastructure',
  code: 'connection',
  message: 'refused',
  retryable: true,
  serviceMs: 1,
};
const policy = { failures: 3, baseMs: 1_000, capMs: 4_000, patienceMs: 60_000, startPatienceMs: 5_000 };

describe('Breaker', () => {
  it('opens after failures in a row, lets one probe through, and closes when that is answered', () => {
    const breaker = new Breaker(policy);
    breaker.alive();
    for (const call of [0, 1]) breaker.failed(call, down, 100);
    expect(breaker.earliest(100)).toBe(100);
    breaker.failed(2, down, 100);
    expect(breaker.isOpen).toBe(true);
    expect(breaker.earliest(100)).toBe(1_100);
    breaker.started(3);
    expect(breaker.earliest(1_200)).toBe(Number.POSITIVE_INFINITY);
    breaker.failed(3, down, 1_200);
    expect(breaker.earliest(1_200)).toBe(3_200);
    breaker.started(4);
    breaker.alive();
    expect([breaker.isOpen, breaker.earliest(3_300)]).toEqual([false, 3_300]);
  });

  it('is not opened by an answer in between, by refusals for the rate, nor by what is lost', () => {
    const breaker = new Breaker(policy);
    for (let call = 0; call < 10; call++) {
      breaker.failed(call, { ...down, code: 'rate-limited' }, call);
      breaker.failed(call, down, call);
      if (call % 2 === 1) breaker.alive();
    }
    expect(breaker.isOpen).toBe(false);
    for (const call of [20, 21, 22]) breaker.failed(call, down, 50);
    breaker.started(23);
    breaker.ended(23);
    expect(breaker.earliest(60)).toBe(1_050);
  });

  it.each([
    ['never answered', false, 5_000],
    ['has answered', true, 60_000],
  ] as const)(
    'gives up one that %s after its patience, until a probe is answered',
    (_name, answered, patience) => {
      const breaker = new Breaker(policy);
      if (answered) breaker.alive();
      let call = 0;
      let now = 0;
      while (!breaker.state.dead) {
        now = Math.max(now + 1, breaker.earliest(now));
        breaker.started(call);
        breaker.failed(call++, down, now);
        expect(now).toBeLessThan(2 * patience);
      }
      expect(now).toBeGreaterThan(patience);
      breaker.alive();
      expect([breaker.state.dead, breaker.isOpen]).toEqual([false, false]);
    },
  );
});
