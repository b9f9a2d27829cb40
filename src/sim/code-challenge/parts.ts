import { codeChallenge } from '../constants.ts';

/**
 * The parts of a `calculate_user_metrics` program that decide its points on the 120-point rubric. A
 * program is assembled from parts that are right or wrong; the detector reads them back from code.
 */
export const partNames = [
  /** Zero days_active is guarded. */
  'zeroDays',
  /** An empty list is answered at once. */
  'emptyInput',
  /** The average is guarded where no user is active. */
  'noActive',
  /** Fields are read with defaults. */
  'missingKeys',
  /** The average divides by the active users, not by all. */
  'averageActive',
  /** Highest engagement first. */
  'sortOrder',
  /** At most five performers. */
  'topFive',
  /** Fewer than five performers are not padded. */
  'fewerThanFive',
  /** The users' dicts stay as they were. */
  'noMutation',
  /** A reversed date range does not raise. */
  'dateRange',
  /** `None` as a count does not raise. */
  'noneValues',
  /** Text as a count does not raise. */
  'textValues',
  /** The program loads: names are imported, nothing is cut off. */
  'loads',
] as const;
export type Part = (typeof partNames)[number];
export type Parts = Readonly<Record<Part, boolean>>;

export const difficulty: Readonly<Record<Part, number>> = codeChallenge.difficulty;

/** Words by which a prompt asks for a part or a critique demands it. */
export const topics: Readonly<Record<Part, RegExp>> = {
  zeroDays:
    /zero[- ]?(division|days|divis)|divi(de|des|ded|ding|sions?) by zero|days_active\W{0,3}(is|are|may be|can be|==|=|of|being)?\W{0,3}(0|zero)\b|divides?\b[^.\n]{0,40}\bzero|ZeroDivision/i,
  emptyInput: /empty (input|list|users|user list|data)|(list|users|input)[^.\n]{0,20}\b(is|be|are) empty/i,
  noActive:
    /\bno (user is |users are )?active\b|zero active|without active|none (is|are|of them) active|nobody (is )?active|no users? (is|are|fall)[^.\n]{0,20}range/i,
  missingKeys:
    /(missing|absent|incomplete) (key|field|value|data|entr)|(keys?|fields?)[^.\n]{0,20}(missing|absent|default)|defaults? for[^.\n]{0,15}(key|field)|KeyError|\.get\(/i,
  averageActive:
    /(average|mean)[^.\n]{0,50}\b(active|right) (users|ones)|only (the )?active|divid\w+[^.\n]{0,30}\b(all users|number of active)|average (is taken |taken )?over/i,
  sortOrder:
    /descending|highest[^.\n]{0,30}first|reverse\s*=\s*True|(wrong|correct|right) (order|direction|sorting)|direction[^.\n]{0,30}sort|sort(s|ed|ing)? (order|direction|ascending)|best first/i,
  topFive: /(top|at most|no more than|limit\w* to|more than) (5|five)\b|how many (entries|performers)/i,
  fewerThanFive: /(fewer|less) than (5|five)|\bpad(s|ded|ding)?\b/i,
  noMutation:
    /mutat|unmodified|unchanged|\bas (?:they|it) (?:were|was)\b|(modif\w+|chang\w+|alter\w*|write\w*) (to )?(the |its |their )?(input|users?'?|dicts?|dictionar\w+|original|caller|what)|\b(is|are|be) (changed|modified|altered)|side[- ]effects?|in[- ]place|(a|shallow) copy|work on copies/i,
  dateRange:
    /(invalid|reversed|bad|inverted) (date|range)|wrong way round|start_date[^.\n]{0,20}(after|later|>)|start[^.\n]{0,15}after[^.\n]{0,10}end/i,
  noneValues:
    /\bNone\b(?! (?:is|are|of) )|\bnull\b|validat|wrong types?|of the wrong type|(bad|invalid|malformed|non-numeric|unexpected) (values?|types?|data|inputs?|numbers?)|robust/i,
  textValues:
    /non-numeric|numeric strings?|strings? (instead|like|as|in place)|as (strings|text)|text where|'10'|validat|wrong types?|(bad|invalid|malformed|unexpected) (values?|types?|data|numbers?)|type check|\bconvert/i,
  loads: /\bimports?\b|type hints?|runs? as it (is|stands)|syntax/i,
};

/** Sentences (or list items) of a text that speak of a part. */
export function countMentions(text: string, part: Part): number {
  return sentencesOf(text).filter((sentence) => topics[part].test(sentence)).length;
}

/** Wrapped lines belong to one sentence; list items and paragraphs do not. */
function sentencesOf(text: string): string[] {
  return text.replace(/\n(?!\s*(?:[-*\n]|\d+[.)]))/g, ' ').split(/[.;!?\n]/);
}

/** Parts that cannot be in one program together are settled here, the same for writer and detector. */
export function settle(parts: Parts): Parts {
  return {
    ...parts,
    // Whoever copes with text copes with None; padding is written only behind a descending sort.
    noneValues: parts.noneValues || parts.textValues,
    fewerThanFive: parts.fewerThanFive || !parts.sortOrder,
  };
}

/**
 * Points of a program with these parts on the workshop rubric (facts §1), check by check. `defaultDays`
 * is what a missing days_active counts as where keys have defaults.
 */
export function pointsOfParts(unsettled: Parts, defaultDays: 0 | 1 = 0): number {
  const parts = settle(unsettled);
  if (!parts.loads) return 0;
  const nothingActive = parts.noActive || !parts.averageActive;
  const empty = parts.emptyInput || parts.noActive;
  const values = parts.textValues ? 7 : parts.noneValues ? 4 : 2;
  return (
    (parts.zeroDays ? 20 : 0) +
    (empty ? 15 : 0) +
    (parts.missingKeys && (parts.zeroDays || defaultDays === 1) ? 15 : 0) +
    (parts.averageActive ? 15 : 5) +
    (parts.sortOrder ? 10 : 0) +
    (nothingActive ? 10 : 0) +
    (parts.noMutation ? 8 : 0) +
    (parts.fewerThanFive ? 5 : 0) +
    (parts.dateRange ? (nothingActive ? 5 : 2) : 2) +
    values +
    (parts.topFive ? (parts.sortOrder ? 10 : 8) : 0)
  );
}
