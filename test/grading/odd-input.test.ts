import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { gradeSchema } from '../../src/domain/grade.ts';
import type { GraderSpec } from '../../src/domain/task.ts';
import { createGrader, graderNames, graderNeedsGold } from '../../src/grading/create-grader.ts';
import type { Grader } from '../../src/grading/grader.ts';
import { python } from '../support/python.ts';
import { ScriptedModel } from '../support/scripted-model.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled } from '../support/thorough.ts';

const megabytes = 50;

/** One row a grader: how it is asked for, what it judges by, and an answer that it gives full marks. */
const rows: readonly { readonly spec: GraderSpec; readonly gold: unknown; readonly right: string }[] = [
  { spec: { name: 'exact' }, gold: 'yes', right: 'yes' },
  { spec: { name: 'choice' }, gold: 'B', right: 'B' },
  { spec: { name: 'numeric' }, gold: 42, right: '42' },
  { spec: { name: 'contains' }, gold: 'needle', right: 'a needle' },
  { spec: { name: 'regex' }, gold: '^needle$', right: 'needle' },
  { spec: { name: 'json-schema' }, gold: { type: 'array' }, right: '[]' },
  { spec: { name: 'classification' }, gold: 'label', right: 'label' },
  { spec: { name: 'extraction' }, gold: { slot: 'value' }, right: '{"slot": "value"}' },
  { spec: { name: 'summary' }, gold: 'a short summary', right: 'a short summary' },
  { spec: { name: 'code-tests' }, gold: 'assert f(1) == 2', right: 'def f(x):\n    return x + 1' },
  { spec: { name: 'judge', model: 'sim/judge' }, gold: 'a reference', right: 'needle' },
  { spec: { name: 'executable', command: 'grade.sh' }, gold: 'yes', right: 'yes' },
  { spec: { name: 'module', path: 'grade.mjs' }, gold: 'yes', right: 'yes' },
  { spec: { name: 'user-metrics-120' }, gold: undefined, right: '' },
];

const odd: readonly (readonly [string, () => string])[] = [
  ['nothing', () => ''],
  ['only space', () => ' \n\t\u00a0'],
  ['NUL bytes', () => '\0'.repeat(1_000)],
  [
    'invalid UTF-8 as it is decoded',
    () => Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80]).toString('utf8'),
  ],
  ['lone surrogates', () => '\udfff def f(x): \ud800 return "\ud800"'],
  ['a lone surrogate in code', () => '```python\ndef f(x):\n    return "\ud800"\n```'],
  [`${megabytes} MB of words`, () => 'odd words, 17 of them {"a": [\n'.repeat((megabytes * 1_048_576) / 30)],
  [`${megabytes} MB without a break`, () => 'x'.repeat(megabytes * 1_048_576)],
];

const taskFolder = temporaryFolder('odd');
beforeAll(() => {
  writeFileSync(
    join(taskFolder, 'grade.mjs'),
    'export default ({ answer, instance: { gold } }) => answer === gold;',
  );
  const script = 'case "$(head -c 400)" in *\'"answer":"yes"\'*\'"gold":"yes"\'*) echo 1;; *) echo 0;; esac';
  writeFileSync(join(taskFolder, 'grade.sh'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(taskFolder, 'grade.sh'), 0o755);
});

function make(spec: GraderSpec): Grader {
  const model = new ScriptedModel((request) => {
    const text = request.messages[0]?.content ?? '';
    return `VERDICT: ${text.indexOf('needle') < 0 ? 'TIE' : text.indexOf('needle') < text.indexOf('a reference') ? 'A' : 'B'}`;
  });
  return unwrap(createGrader(spec, { python, taskFolder, model }));
}

it('has a row for every grader', () => {
  expect(rows.map((row) => row.spec.name).sort()).toEqual([...graderNames].sort());
});

describe.each(rows.map((row) => [row.spec.name, row] as const))('%s', (_, { spec, gold, right }) => {
  const instance = { id: 'i', input: 'question', ...(gold === undefined ? {} : { gold }) };
  const grade = (grader: Grader, answer: string, of: typeof instance = instance) =>
    grader.grade({ answer, instance: of, question: 'question' });

  it.each(sampled(odd, 4))(
    'gives a verdict on %s, and judges the next answer as ever',
    { timeout: 60_000 },
    async (_name, write) => {
      const grader = make(spec);
      const verdict = gradeSchema.parse(await grade(grader, write()));
      if (verdict.kind === 'scored') expect(verdict.value).toBeLessThan(1);
      else expect(verdict.reason).toMatch(/\S/);
      expect((verdict.kind === 'scored' ? (verdict.feedback ?? '') : verdict.reason).length).toBeLessThan(
        5_000,
      );
      if (right !== '') expect(await grade(grader, right)).toMatchObject({ kind: 'scored', value: 1 });
    },
  );

  it('leaves an instance without gold unscored where it needs one', async () => {
    const verdict = gradeSchema.parse(await grade(make(spec), right, { id: 'bare', input: 'question' }));
    if (graderNeedsGold(spec)) {
      expect(verdict).toMatchObject({ kind: 'unscored', reason: expect.stringContaining('bare') });
    }
  });
});
