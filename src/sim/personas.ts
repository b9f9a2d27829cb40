/** The simulated models. Levels, facts and "assumed" are as in constants.ts. */

/** Kinds of work at which models differ. */
export type Specialty = 'code' | 'math' | 'language' | 'extraction';

/** How a simulated model behaves. Names and numbers are of our making; nobody's model is imitated. */
export interface Persona {
  readonly name: string;
  readonly description: string;
  /** General ability (level). */
  readonly skill: number;
  /** Added to skill for a kind of work (level). */
  readonly specialty: Readonly<Partial<Record<Specialty, number>>>;
  /** Share of what a prompt asks for that is taken up, 0..1. */
  readonly obedience: number;
  /** Level lost per candidate in the context: attention that references cost. */
  readonly distraction: number;
  /** Sentences of prose around an answer when nobody forbids it. */
  readonly verbosity: number;
  /** Chance of a visible `<think>` block, and its length in sentences. */
  readonly thinks: { readonly chance: number; readonly sentences: number };
  /** ms to the first token. */
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  readonly contextTokens: number;
  /** US dollars per million tokens. */
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
}

const never = { chance: 0, sentences: 0 };

/*
 * Skills, specialties, obedience, distraction, verbosity: assumed; they rise with size, as in public
 * leaderboards, with exceptions on purpose (a code specialist, a talker, a hasty big model).
 * Speeds: facts §4 for 8b (over 1,800 tokens/s) and 70b (over 450 tokens/s) on wafer-scale hardware;
 * about a fifteenth of it for GPU providers at like size; the others interpolated (assumed).
 * Prices: assumed, of the order of public price lists of 2025 for open-weight models of such sizes
 * (0.03 to 1.2 dollars) and of frontier models (3 in, 15 out).
 * Context sizes: assumed, usual powers of two.
 */
export const personas: readonly Persona[] = [
  {
    name: 'wisp-1b',
    description: 'tiny and very fast; weak at everything, easily led astray by long prompts',
    skill: -0.74,
    specialty: { language: 0.15 },
    obedience: 0.45,
    distraction: 0.16,
    verbosity: 1,
    thinks: never,
    firstTokenMs: 90,
    tokensPerSecond: 2400,
    contextTokens: 8_192,
    inputPerMillion: 0.03,
    outputPerMillion: 0.05,
  },
  {
    name: 'finch-3b',
    description: 'small; decent at language, careless with code',
    skill: -0.5,
    specialty: { language: 0.3, code: -0.1 },
    obedience: 0.55,
    distraction: 0.13,
    verbosity: 4,
    thinks: never,
    firstTokenMs: 110,
    tokensPerSecond: 2100,
    contextTokens: 16_384,
    inputPerMillion: 0.05,
    outputPerMillion: 0.08,
  },
  {
    name: 'heron-8b',
    description: 'fast all-rounder of its size on wafer-scale hardware',
    skill: -0.22,
    specialty: { extraction: 0.25 },
    obedience: 0.7,
    distraction: 0.09,
    verbosity: 2,
    thinks: never,
    firstTokenMs: 140,
    tokensPerSecond: 1800,
    contextTokens: 32_768,
    inputPerMillion: 0.1,
    outputPerMillion: 0.1,
  },
  {
    name: 'forge-14b',
    description: 'code specialist; terse, weak outside programming',
    skill: -0.25,
    specialty: { code: 0.5, math: 0.1, language: -0.35 },
    obedience: 0.75,
    distraction: 0.07,
    verbosity: 0,
    thinks: never,
    firstTokenMs: 170,
    tokensPerSecond: 900,
    contextTokens: 32_768,
    inputPerMillion: 0.15,
    outputPerMillion: 0.3,
  },
  {
    name: 'otter-32b',
    description: 'thinks aloud before it answers; strong at mathematics, long answers',
    skill: 0.15,
    specialty: { math: 0.45 },
    obedience: 0.7,
    distraction: 0.06,
    verbosity: 3,
    thinks: { chance: 0.85, sentences: 26 },
    firstTokenMs: 190,
    tokensPerSecond: 1100,
    contextTokens: 65_536,
    inputPerMillion: 0.4,
    outputPerMillion: 0.8,
  },
  {
    name: 'sage-70b',
    description: 'solid large model on wafer-scale hardware; a good aggregator for its price',
    skill: 0.3,
    specialty: { extraction: 0.1 },
    obedience: 0.85,
    distraction: 0.04,
    verbosity: 2,
    thinks: never,
    firstTokenMs: 250,
    tokensPerSecond: 450,
    contextTokens: 65_536,
    inputPerMillion: 0.6,
    outputPerMillion: 0.7,
  },
  {
    name: 'gale-109b',
    description: 'sparse and hasty: quick for its size, skims long contexts',
    skill: 0.12,
    specialty: { language: 0.2, extraction: 0.15 },
    obedience: 0.6,
    distraction: 0.09,
    verbosity: 3,
    thinks: never,
    firstTokenMs: 160,
    tokensPerSecond: 1300,
    contextTokens: 131_072,
    inputPerMillion: 0.2,
    outputPerMillion: 0.6,
  },
  {
    name: 'quill-120b',
    description: 'the talker: explains at length, very good at language and summaries',
    skill: 0.22,
    specialty: { language: 0.5, code: -0.1 },
    obedience: 0.8,
    distraction: 0.05,
    verbosity: 9,
    thinks: never,
    firstTokenMs: 380,
    tokensPerSecond: 120,
    contextTokens: 131_072,
    inputPerMillion: 0.9,
    outputPerMillion: 1.2,
  },
  {
    name: 'atlas-235b',
    description: 'very strong generalist at a middling speed',
    skill: 0.5,
    specialty: { math: 0.15 },
    obedience: 0.85,
    distraction: 0.03,
    verbosity: 3,
    thinks: { chance: 0.2, sentences: 12 },
    firstTokenMs: 420,
    tokensPerSecond: 95,
    contextTokens: 131_072,
    inputPerMillion: 1.2,
    outputPerMillion: 3,
  },
  {
    name: 'titan-400b',
    description: 'the strongest single model; slow and expensive',
    skill: 0.57,
    specialty: { code: 0.05 },
    obedience: 0.92,
    distraction: 0.02,
    verbosity: 2,
    thinks: never,
    firstTokenMs: 700,
    tokensPerSecond: 30,
    contextTokens: 200_000,
    inputPerMillion: 3,
    outputPerMillion: 15,
  },
];
