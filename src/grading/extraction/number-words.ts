import { elementAt } from '../../core/element-at.ts';
import { own } from '../../core/records.ts';

const units = [
  ...[
    'zero',
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
  ],
  ...['thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
];
const tens = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const powers: Readonly<Record<string, number>> = { thousand: 1e3, million: 1e6, billion: 1e9 };

/** Zero and up in other languages; without German "null", which is English too. */
const otherUnits: readonly string[][] = [
  ['', 'eins', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun', 'zehn', 'elf', 'zwölf'],
  ['cero', 'uno', 'dos', 'tres', 'cuatro', 'cinco', 'seis', 'siete', 'ocho', 'nueve', 'diez', 'once', 'doce'],
  ['zéro', '', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf', 'dix', 'onze', 'douze'],
  ['zero', 'uno', 'due', 'tre', 'quattro', 'cinque', 'sei', 'sette', 'otto', 'nove', 'dieci', 'undici'],
  ['zero', 'um', 'dois', 'três', 'quatro', 'cinco', 'seis', 'sete', 'oito', 'nove', 'dez', 'onze', 'doze'],
];

const wordsOf = (text: string): string[] => text.toLowerCase().match(/\p{L}+/gu) ?? [];

/** The English number words that a text begins with: `forty-two`, `minus one hundred and five thousand`. */
export function spelledNumber(text: string): number | undefined {
  const words = wordsOf(text.slice(0, 200));
  return runAt(words, 0)?.value ?? (words.length === 1 ? otherNumber(elementAt(words, 0)) : undefined);
}

function otherNumber(word: string): number | undefined {
  const value = otherUnits.map((language) => language.indexOf(word)).find((index) => index >= 0);
  return word === '' ? undefined : value;
}

const copulas = new Set(
  'is are equals equal be remain remains ist sind bleiben beträgt es son est sono è é são'.split(' '),
);

/** Before a number that counts what is spoken of: `divide by the three countries`. */
const determiners = new Set(
  'the of these those all both other first last next any no by into with'.split(' '),
);

/**
 * The number that a sentence spells: one that ends it behind "is" or "equals", else, of `anywhere`, its only one
 * (`There are three apples left`); a lone "one" and `the three countries` are none.
 */
export function spelledInSentence(sentence: string, place: 'anywhere' | 'ending'): number | undefined {
  const words = wordsOf(sentence.slice(-500));
  const counted: number[] = [];
  for (let at = 0; at < words.length; at++) {
    const run = runAt(words, at);
    if (run === undefined) continue;
    const before = words[at - 1] ?? '';
    if (copulas.has(before) && run.end === words.length) return run.value;
    const isPronoun = words[at] === 'one' && run.end === at + 1 && words.length > 1 && !copulas.has(before);
    counted.push(isPronoun || determiners.has(before) ? Number.NaN : run.value);
    at = run.end - 1;
  }
  if (copulas.has(words.at(-2) ?? '') && counted.length === 0) return otherNumber(words.at(-1) ?? '');
  const [only] = counted.filter((value) => !Number.isNaN(value));
  return place === 'anywhere' && counted.length === 1 ? only : undefined;
}

const denominators: Readonly<Record<string, number>> = {
  ...{ half: 2, halves: 2, third: 3, thirds: 3, quarter: 4, quarters: 4, fourths: 4 },
  ...{ fifth: 5, fifths: 5, sixth: 6, sixths: 6, eighth: 8, eighths: 8, tenth: 10, tenths: 10 },
};

/** `one half`, `two thirds`; `three fifth graders` is none. */
function denominatorOf(word: string | undefined, count: number): number | undefined {
  const isPlural = word !== undefined && /s$/.test(word);
  return word !== undefined && Object.hasOwn(denominators, word) && isPlural === (count !== 1)
    ? denominators[word]
    : undefined;
}

/** The number whose words begin at an index, and the index behind them. */
function runAt(words: readonly string[], start: number): { value: number; end: number } | undefined {
  const isNegative = words[start] === 'minus' || words[start] === 'negative';
  let total = 0;
  let group: number | undefined;
  let end = start;
  for (let at = isNegative ? start + 1 : start; at < words.length; at++) {
    const word = elementAt(words, at);
    const value = units.includes(word)
      ? units.indexOf(word)
      : tens.includes(word)
        ? (tens.indexOf(word) + 2) * 10
        : undefined;
    if (value !== undefined) group = (group ?? 0) + value;
    else if (group === undefined) break;
    else if (word === 'hundred') group *= 100;
    else if (own(powers, word) !== undefined) {
      total += group * (own(powers, word) ?? 1);
      group = 0;
    } else if (word !== 'and') break;
    if (word !== 'and') end = at + 1;
  }
  if (group === undefined) return undefined;
  const value = (isNegative ? -1 : 1) * (total + group);
  const denominator = denominatorOf(words[end], Math.abs(value));
  return denominator === undefined ? { value, end } : { value: value / denominator, end: end + 1 };
}
