import { logistic } from '../../core/logistic.ts';
import { createRng } from '../../core/rng.ts';
import { type Grade, scored, unscored } from '../../domain/grade.ts';
import type { GradeRequest, Grader } from '../../grading/grader.ts';
import type { JudgingModel } from '../../grading/grader-kind.ts';
import type { AssumedWorld } from './assumed-world.ts';
import { judgeMark } from './call-role.ts';
import { qualityIn } from './stand-in-text.ts';

/** Checks of a grader that gives shares. */
const checks = 12;
/** A judge sees each pair in both orders. */
const orders = ['first', 'second'] as const;
/** Characters of a judge's instructions. */
const judgePromptLength = 900;

/**
 * Draws scores from the quality that stand-in answers carry; nothing is run. A judge's calls are made, to
 * the stand-in, since they cost as any other.
 */
export function createStandInGrader(world: AssumedWorld, judge?: JudgingModel): Grader {
  return {
    name: 'rehearsal',
    revision: world.seed,
    callsModels: judge !== undefined,
    grade: async (request) => {
      const failure = judge === undefined ? undefined : await askJudge(judge, request);
      return failure === undefined ? drawGrade(world, request) : unscored(failure);
    },
  };
}

function drawGrade(world: AssumedWorld, { answer, instance, repeat }: GradeRequest): Grade {
  const [quality = -3] = qualityIn(answer);
  const share = logistic(quality);
  if (!world.passOrFail) return scored(Math.round(share * checks) / checks);
  const luck = createRng(`${world.seed}/grade/${instance.id}/${repeat ?? 0}/${answer.slice(0, 40)}`);
  return scored(luck.next() < share ? 1 : 0);
}

/** Why the judge said nothing, where it did not. */
async function askJudge(judge: JudgingModel, request: GradeRequest): Promise<string | undefined> {
  const { answer, question, instance, model, repeat = 0 } = request;
  const reference = typeof instance.gold === 'string' ? instance.gold : '';
  const outcomes = await Promise.all(
    orders.map((order) =>
      model?.complete({
        model: judge.model,
        messages: [
          {
            role: 'user',
            content: `${judgeMark}${' '.repeat(judgePromptLength)}${order} ${question}\n${reference}\n${answer}`,
          },
        ],
        maxTokens: judge.maxTokens,
        sample: { repeat, index: 0 },
      }),
    ),
  );
  const failed = outcomes.find((outcome) => outcome?.kind === 'failed');
  return failed?.kind === 'failed' ? failed.failure.message : undefined;
}

/** What votes compare: good answers agree, poor ones are wrong in their own ways. */
export function standInAnswer(text: string): string | null {
  const [quality] = qualityIn(text);
  if (quality === undefined) return null;
  return quality > 0 ? 'right' : `wrong ${Math.abs(Math.round(quality * 1000)) % 4}`;
}
