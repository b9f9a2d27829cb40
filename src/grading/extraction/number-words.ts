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
  return runAt(words, 0)?.value ?? (words.length === 1 ? otherNumber(words[0] as string) : undefined);
}

function otherNumber(word: string): number | undefined {
  const value = otherUnits.map((language) => language.indexOf(word)).find((index) => index >= 0);
  return word === '' ? undefined : value;
}

const copulas = new Set(
  'is are equals equal be remain remains ist sind bleiben beträgt es son est sono è é são'.split(' '),
);

/**
 * The number that a sentence spells: `There are three apples left`. A lone "one" counts behind "is" only.
 * @param place `ending`: only a number behind "is" or "equals" that ends the sentence.
 */
export function spelledInSentence(sentence: string, place: 'anywhere' | 'ending'): number | undefined {
  const words = wordsOf(sentence.slice(0, 500));
  const found: { readonly value: number; readonly isConcluding: boolean }[] = [];
  for (let at = 0; at < words.length; at++) {
    const isBehindCopula = copulas.has(words[at - 1] ?? '');
    const run = runAt(words, at);
    if (run === undefined) continue;
    const isPronoun = words[at] === 'one' && run.end === at + 1 && !isBehindCopula && words.length > 1;
    if (!isPronoun)
      found.push({ value: run.value, isConcluding: isBehindCopula && run.end === words.length });
    at = run.end - 1;
  }
  const [only] = found;
  if (found.length > 1) return undefined;
  if (only !== undefined) return place === 'ending' && !only.isConcluding ? undefined : only.value;
  return copulas.has(words.at(-2) ?? '') ? otherNumber(words.at(-1) ?? '') : undefined;
}

/** The number whose words begin at an index, and the index behind them. */
function runAt(words: readonly string[], start: number): { value: number; end: number } | undefined {
  const isNegative = words[start] === 'minus' || words[start] === 'negative';
  let total = 0;
  let group: number | undefined;
  let end = start;
  for (let at = isNegative ? start + 1 : start; at < words.length; at++) {
    const word = words[at] as string;
    const value = units.includes(word)
      ? units.indexOf(word)
      : tens.includes(word)
        ? (tens.indexOf(word) + 2) * 10
        : undefined;
    if (value !== undefined) group = (group ?? 0) + value;
    else if (group === undefined) break;
    else if (word === 'hundred') group *= 100;
    else if (Object.hasOwn(powers, word)) {
      total += group * (powers[word] as number);
      group = 0;
    } else if (word !== 'and') break;
    if (word !== 'and') end = at + 1;
  }
  return group === undefined ? undefined : { value: (isNegative ? -1 : 1) * (total + group), end };
}
