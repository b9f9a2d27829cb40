import { describe, expect, it } from 'vitest';
import { believedLength } from '../../../src/search/surrogate/believed-length.ts';

describe('believedLength', () => {
  it('is all of a log until 150 tells, and then all but a fiftieth', () => {
    const wrong = Array.from({ length: 5_001 }, (_, told) => told).filter((told) => {
      const left = told - believedLength(told);
      return left < 0 || left > Math.max(0, (told - 150) / 50);
    });
    expect(wrong).toEqual([]);
  });

  it('of a long log never goes back, and is renewed no more often than after a fiftieth', () => {
    let length = believedLength(1500);
    for (let told = 1501; told <= 5_000; told++) {
      const next = believedLength(told);
      if (next === length) continue;
      expect(next - length).toBeGreaterThanOrEqual((length - 150) / 50);
      length = next;
    }
  });
});
