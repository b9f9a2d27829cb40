import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { formatPath, parseWith, shortly } from '../../src/domain/validation.ts';

const schema = z.strictObject({
  name: z.string().min(1),
  mode: z.enum(['fast', 'careful']).default('fast'),
  level: z.int().min(1).max(9).optional(),
  share: z.number().gt(0).max(1).optional(),
  any: z.number().optional(),
  tags: z.array(z.string()).min(2).optional(),
  shape: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('circle'), radius: z.number().min(0) }),
      z.strictObject({ kind: z.literal('square'), side: z.number() }),
    ])
    .optional(),
  either: z.union([z.string(), z.boolean()]).optional(),
  inner: z.strictObject({ depth: z.int().min(0).default(1) }).prefault({}),
  by: z.record(z.string(), z.strictObject({ weight: z.number() })).optional(),
});

function issuesOf(value: unknown) {
  const parsed = parseWith(schema, value, 'file.yaml');
  if (parsed.ok) throw new Error('expected faults');
  return parsed.error.issues;
}

describe('parseWith', () => {
  test('hands back the parsed value with its defaults', () => {
    expect(parseWith(schema, { name: 'x' }, 'f')).toEqual({
      ok: true,
      value: { name: 'x', mode: 'fast', inner: { depth: 1 } },
    });
  });

  test.each<[string, unknown, object]>([
    ['a missing value', {}, { path: 'name', found: 'nothing', expected: 'a non-empty string' }],
    ['an empty string', { name: '' }, { path: 'name', found: '""', expected: 'a non-empty string' }],
    ['a wrong type', { name: 3 }, { path: 'name', found: '3', expected: 'a non-empty string' }],
    ['null', { name: null }, { path: 'name', found: 'null', expected: 'a non-empty string' }],
    ['the whole of a wrong type', [1], { path: '', found: 'a list of 1', expected: 'an object with name' }],
    [
      'a misspelt choice',
      { name: 'x', mode: 'carefull' },
      { path: 'mode', found: '"carefull"', expected: 'one of "fast", "careful"', suggestion: 'careful' },
    ],
    [
      'a number out of bounds',
      { name: 'x', level: 12 },
      { path: 'level', found: '12', expected: 'a whole number from 1 to 9' },
    ],
    ['a fraction', { name: 'x', level: 1.5 }, { found: '1.5', expected: 'a whole number from 1 to 9' }],
    ['an open bound', { name: 'x', share: 0 }, { expected: 'a number above 0 and at most 1' }],
    ['not a number', { name: 'x', any: Number.NaN }, { found: 'NaN', expected: 'a number' }],
    ['a short list', { name: 'x', tags: ['a'] }, { path: 'tags', expected: 'a list of at least 2' }],
    ['a wrong item', { name: 'x', tags: ['a', 2] }, { path: 'tags[1]', found: '2', expected: 'a string' }],
    [
      'a misspelt kind',
      { name: 'x', shape: { kind: 'circel', radius: 1 } },
      { path: 'shape.kind', found: '"circel"', expected: 'one of "circle", "square"', suggestion: 'circle' },
    ],
    ['no kind', { name: 'x', shape: {} }, { path: 'shape.kind', found: 'nothing' }],
    [
      'an unknown key inside a union',
      { name: 'x', shape: { kind: 'circle', radius: 1, colour: 2 } },
      { path: 'shape.colour', found: 'unknown key "colour"', expected: 'only the keys kind, radius' },
    ],
    [
      'a bound inside a union',
      { name: 'x', shape: { kind: 'circle', radius: -1 } },
      { path: 'shape.radius', found: '-1', expected: 'a number of at least 0' },
    ],
    [
      'neither of two types',
      { name: 'x', either: 3 },
      { path: 'either', expected: 'a string or true or false' },
    ],
    [
      'a misspelt key in a defaulted object',
      { name: 'x', inner: { dept: 2 } },
      { path: 'inner.dept', found: 'unknown key "dept"', suggestion: 'depth' },
    ],
    [
      'a key like two, of which one is there already',
      { name: 'x', ane: 2 },
      { path: 'ane', suggestion: 'any' },
    ],
    [
      'a fault below a free key',
      { name: 'x', by: { 'odd key': { weigth: 1 } } },
      { path: 'by["odd key"].weigth', suggestion: 'weight' },
    ],
  ])('%s', (_, value, expected) => {
    const [issue, ...others] = issuesOf(value);
    expect(others).toEqual([]);
    for (const [key, text] of Object.entries(expected)) expect(issue).toHaveProperty([key], text);
  });

  test.each([
    ['a choice', { name: 'x', mode: 'zzzzzzz' }],
    ['a key', { name: 'x', zzzzzzz: 1 }],
    ['a type', { name: 'x', mode: 4 }],
  ])('no suggestion is made up (%s)', (_, value) => {
    expect(issuesOf(value)[0]).not.toHaveProperty('suggestion');
  });

  test('all faults are told together, and a misspelt required key once', () => {
    expect(issuesOf({ nme: 'x', mode: 1, level: 0 }).map((issue) => [issue.path, issue.suggestion])).toEqual([
      ['mode', undefined],
      ['level', undefined],
      ['nme', 'name'],
    ]);
  });

  test('the error reads in one line a fault, with the line of the text', () => {
    const parsed = parseWith(schema, { name: 'x', mode: 'fasst' }, 'a.yaml', (path) => path.length + 6);
    expect(parsed).toMatchObject({
      error: {
        exitCode: 2,
        message: 'a.yaml:7 at mode: expected one of "fast", "careful", found "fasst" (did you mean "fast"?)',
      },
    });
  });
});

test.each([
  [['stages', 0, 'agents', 1, 'model'], 'stages[0].agents[1].model'],
  [[0, 'x'], '[0].x'],
  [['a b', 'c-d'], '["a b"].c-d'],
  [[], ''],
])('path %j is %s', (path, text) => {
  expect(formatPath(path)).toBe(text);
});

test.each([
  [undefined, 'nothing'],
  [[], 'an empty list'],
  [{}, 'an empty object'],
  [{ a: 1 }, 'an object'],
  ['x'.repeat(100), `"${'x'.repeat(57)}…"`],
  [true, 'true'],
])('%j is shown as %s', (value, text) => {
  expect(shortly(value)).toBe(text);
});
