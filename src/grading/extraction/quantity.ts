import { defined } from '../../core/defined.ts';
import { readExpression } from './expression.ts';
import { mathText } from './math-text.ts';
import { spelledInSentence, spelledNumber } from './number-words.ts';

/** A number with what its notation says of it. */
export interface Quantity {
  readonly value: number;
  /** A percent sign or word followed. */
  readonly percent: boolean;
  /** The value before `million` and the like was applied, for golds in those units. */
  readonly unscaled?: number;
  /** The same said again in another notation: `1/4 kg, i.e. 250 g`. */
  readonly restated?: Quantity;
}

/** What a stretch says: a number, that it has none, or several and expressions without a value. */
export type Reading = Quantity | 'none' | 'unclear';

interface Placed extends Quantity {
  readonly start: number;
  readonly end: number;
  readonly doubtful: boolean;
}

/** Where a number can begin: not inside a word or name (`CO2`, `A-1`), nor as a raised unit's exponent (`m^2`). */
const beginning =
  /(?<![\p{L}\p{N}_.^]|\p{L}-|\^\{|\d[,/])(?:\.?\d|\\frac(?![a-zA-Z])|\\sqrt(?![a-zA-Z])|π)/gu;
const currency = String.raw`(?:US|A|C|HK)?[$€£¥₹₽₩₺฿₪]|(?:USD|EUR|GBP|INR|CHF|Rs\.?)\s`;
const signBefore = new RegExp(String.raw`(?<sign>[-+])(?<blank>\s?)(?:${currency})?\s?$`, 'u');
const wordBefore = /(?:^|[\s(])(?:minus|negative|moins|menos|meno|минус|负|負|マイナス)\s?(?:\$|€|£)?$/iu;

const scales: readonly (readonly [RegExp, number])[] = [
  [/^\s?(?:thousand|tausend|mille|mil|тысяч[аи]?)(?!\p{L})/iu, 1e3],
  [/^(?:k)(?![\p{L}\d])/u, 1e3],
  [/^\s?(?:lakhs?)(?!\p{L})/iu, 1e5],
  [/^\s?(?:crores?)(?!\p{L})/iu, 1e7],
  [
    /^\s?(?:millions?|millones|millón|millionen|milhões|milioni|mln\.?|mio\.?|mn|миллион(?:а|ов)?)(?!\p{L})/iu,
    1e6,
  ],
  [/^\s?(?:billions?|bn|milliarden?|milliards?|mrd\.?|млрд|миллиард(?:а|ов)?)(?!\p{L})/iu, 1e9],
  [/^\s?(?:trillions?|tn)(?!\p{L})/iu, 1e12],
  [/^\s?[万萬]/u, 1e4],
  [/^\s?[亿億]/u, 1e8],
];
const percentSign =
  /^\s?\\?%|^\s?(?:percent|per\scent|pct|prozent|pour\s?cent|por\sciento|per\scento|por\scento|процент(?:а|ов)?|パーセント)(?!\p{L})/iu;
/** Letters that stand for a variable when they follow a number at once; the other single letters are units. */
const variable =
  /^(?:[xyzntijpqruvwabce](?![\p{L}\d])|\s?\\[a-zA-Z]+|\s?\^|\s?[xyz](?![\p{L}\d])|[xyz](?=[xyz^\d]))/u;

/**
 * The number of a stretch that says what the result is: what it begins with or, in an equation, its last side;
 * else its first number. Lists, ranges and alternatives are unclear, so are expressions with variables.
 * @param place `wrapped`: the stretch holds the result and nothing else, so that every number in it belongs to it.
 */
export function quantityOf(stretch: string, place: 'said' | 'wrapped'): Reading {
  const text = asGroup(withoutNegated(mathText(stretch.slice(0, 1_000))).trim());
  const sides = text.split(/(?<![<>!:=])=+(?!>)/);
  const first = firstIn(text, place);
  if (first === undefined) return spelled(text) ?? 'none';
  if (first === 'unclear' && sides.length === 1) return 'unclear';
  const isStated =
    first !== 'unclear' && sides.length > 1 && startsWith(text, first) && !goesOn(text.slice(first.end));
  const chosen = sides.length > 1 && !isStated ? equationResult(sides, place) : first;
  if (chosen === undefined || chosen === 'unclear') return 'unclear';
  if (sides.length === 1 && isSeveral(text, chosen, place)) return 'unclear';
  const again = sides.length === 1 ? restatedAfter(text, chosen, place) : undefined;
  return { ...plain(chosen), ...defined({ restated: again && plain(again) }) };
}

const restating =
  /^\s*(?:\\?\p{L}{1,15}\s?){0,2}[,;(\s–—-]{0,4}(?:i\.\s?e\.|that\sis(?:\sto\ssay)?|in\sother\swords|or\sequivalently|equivalently|d\.\s?h\.|das\sheißt|c['’]est-à-dire|es\sdecir|o\ssea|cioè|ou\sseja),?\s*[-$€£]{0,2}$/iu;

/** The number that a statement goes on with as the same in other words. */
function restatedAfter(text: string, { end }: Placed, place: Place): Placed | undefined {
  const distance = text.slice(end, end + 80).search(beginning);
  if (distance < 0 || !restating.test(text.slice(end, end + distance))) return undefined;
  return placedAt(text, end + distance, place);
}

/** `1 \over 2` is a group by itself where no braces are around it. */
function asGroup(text: string): string {
  return /^[^{}]*\\over(?![a-zA-Z])[^{}]*$/.test(text) ? `{${text.replaceAll('$', '').trim()}}` : text;
}

/**
 * The last number in prose that is not denied, without those of list marks, labels (`step 3`) and citations; one
 * in words where a last sentence ends with it or there are no digits. The end of a range is unclear.
 */
export function lastQuantityIn(prose: string): Reading {
  const text = withoutNegated(mathText(prose));
  const all: Placed[] = [];
  let from = 0;
  for (const { index } of text.matchAll(beginning)) {
    if (index < from) continue;
    const found = placedAt(text, index, 'prose');
    if (found === undefined) continue;
    all.push(found);
    from = found.end;
  }
  const counted = all.filter((found) => !isLabel(text, found, 'prose'));
  const last = counted.at(-1) ?? all.at(-1);
  const inWords = spelledAtEnd(text, last);
  if (inWords !== undefined || last === undefined) return inWords ?? 'none';
  if (rangeOpening.test(text.slice(Math.max(0, last.start - 60), last.start))) return 'unclear';
  const before = counted.at(-2);
  const isRestated = before !== undefined && restating.test(text.slice(before.end, last.start));
  return { ...plain(last), ...(isRestated ? { restated: plain(before) } : {}) };
}

const rangeOpening =
  /(?<!\p{L})(?:between|zwischen|entre|tra|fra)\s[^\s\p{L}]{0,4}\d[\d.,]{0,20}\s?(?:\\?[\p{L}%]{1,12}\s)?\s?(?:and|und|et|y|e)\s\S{0,3}$/iu;

/** The number in words of the last sentence. */
function spelledAtEnd(text: string, last: Placed | undefined): Quantity | undefined {
  const tail = text.slice(-500).trimEnd();
  const sentence = tail.slice(tail.search(/[^.!?\n]*[.!?]*$/));
  const value = spelledInSentence(sentence, last === undefined ? 'anywhere' : 'ending');
  return value === undefined ? undefined : { value, percent: /\bper\s?cent\b/i.test(sentence) };
}

function plain({ value, percent, unscaled }: Placed): Quantity {
  return { value, percent, ...defined({ unscaled }) };
}

function spelled(text: string): Quantity | undefined {
  const value = spelledNumber(text);
  return value === undefined
    ? undefined
    : { value, percent: percentSign.test(text.replace(/^[\p{L}\s-]*(?=percent|per cent)/iu, '')) };
}

/** `not 12 but 15`, `rather than 12`: what is denied is left out. */
function withoutNegated(text: string): string {
  return text.replaceAll(
    /(?:\bnot|n['’]t|\brather than|\binstead of|\bno longer)\s+(?:simply |just |equal to |be )?[-$€£]{0,2}\d[\d.,]*%?(?:\s[\p{L}]{1,12})?,?\s*(?=but|it|rather|instead|,|;|\.|$)/giu,
    ' ',
  );
}

function firstIn(text: string, place: Place): Placed | 'unclear' | undefined {
  const opened = /^[\s$"'“«*_[]{0,8}([({])/u.exec(text);
  if (place === 'wrapped' && opened !== null) {
    const start = opened[0].length - 1;
    const group = placedAt(text, start, place);
    if (group !== undefined) return group;
    if (/^[({][^(){}]*\d\s?,/.test(text.slice(start))) return 'unclear';
  }
  for (const { index } of text.matchAll(beginning)) {
    // In prose of a statement a number can be part of a name or a label too.
    const found = placedAt(text, index, place);
    if (found === undefined) {
      if (place === 'wrapped' || /^\\/.test(text.slice(index))) return 'unclear';
      continue;
    }
    if (isLabel(text, found, place) && quantitiesAfter(text, found.end)) continue;
    const isVariable = variable.test(text.slice(found.end));
    return isVariable || hasVariableBefore(text, found, place) ? 'unclear' : found;
  }
  return undefined;
}

function quantitiesAfter(text: string, from: number): boolean {
  return text.slice(from).search(beginning) >= 0;
}

/** `x + 1`, `\alpha/2`, `f(3)`: what stands before a number makes it part of an expression. */
function hasVariableBefore(text: string, found: Placed, place: Place): boolean {
  const before = text.slice(0, found.start).trimEnd();
  if (place !== 'wrapped' || before === '') return false;
  return /(?:^|[^\p{L}])\p{L}\s?[-+*/^(]$|\\[a-zA-Z]+\s?[-+*/({]?$/u.test(before) && !before.includes('=');
}

/** `prose`: numbers among words. `said`: behind a phrase. `wrapped`: alone in a box or field. */
type Place = 'prose' | 'said' | 'wrapped';

function placedAt(text: string, start: number, place: Place): Placed | undefined {
  const read = readExpression(text, start, {
    arithmetic: place !== 'prose',
    factorials: place === 'wrapped',
  });
  if (read === undefined) return undefined;
  // A base, as in `1011_2`.
  const subscript = /^_\{?\d{1,2}\}?/.exec(text.slice(read.end, read.end + 6))?.[0].length ?? 0;
  const numberEnd = read.end + subscript;
  const [begin, sign] = signAt(text, start, place);
  const after = text.slice(numberEnd, numberEnd + 40);
  const scale = scales.find(([pattern]) => pattern.test(after));
  const scaleLength = scale?.[0].exec(after)?.[0].length ?? 0;
  const percent = percentSign.exec(after.slice(scaleLength))?.[0];
  const value = sign * read.value;
  return {
    value: value * (scale?.[1] ?? 1),
    percent: percent !== undefined,
    ...(scale === undefined || scale[1] === 1e3 ? {} : { unscaled: value }),
    start: begin,
    end: numberEnd + scaleLength + (percent?.length ?? 0),
    doubtful: read.doubtful,
  };
}

/**
 * Where the number begins with its sign, and the sign. A dash is one at once before the number, unless a letter,
 * digit or bracket stands before it; with a space behind it only after an operator, an equals sign or an opening, which a box is too.
 */
function signAt(text: string, start: number, place: Place): readonly [number, 1 | -1] {
  const before = text.slice(Math.max(0, start - 16), start);
  const match = signBefore.exec(before);
  if (match?.groups !== undefined) {
    const at = start - match[0].length;
    const previous = text.slice(Math.max(0, at - 4), at);
    const isSign =
      match.groups.blank === ''
        ? !/[\p{L}\p{N})\]}]$/u.test(previous)
        : /[=*/+<>^({[$,]\s?$/.test(previous) || (place === 'wrapped' && text.slice(0, at).trim() === '');
    if (isSign) return [at, match.groups.sign === '-' ? -1 : 1];
  }
  const word = wordBefore.exec(before);
  if (word !== null && !/\d\s*$/.test(text.slice(0, start - word[0].length)))
    return [start - word[0].length, -1];
  const unit = new RegExp(`(?:${currency})\\s?$`, 'u').exec(before);
  return [unit === null ? start : start - unit[0].length, 1];
}

/** Whether a text begins with the number: nothing but opening marks and words for "about" stand before it. */
function startsWith(text: string, { start }: Placed): boolean {
  return /^[\s*_`"'“”‘’«»([{$€£~:]*(?:(?:about|approximately|approx\.?|roughly|around|exactly|only|just|equal to|a total of)\s+)?$/iu.test(
    text.slice(0, start),
  );
}

/** What follows a number, after its unit, makes it the first part of an equation. */
function goesOn(rest: string): boolean {
  return /^\s?[)}]{0,2}\s?(?:\\?[\p{L}²³]{1,15}\s?){0,2}[-+*/=^]/u.test(rest);
}

/** `3 + 4 = 7`: the last side; where that is no number (`15 = 3 \cdot x`) the first. */
function equationResult(sides: readonly string[], place: Place): Placed | 'unclear' | undefined {
  const last = sides.at(-1) ?? '';
  const found = firstIn(last, place);
  if (found !== undefined && found !== 'unclear' && !found.doubtful)
    return isSeveral(last, found, place) ? 'unclear' : alternatives(sides, found);
  const first = firstIn(sides[0] ?? '', place);
  return first === undefined || first === 'unclear' || goesOn((sides[0] ?? '').slice(first.end))
    ? 'unclear'
    : first;
}

/** `x = 3 or x = -3` has two results. */
function alternatives(sides: readonly string[], found: Placed): Placed | 'unclear' {
  const isOther = sides
    .slice(1, -1)
    .some((side) => /\d[^\n]*(?:\bor\b|\band\b|,|;|\boder\b|\bou\b)\s*\p{L}\w?\s*$/u.test(side));
  return isOther ? 'unclear' : found;
}

const conjunction =
  /^\s*(?<unit>(?:\\?[\p{L}]{1,15}\s?){0,2}?)\s*(?<mark>,\s*(?:and|or)|[,;/&±|]|\bor\b|\band\b|\bto\b|\boder\b|\bund\b|\bou\b|\bet\b|\by\b|\bo\b|\bили\b|\bи\b|或|和|または|、|–)\s*(?:\p{L}\s*=\s*)?/u;

/** Whether other numbers stand beside the one that was found as its equals: a list, a range, alternatives. */
function isSeveral(text: string, found: Placed, place: Place): boolean {
  if (found.doubtful || /^\s?±/.test(text.slice(found.end))) return true;
  const joined = conjunction.exec(text.slice(found.end));
  if (joined?.groups === undefined) return false;
  const from = found.end + joined[0].length;
  const start = /^[-+$€£\s(]{0,4}/.exec(text.slice(from))?.[0].length ?? 0;
  if (!/^(?:\.?\d|\\frac|\\sqrt|π)/.test(text.slice(from + start))) return false;
  const other = placedAt(text, from + start, place);
  if (other === undefined) return false;
  const { mark = '', unit = '' } = joined.groups;
  const isSame =
    Math.abs(other.value - found.value) <= 1e-9 * Math.abs(found.value) ||
    (other.percent !== found.percent && mark !== ',');
  if (isSame) return false;
  const rest = text.slice(other.end);
  const unitAfter = /^\s*(\\?\p{L}{1,15})?/u.exec(rest)?.[1] ?? '';
  // "15, 3 more than 12" and "15 minutes or 0.25 hours" say one thing.
  if (mark === ',' && place !== 'wrapped' && !/^\s*(?:$|[,.;]|and\b|or\b)/.test(rest)) return false;
  return unit.trim() === '' || mark === ',' || unit.trim().replace(/s$/, '') === unitAfter.replace(/s$/, '');
}

/** Numbers that count, name or cite: `1.` before an item of prose, `step 3`, `[2]` after text. */
function isLabel(text: string, { start, end }: Placed, place: Place): boolean {
  const before = text.slice(Math.max(0, start - 24), start);
  const after = text.slice(end, end + 24);
  const isLineStart = place === 'prose' && /(?:^|\n)[\s>*_#]{0,8}$/.test(before);
  if (isLineStart && /^[.)][*_]{0,2}\s+\S/.test(after)) return true;
  if (/[\p{L}.\])*]\s?\[$/u.test(before) && /^(?:,\s?\d+)*\]/.test(after)) return true;
  return /(?:^|[^\p{L}])(?:steps?|questions?|problem|part|option|equation|eq\.|figure|fig\.|table|section|chapter|page|line|method|case|exercise|example|no\.|schritt|étape|paso|шаг)\s?[(#]?$/iu.test(
    before,
  );
}
