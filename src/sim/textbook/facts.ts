import type { Rng } from '../../core/rng.ts';
import { wording } from './constants.ts';

/** A statement of a reference text, as a reader finds it again in another. */
export interface Fact {
  readonly name: string;
  readonly text: string;
  /** Stems of its content words. */
  readonly stems: ReadonlySet<string>;
}

/** The statements of a text: sentences, list items, and clauses long enough to stand alone. */
export function factsOf(text: string): Fact[] {
  const pieces = text
    .split(/\n+|(?<=[.!?;])\s+/)
    .flatMap((sentence) => splitClauses(sentence.replace(/^\s*(?:[-*•#]+|\d+[.)])\s*/, '').trim()))
    .filter((piece) => stemsOf(piece).size >= 2);
  return pieces.map((piece, index) => ({ name: `fact ${index + 1}`, text: piece, stems: stemsOf(piece) }));
}

function splitClauses(sentence: string): string[] {
  const clauses = sentence.split(/[,;]\s+(?=(?:and|but|so|while|then|because|which)\b)/i);
  return clauses.every((clause) => stemsOf(clause).size >= 3) ? clauses : [sentence];
}

/** Words that carry content, cut to six letters so that forms of a word meet; numbers whole. */
export function stemsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/\d[\d.,:]*\d|\d|\p{L}[\p{L}'-]*/gu) ?? [];
  return new Set(
    words
      .filter((word) => /\d/.test(word) || (word.length > 3 && !common.has(word)))
      .map((word) => word.slice(0, 6)),
  );
}

const common = new Set(
  'about after also been before being both could does each from have having here into just like make more most much only other over same should some such than that their them then there these they this those through very want wants were what when where which while will with would your'.split(
    ' ',
  ),
);

/** Whether a text (by its stems) tells a fact. */
export function tells(textStems: ReadonlySet<string>, { stems }: Fact): boolean {
  let told = 0;
  for (const stem of stems) if (textStems.has(stem)) told++;
  return told >= wording.told * stems.size;
}

/** A few distinctive words by which a reviewer names a fact. */
export function topicOf(fact: Fact): string {
  return fact.text
    .replace(/[.;:,!?"]+/g, '')
    .split(/\s+/)
    .slice(0, 7)
    .join(' ');
}

/**
 * Tells a fact in own words: like words swapped and fillers put in, yet never so many that a reader
 * would not find the fact again. The able stay closer to the point.
 */
export function rephrase(fact: Fact, ability: number, rng: Rng): string {
  const swapping = Math.max(
    wording.swapLeast,
    Math.min(wording.swapMost, wording.swapBase - wording.swapSlope * ability),
  );
  const words = fact.text.split(/\s+/);
  const said = words.map((word) => swapped(word, swapping, rng));
  const filled = said.flatMap((word, index) =>
    index > 1 && rng.next() < swapping * wording.fillerShare ? [rng.pick(fillers), word] : [word],
  );
  const text = filled.join(' ');
  return tells(stemsOf(text), fact) ? text : fact.text;
}

function swapped(word: string, chance: number, rng: Rng): string {
  const [, start = '', bare = '', end = ''] = /^([^\p{L}]*)(\p{L}*)(.*)$/u.exec(word) ?? [];
  const others = alike.get(bare.toLowerCase());
  if (others === undefined || rng.next() >= chance) return word;
  const other = rng.pick(others);
  const capital = bare !== '' && bare[0] === bare[0]?.toUpperCase() && bare[0] !== bare[0]?.toLowerCase();
  return `${start}${capital ? other.charAt(0).toUpperCase() + other.slice(1) : other}${end}`;
}

const fillers = [
  'currently',
  'apparently',
  'also',
  'in this case',
  'as described',
  'reportedly',
  'simply',
  'overall',
];

/** Groups of like words; any member may stand for another. */
const groups = [
  'customer client user',
  'wants requests asks',
  'asks requests wants',
  'says reports states mentions',
  'reports says states',
  'the this',
  'a one',
  'and plus',
  'but however',
  'because since as',
  'after following',
  'before until',
  'to toward',
  'is remains',
  'are remain',
  'was had-been',
  'has shows',
  'cannot could-not',
  'problem issue trouble',
  'issue problem fault',
  'error failure fault',
  'fails breaks stops',
  'refund reimbursement',
  'help assistance support',
  'fix repair resolve',
  'quickly soon promptly',
  'soon shortly',
  'new fresh',
  'old earlier',
  'use take',
  'choose pick select',
  'keep retain leave',
  'start begin',
  'first initially',
  'then next afterwards',
  'good decent solid',
  'cheap inexpensive',
  'about around roughly',
  'several multiple',
  'many numerous',
  'needs requires',
  'need require',
  'send ship',
  'sent shipped',
  'received got',
  'bought purchased',
  'agent representative',
  'day date',
  'with having',
  'on upon',
  'for regarding',
  'that which',
  'their its',
] as const;

const alike: ReadonlyMap<string, readonly string[]> = new Map(
  groups.map((group) => {
    const [first = '', ...others] = group.split(' ').map((word) => word.replaceAll('-', ' '));
    return [first, others];
  }),
);

/** First letter large, a stop at the end. */
export function asSentence(text: string): string {
  const trimmed = text.trim().replace(/[,;:]$/, '');
  const ended = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}
