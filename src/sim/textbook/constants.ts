import type { NoiseShares } from '../ability.ts';
import type { Specialty } from '../personas.ts';

/**
 * The numbers of questions known from a textbook. Levels are in units of the standard deviation of a
 * part's noise, as in ../constants.ts. All are assumed; the shapes that they were set to are those of
 * docs/simulated-models.md: votes and critics pay in mathematics, a good single model nearly wins in
 * classification, fusing pays moderately in extraction, little in summaries, as published in open questions.
 */

/** Something that a prompt may ask for and what following it brings (level; negative: what it costs). */
interface Hint {
  readonly pattern: RegExp;
  readonly gain: number;
}

/** How work on one kind of question depends on skill, prompt and context. */
export interface Work {
  readonly specialty: Specialty;
  /** Weight of ability: how much better the able do than the weak. */
  readonly slope: number;
  /** Mean and standard deviation of the difficulty of a question's parts. */
  readonly difficulty: number;
  readonly spread: number;
  /** Share of the spread that all parts of a question have in common. */
  readonly common: number;
  /** Scales the models' own noise: small where all find the same things hard. */
  readonly noise: number;
  /** Composition of the noise, where it is not the usual one. */
  readonly shares?: NoiseShares;
  /** Scales what candidates in the context show. */
  readonly evidence: number;
  /** How much easier a fault is noticed than avoided; see `reviewing.noticeGain`. */
  readonly notice: number;
  readonly hints: readonly Hint[];
}

/** Follows from several hints together: each further one counts this share of the one before. */
export const furtherHint = 0.6;

/** Share of the difficulty that all questions of a question's template have in common. */
export const families = 0.5;
/** Shift of difficulty for questions that their task calls so. */
export const gradings: Readonly<Record<string, number>> = { easy: -0.45, medium: 0, hard: 0.45 };

/** Asks for the answer without what leads to it. */
export const terse =
  /\b(few words|shortest|no explanation|without (any )?explanation|just the (number|answer|result)|(answer|number|result) only|only the (number|answer|result|integer))\b/i;

export const works = {
  number: {
    specialty: 'math',
    slope: 1.6,
    difficulty: 0.85,
    spread: 0.85,
    common: 1,
    noise: 1,
    // Long chains of reasoning go astray anew each time: that is why votes over samples pay here.
    shares: { modelVariance: 0.3, promptVariance: 0.08, sampleVariance: 0.62, answerShare: 0.25 },
    evidence: 1,
    notice: 0.5,
    hints: [
      {
        pattern:
          /step[- ]by[- ]step|work (it |this |the \w+ )*(out|through)|show (your|the|all) (work|steps|reasoning)|reason\w* (carefully|through)|think (carefully|it through)|derive|in small steps/i,
        gain: 0.4,
      },
      {
        pattern:
          /(check|verif|test)\w* (your|the|each|every|it|by|with|against|small)|substitut|plug|second method|another method|sanity/i,
        gain: 0.2,
      },
      {
        pattern:
          /list what|what is given|define (the )?(variables|unknowns)|small cases|case by case|modular|plan\b|strategy|approach/i,
        gain: 0.15,
      },
      { pattern: terse, gain: -0.7 },
    ],
  },
  label: {
    specialty: 'language',
    slope: 0.9,
    difficulty: -0.85,
    spread: 1.35,
    common: 1,
    noise: 0.55,
    evidence: 0.55,
    notice: 0.35,
    hints: [
      {
        pattern:
          /(only|exactly) (one|a single) (of the )?(label|intent|categor|class)|label (alone|only)|only the (label|intent|category)|in exactly the form/i,
        gain: 0.12,
      },
      {
        pattern:
          /what (the )?(customer|writer|user|person) (really )?(wants|needs|asks)|main (request|concern|purpose|intent)|root cause|primary/i,
        gain: 0.22,
      },
      {
        pattern:
          /(similar|close|neighbou?ring|confus\w+|overlapping|rival) (label|intent|categor|class|option)|tell (them )?apart|differ|could be misread/i,
        gain: 0.18,
      },
      { pattern: /\bexamples?\b|for instance|e\.g\./i, gain: 0.1 },
    ],
  },
  slots: {
    specialty: 'extraction',
    slope: 1,
    difficulty: -0.65,
    spread: 0.75,
    common: 0.35,
    noise: 0.95,
    evidence: 0.8,
    notice: 0.45,
    hints: [
      {
        pattern:
          /\bjson\b[^.\n]{0,30}\b(only|nothing else|alone)|(only|nothing but|just)\b[^.\n]{0,20}\bjson|in exactly the form/i,
        gain: 0.08,
      },
      { pattern: /(exact|verbatim|literal|word for word|as (it is |they are )?written|copy)/i, gain: 0.22 },
      {
        pattern:
          /(not (stated|mentioned|there|present)|absent|leave out|omit|null|do not (guess|invent)|never (guess|invent))/i,
        gain: 0.2,
      },
      {
        pattern:
          /(every|each|all) (slot|field|key|value|entit)|field by field|go through|double[- ]check|reread|re-read/i,
        gain: 0.16,
      },
    ],
  },
  summary: {
    specialty: 'language',
    slope: 0.8,
    difficulty: -0.25,
    spread: 0.8,
    common: 0.2,
    noise: 0.8,
    evidence: 0.35,
    notice: 0.3,
    hints: [
      {
        pattern:
          /\b(who|what|when|problem|cause|impact|next step|resolution|request)\b[^.\n]{0,40}\b(who|what|when|problem|cause|impact|next step|resolution|request)\b/i,
        gain: 0.2,
      },
      { pattern: /(names?|numbers?|dates?|amounts?|facts?|figures?|details?)\b/i, gain: 0.12 },
      { pattern: /(nothing (that is )?not|do not add|faithful|only what|stick to|no opinions?)/i, gain: 0.1 },
    ],
  },
  repair: {
    specialty: 'code',
    slope: 1,
    difficulty: 0.15,
    spread: 0.6,
    common: 0.25,
    noise: 1,
    evidence: 1.25,
    notice: 0.55,
    hints: [
      {
        pattern:
          /(every|each|all) (bug|fault|error|defect|line)|line by line|several bugs|more than one bug/i,
        gain: 0.3,
      },
      {
        pattern:
          /(run|trace|execute|test)\w* (it |them |the \w+ )*(in your head|by hand|mentally|on|through|with)|off[- ]by[- ]one|boundar|empty (input|list|string)|edge[- ]case/i,
        gain: 0.3,
      },
      { pattern: /(docstring|specification|spec\b|requirement|description)/i, gain: 0.18 },
      { pattern: /(keep|leave|do not change|minimal)[^.\n]{0,40}(rest|signature|name|change)/i, gain: 0.08 },
    ],
  },
  essay: {
    specialty: 'language',
    slope: 0.8,
    difficulty: 0.1,
    spread: 0.7,
    common: 0.2,
    noise: 0.95,
    evidence: 0.62,
    notice: 0.15,
    hints: [
      {
        pattern: /(concrete|specific|practical|actionable|realistic|numbers|costs?|times?|budget)/i,
        gain: 0.22,
      },
      {
        pattern:
          /(every|each|all) (part|constraint|requirement|question|wish|point)|constraints|requirements|complete(ly|ness)?\b|cover/i,
        gain: 0.22,
      },
      { pattern: /(structure|sections?|headings?|day by day|bullet|steps?|plan\b|outline)/i, gain: 0.14 },
      {
        pattern: /(alternative|fallback|plan b|trade-?offs?|risks?|caveat|what could go wrong)/i,
        gain: 0.12,
      },
      { pattern: terse, gain: -0.5 },
    ],
  },
} as const satisfies Record<string, Work>;

/** How a reader settles on one of several values (a result, a label, a slot's value); levels. */
export const choosing = {
  /** Pull of what candidates show: share of the independent weight, seen / (seen + half). */
  anchor: 1.9,
  anchorHalf: 0.6,
  /** Trust in the own attempt: base + slope × ability, at least least. */
  ownBase: 0.55,
  ownSlope: 0.35,
  ownLeast: 0.15,
  /** Seeing that a shown value is right: base + slope × ability − share × difficulty, at least 0. */
  discernBase: 0.42,
  discernSlope: 0.85,
  discernDifficulty: 0.3,
  /** Fresh and lasting noise in a value's favour. */
  noise: 0.3,
  conviction: 0.35,
  /** Pull per critique that calls a value wrong or right, up to three (critiques' gains of ../constants.ts). */
  accusation: 0.7,
  endorsement: 0.35,
} as const;

/** Wrong values: shares of slips that anybody may make, of a model's own lasting one; the rest is fresh. */
export const slips = {
  number: { anybody: 0.2, own: 0.15 },
  /** Labels are confused with the same neighbours by all: that is why more models help little. */
  label: { anybody: 0.8, own: 0.12 },
  slots: { anybody: 0.3, own: 0.3 },
  /** Weight of the first of the slips that anybody may make, against the others together. */
  first: 0.6,
} as const;

/** Slots: kinds of error on a slot that is there, and levels of one that is not. */
export const slotErrors = {
  missing: 0.42,
  wrongSpan: 0.36,
  /** Easier to leave an absent slot empty than to fill a present one. */
  absentEase: 0.75,
} as const;

/** Level at which the form asked for is kept (JSON that parses, a label of the list); plus ability. */
export const form = { level: 2.05, slope: 0.8, asked: 0.35 } as const;

/** Wording of facts. */
export const wording = {
  /** Chance that a word is swapped for a like one: base − slope × ability, between the bounds. */
  swapBase: 0.45,
  swapSlope: 0.18,
  swapLeast: 0.15,
  swapMost: 0.7,
  /** Chance of a filler before a word, same scaling by ability as swapping. */
  fillerShare: 0.22,
  /** Share of a fact's content words that a text must hold to say it. */
  told: 0.6,
  /** Padding sentences of a summary: verbosity × this, and the share left where brevity is asked for. */
  padding: 0.25,
  briefShare: 0.15,
} as const;

/** Reviewing whole answers; worth is a share of the score. */
export const verdicts = {
  /** Worth of faults noticed at which a verifier still accepts. */
  accept: 0.15,
  lenient: 0.5,
  /** A ranker's preference for earlier candidates, worth per place. */
  placeBias: 0.01,
} as const;

/** Judges of two answers. */
export const judging = {
  /** Preference for the answer shown first. */
  positionBias: 0.03,
  /** Preference for the longer one: per doubling of length at most. */
  verbosityBias: 0.05,
  /** Noise of a judge of ability 0; the able have less, at least `noiseLeast`. */
  noise: 0.3,
  noiseSlope: 0.16,
  noiseLeast: 0.1,
  /** Perceived difference below which a judge calls a tie. */
  tie: 0.04,
  /** Worth of each apt piece of advice beyond the reference, as a share of all its points. */
  extra: 0.09,
} as const;

/** A worked solution: lines of working, more where the prompt asks for steps, none where it forbids. */
export const solutions = { lines: 12, linesPerVerbosity: 1, linesAsked: 14 } as const;
