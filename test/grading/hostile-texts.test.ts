import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { splitThinking } from '../../src/core/thinking.ts';
import { gradeSchema } from '../../src/domain/grade.ts';
import { type GraderSpec, taskFileSchema } from '../../src/domain/task.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import { createAnswerExtractor } from '../../src/grading/extract.ts';
import { parseVerdict } from '../../src/grading/judge/prompt.ts';
import {
  answerText,
  isEmptyAnswer,
  parseChoice,
  parseRanking,
  parseVerdict as parseVerification,
} from '../../src/moa/parse.ts';
import { splitAtLoneClose, ThinkSplitter } from '../../src/models/think-splitter.ts';
import { type HostileText, hostileTexts, processorTime } from '../support/hostile-texts.ts';
import { thorough } from '../support/thorough.ts';

/** Milliseconds; what is linear needs a tenth. */
const mostProcessorTime = 1_000;

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

/** Most runs take every eighth text, and shorter ones; CI all of them, of 1 MB. */
function* texts(): Generator<HostileText> {
  const length = thorough ? 1_000_000 : 200_000;
  let index = 0;
  for (const text of hostileTexts(length)) {
    if (thorough || text.text.length < length || index++ % 8 === 0) yield text;
  }
}

function streamed(text: string): void {
  const splitter = new ThinkSplitter();
  for (let at = 0; at < text.length; at += 1_000) splitter.push(text.slice(at, at + 1_000));
  splitter.end();
}

describe.each(readers)('%s', (_, read) => {
  it('reads any text in linear time', { timeout: 120_000 }, () => {
    for (const { name, text } of texts()) {
      const spent = processorTime(() => read(text));
      if (spent > mostProcessorTime) expect.fail(`${name}: ${Math.round(spent)} ms`);
    }
  });
});

describe.each(graders.map(([spec, gold]) => [spec.name, spec, gold] as const))(
  'grader %s',
  (_, spec, gold) => {
    it('grades any text in linear time', { timeout: 120_000 }, async () => {
      const grader = unwrap(createGrader(spec, { python: undefined as never, taskFolder: '.' }));
      for (const { name, text } of texts()) {
        const before = process.cpuUsage();
        const grade = await grader.grade({
          answer: text,
          instance: { id: '1', input: 'q', gold },
          question: 'q',
        });
        const { user, system } = process.cpuUsage(before);
        if ((user + system) / 1000 > mostProcessorTime) expect.fail(`${name}: ${(user + system) / 1000} ms`);
        expect(() => gradeSchema.parse(grade), name).not.toThrow();
      }
    });
  },
);
