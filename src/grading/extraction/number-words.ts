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

/** The English number words that a text begins with: `forty-two`, `minus one hundred and five thousand`. */
export function spelledNumber(text: string): number | undefined {
  const words =
    text
      .slice(0, 200)
      .toLowerCase()
      .match(/\p{L}+/gu) ?? [];
  const isNegative = words[0] === 'minus' || words[0] === 'negative';
  let total = 0;
  let group: number | undefined;
  for (const word of isNegative ? words.slice(1) : words) {
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
  }
  return group === undefined ? undefined : (isNegative ? -1 : 1) * (total + group);
}
