/** Until so many trials were told every tell is believed at once; later, changes of a fiftieth. */
const eachTell = 150;
/** From so many tells on a renewal takes long, and none is made too many. */
const manyTold = 1500;

/**
 * How much of a log of so many tells is believed in; a rebuilt search finds the same. Of a long one it only grows, step
 * by step; remainders, which do for a short one, go back whenever the step grows, and so renew beliefs far more often.
 */
export function believedLength(told: number): number {
  if (told < manyTold) return told - (told % stepAfter(told));
  let length = manyTold;
  while (length + stepAfter(length) <= told) length += stepAfter(length);
  return length;
}

const stepAfter = (length: number): number => Math.max(1, Math.ceil((length - eachTell) / 50));
