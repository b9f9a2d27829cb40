/**
 * Texts that a model, a server or a file could hold to make a reader throw, hang or blow up: long runs of one
 * character and of short patterns, deep nesting, numbers out of range, broken Unicode, control characters.
 * For every reader of text from outside.
 */
export interface HostileText {
  readonly name: string;
  readonly text: string;
}

const characters = [
  ...' \t\n\r\0\u00a0\u2028\u3000!"#$%&\'()*+,-./0123456789:;<=>?@[\\]^_`{|}~aAbBiIxXzZ',
  ...['\u00bd', '\u00b2', '\u0660', '\u4e00', '\u202e', '\u200f', '\u0301', '\ufdfa', '\ufeff', '\ufffd'],
  ...['\u001b', '\u0007', '\u009b', '\ud800', '\udc00', '😀', '\u2212', '\u201c', '\u25c1', '\uff08'],
];

const patterns = [
  ...['ab', 'a ', ' a', '\n\n', ' \n', '\t\n', '1 ', '1,', '1.', '1/', '-1', '- ', '1e', '1 1/2 ', '12,345'],
  ...['10^', '**', '**1** ', '``', '```\n', '```json\n', '~~~\n', '# ', '#### ', '\n- ', '\n1. ', '| ', '|-'],
  ...[
    '{}',
    '[]',
    '()',
    '{"',
    '{"a":',
    '[1,',
    '[[',
    '{"a":{"b":1},',
    '"a": ',
    '","',
    '\\"',
    '\\\\',
    "{'a':",
    '{"answer":',
  ],
  ...[
    '[{"label":"a","score":1},',
    '/*',
    '//',
    '*/',
    '“',
    '“a”',
    "it's ",
    '"a" b',
    '\\boxed{',
    '\\boxed{}',
    '\\frac{',
  ],
  ...[
    '\\frac1',
    '\\sqrt{',
    '\\text{',
    '\\left(',
    '{,}',
    '\\,',
    '\\',
    '$',
    '$$',
    '\\(',
    '\\)',
    '}{',
    'x = ',
    '= ',
    '1 = ',
  ],
  ...[
    '1+',
    '2^',
    '2**',
    '((',
    '1)',
    '½ ',
    '×10',
    '5!',
    '%',
    '$1',
    'k ',
    'million ',
    'forty-',
    'one hundred ',
  ],
  ...[
    'answer ',
    'answer: ',
    'answer:\n',
    'The answer is ',
    'the answer to ',
    'final answer',
    'Answer (',
    'not ',
  ],
  ...[
    '答案',
    '答案：',
    '정답: ',
    'Ответ: ',
    'Question: ',
    '\nQuestion:',
    'So ',
    'option A ',
    'A or ',
    'A, ',
    'A) ',
    '(A) ',
  ],
  ...[
    '(A',
    '[[',
    '[[A]] ',
    'B is correct ',
    'I choose ',
    'I ',
    'yes no ',
    'positive ',
    'not positive ',
    'label: ',
  ],
  ...[
    '<think>',
    '</think>',
    '<think></think>',
    '<thinking',
    '◁think▷',
    '[THINK]',
    '<|channel|>analysis',
    '<|',
  ],
  ...[
    '<|channel|>final<|message|>',
    '<|end|>',
    '<answer>',
    '</answer>',
    '<answer></answer>',
    '<a',
    '</',
    '<a>',
    '< ',
  ],
  ...[
    '[[ ## answer ## ]]',
    'VERDICT: ',
    'verdict ',
    'verdict**',
    'verdict: a ',
    'RANKING: ',
    'ranking**',
    'RANKING: 1, ',
    '\n1. Candidate 2',
  ],
  ...[
    'AGENTS: ',
    'agents*',
    'a, ',
    'def f():\n',
    'def f(',
    '"""',
    "'''",
    'if x:\n ',
    '    x\n',
    '\\\n',
    'f"{',
    ': ',
    '@',
    'lambda: ',
  ],
  ...[
    '__proto__',
    '{"__proto__": ',
    'constructor.',
    '\u001b[31m',
    '\u001b]0;',
    '\u202ea\u202c',
    '\ud83d',
    '\udc00\ud800',
    'a\u0301',
  ],
  ...[
    'é',
    'ß',
    'İ',
    'ﬁ',
    '١٢٣',
    '１２',
    'http://a.',
    'a@b.',
    '&lt;',
    '<!--',
    '-->',
    '..',
    '...',
    '1-',
    '-.',
    '+-',
    '0x',
    '1_',
  ],
];

const whole: readonly (readonly [string, string])[] = [
  ['1e999', '1e999'],
  ['{"a": 1e999}', '{"a": 1e999, "b": -1e999}'],
  ['400 digits', '9'.repeat(400)],
  ['400 digits in JSON', `{"answer": ${'9'.repeat(400)}}`],
  ['400 digits in a box', `\\boxed{${'9'.repeat(400)}}`],
  ['an exponent of 400 digits', `1e${'9'.repeat(400)}`],
  ['powers of powers', '\\boxed{9^9^9^9^9^9}'],
  ['division by zero', '\\boxed{\\frac{1}{0}}'],
  ['lone surrogates in JSON', '{"\ud800": "\udfff", "answer": "\ud800"}'],
  [
    'prototype keys',
    '{"__proto__": {"answer": 1}, "constructor": {"prototype": 2}, "toString": "x", "answer": "y"}',
  ],
  ['escapes and bidi', '\u001b[2J\u001b]0;x\u0007\u202e\u2066answer: 12\u2069\u009b31m\r\b'],
  ['all kinds of line ends', 'answer: 1\r\nanswer: 2\ranswer: 3\u2028answer: 4\u2029answer: 5\u0085'],
  ['nested lists', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
  ['nested objects', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  ['nested boxes', `${'\\boxed{'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  ['nested fractions', `\\boxed{${'\\frac{'.repeat(5_000)}1${'}{2}'.repeat(5_000)}}`],
  ['nested brackets of a sum', `The answer is ${'('.repeat(5_000)}1${')'.repeat(5_000)}`],
  ['nested tags', `${'<answer>'.repeat(5_000)}1${'</answer>'.repeat(5_000)}`],
  ['JSON in strings in JSON', nestedStrings(12)],
];

function nestedStrings(levels: number): string {
  let text = '{"answer": 1}';
  for (let level = 0; level < levels; level++) text = JSON.stringify({ arguments: text });
  return text;
}

/**
 * The whole corpus.
 * @param length UTF-16 units of each run; 1 MB as faults were seen.
 * @yields one text at a time: together they would be some 300 MB.
 */
export function* hostileTexts(length = 1_000_000): Generator<HostileText> {
  for (const unit of [...characters, ...patterns]) {
    yield {
      name: `${length} of ${JSON.stringify(unit)}`,
      text: unit.repeat(Math.ceil(length / unit.length)),
    };
  }
  for (const unit of patterns) {
    yield {
      name: `a prefix, then ${JSON.stringify(unit)}`,
      text: `The answer is {"a": ${unit.repeat(Math.ceil(length / unit.length))}`,
    };
  }
  for (const [name, text] of whole) yield { name, text };
}

/** What a call resolves to, and the processor time in ms that this process took meanwhile. */
export async function timed<Value>(
  call: () => Value,
): Promise<{ readonly value: Awaited<Value>; readonly processorMs: number }> {
  const before = process.cpuUsage();
  const value = await call();
  const { user, system } = process.cpuUsage(before);
  return { value, processorMs: (user + system) / 1000 };
}

const referenceText = 'lorem ipsum 12 '.repeat(66_667);

/**
 * Whether a reader takes far more than its share of processor time, and more than in proportion to the text. How long
 * a pass takes says as much of the machine as of the reader, so one that exceeds `limit` ms is held against twenty
 * passes of one simple pattern over 1 MB in the same moment, then against its own time for half of the text: what is
 * linear takes about twice as long, what is quadratic four times. It may try five times, for a collection of garbage
 * is no fault of the reader.
 * @returns What to say of a reader that is too slow, else null.
 */
export async function tooSlow(
  limit: number,
  read: (text: string) => unknown,
  text: string,
): Promise<string | null> {
  let whole = Number.POSITIVE_INFINITY;
  let half = Number.POSITIVE_INFINITY;
  let allowed = limit;
  for (let round = 0; round < 5; round++) {
    whole = Math.min(whole, (await timed(() => read(text))).processorMs);
    if (whole <= limit) return null;
    allowed = Math.max(
      allowed,
      20 * (await timed(() => referenceText.match(/\p{L}+|\s/gu)?.length)).processorMs,
    );
    if (whole <= allowed) return null;
    half = Math.min(half, (await timed(() => read(text.slice(0, text.length / 2)))).processorMs);
    if (whole <= 3 * half) return null;
  }
  return `${Math.round(whole)} ms of processor time, ${Math.round(half)} for half of the text, ${Math.round(allowed)} allowed`;
}
