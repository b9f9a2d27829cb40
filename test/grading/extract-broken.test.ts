/** What is cut away from a program is prose or fences, never code: a program that does not load stays one. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRng, type Rng } from '../../src/core/rng.ts';
import { looksLikeProse } from '../../src/grading/extraction/prose.ts';
import { extractPythonFunction } from '../../src/grading/extraction/python-function.ts';
import { hasSystemPython } from '../support/system-python.ts';
import { thorough } from '../support/thorough.ts';

const folder = new URL('../fixtures/code-challenge/', import.meta.url);
const programs = readdirSync(folder)
  .filter((name) => name.endsWith('.py') && !/tabs|syntax|cut/.test(name))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

const checker = `
import json, sys, warnings
warnings.simplefilter("ignore")
def compiles(text):
    try:
        compile(text, "answer.py", "exec")
    except (SyntaxError, ValueError):
        return False
    return True
json.dump([compiles(text) for text in json.load(sys.stdin)], sys.stdout)
`;
function compiles(texts: readonly string[]): boolean[] {
  const run = spawnSync('python3', ['-c', checker], { input: JSON.stringify(texts), encoding: 'utf8' });
  return JSON.parse(run.stdout) as boolean[];
}

const junk = [
  ...[
    '}',
    ')',
    ']',
    'else:',
    'return active',
    'return',
    'x = = 3',
    'retrun x',
    'for user in users',
    'end',
    'if x',
  ],
  ...[
    'fro u in users:',
    'print "done"',
    '    stray = 1',
    'def g(:',
    'import',
    '"',
    "'''",
    '(',
    '@',
    'elif x:',
    '$x = 1;',
  ],
  ...[
    'except:',
    'foo bar',
    'x ->',
    '// comment',
    'yield from',
    'except ValueError as e',
    'const x = 1;',
    'x +',
    '};',
  ],
  ...[
    'def',
    'class:',
    'lambda',
    'not',
    'a b c',
    '1x = 2',
    'x[1',
    'f(',
    'users.append(',
    '= 3',
    '?',
    'unless x:',
  ],
];

/** A program with one thing wrong, as models and cuts make them. */
function damaged(rng: Rng): string {
  const lines = rng.pick(programs).trimEnd().split('\n');
  const at = rng.integer(lines.length);
  const line = lines[at] ?? '';
  const spot = rng.integer(line.length + 1);
  const ways: readonly (() => void)[] = [
    () => lines.splice(at, 1, line.slice(0, spot) + line.slice(spot + 1)),
    () => lines.splice(at, 1),
    () => lines.splice(at, 0, rng.pick(junk)),
    () => lines.splice(at, 1, line.trimStart()),
    () => lines.splice(at, 1, `${' '.repeat(1 + rng.integer(4))}${line}`),
    () =>
      lines.splice(
        at,
        1,
        line.slice(0, spot) + rng.pick(['(', ')', '"', ':', '}', ' ', '=']) + line.slice(spot),
      ),
    () => lines.splice(at + 1, lines.length, line.slice(0, spot)),
    () => lines.push(rng.pick(junk)),
    () => lines.unshift(rng.pick(junk)),
  ];
  rng.pick(ways)();
  return `${lines.join('\n')}\n`;
}

describe.skipIf(!hasSystemPython)('broken programs, by the word of system Python (needs python3)', () => {
  it.skipIf(!thorough)('stay broken, with fences and without (property)', { timeout: 120_000 }, () => {
    const rng = createRng('broken-programs');
    const texts = Array.from({ length: 20_000 }, () => damaged(rng));
    // Blanks before the first line, which models like to write, are no code.
    const isSound = compiles(texts.map((text) => text.trimStart()));
    const broken = texts.filter((_, index) => !isSound[index]);
    expect(broken.length).toBeGreaterThan(texts.length / 3);
    for (const wrap of [(text: string) => text, (text: string) => `\`\`\`python\n${text}\`\`\`\n`]) {
      const found = broken.map((text) => extractPythonFunction(wrap(text), 'calculate_user_metrics'));
      const stumps = compiles(found.map((program) => program ?? '('));
      expect(broken.filter((_, index) => stumps[index])).toEqual([]);
    }
    const sound = texts.filter((text, index) => isSound[index] && !text.startsWith(' '));
    const kept = compiles(sound.map((text) => extractPythonFunction(text, 'calculate_user_metrics') ?? ''));
    expect(sound.filter((_, index) => !kept[index])).toEqual([]);
  });
});

describe('prose', () => {
  it.each([
    'Hope it helps!',
    "It's short.",
    'Here is the function:',
    'Note that `f(users)` returns a dict.',
    'Sure!',
    'Done.',
    'The time complexity is O(n log n).',
    '- a point',
    '1. One',
    '**Explanation**',
    '> quote',
    '| a | b |',
    '### Notes',
    '---',
    'Explanation:',
    '这个函数计算用户指标。',
    'Эта функция считает',
    '</answer>',
    '<answer>',
    '[PYTHON]',
    '```',
    'python',
    'Return the list of users who are active.',
    'For each user, the score is computed',
    'In this version I fixed it.',
    'Don\'t (ever: do "this',
    'Is it (so?',
    'for example, empty lists are handled too.',
    '"Quoted" words here.',
  ])('is %j', (line) => {
    expect(looksLikeProse(line)).toBe(true);
  });
  it.each([
    ...junk,
    'Return x',
    'Else:',
    'users =',
    'count = len(active) if',
    'self.x',
    'None',
    'pass',
    'users[0]',
  ])('is not %j', (line) => {
    expect(looksLikeProse(line)).toBe(false);
  });
});
