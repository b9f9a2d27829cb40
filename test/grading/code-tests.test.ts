import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import type { Grade } from '../../src/domain/grade.ts';
import { literalOf } from '../../src/grading/code-tests/literals.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import type { Grader } from '../../src/grading/grader.ts';
import { python } from '../support/python.ts';
import { sampled, thorough } from '../support/thorough.ts';
import { graderConformance } from './grader-conformance.ts';

function make(options: object = {}): Grader {
  return unwrap(createGrader({ name: 'code-tests', ...options }, { python, taskFolder: '.' }));
}

function grade(program: string, gold: unknown, options: object = {}): Promise<Grade> {
  return make({ timeLimitMs: 5_000, ...options }).grade({
    answer: program,
    instance: { id: 'i', input: 'q', gold },
    question: 'q',
  });
}

const double = ['assert double(2) == 4', 'assert double(-1.5) == -3.0', 'assert double("ab") == "abab"'];

describe('code-tests', () => {
  graderConformance({
    spec: { name: 'code-tests' },
    make: () => make(),
    instance: { id: 'i', input: 'q', gold: { tests: double } },
    right: ['def double(x):\n    return x * 2\n', 'Sure:\n```python\ndouble = lambda x: x + x\n```'],
    wrong: ['def double(x):\n    return 4\n', 'def double(x):\n    pass\n', 'I do not know'],
    needsGold: true,
  });

  it('counts the tests that pass, and names calls but not what was expected', async () => {
    const verdict = await grade('def double(x):\n    return abs(x) * 2 if x != "ab" else 1 / 0\n', double, {
      scoring: 'share',
    });
    expect(verdict).toMatchObject({ kind: 'scored', value: 1 / 3, points: 1, max: 3 });
    if (verdict.kind !== 'scored') return;
    expect(verdict.checks?.map((check) => check.passed)).toEqual([true, false, false]);
    expect(verdict.feedback).toContain('double(-1.5)');
    expect(verdict.feedback).not.toContain('-3.0');
  });

  /** Tests in all manners, each with a program that passes them and one that does not. */
  const manners: readonly (readonly [string, unknown, string, string])[] = [
    [
      'a HumanEval check with helpers of the prompt',
      {
        setup:
          'import math\n\ndef poly(xs, x):\n    return sum(c * math.pow(x, i) for i, c in enumerate(xs))\n\ndef root(xs):\n    """root"""\n',
        tests:
          'def check(candidate):\n    import random\n    rng = random.Random(7)\n    for _ in range(20):\n        a = rng.randint(1, 9)\n        b = rng.randint(-9, 9)\n        assert math.fabs(poly([b, a], candidate([b, a]))) < 1e-6, "close"\n',
        entry_point: 'root',
      },
      'def root(xs):\n    return -xs[0] / xs[1]',
      'def root(xs):\n    return 0\n\ndef poly(xs, x):\n    return 0',
    ],
    [
      'a completion of the prompt',
      {
        setup: 'def f(n):\n    """n squared"""\n',
        tests: 'def check(candidate):\n    assert candidate(3) == 9\n',
        entryPoint: 'f',
      },
      '    return n ** 2\n',
      '    return n\n',
    ],
    [
      'a check that returns early',
      { tests: 'def check(g):\n    if g(1) == 1:\n        return\n    assert False\n', entryPoint: 'f' },
      'def f(n): return n',
      'def f(n): return 0',
    ],
    [
      'pytest functions',
      ['from f import f', 'def test_one():\n    assert f(1) == 2\n'].slice(1),
      'def f(n): return n + 1',
      'def f(n): return n',
    ],
    [
      'unittest cases',
      'import unittest\nclass T(unittest.TestCase):\n    def setUp(self):\n        self.x = 2\n    def test_it(self):\n        self.assertEqual(f(self.x), 4)\n    def test_error(self):\n        with self.assertRaises(ValueError):\n            f(-1)\n',
      'def f(n):\n    if n < 0: raise ValueError("no")\n    return n * 2',
      'def f(n):\n    return n * 2',
    ],
    [
      'keywords, tuples, sets, complex numbers, bytes',
      [
        'assert f((1, 2), key={3}) == ((1, 2), {3})',
        'assert f(1j, key=b"x") == (1j, b"x")',
        'assert f(frozenset([1]), key=None)[0] == {1}',
      ],
      'def f(a, key=0):\n    return a, key',
      'def f(a, key=0):\n    return key, a',
    ],
    [
      'lists changed in place',
      'xs = [3, 1, 2]\nassert f(xs) is None\nassert xs == [1, 2, 3]',
      'def f(xs): xs.sort()',
      'def f(xs): sorted(xs)',
    ],
    [
      'calls on results of calls',
      'assert f(f(f(2))) == 16 + f(0)',
      'def f(n): return n * 2',
      'def f(n): return n + 2',
    ],
    [
      'a loop until the program says so',
      'n = 0\nwhile f(n) < 5:\n    n += 1\nassert n == 5',
      'def f(n): return n',
      'def f(n): return 9',
    ],
    [
      'what is counted between calls',
      'assert [f(), f(), f()] == [1, 2, 3]',
      'n = 0\ndef f():\n    global n\n    n += 1\n    return n',
      'def f(): return 1',
    ],
    [
      'errors that are wanted',
      'try:\n    f(1)\n    assert False\nexcept KeyError:\n    pass',
      'def f(n): return {}[n]',
      'def f(n): return [][n]',
    ],
  ];
  it.each(sampled(manners, 4))('judges %s', async (_, gold, right, wrong) => {
    expect(await grade(right, gold)).toMatchObject({ kind: 'scored', value: 1 });
    expect(await grade(wrong, gold)).toMatchObject({ kind: 'scored', value: 0 });
  });

  /** Programs that want to pass without being right. */
  const cheats: readonly (readonly [string, string])[] = [
    ['leaves', 'import sys\nsys.exit(0)\ndef double(x): pass'],
    ['leaves in the call', 'import os\ndef double(x):\n    os._exit(0)'],
    [
      'returns what equals everything',
      'class E:\n    def __eq__(s, o): return True\n    __hash__ = None\ndef double(x):\n    return E()',
    ],
    [
      'returns an int that equals everything',
      'class E(int):\n    def __eq__(s, o): return True\n    def __hash__(s): return 1\ndef double(x):\n    return E(1)',
    ],
    [
      'returns a dict that equals everything',
      'class E(dict):\n    def __eq__(s, o): return True\ndef double(x):\n    return E()',
    ],
    [
      'patches builtins',
      'import builtins\nbuiltins.exec = builtins.compile = lambda *a, **k: None\nbuiltins.AssertionError = ZeroDivisionError\ndef double(x):\n    return 1',
    ],
    [
      'looks for the tests in frames',
      'import sys, gc\ndef double(x):\n    f = sys._getframe()\n    while f:\n        f.f_globals.update(passed=True, UNITS=[], RECORDED={})\n        f = f.f_back\n    return [o for o in gc.get_objects() if type(o) is str and "assert" in o]',
    ],
    ['raises what the tests may catch', 'def double(x):\n    raise AssertionError("passed")'],
    [
      'raises the names of the runner',
      'class Missing(BaseException): pass\ndef double(x):\n    raise Missing()',
    ],
    ['never ends', 'def double(x):\n    while True: pass'],
    ['returns a bomb', 'def double(x):\n    return [0] * 10 ** 8'],
    ['returns the text of a literal', 'def double(x):\n    return "4) or True or (4"'],
    ['redefines what calls it', 'def double(x):\n    return 1\ndef mixtune_call(*a):\n    return [4, []]'],
    ['generates', 'def double(x):\n    yield x * 2'],
  ];
  it.each(sampled(cheats, 4))('gives nothing to a program that %s', async (_, program) => {
    expect(await grade(program, double, { timeLimitMs: 2_000 })).toMatchObject({ kind: 'scored', value: 0 });
  });

  const endings: readonly (readonly [string, string])[] = [
    ['StopIteration', 'def f(x): raise StopIteration'],
    ['a subclass of it', 'class S(StopIteration): pass\ndef f(x): raise S()'],
    ['text that stands for a missing value', 'def f(x): return "…"'],
    ['an ellipsis', 'def f(x): return ...'],
  ];
  it.each(sampled(endings, 3))('does not let %s end a test early', async (_, program) => {
    const gold = ['assert all(map(f, [1, 2]))', 'assert f(f(f(1))) == 1', 'assert f(1) == 1'];
    expect(await grade(program, gold)).toMatchObject({ kind: 'scored', value: 0 });
    const verdict = await grade(program, gold[0] as string);
    if (!program.includes('return "')) expect(verdict).toMatchObject({ value: 0 });
    expect(await grade(program, gold[1] as string)).toMatchObject({ value: 0 });
    expect(await grade('def f(x): return 1', gold)).toMatchObject({ value: 1 });
  });

  it.skipIf(!thorough)('gives a call that hangs no more than its own test', async () => {
    const program = 'def double(x):\n    while x == -1.5: pass\n    return x * 2';
    expect(await grade(program, double, { scoring: 'share' })).toMatchObject({ value: 2 / 3 });
  });

  it.each([
    ['tests that do not compile', 'assert f(', /do not compile/],
    ['tests that test nothing', 'x = f(1)', /no test/],
    ['tests that call nothing', 'assert 1 == 1', /call no function/],
    ['a setup that fails', { setup: 'import nothing_like_it', tests: 'assert f(1)' }, /setup fails/],
    ['an import that fails', 'import nothing_like_it\nassert f(1)', /cannot run/],
    ['an entry point that is no name', { tests: 'assert f(1)', entryPoint: 'f(1)' }, /no Python name/],
    ['functions as arguments', 'assert f(lambda x: x) == 1', /no plain data/],
  ])('leaves %s unscored', async (_, gold, reason) => {
    expect(await grade('def f(x): return 1', gold)).toMatchObject({
      kind: 'unscored',
      reason: expect.stringMatching(reason),
    });
  });

  it('runs tests with functions beside the program when told so', async () => {
    const gold = 'assert f(lambda x: x + 1, 2) == 3';
    const options = { otherwise: 'inside' };
    expect(await grade('def f(g, x): return g(x)', gold, options)).toMatchObject({ value: 1 });
    expect(await grade('def f(g, x): return g', gold, options)).toMatchObject({ value: 0 });
    expect(await grade('def f(g, x): raise SystemExit(0)', gold, options)).toMatchObject({ value: 0 });
  });

  it('is unscored without a sandbox', async () => {
    const none = { ...python, run: async () => ({ kind: 'unavailable', reason: 'gone' }) as const };
    const grader = unwrap(createGrader({ name: 'code-tests' }, { python: none, taskFolder: '.' }));
    const instance = { id: 'i', input: '', gold: double };
    expect(await grader.grade({ answer: 'def double(x): pass', instance, question: '' })).toEqual({
      kind: 'unscored',
      reason: 'sandbox: gone',
      graderFailed: true,
    });
  });

  it('writes no object, and no forged text, as Python source', () => {
    const forged = [
      ['Decimal', `Decimal('1') or exit()`],
      ['complex', '1j or exit()'],
      ['complex', '__import__'],
      ['range', 'range(1, 2, exit())'],
      ['bytes', `b'a' or b'`],
      ['bytes', `b'\\'`],
      ['constructor', 'x'],
    ] as const;
    for (const [className, repr] of forged) expect(literalOf({ type: 'object', className, repr })).toBeNull();
    expect(literalOf({ type: 'object', className: 'complex', repr: '(1.5-2e+16j)' })).toBe(
      'complex("(1.5-2e+16j)")',
    );
  });
});
