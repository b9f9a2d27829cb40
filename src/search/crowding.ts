/**
 * Crowding of each point (NSGA-II): over the axes, the mean distance between its two neighbours as a share
 * of the axis's whole extent; a point at an axis's end counts 1 there. Larger means more room.
 * @param points of equal length, on scales where distances mean something.
 */
export function crowding(points: readonly (readonly number[])[]): number[] {
  const axes = points[0]?.length ?? 0;
  const room = points.map(() => 0);
  for (let axis = 0; axis < axes; axis++) {
    const at = (index: number): number => points[index]?.[axis] ?? 0;
    const order = points.map((_, index) => index).sort((a, b) => at(a) - at(b));
    const extent = at(order.at(-1) ?? 0) - at(order[0] ?? 0);
    for (const [place, index] of order.entries()) {
      const before = order[place - 1];
      const after = order[place + 1];
      const isEnd = before === undefined || after === undefined || extent === 0;
      const share = isEnd ? 1 : (at(after) - at(before)) / extent;
      room[index] = (room[index] ?? 0) + share / axes;
    }
  }
  return room;
}
