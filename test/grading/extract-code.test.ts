import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractPythonCode, extractPythonFunction } from '../../src/grading/extraction/python-function.ts';
import { tooSlow } from '../support/hostile-texts.ts';
import { exhaustive, runs, sampled, thorough } from '../support/thorough.ts';

const body = '    total = sum(user["posts"] for user in users)\n    return {"active_count": total}\n';
const code = `def f(users):\n${body}`;
const fence = '```';
const extract = (answer: string): string | null => extractPythonFunction(answer, 'f');

const wrapped: readonly (readonly [string, string])[] = [
  ['nothing', code],
  ...['python', 'Python', 'python3', 'py', ''].map(
    (tag) => [`a fence tagged "${tag}"`, `${fence}${tag}\n${code}${fence}`] as const,
  ),
  ['a fence with spaces before the tag', `${fence} python\n${code}${fence}`],
  ['a fence that prose leads into', `Here it is: ${fence}python\n${code}${fence} Enjoy!`],
  ['a tilde fence', `~~~py\n${code}~~~`],
  ['a longer fence', `${fence}\`\`python\n${code}${fence}\`\``],
  ['a fence in a list', `- step\n  ${fence}py\n${indented(code, '  ')}  ${fence}\n`],
  ['a numbered list with deeper code', `1. this\n   ${fence}\n${indented(code, '     ')}   ${fence}`],
  ['a quote', `> ${fence}py\n${indented(code, '> ')}> ${fence}`],
  ['a fence never closed', `Sure:\n${fence}python\n${code}`],
  ['a fence closed behind the last line', `${fence}python\n${code.trimEnd()}${fence}`],
  ['code beside the opening marks', `${fence}${code}${fence}`],
  ['a fence opened before the last was closed', `${fence}\nsome text\n${fence}python\n${code}${fence}`],
  ['only a closing fence', `${code}${fence}\n`],
  ['prose around', `The function:\n\n${code}\nIt sums up. It's short.\n1. One\n2. Two`],
  ['prose with brackets and quotes', `Don't (ever: do "this\n\n${code}\nThat's (all`],
  ['CRLF', code.replaceAll('\n', '\r\n')],
  ['a byte-order mark', `\ufeff${code}`],
  ['an indented code block', `Code:\n\n${indented(code, '    ')}\nDone.`],
  ['thinking', `<think>def f(users): hmm\n${fence}\ndef f(x):\n    return 1\n${fence}</think>${code}`],
  ['thinking with capitals', `<Thinking>\ndef f(users):\n    return 1\n</Thinking>\n${code}`],
  [
    'thinking whose opening tag is missing',
    `def f(users):\n    return 1\n</think>\n\n${fence}\n${code}${fence}`,
  ],
  ['thinking that is never closed', `<think>let me see\n${fence}python\n${code}${fence}`],
  [
    'a version after that is followed by a call cut off',
    `${fence}\n${code}${fence}\nor\n${fence}python\ndef f(users):\n    return 1\n\nprint(f([{"posts": 1`,
  ],
  [
    'a recital of the signature before',
    `${fence}\ndef f(users):\n    ...\n${fence}\nso\n${fence}\n${code}${fence}`,
  ],
  [
    'a recital of the signature after',
    `${fence}\n${code}${fence}\nwhere\n${fence}\ndef f(users):\n    pass\n${fence}`,
  ],
  [
    'another version before',
    `${fence}\ndef f(users):\n    return 0\n${fence}\nBetter:\n${fence}\n${code}${fence}`,
  ],
  [
    'a version after that is cut off',
    `${fence}\n${code}${fence}\nBetter:\n${fence}\ndef f(users):\n    x = [u for`,
  ],
  [
    'a version after that is cut off between lines',
    `${fence}\n${code}${fence}\nor\n${fence}\ndef f(users):\n    x = 1\n`,
  ],
  ['a usage example after', `${fence}\n${code}${fence}\nUse:\n${fence}python\nprint(f([]))\n${fence}`],
];

function indented(text: string, by: string): string {
  return text.replaceAll(/^(?=.)/gm, by);
}

describe('extractPythonFunction', () => {
  it.each(wrapped)('finds the function in %s', (_, answer) => {
    expect(extract(answer)?.trim()).toBe(code.trim());
  });

  it.each([
    ['nothing', ''],
    ['a refusal', 'I cannot help with f(users).'],
    ['thinking alone', '<think>def f(users):\n    return 1\n</think>\nNo.'],
    ['thinking cut off', '<think>so def f(users):\n    return 1'],
    ['a method', 'class A:\n    def f2(self):\n        return 1\n'],
    ['another function', `${fence}\ndef g(users):\n    return 1\n${fence}`],
    ['a mention', 'Call def f to define it.'],
  ])('finds none in %s', (_, answer) => {
    expect(extract(answer)).toBeNull();
  });

  it('keeps helpers, imports, constants and decorators around the function', () => {
    const program = `import math\nfrom typing import (\n    Any,\n    List,\n)\n\nLIMIT = 5\n\n\ndef helper(x):\n    return math.floor(x)\n\n\n@staticmethod\ndef f(users: List[Any]):\n    return helper(LIMIT)\n`;
    expect(extract(program)).toBe(program);
    expect(extract(`Sure.\n\n${program}\nHope it helps!`)).toBe(program);
    expect(extract(`${fence}py\n${program}${fence}`)).toBe(program);
  });

  it('brings along what other blocks define and the function uses', () => {
    const answer = `${fence}\nimport math\ndef helper(x):\n    return math.floor(deeper(x))\n${fence}\n${fence}\ndef deeper(x):\n    return x\ndef unused():\n    return 1\nusers = load()\n${fence}\n${fence}\ndef f(users):\n    return helper(users)\n${fence}`;
    const program = extract(answer) ?? '';
    expect(program).toBe(
      'import math\ndef helper(x):\n    return math.floor(deeper(x))\ndef deeper(x):\n    return x\ndef f(users):\n    return helper(users)\n',
    );
  });

  it.each([
    'f = lambda users: 1\n',
    'def g(users):\n    return 1\n\n\nf = g\n',
    'def f[T](users: T) -> T:\n    return users\n',
    'async def f(users):\n    return 1\n',
  ])('takes other ways to define it: %j', (program) => {
    expect(extract(program)).toBe(program);
    expect(extract(`Here:\n${program}\nDone.`)).toBe(program);
  });

  it('hands back code cut off inside the function as it is', () => {
    const cut = code.slice(0, -12);
    expect(extract(`${fence}python\n${cut}`)?.trim()).toBe(cut.trim());
  });

  it('drops NUL and keeps fences inside strings', () => {
    const program = `def f(users):\n    """Example:\n\n    ${fence}\n    f([])\n    ${fence}\n    """\n    return "<think>"\n`;
    expect(extract(`${fence}python\n${program.replace('return', 'ret\0urn')}${fence}`)).toBe(program);
    expect(extract(program)).toBe(program);
  });

  it.each([
    ['four columns', 'def f(a):\n    if a:\n\treturn 1\n    return 2\n', null],
    [
      'a tab for each level',
      'def f(a):\n\tif a:\n\t    return 1\n    return 2\n',
      'def f(a):\n    if a:\n        return 1\n    return 2\n',
    ],
    [
      'tabs of eight',
      'def f(a):\n    if a:\n        for b in a:\n\t    return 1\n    return 2\n',
      'def f(a):\n    if a:\n        for b in a:\n            return 1\n    return 2\n',
    ],
  ])('settles tabs mixed with spaces: %s', (_, mixed, settled) => {
    const program = extract(mixed) ?? '';
    expect(program).not.toContain('\t');
    if (settled !== null) expect(program).toBe(settled);
  });

  it('leaves tabs alone where they are consistent', () => {
    const program = 'def f(a):\n\tif a:\n\t\treturn 1\n\treturn 2\n';
    expect(extract(program)).toBe(program);
  });

  it('gives back what it gave (property)', () => {
    const piece = fc.constantFrom(
      ...[
        fence,
        '~~~',
        '\n',
        'def f(users):',
        '    return 1',
        code,
        '<think>',
        '</think>',
        'prose, really.',
        '"',
        "'''",
        '(',
        '\t',
        'x = 1',
        'python',
        '# a',
        '\0',
        'class A:',
        '@d',
        ':',
        '\\',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const once = extract(pieces.join(''));
        if (once === null) return;
        expect(once).toMatch(/def f\(/);
        expect(once).not.toContain('\0');
      }),
      { numRuns: runs(500) },
    );
  });

  it('finds a function wherever it stands in prose lines (property)', () => {
    const prose = fc.array(
      fc.constantFrom(
        'Well, here.',
        '- a point',
        '',
        '  * nested',
        'Is it (so?',
        "It's fine",
        '> quote',
        '| a | b |',
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(prose, prose, fc.boolean(), (before, after, isFenced) => {
        const middle = isFenced ? `${fence}python\n${code}${fence}` : `\n${code}`;
        const answer = [...before, middle, '', ...(isFenced ? after : ['Then:', ...after])].join('\n');
        expect(extract(answer)?.trim()).toBe(code.trim());
      }),
    );
  });

  const long: [string, string, number][] = [
    ['fences', '```\n', 12_000_000],
    ['one line', 'a', 50_000_000],
    ['spaces', ' ', 50_000_000],
    ['fence marks', '`', 50_000_000],
    ['tags', '<think>', 7_000_000],
    ['brackets', '(\n', 25_000_000],
    ['quotes', '"""', 16_000_000],
  ];
  it.each(sampled(long, 4))('reads megabytes of %s around an answer', (_, unit, times) => {
    const filler = unit.repeat(thorough ? times : times / 200);
    const found = extract(`${fence}python\n${code}${fence}\n${filler}`);
    expect(found === null || found.startsWith('def f(users)')).toBe(true);
    expect(extract(`${filler}\n</think>\n${code}`)).toContain('def f(users)');
  });
});

describe('reading time', () => {
  const size = exhaustive ? 1_000_000 : thorough ? 200_000 : 50_000;
  /** Milliseconds: what takes longer has to be linear. */
  const limit = size / 250;
  const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const patterns = [
    ...[
      '\n ',
      ' \n',
      '\n\t',
      'a ',
      '# ',
      '\\\n',
      '"\n',
      "'''\n",
      'x=',
      'x = 1\n',
      'def f(users):\n',
      'def f(',
      'import a,',
      '@a\n',
    ],
    ...[
      '    def f(users):\n',
      '\tdef f(users):\n ',
      '- ',
      '> ',
      '```',
      '```py\n',
      '~~~\n',
      '<think>',
      '</think>',
      '<',
      '`a',
      '(a',
      'a.',
    ],
    ...[
      'from a import b\n',
      'if a:\n',
      'a\n',
      'A word. ',
      'for a in ',
      '[]',
      '{"',
      "f'",
      'é',
      '这',
      '\u{1f600}',
      '\ud800',
      ': ',
      '**',
      '__',
    ],
    ...[
      'def f(users):\n return g0\n```\n```\ndef g0():\n return 1\n```\n',
      'async def f',
      'class A:\n  def f(users):\n',
    ],
  ];
  const fillers = [...characters, ...patterns].map((text) => text.repeat(Math.ceil(size / text.length)));
  const steep = [
    `${' '.repeat(size / 2)}x\n${' '.repeat(size / 4)}${'\t'.repeat(size / 4)}y\n`,
    Array.from({ length: 1_400 }, (_, index) => ' '.repeat(index)).join('x\n'),
  ];
  const around = [
    (text: string) => text,
    (text: string) => `${fence}python\n${text}`,
    (text: string) => `${code}${text}`,
    (text: string) => `${text}\n    ${code.replaceAll('\n', '\n    ')}`,
  ];

  it('takes time in proportion to the answer, whatever it is', {
    timeout: 600_000,
  }, async () => {
    const some = exhaustive ? fillers : fillers.filter((_, index) => index % 4 === 0);
    const texts = [...steep, ...sampled(some, 25)];
    for (const text of texts) {
      for (const wrap of around) {
        const answer = wrap(text);
        const pass = (text: string) => {
          extract(text);
          extractPythonCode(text);
        };
        const name = JSON.stringify(answer.slice(0, 40));
        expect(await tooSlow(limit, pass, answer), name).toBeNull();
      }
    }
  });
});
