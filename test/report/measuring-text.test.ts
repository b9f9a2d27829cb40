import { expect, test } from 'vitest';
import {
  fewerRepeatsText,
  fittedRepeatsText,
  measuringPlanText,
  measuringProgressText,
} from '../../src/report/measuring-text.ts';

const plan = { answers: 1184, each: { tokens: 164, usd: null } };

test.each([
  ['more than the run', { runTokens: 148_000 }, /, more tokens than the whole run took \(148k\);/],
  ['less than the run', { runTokens: 1_000_000 }, /^That is 74 answers to each question \(--repeats\); with/],
  ['a run that is not here', { runTokens: null }, /^That is 74 answers to each question \(--repeats\); with/],
])('fresh answers are compared with what the run took: %s', (_, { runTokens }, said) => {
  expect(fewerRepeatsText(plan, { repeats: 74, claimed: 74 / 24, runTokens })).toMatch(said);
});

test('a quarter of 24 fresh answers for each claimed one has an error 6% larger', () => {
  const told = fewerRepeatsText(plan, { repeats: 96, claimed: 4, runTokens: null });
  // sqrt((1 + 1/6) / (1 + 1/24)) = 1.058
  expect(told).toContain('with --repeats 24 a claim must be too good by about 6% more to be found out');
  expect(fewerRepeatsText(plan, { repeats: 1, claimed: 1, runTokens: null })).not.toContain('with');
});

test('tokens and dollars are those that are paid for', () => {
  const known = { answers: 80, unpaid: 1 / 3 };
  const told = { answers: 120, calls: 160, each: { tokens: 2_000, usd: 0.003 }, simulated: false };
  expect(measuringPlanText(told)).toBe('120 answers, about 160 calls, 240k tokens, $0.36');
  expect(measuringPlanText({ ...told, calls: 400, grading: 240 })).toBe(
    "120 answers, about 400 calls (240 of them the judge's), 240k tokens, $0.36 without the judge's",
  );
  const judged = { ...told, calls: 400, grading: 240 };
  expect(measuringPlanText({ ...judged, eachGrading: { tokens: 100, usd: 0.01 } })).toBe(
    "120 answers, about 400 calls (240 of them the judge's), 264k tokens, $2.76",
  );
  expect(measuringPlanText({ ...judged, eachGrading: { tokens: 100, usd: null } })).toBe(
    "120 answers, about 400 calls (240 of them the judge's), 264k tokens, $0.36 without the judge's",
  );
  expect(measuringPlanText({ ...told, known })).toBe(
    '120 answers (80 of them known), about 160 calls, 80.0k tokens, $0.12',
  );
});

test.each([
  ['no ceiling', {}, 'about 40.0k tokens and $0.40 in all, 5m 00s left'],
  ['dollars', { maxUsd: 0.15 }, 'about 15.0k tokens and $0.15 in all, 50.0 s left'],
  ['tokens', { maxTokens: 20_000 }, 'about 20.0k tokens and $0.20 in all, 1m 40s left'],
  ['time', { maxSeconds: 130 }, 'about 13.0k tokens and $0.13 in all, 30.0 s left'],
  ['one that is reached', { maxUsd: 0.09 }, 'about 10.0k tokens and $0.10 in all, 0.00 s left'],
])('what is left ends at a ceiling: %s', (_, budget, said) => {
  const progress = { done: 30, of: 120, seconds: 100, tokens: 10_000, usd: 0.1 };
  expect(measuringProgressText(progress, budget)).toBe(`30 of 120 answers, 10.0k tokens, $0.10, ${said}`);
});

test('fewer answers than are wanted are told with the ceiling that allows no more', () => {
  const of = { repeats: 6, wanted: 24, claimed: 1 };
  const allowed = { option: '--max-usd', isAsked: false };
  // sqrt((1 + 1/6) / (1 + 1/24)) = 1.058
  expect(fittedRepeatsText(of, allowed)).toMatch(
    /^That is 6 answers to each question of 24, what --max-usd allows .* about 6% more to be found out\.$/,
  );
  expect(fittedRepeatsText(of, { ...allowed, isAsked: true })).toMatch(/^--max-usd allows 6 of these 24 /);
  expect(fittedRepeatsText({ ...of, repeats: 0 }, allowed)).toMatch(/^--max-usd does not allow one answer/);
});
