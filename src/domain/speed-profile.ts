import { z } from 'zod';

/** How fast one model answers. What is not known is `null`, never 0. */
export interface ModelSpeed {
  /** Dispatch to first token, in ms. */
  readonly firstTokenMs: number | null;
  /** Generated tokens (reasoning included) per second, from the first token to the last. */
  readonly tokensPerSecond: number | null;
  /** What the figures rest on, e.g. `over 1,800 tokens/s as published`. */
  readonly note?: string;
}

/** Speeds of models at one place, measured or published. */
export interface SpeedProfile {
  readonly name: string;
  /** Where the figures come from. */
  readonly source: string;
  /** When they were measured or published; ISO 8601 date or time. */
  readonly date?: string;
  /** True where the answers were simulated. */
  readonly simulated?: boolean;
  /**
   * Speeds by model: a full name (`groq/llama-3.1-8b-instant`), the server's own name, or a pattern with
   * `*`. Names compare by letters and digits alone, so `*llama-3.1-8b*` fits `meta-llama/Llama3.1_8B-Instruct`.
   */
  readonly models: Readonly<Record<string, ModelSpeed>>;
}

const speedSchema = z.strictObject({
  firstTokenMs: z.number().nonnegative().nullable(),
  tokensPerSecond: z.number().positive().nullable(),
  note: z.string().exactOptional(),
}) satisfies z.ZodType<ModelSpeed>;

/** Names of profiles: letters, digits and `. _ : -`, beginning with a letter or digit. */
export const profileNamePattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/;

export const speedProfileSchema = z.strictObject({
  name: z.string().regex(profileNamePattern, 'letters, digits and . _ : -'),
  source: z.string().min(1),
  date: z.string().exactOptional(),
  simulated: z.boolean().exactOptional(),
  models: z.record(z.string().min(1), speedSchema),
}) satisfies z.ZodType<SpeedProfile>;

/**
 * Profiles that come with mixtune: published figures alone. Where no time to first token was published with
 * them it is unknown. (That wafers are "about 15 times the fastest GPU provider on Llama 3.3 70B" is a
 * ratio without a figure, and makes no profile.)
 */
export const shippedProfiles: readonly SpeedProfile[] = [
  {
    name: 'wafer-scale',
    source: 'published by Cerebras of its own inference service, 16-bit weights; not measured by us',
    date: '2024-08-27',
    models: {
      '*llama-3.1-8b*': {
        firstTokenMs: null,
        tokensPerSecond: 1800,
        note: '"over 1,800 tokens/s", announcement of 27 August 2024',
      },
      '*llama-3.1-70b*': {
        firstTokenMs: null,
        tokensPerSecond: 450,
        note: '"over 450 tokens/s", announcement of 27 August 2024',
      },
      '*llama-3.1-405b*': {
        firstTokenMs: 240,
        tokensPerSecond: 969,
        note: '969 tokens/s and 0.24 s to the first token, announcement of 18 November 2024',
      },
    },
  },
];

/** The speed a profile has for a model, by full name, then the server's own name, then the first pattern that fits. */
export function speedOf(profile: SpeedProfile, model: string): ModelSpeed | undefined {
  const own = model.slice(model.indexOf('/') + 1);
  for (const name of [model, own]) {
    if (Object.hasOwn(profile.models, name)) return profile.models[name];
  }
  const found = Object.keys(profile.models).find((pattern) => fits(pattern, model) || fits(pattern, own));
  return found === undefined ? undefined : profile.models[found];
}

/** The profile's models as names to pick one by: a pattern without its `*` is one that it fits. */
export function modelNames(profile: SpeedProfile): string[] {
  return Object.keys(profile.models).map((name) => name.replaceAll('*', ''));
}

/** A name without a `*` has to be equal but for case and separators. */
function fits(pattern: string, model: string): boolean {
  const parts = pattern.split('*').map(bare);
  const name = bare(model);
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  if (name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

const bare = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
