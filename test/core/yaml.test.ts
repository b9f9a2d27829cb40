import { describe, expect, test } from 'vitest';
import { parseYaml } from '../../src/core/yaml.ts';

function errorOf(text: string) {
  const parsed = parseYaml(text, 'f.yaml');
  if (parsed.ok) throw new Error(`expected an error, found ${JSON.stringify(parsed.value.value)}`);
  return parsed.error;
}

describe('parseYaml', () => {
  test.each<[string, unknown]>([
    ['a: 1\nb: [x, 2.5, true, null]', { a: 1, b: ['x', 2.5, true, null] }],
    ['{"a": {"b": "\\u00e9"}}', { a: { b: 'é' } }],
    ['', null],
    ['# only a comment', null],
    ['x: &a [1]\ny: *a', { x: [1], y: [1] }],
    [
      'x: &a {b: &b [1], c: *b}\ny: [*a, *a]',
      { x: { b: [1], c: [1] }, y: Array(2).fill({ b: [1], c: [1] }) },
    ],
    ['date: 2024-01-31\nno: no\n1: one', { date: '2024-01-31', no: 'no', '1': 'one' }],
  ])('%j', (text, value) => {
    const parsed = parseYaml(text, 'f');
    expect(parsed.ok && parsed.value.value).toEqual(value);
  });

  test.each<[string, string, number | undefined, RegExp]>([
    ['an open bracket', 'a: 1\nb: [1,\nc: 2', 3, /./],
    ['a repeated key', 'a: 1\nb: 2\na: 3', 3, /unique/],
    ['a tab for indentation', 'a:\n\tb: 1', 2, /[Tt]ab/],
    ['two documents', 'a: 1\n---\nb: 2', 2, /multiple documents/],
    ['an unknown tag', 'a: 1\nb: !run x', 2, /tag/],
    ['an alias to nothing', 'a: *nowhere', undefined, /alias/i],
    ['an alias within what it names', 'a: &a [{ b: *a }]', undefined, /within what it names/],
    ['a key that is a list', '? [a]\n: 1', 1, /./],
  ])('%s', (_, text, line, found) => {
    const error = errorOf(text);
    expect(error.exitCode).toBe(2);
    expect(error.issues[0]?.found).toMatch(found);
    expect(error.issues[0]?.line).toBe(line);
  });

  test.each<[string, string, number]>([
    ['a comma that is missing', '{\n "a": 1\n "b": 2\n}', 3],
    ['a text that is cut off', '{\n "a": [{"b": 1},\n {"c": "x', 3],
  ])('JSON with %s is one fault in the words of JSON', (_, text, line) => {
    const { issues } = errorOf(text);
    expect(issues).toEqual([
      { path: '', expected: 'valid JSON', found: expect.not.stringContaining('"x'), line },
    ]);
  });

  test('an alias bomb is refused', () => {
    const rows = ['a0: &a0 [x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 9; level++) {
      const item = `*a${level - 1}`;
      rows.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => item).join(',')}]`);
    }
    expect(errorOf(rows.join('\n')).issues[0]?.found).toMatch(/alias/i);
  });

  test.each<[string, string]>([
    ['brackets', '['.repeat(200_000)],
    ['closed brackets', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['objects', '{"a":'.repeat(50_000)],
    ['list items on a line', '- '.repeat(50_000)],
    ['keys on a line', 'a: '.repeat(20_000)],
    ['explicit keys', '? '.repeat(50_000)],
    ['indentation', Array.from({ length: 2000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('nesting without end by %s is refused, not a crash', (_, text) => {
    expect(errorOf(text).issues[0]).toMatchObject({ expected: 'nesting of at most 200 levels' });
  });

  test('what only looks nested is text', () => {
    const braces = '[{'.repeat(1000);
    const text = `a: "${braces}"\nb: |\n  ${braces}\n${' '.repeat(300)}x: - - -\nc: x ${braces}`;
    const parsed = parseYaml(text, 'f');
    expect(parsed.ok && parsed.value.value).toMatchObject({ a: braces, c: `x ${braces}` });
    const wide = JSON.stringify(Array.from({ length: 300 }, (_, index) => ({ index, of: [index] })));
    expect(parseYaml(wide, 'f').ok).toBe(true);
  });

  test('a document cannot reach the prototype', () => {
    const parsed = parseYaml('__proto__: {polluted: true}', 'f');
    expect(parsed.ok).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('lines of paths, and of the nearest value around what is missing', () => {
    const text = 'a:\n  - x: 1\n    y:\n      z: 2\n  - 5\n"odd key": 1\n';
    const parsed = parseYaml(text, 'f');
    if (!parsed.ok) throw parsed.error;
    const { lineOf } = parsed.value;
    expect(lineOf([])).toBe(1);
    expect(lineOf(['a', 0, 'y', 'z'])).toBe(4);
    expect(lineOf(['a', 0, 'y', 'missing', 'deeper'])).toBe(3);
    expect(lineOf(['a', 1])).toBe(5);
    expect(lineOf(['odd key'])).toBe(6);
    expect(lineOf(['a', 7])).toBe(1);
  });
});
