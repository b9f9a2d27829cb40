import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { splitThinking } from '../../src/core/thinking.ts';
import { gradeSchema } from '../../src/domain/grade.ts';
import { type GraderSpec, taskFileSchema } from '../../src/domain/task.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import { createAnswerExtractor } from '../../src/grading/extract.ts';
import { parseVerdict } from '../../src/grading/judge/prompt.ts';
import { graderKinds } from '../../src/grading/registry.ts';
import {
  answerText,
  isEmptyAnswer,
  parseChoice,
  parseRanking,
  parseVerdict as parseVerification,
} from '../../src/moa/parse.ts';
import { splitAtLoneClose, ThinkSplitter } from '../../src/models/openai/think-splitter.ts';
import { type HostileText, hostileTexts, tooSlow } from '../support/hostile-texts.ts';
import { exhaustive, sampled, thorough } from '../support/thorough.ts';

/** All texts, each of 1 MB, with MIXTUNE_THOROUGH=1; a fourth of them in CI, fewer and shorter ones elsewhere. */
const length = exhaustive ? 1_000_000 : thorough ? 200_000 : 20_000;
/** Milliseconds: what takes longer has to be linear. */
const limit = length / 1_000;

type Reader = (text: string) => unknown;

const kinds = taskFileSchema.shape.answer.unwrap().options;
const labels = ['positive', 'negative', 'a', 'yes', 'no', 'C++'];

const readers: readonly (readonly [string, Reader])[] = [
  ...kinds.map((kind): readonly [string, Reader] => [
    `vote on ${kind}`,
    createAnswerExtractor({ answer: kind }),
  ]),
  ['thinking', splitThinking],
  ['thinking, as it streams', streamed],
  ['a closing mark alone', splitAtLoneClose],
  ['answer for later stages', answerText],
  ['empty answer', isEmptyAnswer],
  ['verification', parseVerification],
  ['ranking', (text) => parseRanking(text, [1, 2, 3])],
  ['choice of agents', (text) => parseChoice(text, ['a', 'agent', 'math expert'])],
  ['verdict of a judge', parseVerdict],
];

const graders: readonly (readonly [GraderSpec, unknown])[] = [
  [{ name: 'exact' }, ['yes', 'Paris']],
  [{ name: 'choice' }, 'B'],
  [{ name: 'numeric' }, 42],
  [{ name: 'contains' }, 'needle'],
  [{ name: 'regex' }, '^(a+)+needle$'],
  [
    { name: 'json-schema' },
    { type: 'object', properties: { a: { type: 'string', format: 'email' } }, required: ['z'] },
  ],
  [{ name: 'classification', labels }, 'positive'],
  [{ name: 'extraction' }, { slot: 'value' }],
  [{ name: 'summary' }, 'a short b summary'],
];

it('has a row for every grader that judges by the text alone', () => {
  const judgingText = graderKinds.filter((kind) => kind.judgesText === true);
  expect(graders.map(([{ name }]) => name).sort()).toEqual(judgingText.map(({ name }) => name).sort());
});

const step = thorough ? 4 : 64;

function* texts(): Generator<HostileText> {
  let index = 0;
  for (const text of hostileTexts(length)) {
    if (exhaustive || text.text.length < length || index++ % step === 0) yield text;
  }
}

function streamed(text: string): void {
  const splitter = new ThinkSplitter();
  for (let at = 0; at < text.length; at += 1_000) splitter.push(text.slice(at, at + 1_000));
  splitter.end();
}

describe.each(sampled(readers, 2))('%s', (_, read) => {
  it('reads any text in linear time', { timeout: 600_000 }, async () => {
    for (const { name, text } of texts()) {
      expect(await tooSlow(limit, read, text), name).toBeNull();
    }
  });
});

describe.each(sampled(graders, 2).map(([spec, gold]) => [spec.name, spec, gold] as const))(
  'grader %s',
  (_, spec, gold) => {
    it('grades any text in linear time', { timeout: 600_000 }, async () => {
      const grader = unwrap(createGrader(spec, { python: undefined as never, taskFolder: '.' }));
      for (const { name, text } of texts()) {
        const instance = { id: '1', input: 'q', gold };
        let grade: unknown;
        const pass = async (answer: string) => {
          grade = await grader.grade({ answer, instance, question: 'q' });
        };
        expect(await tooSlow(limit, pass, text), name).toBeNull();
        expect(() => gradeSchema.parse(grade), name).not.toThrow();
      }
    });
  },
);
