import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import type { Instance } from '../../src/domain/task.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import { python } from '../support/python.ts';
import { thorough } from '../support/thorough.ts';
import { dataRows, hasData } from './data-files.ts';

interface HumanEvalRow {
  readonly id: string;
  readonly input: string;
  readonly entry_point: string;
  readonly tests: string;
  readonly canonical_solution: string;
}
interface MbppRow {
  readonly id: string;
  readonly input: string;
  readonly setup: string;
  readonly tests: readonly string[];
  readonly reference_code: string;
}

const grader = unwrap(createGrader({ name: 'code-tests' }, { python, taskFolder: '.' }));

async function verdictOf(instance: Instance, answer: string): Promise<number | string> {
  const grade = await grader.grade({ answer, instance, question: instance.input });
  return grade.kind === 'scored' ? grade.value : grade.reason;
}

async function idsWhere(
  items: readonly { readonly instance: Instance; readonly answer: string }[],
  wanted: number,
): Promise<unknown[]> {
  const values = await Promise.all(
    items.map(async ({ instance, answer }) => [instance.id, await verdictOf(instance, answer)] as const),
  );
  return values.filter(([, value]) => value !== wanted);
}

const humanEval = dataRows<HumanEvalRow>('humaneval').map((row) => ({
  row,
  instance: {
    id: row.id,
    input: row.input,
    gold: { tests: row.tests, entry_point: row.entry_point, setup: row.input },
  },
}));
const mbpp = dataRows<MbppRow>('mbpp').map((row) => ({
  row,
  instance: { id: row.id, input: row.input, gold: { tests: row.tests, setup: row.setup } },
}));

// The data is not part of the project; where it is missing these say so by being skipped.
describe.skipIf(!thorough || !hasData)('code-tests on HumanEval (needs ../shared/data)', () => {
  it('passes every canonical solution, as a fenced program and as a completion', {
    timeout: 120_000,
  }, async () => {
    const answers = humanEval.map(({ row, instance }, index) => ({
      instance,
      answer:
        index % 2 === 0
          ? `\`\`\`python\n${row.input}${row.canonical_solution}\`\`\``
          : row.canonical_solution,
    }));
    expect(answers).toHaveLength(164);
    expect(await idsWhere(answers, 1)).toEqual([]);
  });

  it('fails programs that return nothing, leave, or return what equals everything', {
    timeout: 120_000,
  }, async () => {
    const bodies = [
      () => 'return None',
      () => 'import sys; sys.exit(0)',
      () => 'return type("E", (), {"__eq__": lambda *a: True, "__hash__": lambda s: 1})()',
    ];
    const answers = humanEval.map(({ row, instance }, index) => ({
      instance,
      answer: `def ${row.entry_point}(*args, **keywords):\n    ${bodies[index % bodies.length]?.()}\n`,
    }));
    expect(await idsWhere(answers, 0)).toEqual([]);
  });
});

describe.skipIf(!thorough || !hasData)('code-tests on MBPP (needs ../shared/data)', () => {
  it('passes every reference program', { timeout: 120_000 }, async () => {
    const answers = mbpp.map(({ row, instance }) => ({ instance, answer: row.reference_code }));
    expect(answers).toHaveLength(200);
    expect(await idsWhere(answers, 1)).toEqual([]);
  });

  it('fails every reference program with another function in its place', { timeout: 120_000 }, async () => {
    const answers = mbpp.map(({ row, instance }, index) => {
      const names = [...row.reference_code.matchAll(/^def (\w+)/gm)].map((match) => match[1]);
      const name = names.find((each) => new RegExp(`\\b${each}\\s*\\(`).test(row.tests[0] ?? ''));
      const body = index % 2 === 0 ? 'return None' : 'raise SystemExit(0)';
      return { instance, answer: `${row.reference_code}\n\ndef ${name}(*args):\n    ${body}\n` };
    });
    expect(await idsWhere(answers, 0)).toEqual([]);
  });
});
