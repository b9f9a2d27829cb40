/**
 * Every number of the simulation but those of its models (personas.ts). Each states its source or the word "assumed".
 * "Facts" are the public figures collected in docs/simulated-models.md. Levels are in units of the
 * standard deviation of a part's noise: a part of an answer is right when level + noise > 0.
 */

export const simulationVersion = 'sim-v1';

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
  /** The same where the prompt forbids fences. */
  fencesWhenForbidden: { python: 2, Python: 0, python3: 0, py: 0, '': 1, none: 97 },
  /** Chance of an earlier fence (an outline or an excerpt) before the answer's own. */
  extraFence: 0.07,
  /** Chance that deeper levels are indented with tabs after spaces (valid Python all the same). */
  mixedTabs: 0.015,
  /** Share of usual prose left where the prompt wants code and nothing else. */
  proseWhenCodeOnly: 0.12,
} as const;
