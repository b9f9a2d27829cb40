/**
 * Every number of the simulation, in one place. Each states its source or the word "assumed".
 * "Facts" are the public figures collected in docs/simulated-models.md. Levels are in units of the
 * standard deviation of a part's noise: a part of an answer is right when level + noise > 0.
 */

export const simulationVersion = 'sim-v1';

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

/**
 * Composition of a part's noise (variances, together 1 at temperature 0.7). Assumed:
 * samples of one model keep most of their errors in common.
 */
export const noise = {
  /** Common to every call of one model on one question: its blind spots. */
  modelVariance: 0.46,
  /** Common to every call of one model with one system prompt: luck in wording. */
  promptVariance: 0.12,
  /** Fresh in every sample, at temperature 0.7. */
  sampleVariance: 0.42,
  /** Common to all parts of one answer: a good or a bad day; share of the fresh noise. */
  answerShare: 0.25,
} as const;

/** Effect of temperature; all assumed. Real models: moderate best, high more diverse and sloppier. */
export const temperature = {
  /** Taken where the request names none. */
  fallback: 0.7,
  /** Fresh noise is scaled by floor + slope × temperature (1 at 0.7). */
  noiseFloor: 0.37,
  noiseSlope: 0.9,
  /** Level at the best temperature is 0; it falls with the square of the distance. */
  best: 0.4,
  coldLoss: 0.5,
  hotLoss: 0.6,
  /** Chance that one habit of style is drawn anew: floor + slope × temperature. */
  restyleFloor: 0.03,
  restyleSlope: 0.2,
} as const;

/** Effect of the prompt's text (levels); assumed, with diminishing returns. */
export const prompting = {
  /** Gain for a part asked for 0, 1, 2, 3 or more times. */
  askedGain: [0, 0.58, 0.88, 1],
  /** Topics that a system prompt can ask for before they share attention, and the loss for each more. */
  freeTopics: 7,
  crowdingLoss: 0.05,
  /** Tokens of instructions (question included) read without loss; level lost per 100 more, at most. */
  freeTokens: 640,
  dilutionPerHundred: 0.12,
  dilutionMost: 0.6,
  /** Dilution counts times this + (1 − obedience). */
  dilutionBase: 0.5,
  /** Crowding takes at most all but this share of the gain. */
  crowdingLeast: 0.3,
  /** An expert's role, asking for edge cases, asking for checking the own answer. */
  roleGain: 0.05,
  edgeCasesGain: 0.12,
  checkGain: 0.08,
  /** Asking for something original, or for something short and elegant, costs correctness. */
  originalLoss: 0.3,
  elegantLoss: 0.12,
} as const;

/** Effect of candidates and critiques in the context (levels); assumed, shapes after facts §4. */
export const references = {
  /** Weight of the writer's own level beside what the candidates show. */
  ownWeight: 0.8,
  /** Anchoring: pull of what all show, for or against; (have − lack) / (have + lack + anchorHalf). */
  anchor: 1.2,
  anchorHalf: 1,
  /**
   * Comparing: several (n) candidates side by side show what a good answer has, even if few have it. Strength
   * is base + slope × ability, never under least; have / (have + half) of it counts, times (n − 1) / (n − 1 + compareHalf).
   */
  discernBase: 1.65,
  compareHalf: 0.45,
  discernSlope: 0.8,
  discernLeast: 0.2,
  discernHalf: 0.7,
  /** Line overlap above which two candidates are near-copies. */
  copyOverlap: 0.4,
  /** How much full overlap takes from a candidate's weight. */
  copyLoss: 1.6,
  /** Gain for a part demanded by 0, 1, 2, 3 or more critiques. */
  critiqueGain: [0, 1.1, 1.45, 1.6],
  /** Level lost per 1,000 tokens of context beyond the first 2,000, times (1 − obedience). */
  lengthLoss: 0.35,
  freeContextTokens: 2000,
  lengthMost: 1,
} as const;

/** Reviewers: noticing a fault is easier than avoiding it (levels; assumed). */
export const reviewing = {
  /** Added to ability when judging whether a part is wrong. */
  noticeGain: 0.55,
  /** Level at which a right part is taken for a wrong one (false alarm), before ability. */
  falseAlarm: -1.9,
  /** Share of ability that keeps from false alarms, and of a part's difficulty that hides its fault. */
  abilityShare: 0.5,
  difficultyShare: 0.5,
  /** Points of faults noticed at which a verifier still accepts. */
  acceptPoints: 12,
  /** The same where the prompt asks for looks only. */
  lenientPoints: 45,
  /** Share of a prompt's gain for asking (as for authors) that helps to notice. */
  askedShare: 0.7,
  /** A ranker's preference for earlier candidates, in points per place. */
  placeBias: 0.8,
} as const;

/** The parts of the code challenge (named in code-challenge/parts.ts). */
export const codeChallenge = {
  /** How hard each part is to get right unasked (level; assumed, calibrated as docs/simulated-models.md shows). */
  difficulty: {
    zeroDays: 0.6,
    emptyInput: 0.65,
    noActive: 0.9,
    missingKeys: 0.9,
    averageActive: 0.45,
    sortOrder: -0.25,
    topFive: -0.5,
    fewerThanFive: -1.2,
    noMutation: 1.05,
    dateRange: -0.5,
    noneValues: 1.15,
    textValues: 1.5,
    loads: -2.5,
  },
  /** Points that a reviewer takes each fault to cost: about those of the rubric (facts §1). */
  worth: {
    zeroDays: 20,
    emptyInput: 15,
    noActive: 20,
    missingKeys: 15,
    averageActive: 10,
    sortOrder: 12,
    topFive: 10,
    fewerThanFive: 5,
    noMutation: 8,
    dateRange: 3,
    noneValues: 2,
    textValues: 3,
    loads: 120,
  },
} as const;

/** A router's judgement of agents it knows by a line of text (assumed), beside unit noise. */
export const routing = {
  /** Weight of what the line says, before the router's ability is added. */
  clarity: 0.5,
  /** Per word shared with the question, three at most. */
  perWord: 0.9,
} as const;

/** Default rates of faults; assumed. Real providers: well under 1% on a good day. */
export const defaultFaults = { refused: 0.003, infrastructure: 0.005 } as const;

/** Time; assumed but for the speeds above. */
export const timing = {
  /** Relative jitter (standard deviation) of time to first token and of speed. */
  firstTokenJitter: 0.18,
  speedJitter: 0.08,
  /** Prompt tokens read per second, as a multiple of tokens written per second. */
  prefillFactor: 25,
  /** Pieces in which an answer streams at most (a piece is at least 4 tokens). */
  pieces: 40,
  tokensPerPiece: 4,
} as const;

/** Characters per token and tokens around a message: the usual rule of thumb for English and code. */
export const tokenCounting = { charactersPerToken: 4, perMessage: 4 } as const;

/** How answers look; rates assumed from everyday experience with chat models. */
export const messiness = {
  /** Weights of fence tags: python, Python, python3, py, no tag, no fence at all. */
  fences: { python: 66, Python: 4, python3: 5, py: 5, '': 10, none: 10 },
  /** The same where the prompt wants code and nothing else. */
  fencesWhenCodeOnly: { python: 34, Python: 1, python3: 2, py: 2, '': 4, none: 57 },
  /** Chance of an earlier fence (an outline or an excerpt) before the answer's own. */
  extraFence: 0.07,
  /** Chance that deeper levels are indented with tabs after spaces (valid Python all the same). */
  mixedTabs: 0.015,
  /** Share of usual prose left where the prompt wants code and nothing else. */
  proseWhenCodeOnly: 0.12,
} as const;
