import { z } from 'zod';
import { sha256 } from '../core/canonical-json.ts';
import { defined } from '../core/defined.ts';
import type { InputError } from '../core/errors.ts';
import { ok, type Result } from '../core/result.ts';
import { parseYaml } from '../core/yaml.ts';
import { parseWith } from '../domain/validation.ts';
import type { ModelPrice } from './chat-model.ts';

/** Prices of a file, and where they are from. */
export interface PriceList {
  /** By full model name. */
  readonly prices: ReadonlyMap<string, ModelPrice>;
  /** `2026-11-22`; when they were looked up. */
  readonly checked: string;
  readonly source: string | null;
  /** SHA-256 of the list's content. */
  readonly hash: string;
}

/** Per million tokens. A mistyped exponent would make sums of it infinite. */
export const usdPerMillionSchema = z.number().nonnegative().max(1_000_000);

/** Prices by full model name, in US dollars per million tokens. */
export const pricesSchema = z.record(
  z.string().regex(/^[^/\s]+\/\S+$/, 'provider/model (openai/model behind --base-url)'),
  z.strictObject({
    input: usdPerMillionSchema,
    output: usdPerMillionSchema,
    cachedInput: usdPerMillionSchema.exactOptional(),
  }),
);
export type PricesInput = Readonly<z.input<typeof pricesSchema>>;

/**
 * A price file (YAML or JSON), US dollars per million tokens:
 *
 *   checked: 2026-11-22
 *   source: the provider's price page      # optional
 *   models:
 *     openai/gpt-4o: { input: 2.5, cachedInput: 1.25, output: 10 }
 */
const priceFileSchema = z.strictObject({
  checked: z.custom<string>((value) => z.iso.date().safeParse(value).success, {
    error: 'the day on which the prices were looked up, such as 2026-11-22',
  }),
  source: z.string().exactOptional(),
  models: pricesSchema,
});

/** Reads a price file. @param source what to call it in errors. */
export function parsePriceFile(text: string, source: string): Result<PriceList, InputError> {
  const document = parseYaml(text, source);
  if (!document.ok) return document;
  const parsed = parseWith(priceFileSchema, document.value.value, source, document.value.lineOf);
  if (!parsed.ok) return parsed;
  const { checked, models } = parsed.value;
  const prices = pricesOf(models);
  return ok({ prices, checked, source: parsed.value.source ?? null, hash: sha256(parsed.value) });
}

/** Prices as calls are reckoned with. */
export function pricesOf(models: z.output<typeof pricesSchema>): ReadonlyMap<string, ModelPrice> {
  return new Map(
    Object.entries(models).map(([name, { input, output, cachedInput }]) => [
      name,
      {
        inputPerMillion: input,
        outputPerMillion: output,
        ...defined({ cachedInputPerMillion: cachedInput }),
      },
    ]),
  );
}
