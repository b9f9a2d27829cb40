/**
 * CI plays every case; `npm test` elsewhere one or two of each long list, the same at each run, to stay quick.
 * `MIXTUNE_THOROUGH=1 npm test` plays all. What a list has most to tell of stands first in it.
 */
export const thorough = Boolean(process.env.CI || process.env.MIXTUNE_THOROUGH);

/** Only `MIXTUNE_THOROUGH=1`: what takes minutes, of which CI plays a part. */
export const exhaustive = Boolean(process.env.MIXTUNE_THOROUGH);

/** `npm run test:explore`: so many times as many cases of each property, none of them seen before; 0 elsewhere. */
export const exploring = Number(process.env.MIXTUNE_EXPLORE ?? 0);

/** How often a property is played: `all` times when thorough, else a tenth as often, but five times at least. */
export function runs(all: number): number {
  if (exploring > 0) return all * exploring;
  return thorough ? all : Math.min(all, Math.max(5, Math.ceil(all / 10)));
}

/** All of a long list when thorough, else every `step`th. */
export function sampled<Item>(items: readonly Item[], step: number): readonly Item[] {
  return thorough ? items : items.filter((_, index) => index % step === 0);
}
