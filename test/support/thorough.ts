/**
 * CI plays every case; `npm test` elsewhere a seeded part of the long lists, to stay under two minutes.
 * `MIXTUNE_THOROUGH=1 npm test` plays all.
 */
export const thorough = Boolean(process.env.CI || process.env.MIXTUNE_THOROUGH);

/** Only `MIXTUNE_THOROUGH=1`: what takes minutes, of which CI plays a part. */
export const exhaustive = Boolean(process.env.MIXTUNE_THOROUGH);

/** All of a long list when thorough, else every `step`th. */
export function sampled<Item>(items: readonly Item[], step: number): readonly Item[] {
  return thorough ? items : items.filter((_, index) => index % step === 0);
}
