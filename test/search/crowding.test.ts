import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crowding } from '../../src/search/crowding.ts';

describe('crowding', () => {
  it('gives ends the most room and close neighbours little', () => {
    expect(crowding([[0], [1], [2], [10]])).toEqual([1, 0.2, 0.9, 1]);
  });

  it('does not depend on the scale of an axis', () => {
    const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 99 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(points, (list) => {
        const stretched = crowding(list.map(([x, y]) => [x * 8, y]));
        for (const [index, room] of crowding(list).entries()) expect(stretched[index]).toBeCloseTo(room, 9);
      }),
    );
  });

  it('knows no room without points', () => {
    expect(crowding([])).toEqual([]);
  });
});
