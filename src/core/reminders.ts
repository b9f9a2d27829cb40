/** Whoever waits longer than this is told why, and again after a minute; in ms. */
export const longWaitMs = 10_000;
const tellAgainMs = 60_000;

/** Of which things somebody was told of late: of each at most once a minute. */
export class Reminders {
  readonly #told = new Map<string, number>();

  /** Whether somebody is to be told of a thing now, in ms; if so, that counts as told. */
  isDue(thing: string, now: number): boolean {
    if (now - (this.#told.get(thing) ?? Number.NEGATIVE_INFINITY) < tellAgainMs) return false;
    this.#told.set(thing, now);
    return true;
  }
}
