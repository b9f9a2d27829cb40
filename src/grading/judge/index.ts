import { z } from 'zod';
import { defined } from '../../core/defined.ts';
import { ok } from '../../core/result.ts';
import { type Grade, scored, unscored } from '../../domain/grade.ts';
import type { ChatModel, ChatRequest } from '../../models/chat-model.ts';
import { finalText } from '../extraction/final-text.ts';
import { isText } from '../gold-form.ts';
import type { GradeRequest, Grader } from '../grader.ts';
import { type GraderKind, parseOptions } from '../grader-kind.ts';
import { goldAs, withOverrides } from '../text-graders/define.ts';
import { defaultJudgePrompt, judgePrompt, parseVerdict, promptPlaceholders, type Verdict } from './prompt.ts';

const defaultMaxTokens = 400;

const judgeOptions = z.strictObject({
  name: z.literal('judge'),
  /** The judging model, `provider/model`. Best none of those that are tuned: models prefer their own. */
  model: z.string().regex(/^[^/\s]+\/\S+$/, 'provider/model'),
  /** The judge's prompt, with `{{question}}`, `{{answerA}}` and `{{answerB}}`; see prompt.ts. */
  prompt: z
    .string()
    .refine(
      (text) => promptPlaceholders.every((placeholder) => text.includes(placeholder)),
      `a prompt with ${promptPlaceholders.join(', ')}`,
    )
    .optional(),
  temperature: z.number().min(0).max(2).default(0),
  maxTokens: z.int().min(1).default(defaultMaxTokens),
  /** How many times as long as the reference an answer may be at no cost. */
  lengthTolerance: z.number().min(1).default(1.5),
  /** How much longer answers lose: the exponent of {@link lengthFactor}; 0 for nothing. */
  lengthPenalty: z.number().min(0).max(4).default(0.5),
  /** UTF-16 units of question and answers each that the judge is shown. */
  longest: z.int().min(100).default(20_000),
});
type JudgeOptions = z.infer<typeof judgeOptions>;

/** An answer and the reference are shown in both. */
const orders = 2;
/** A reply without a verdict is asked for again this often. */
const attempts = 2;

/**
 * A model compares the answer with the reference, in both orders. Each order gives 1 (better), 0.5 (tie) or 0;
 * their mean is the preference, so a judge that only likes one place gives 0.5.
 *
 * Length: AlpacaEval 2 takes the judge's liking for length out by a regression over hundreds of items, which
 * one cell is not. Here the judge is told that length is no merit, and the preference is multiplied by
 * {@link lengthFactor}: an answer that wins by being long keeps a part of its win only, and padding an
 * answer never pays.
 */
function createJudgeGrader(options: JudgeOptions, fallback: ChatModel | undefined): Grader {
  return {
    name: options.name,
    revision: `judge/2 ${JSON.stringify(options)}`,
    callsModels: true,
    grade: async (request) => {
      const own = withOverrides(judgeOptions, options, request.overrides);
      if ('problem' in own) return unscored(own.problem);
      const gold = goldAs(request.instance, z.string().regex(/\S/, 'a reference answer'));
      if ('problem' in gold) return unscored(gold.problem);
      const model = request.model ?? fallback;
      if (model === undefined) return unscored('there is no model to ask for a judgement');
      const answer = finalText(request.answer);
      if (answer === '') return scored(0, 'The answer is empty.');
      return compare(request, { answer, reference: gold.value.trim() }, own.value, model);
    },
  };
}

/** `min(1, tolerance · reference / answer) ^ penalty`, lengths in characters. */
export function lengthFactor(
  answerLength: number,
  referenceLength: number,
  { lengthTolerance, lengthPenalty }: Pick<JudgeOptions, 'lengthTolerance' | 'lengthPenalty'>,
): number {
  if (answerLength <= referenceLength * lengthTolerance) return 1;
  return ((referenceLength * lengthTolerance) / answerLength) ** lengthPenalty;
}

interface Pair {
  readonly answer: string;
  readonly reference: string;
}

type Judgement = { readonly verdict: Verdict } | { readonly reason: string };

async function compare(
  request: GradeRequest,
  { answer, reference }: Pair,
  options: JudgeOptions,
  model: ChatModel,
): Promise<Grade> {
  const { question } = request;
  const [first, second] = await Promise.all([
    ask({ question, answerA: answer, answerB: reference }),
    ask({ question, answerA: reference, answerB: answer }),
  ]);
  if ('reason' in first) return unscored(first.reason);
  if ('reason' in second) return unscored(second.reason);
  const preference = (worth(first.verdict, 'A') + worth(second.verdict, 'B')) / 2;
  const factor = lengthFactor(answer.length, reference.length, options);
  return verdictGrade(preference, factor, answer.length / reference.length);

  function ask(pair: { question: string; answerA: string; answerB: string }): Promise<Judgement> {
    const content = judgePrompt(options.prompt ?? defaultJudgePrompt, pair, options.longest);
    return judgement(content, request, options, model);
  }
}

async function judgement(
  content: string,
  { repeat, signal }: GradeRequest,
  options: JudgeOptions,
  model: ChatModel,
): Promise<Judgement> {
  for (let index = 0; index < attempts; index++) {
    const chat: ChatRequest = {
      model: options.model,
      messages: [{ role: 'user', content }],
      temperature: options.temperature,
      maxTokens: options.maxTokens,
      sample: { repeat: repeat ?? 0, index },
    };
    const outcome = await model.complete(chat, {
      purpose: 'judge',
      ...defined({ signal }),
    });
    if (outcome.kind === 'failed') {
      const { cause, message } = outcome.failure;
      return { reason: `the judge ${options.model} did not answer (${cause}): ${message}` };
    }
    const verdict = parseVerdict(outcome.response.text);
    if (verdict !== null) return { verdict };
  }
  return { reason: `the judge ${options.model} gave no verdict in ${attempts} replies` };
}

function worth(verdict: Verdict, own: 'A' | 'B'): number {
  if (verdict === 'TIE') return 0.5;
  return verdict === own ? 1 : 0;
}

function verdictGrade(preference: number, factor: number, ratio: number): Grade {
  const value = preference * factor;
  const checks = [
    { name: 'preferred to the reference', points: preference, max: 1, passed: preference > 0.5, note: '' },
    {
      name: 'length',
      points: factor,
      max: 1,
      passed: factor === 1,
      note: `${ratio.toFixed(2)} times the reference's length`,
    },
  ];
  if (value === 1) return { kind: 'scored', value, checks };
  const said = ['worse than', 'mostly worse than', 'about as good as', 'mostly better than', 'better than'];
  const words = `The judge finds the answer ${said[Math.round(preference * 4)]} the reference.`;
  const length =
    factor === 1 ? '' : ` It is ${ratio.toFixed(1)} times as long as the reference, which costs.`;
  return { kind: 'scored', value, checks, feedback: words + length };
}

export const judgeGrader: GraderKind = {
  name: 'judge',
  needsGold: () => true,
  // A tie is worth a half, and length takes off.
  scores: () => 'shares',
  learned: 'essay',
  gold: { answer: 'text', expected: 'a reference answer', fits: isText, isWholeText: true },
  example: '{ name: judge, model: openai/gpt-4o-mini }',
  judge: ({ model, maxTokens = defaultMaxTokens }) =>
    typeof model === 'string' && typeof maxTokens === 'number'
      ? { model, maxTokens, calls: orders }
      : undefined,
  create: (spec, dependencies, source) => {
    const parsed = parseOptions(judgeOptions, spec, source);
    return parsed.ok ? ok(createJudgeGrader(parsed.value, dependencies.model)) : parsed;
  },
};
