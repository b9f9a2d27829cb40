import { expect, it } from 'vitest';
import type { ClaimVerdict } from '../../src/analysis/reproduce/verdicts.ts';
import type { ObjectiveName } from '../../src/domain/objective.ts';
import { createColors } from '../../src/report/colors.ts';
import { reproductionText } from '../../src/report/reproduction-text.ts';
import type { BestFile } from '../../src/run/folder/lock-schema.ts';

const lock = { task: 'sums', simulated: true, member: { id: '12ce0a3faa01' }, claims: {} } as BestFile;

function held(
  objective: ObjectiveName,
  detectable: number,
  { power = null, fresh = 9 }: { readonly power?: number | null; readonly fresh?: number } = {},
): ClaimVerdict {
  const claimed = { mean: 1, low: 1, high: 1 };
  return {
    ...{ split: 'holdout', objective, verdict: 'held', reason: '', claimed, fresh: claimed },
    ...{ cells: { claimed: 9, fresh }, p: 0.5, level: 0.05, power, detectable },
  };
}

function textOf(claims: readonly ClaimVerdict[]): string {
  const spent = { calls: 9, tokensIn: 9, tokensOut: 9, usd: 0, seconds: 1 };
  return reproductionText(
    'night best',
    lock,
    {
      ...{ split: 'holdout', repeats: 1, claims, verdict: 'held', spent, fresh: [], troubles: [] },
      answers: { planned: 9, scored: 9, unscored: 0 },
    },
    [],
    { colors: createColors(false), width: 200, paragraphs: 200 },
  );
}

it('leaves out how much too good a claim must be where that rounds to nothing', () => {
  const text = textOf([held('score', 0.05), held('tokens', 0.3), held('usd', 0)]);
  expect(text).toContain('Found out in 80% of cases where a claim is too good by: score 0.050.');
});

it.each([
  [0.49, 9, /^Too few fresh answers to tell: .* found out in 49% of cases only\.$/m],
  [0.49, 216, /^All holdout claims held\.$/m],
  [0.5, 9, /^All holdout claims held\.$/m],
] as const)('a test of power %d over %d fresh answers says what it can', (power, fresh, verdict) => {
  expect(textOf([held('score', 0.05, { power, fresh })])).toMatch(verdict);
});
