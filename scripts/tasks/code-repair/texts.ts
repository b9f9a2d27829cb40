import { between } from '../shipped-task.ts';
import type { Repair, Value } from './repair.ts';

export const topWords: Repair = {
  name: 'top-words',
  domains: [
    { function: 'top_words', text: 'review' },
    { function: 'frequent_terms', text: 'article' },
    { function: 'common_words', text: 'message' },
  ],
  source: `def {function}({text}, limit):
    counts = {}
    for piece in {text}.lower().split():
        word = piece.strip(".,!?")
        if not word:
            continue
        counts[word] = counts.get(word, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [[word, count] for word, count in ranked[:max(limit, 0)]]
`,
  bugs: [
    { right: '{text}.lower().split()', wrong: '{text}.split()' },
    { right: 'counts.get(word, 0) + 1', wrong: 'counts.get(word, 1) + 1' },
    { right: '(-item[1], item[0])', wrong: '-item[1]' },
    { right: '.strip(".,!?")', wrong: '.strip(".")' },
    { right: 'ranked[:max(limit, 0)]', wrong: 'ranked[:limit]' },
    { right: '        if not word:\n            continue\n', wrong: '' },
  ],
  rules: [
    'Words are parted by white space. Upper and lower case are the same; results are in lower case.',
    'The signs . , ! ? at the start and end of a word do not belong to it; what is empty then is no word.',
    'Return a list of [word, count] lists: the limit most frequent words, most frequent first, equal counts in alphabetical order.',
    'A limit below 1 gives an empty list.',
  ],
  inputs: (rng) => [
    ['', 3],
    ['Good, good! GOOD?', 2],
    ['b a c a b', 2],
    ['one ... two', 5],
    ['z y x', 2],
    ['stop stop go', 0],
    ['left right', -1],
    ...[8, 12, 15].map((count) => {
      const words = ['Tea', 'tea', 'cup,', 'cup', 'milk!', 'Sugar.', 'sugar', 'spoon?', '!'];
      return [Array.from({ length: count }, () => rng.pick(words)).join(' '), between(rng, 2, 4)];
    }),
  ],
  reference: (_words, text: string, limit: number): Value => {
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .map((piece) => piece.replaceAll(/^[.,!?]+|[.,!?]+$/g, ''))
      .filter((word) => word !== '');
    const counts = [...new Set(words)]
      .sort()
      .map((word) => [word, words.filter((w) => w === word).length] as const);
    return counts
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, Math.max(0, limit))
      .map(([word, count]) => [word, count]);
  },
};

export const durationSeconds: Repair = {
  name: 'duration-seconds',
  domains: [
    { function: 'parse_duration', text: 'text' },
    { function: 'timer_seconds', text: 'label' },
    { function: 'lap_to_seconds', text: 'lap' },
  ],
  source: `def {function}({text}):
    units = [("h", 3600), ("m", 60), ("s", 1)]
    rest = {text}.strip()
    if not rest:
        return None
    total = 0
    for unit, factor in units:
        if unit in rest:
            number, _, rest = rest.partition(unit)
            if not number.isdigit():
                return None
            total += int(number) * factor
    return total if rest == "" else None
`,
  bugs: [
    { right: '("h", 3600)', wrong: '("h", 360)' },
    { right: 'return total if rest == "" else None', wrong: 'return total' },
    {
      right: '            if not number.isdigit():\n                return None\n',
      wrong: '            if not number.isdigit():\n                number = "0"\n',
    },
    { right: 'total += int(number) * factor', wrong: 'total = int(number) * factor' },
    { right: '    if not rest:\n        return None\n', wrong: '' },
    { right: '{text}.strip()', wrong: '{text}' },
  ],
  rules: [
    '{text} is a duration such as "1h30m", "45s" or "2h5s": whole numbers followed by h, m or s, each unit at most once and in this order.',
    'Return the number of seconds.',
    'Spaces around the whole text do not count.',
    'Return None for everything else: an empty text, a unit without a number, a number without a unit, units in another order.',
  ],
  inputs: (rng) => [
    ['1h30m'],
    [''],
    [' 45s '],
    ['5m1h'],
    ['h'],
    ['10'],
    ['2h5s'],
    ['m30s'],
    ['3m7'],
    ...[1, 2, 3].map(() => [`${between(rng, 1, 9)}h${between(rng, 1, 59)}m${between(rng, 0, 59)}s`]),
  ],
  reference: (_words, text: string): Value => {
    const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text.trim());
    if (match === null || text.trim() === '') return null;
    const [, hours = '0', minutes = '0', seconds = '0'] = match;
    return (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  },
};

export const compareVersions: Repair = {
  name: 'compare-versions',
  domains: [
    { function: 'compare_versions', a: 'left', b: 'right' },
    { function: 'newer_release', a: 'first', b: 'second' },
    { function: 'check_revision', a: 'installed', b: 'offered' },
  ],
  source: `def {function}({a}, {b}):
    one = [int(part) for part in {a}.lstrip("v").split(".")]
    two = [int(part) for part in {b}.lstrip("v").split(".")]
    length = max(len(one), len(two))
    one += [0] * (length - len(one))
    two += [0] * (length - len(two))
    if one == two:
        return 0
    return 1 if one > two else -1
`,
  bugs: [
    { right: 'one = [int(part) for part', wrong: 'one = [part for part' },
    { right: 'length = max(', wrong: 'length = min(' },
    { right: 'return 1 if one > two else -1', wrong: 'return 1 if one > two else 0' },
    {
      right: 'two = [int(part) for part in {b}.lstrip("v").split(".")]',
      wrong: 'two = [int(part) for part in {b}.split(".")]',
    },
    { right: 'one > two', wrong: 'sum(one) > sum(two)' },
    { right: 'two += [0]', wrong: 'two += [1]' },
  ],
  rules: [
    '{a} and {b} are version numbers such as "1.12.0" or "v2.1": whole numbers joined by dots, perhaps with a v in front.',
    'Return 1 if {a} is the higher version, -1 if {b} is, 0 if they are equal.',
    'Parts are compared as numbers (1.10 is higher than 1.9); missing parts count as 0 (1.2 equals 1.2.0).',
  ],
  inputs: (rng) => [
    ['1.2', '1.2.0'],
    ['1.10', '1.9'],
    ['v2.1', '2.0.9'],
    ['2.0.9', 'v2.1'],
    ['1.0', '1.0.1'],
    ['4.2.1', '4.2'],
    ['3.0.0', '2.9.9'],
    ['1.9.9', '2.0'],
    ['0.4', '0.4'],
    ...[1, 2, 3].map(() => {
      const version = (): string =>
        Array.from({ length: between(rng, 2, 3) }, () => between(rng, 0, 12)).join('.');
      return [version(), version()];
    }),
  ],
  reference: (_words, a: string, b: string): Value => {
    const weight = (version: string): number =>
      version
        .replace(/^v/, '')
        .split('.')
        .reduce((total, part, index) => total + Number(part) * 1000 ** (3 - index), 0);
    return Math.sign(weight(a) - weight(b));
  },
};

export const monthlyTotals: Repair = {
  name: 'monthly-totals',
  domains: [
    { function: 'monthly_sales', records: 'sales', amount: 'amount' },
    { function: 'rain_by_month', records: 'readings', amount: 'millimetres' },
    { function: 'hours_per_month', records: 'entries', amount: 'hours' },
  ],
  source: `def {function}({records}, year):
    totals = {}
    for record in {records}:
        date = record.get("date") or ""
        value = record.get("{amount}")
        if len(date) != 10 or not isinstance(value, int):
            continue
        if date[:4] != str(year):
            continue
        month = date[5:7]
        totals[month] = totals.get(month, 0) + value
    return totals
`,
  bugs: [
    { right: 'date[5:7]', wrong: 'date[8:10]' },
    { right: 'totals[month] = totals.get(month, 0) + value', wrong: 'totals[month] = value' },
    { right: 'record.get("{amount}")', wrong: 'record["{amount}"]' },
    { right: 'date[:4] != str(year)', wrong: 'date[:4] != year' },
    { right: 'len(date) != 10 or not isinstance(value, int)', wrong: 'len(date) != 10' },
    { right: 'record.get("date") or ""', wrong: 'record["date"]' },
  ],
  rules: [
    '{records} is a list of dicts with the keys "date" (text, "YYYY-MM-DD") and "{amount}" (a whole number); year is a whole number.',
    'Return a dict from the month ("01" to "12") to the sum of "{amount}" over the records of that year. Months without records are left out.',
    'Skip records in which a key is missing, the date is None or has another length, or "{amount}" is no whole number.',
  ],
  inputs: (rng, words) => {
    const amount = words.amount ?? '';
    const record = (date: Value, value: Value): Value => ({ date, [amount]: value });
    return [
      [[], 2024],
      [[record('2024-03-01', 5), record('2024-03-20', 7)], 2024],
      [[record('2023-03-01', 5), record('2024-05-02', 1)], 2024],
      [[{ date: '2024-01-05' }, record('2024-01-06', 2)], 2024],
      [[{ [amount]: 4 }, record(null, 3), record('2024-1-6', 3), record('2024-12-31', 9)], 2024],
      [[record('2025-07-07', 'many'), record('2025-07-08', 6)], 2025],
      ...[5, 7].map((count) => [
        Array.from({ length: count }, () =>
          record(
            `${rng.pick([2024, 2025])}-0${between(rng, 1, 4)}-${between(rng, 10, 28)}`,
            between(rng, 1, 40),
          ),
        ),
        2025,
      ]),
    ];
  },
  reference: (words, records: readonly Readonly<Record<string, Value>>[], year: number): Value => {
    const totals: Record<string, number> = {};
    for (const record of records) {
      const match = /^(\d{4})-(\d\d)-\d\d$/.exec(String(record.date));
      const value = record[words.amount ?? ''];
      if (match === null || Number(match[1]) !== year || typeof value !== 'number') continue;
      const month = match[2] ?? '';
      totals[month] = (totals[month] ?? 0) + value;
    }
    return totals;
  },
};
