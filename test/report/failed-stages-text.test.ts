import { expect, test } from 'vitest';
import type { StageFailure } from '../../src/domain/failed-stages.ts';
import type { Headline } from '../../src/domain/headline.ts';
import type { MoaConfig, Stage } from '../../src/domain/moa-config.ts';
import { failedStagesText } from '../../src/report/failed-stages-text.ts';
import { headlineView, sentencesOf } from '../../src/report/headline.ts';
import { estimates, member, sampleFront, singleConfig } from '../support/front-sample.ts';

const agent = (name: string, model = 'a/x') => ({ name, model, prompt: 'Answer.' });
const router = agent('router', 'a/small');
const route: Stage = { kind: 'route', router, agents: [agent('p-1'), agent('p-2', 'a/y')], choose: 1 };
const propose: Stage = { kind: 'propose', agents: [agent('p-1'), agent('p-2', 'a/y')] };
const fuse: Stage = { kind: 'fuse', agent: agent('f', 'a/z') };
const rank: Stage = { kind: 'rank', agent: agent('j', 'a/z'), keep: 1 };
const verify: Stage = { kind: 'verify', agent: agent('v', 'a/z') };
const critique: Stage = { kind: 'critique', agents: [agent('c')] };

const failing = (stages: Stage[], stage: string, code: StageFailure, answers: number) => {
  const config: MoaConfig = { version: 1, name: 'failing', stages };
  return { ...member(config, estimates(0.9, 1, 700)), failedStages: [{ stage, code, answers, of: 2131 }] };
};

test.each<[string, Stage[], string, StageFailure, string]>([
  [
    'a router',
    [route, fuse],
    'stages[0]',
    'router-fallback',
    'its router (small) named no agent in 1,200 of 2,131 answers: p-1 (x) answered instead.',
  ],
  [
    'critics',
    [propose, critique, fuse],
    'stages[1]',
    'critique-lost',
    'none of its critics answered in 1,200 of 2,131 answers: there was no critique.',
  ],
  [
    'a verifier in a loop',
    [{ kind: 'loop', times: 2, stages: [propose, verify] }, fuse],
    'stages[0].stages[1]',
    'unparseable-verdict',
    'its verifier (z) gave a verdict that cannot be read in 1,200 of 2,131 answers: what it was on did not count as accepted.',
  ],
  [
    'a ranker',
    [propose, rank],
    'stages[1]',
    'unparseable-ranking',
    'its ranker (z) gave a ranking that cannot be read in 1,200 of 2,131 answers: the order stayed as it was.',
  ],
  [
    'a vote',
    [propose, { kind: 'vote' }],
    'stages[1]',
    'no-extracted-answer',
    'its vote found no answers that can be compared in 1,200 of 2,131 answers: the first candidate won.',
  ],
  [
    'a fuser',
    [propose, fuse],
    'stages[1]',
    'fuse-failed',
    'its fuser (z) wrote nothing in 1,200 of 2,131 answers: the candidates stayed as they were.',
  ],
])('says of %s how often it failed, and what happened instead', (_, stages, path, code, expected) => {
  const config = failing(stages, path, code, 1200);
  expect(failedStagesText(config)).toEqual([`${config.id}: ${expected}`]);
});

test('a best whose router always failed is told as one answer, and nothing is said of mixing', () => {
  const best = failing([route], 'stages[0]', 'router-fallback', 2131);
  const single = member(singleConfig('a/x'), estimates(0.8, 1, 300));
  const gain = {
    kind: 'tuned-single',
    id: single.id,
    mean: 0.05,
    low: 0.01,
    high: 0.09,
    questions: 60,
  } as const;
  const line = { id: single.id, score: estimates(0.8, 1, 300).score, tokens: 300, over: [] };
  const headline: Headline = {
    ...{ split: 'holdout', questions: 60, cells: 60 },
    lines: [
      { ...line, kind: 'single' },
      { ...line, kind: 'tuned-single' },
      { ...line, kind: 'best', id: best.id, over: [gain] },
    ],
  };
  const view = headlineView(sampleFront({ headline, best: best.id, front: [best, single] }));
  const said = view === null ? [] : sentencesOf(view);
  expect(said).toContain(
    'No mixture was measured on enough questions, but for such as are one answer in fact.',
  );
  expect(said.join('\n')).not.toMatch(/^Mixing/m);
  expect(said).toContain(
    `${best.id}: its router (small) named no agent in 2,131 of 2,131 answers: p-1 (x) answered instead.`,
  );
  expect(said.join('\n')).toContain(
    `So ${best.id} is one answer and no mixture: it scores as p-1 (x) does alone`,
  );
});
