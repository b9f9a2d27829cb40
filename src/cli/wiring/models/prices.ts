import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError, messageOf } from '../../../core/errors.ts';
import { unwrap } from '../../../core/result.ts';
import { suggest } from '../../../core/suggest.ts';
import type { ModelPrice } from '../../../models/chat-model.ts';
import { type PriceList, parsePriceFile } from '../../../models/price-file.ts';
import type { Manifest } from '../../../run/types.ts';
import type { CliContext } from '../../context.ts';
import { originOf, type Provenance } from '../configs/own-runs.ts';

/** Prices in place of the table's; `undefined` where the table's holds, `null` where there is none. */
export type GivenPrices = (model: string) => ModelPrice | null | undefined;

/** The price file that the command line names, if it does. */
export async function openPrices(
  context: CliContext,
  file: string | undefined,
): Promise<PriceList | undefined> {
  if (file === undefined) return undefined;
  try {
    return unwrap(parsePriceFile(await readFile(resolve(context.cwd, file), 'utf8'), file));
  } catch (error) {
    if (error instanceof InputError) throw error;
    const expected = 'a price file (models with their US dollars per million tokens)';
    throw new InputError('--prices', { expected, found: messageOf(error) });
  }
}

/** What the command line says of prices, and the ceilings that rest on them. */
export interface PriceOptions {
  readonly prices?: string;
  readonly maxUsd?: number;
  readonly maxUsdDay?: number;
}

/**
 * What calls are reckoned at: the prices of the file that is given, then those that the runs and locks which are named
 * were made with, the first of them first. No ceiling rests on the latter where they are not known to be this user's.
 */
export async function pricesFor(
  context: CliContext,
  options: PriceOptions,
  { models, made = [] }: { readonly models: readonly string[]; readonly made?: readonly Provenance[] },
): Promise<{ readonly prices: GivenPrices | undefined; readonly list: PriceList | undefined }> {
  const list = await openPrices(context, options.prices);
  if (list !== undefined) notePrices(context, list.prices, `${options.prices}: models`, models);
  const isCeiling = (options.maxUsd ?? options.maxUsdDay) !== undefined;
  const kept = made
    .filter((provenance) => !isCeiling || originOf(context, provenance).own)
    .map((provenance) => pricesOfRun(provenance));
  if (list === undefined && kept.length === 0) return { prices: undefined, list };
  const prices: GivenPrices = (model) => {
    const given = list?.prices.get(model);
    for (const ofRun of given === undefined ? kept : []) {
      const price = ofRun(model);
      // One that had none may have one in the table by now.
      if (price != null) return price;
    }
    return given;
  };
  return { prices, list };
}

/** Says which models have none of the prices that were given, each with a name there that may have been meant. */
export function notePrices(
  { notice }: Pick<CliContext, 'notice'>,
  prices: ReadonlyMap<string, ModelPrice>,
  source: string,
  models: readonly string[],
): void {
  const others = [...prices.keys()].filter((name) => !models.includes(name));
  const missing = models.filter((name) => !prices.has(name));
  if (missing.length === 0) return;
  const told = missing.map((name) => {
    const near = suggest(name, others);
    return near === undefined ? name : `${name} (there is one for "${near}")`;
  });
  notice(`${source}: no price for ${told.join(', ')}: the usual one counts, where there is one`);
}

/** What a manifest keeps of a price list; the prices themselves stand with the models. */
export function factsOf({ hash, checked, source }: PriceList): NonNullable<Manifest['prices']> {
  return { hash, checked, source };
}

/** The prices that a run was started with, which it keeps whatever the table says since. */
export function pricesOfRun({ models }: Pick<Provenance, 'models'>): GivenPrices {
  return (model) => models?.[model]?.price;
}
