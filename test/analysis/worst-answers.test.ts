import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { worstAnswers } from '../../src/analysis/worst-answers.ts';
import { cellKey } from '../../src/domain/cell.ts';
import type { CellResult } from '../../src/domain/cell-result.ts';
import { type Grade, scored, unscored } from '../../src/domain/grade.ts';
import type { Instance } from '../../src/domain/task.ts';
import { createColors } from '../../src/report/colors.ts';
import { worstAnswersText } from '../../src/report/worst-answers-text.ts';
import type { Trial } from '../../src/search/trial.ts';
import { anyText } from '../support/any-text.ts';

type Told = readonly [instance: string, repeat: number, grade: Grade, answer?: string | null];

function trialWith(cells: readonly Told[], split: 'tuning' | 'holdout' = 'tuning'): Pick<Trial, 'results'> {
  const results = cells.map(([instance, repeat, grade, answer = `answer ${instance}`]) => {
    const result = { grade, answer, degraded: [] } as unknown as CellResult;
    return [cellKey({ split, instance, repeat }), result] as const;
  });
  return { results: new Map(results) };
}

const taskOf = (tuning: readonly Instance[], holdout: readonly Instance[] = []) => ({ tuning, holdout });
const whole = (text: string): string => text;
const look = { width: 40, paragraphs: 40, colors: createColors(false) };
const wide = { ...look, paragraphs: Number.POSITIVE_INFINITY };
const all = { most: 3, split: 'tuning', remark: '' } as const;

describe('the questions that a config loses most on', () => {
  const task = taskOf([
    { id: 'a', input: 'one?', gold: '1' },
    { id: 'b', input: 'two?', gold: { of: [2] } },
    { id: 'c', input: 'three?', gold: {}, reference: 'a program' },
    { id: 'd', input: 'four?' },
    { id: 'never', input: 'not asked?' },
  ]);
  const trial = trialWith([
    ['d', 0, unscored('the judge was silent'), null],
    ['a', 0, scored(1)],
    ['a', 1, scored(0.5, 'half of it')],
    ['b', 0, scored(0, 'wrong')],
    ['c', 0, scored(1)],
  ]);

  test('come worst first, unscored ones last, without those of full marks', () => {
    const { answered, lost } = worstAnswers(trial, task, whole);
    expect(answered).toBe(4);
    expect(lost).toEqual([
      {
        ...{ instance: 'b', question: 'two?', expected: '{"of":[2]}', score: 0 },
        answers: [{ repeat: 0, answer: 'answer b', score: 0, why: 'wrong' }],
      },
      {
        ...{ instance: 'a', question: 'one?', expected: '1', score: 0.75 },
        answers: [{ repeat: 1, answer: 'answer a', score: 0.5, why: 'half of it' }],
      },
      {
        ...{ instance: 'd', question: 'four?', score: null },
        answers: [{ repeat: 0, answer: null, score: null, why: 'the judge was silent' }],
      },
    ]);
  });

  test('are known by their ids where the task is gone', () => {
    const { lost } = worstAnswers(trial, undefined, whole);
    expect(lost.map(({ instance, question }) => [instance, question])).toEqual([
      ['b', undefined],
      ['a', undefined],
      ['d', undefined],
    ]);
  });

  test('tell failed checks by name, and answers without what stands around them', () => {
    const checks = [
      { name: 'runs', points: 1, max: 1, passed: true, note: '' },
      { name: 'handles nothing', points: 0, max: 1, passed: false, note: 'raised KeyError' },
      { name: 'is quick', points: 0, max: 1, passed: false, note: '' },
    ];
    const one = trialWith([['a', 0, { kind: 'scored', value: 0.3, checks }, 'so: 7']]);
    const [question] = worstAnswers(one, task, (text) => text.replace('so: ', '')).lost;
    expect(question?.answers).toEqual([
      {
        repeat: 0,
        answer: '7',
        written: 'so: 7',
        score: 0.3,
        why: 'failed: handles nothing (raised KeyError); is quick',
      },
    ]);
  });

  test('tell what the grader found wrong where the names of its checks alone would say the opposite', () => {
    const check = { name: 'preferred to the reference', points: 0, max: 1, passed: false, note: '' };
    const long = { ...check, name: 'length', note: 'twice as long' };
    const feedback = 'The judge finds the answer worse than the reference.';
    const why = (grade: Omit<Extract<Grade, { kind: 'scored' }>, 'kind' | 'value'>): string | undefined =>
      worstAnswers(trialWith([['a', 0, { kind: 'scored', value: 0, ...grade }]]), task, whole).lost[0]
        ?.answers[0]?.why;
    expect(why({ checks: [check], feedback })).toBe(feedback);
    expect(why({ checks: [check, long], feedback })).toBe(feedback);
    expect(why({ checks: [long], feedback })).toBe('failed: length (twice as long)');
    expect(why({ checks: [check] })).toBe('failed: preferred to the reference');
    expect(why({ feedback })).toBe(feedback);
  });

  test('show what a model wrote around an answer, in short, since a grader of your own reads that', () => {
    const read = (text: string): string | null => /\{.*\}/s.exec(text)?.[0].replace(/\s/g, '') ?? null;
    const text = (answer: string): string =>
      worstAnswersText(
        worstAnswers(trialWith([['a', 0, scored(0.9, 'Text around it.'), answer]]), task, read),
        all,
        wide,
      );
    const prose = `Here is the JSON: { "a": 1 } ${'and so on '.repeat(40)}`;
    const lines = text(prose).split('\n');
    expect(lines).toContain('answered  {"a":1}');
    expect(lines).toContain(`written   ${prose.slice(0, 199)}…`);
    expect(text('{ "a":\n 1 }\n')).not.toMatch(/^written/m);
    expect(text('none at all')).not.toMatch(/^written/m);
  });

  test('show an answer of the holdout where that is asked for, and never else', () => {
    const both = taskOf([{ id: 'a', input: 'one?' }], [{ id: 'h', input: 'held out?' }]);
    const results = new Map([
      ...trialWith([['a', 0, scored(0)]]).results,
      ...trialWith([['h', 0, scored(0.5)]], 'holdout').results,
    ]);
    const of = (split?: 'tuning' | 'holdout') => worstAnswers({ results }, both, whole, split);
    expect(of().lost.map(({ question }) => question)).toEqual(['one?']);
    expect(of('tuning')).toEqual(of());
    expect(of('holdout').lost.map(({ question }) => question)).toEqual(['held out?']);
    const text = worstAnswersText(of('holdout'), { ...all, split: 'holdout' }, wide);
    expect(text).toMatch(
      /^It lost points on 1 of 1 holdout question\. No search saw these questions; .*its holdout score says too much\.\n/,
    );
    expect(worstAnswersText(of(), all, wide)).not.toContain('held out?');
  });

  test('are shown in lines that fit, however long the texts are', () => {
    const said = anyText({ maxLength: 200 });
    fc.assert(
      fc.property(said, said, said, (input, answer, why) => {
        const long = taskOf([{ id: 'a', input, gold: answer }]);
        const told = worstAnswers(trialWith([['a', 0, scored(0, why), answer]]), long, whole);
        const [head = '', body = ''] = worstAnswersText(told, all, look).split('\n\n');
        expect(head.replaceAll('\n', ' ')).toBe(
          'It lost points on 1 of 1 tuning question. Holdout answers stay unseen (--split holdout shows them).',
        );
        const lines = body.split('\n');
        for (const line of lines.filter((each) => each.slice(10).includes(' ')))
          expect(line.length).toBeLessThanOrEqual(look.width);
        expect(lines.map((line) => line.slice(0, 10).trim()).filter((label) => label !== '')).toEqual([
          ...['0.000', 'question', 'answered', 'expected', 'because'],
        ]);
      }),
    );
  });

  test('are shown whole where no terminal limits a line, but for long questions', () => {
    const answer = `{"a": "${'x'.repeat(700)}", "wrong": 1}`;
    const long = taskOf([{ id: 'a', input: 'q'.repeat(700), gold: answer }]);
    const told = worstAnswers(trialWith([['a', 0, scored(0, 'No.'), answer]]), long, whole);
    const lines = worstAnswersText(told, all, wide).split('\n');
    expect(lines).toContain(`answered  ${answer}`);
    expect(lines).toContain(`expected  ${answer}`);
    expect(lines).toContain(`question  ${'q'.repeat(299)}…`);
    expect(told.lost[0]?.question).toBe('q'.repeat(700));
  });

  test('are counted where not all are shown, and none is no table', () => {
    const text = (most: number): string =>
      worstAnswersText(worstAnswers(trial, task, whole), { ...all, most }, wide);
    expect(text(1)).toContain('on 3 of 4 tuning questions, the 1 worst of them here.');
    expect(text(3)).toContain('on 3 of 4 tuning questions. ');
    const remarked = worstAnswersText(
      worstAnswers(trial, task, whole),
      { ...all, most: 1, remark: 'Changed.' },
      wide,
    );
    expect(remarked.split('\n')[1]).toBe('Changed.');
    expect(worstAnswersText({ answered: 2, lost: [] }, all, look)).toBe(
      'It lost no points on 2 tuning questions.',
    );
    expect(worstAnswersText({ answered: 0, lost: [] }, all, look)).toBe('It answered no tuning question.');
  });
});
