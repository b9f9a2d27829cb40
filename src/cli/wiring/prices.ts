import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError, messageOf } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import type { BestFile } from '../../domain/run-result.ts';
import type { ModelPrice } from '../../models/chat-model.ts';
import { type PriceList, parsePriceFile } from '../../models/price-file.ts';
import type { Manifest } from '../../run/types.ts';
import type { CliContext } from '../context.ts';
import { originOf, type Provenance } from './own-runs.ts';

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

export function givenPrices(list: PriceList | undefined): GivenPrices | undefined {
  return list === undefined ? undefined : (model) => list.prices.get(model);
}

/**
 * A claim is in the prices of its run, so these hold where none are given; `listed` are those given. No ceiling
 * rests on a file's prices where it is not known to be this user's.
 */
export async function pricesOfClaim(
  context: CliContext,
  { lock, provenance }: { readonly lock: Pick<BestFile, 'models'>; readonly provenance: Provenance },
  options: { readonly prices?: string; readonly maxUsd?: number },
): Promise<{ readonly prices: GivenPrices | undefined; readonly listed: GivenPrices | undefined }> {
  const listed = givenPrices(await openPrices(context, options.prices));
  if (options.maxUsd !== undefined && !originOf(context, provenance).own) return { prices: listed, listed };
  const kept = pricesOfRun(lock);
  return { prices: (model) => listed?.(model) ?? kept(model) ?? undefined, listed };
}

/** What a manifest keeps of a price list; the prices themselves stand with the models. */
export function factsOf({ hash, checked, source }: PriceList): NonNullable<Manifest['prices']> {
  return { hash, checked, source };
}

/** The prices that a run was started with, which it keeps whatever the table says since. */
export function pricesOfRun({ models }: Pick<Manifest, 'models'>): GivenPrices {
  return (model) => models?.[model]?.price;
}
