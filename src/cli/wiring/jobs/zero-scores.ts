import { elementAt } from '../../../core/element-at.ts';
import { oneLine } from '../../../core/one-line.ts';
import { isScalar } from '../../../core/records.ts';
import type { Cell } from '../../../domain/cell.ts';
import type { CellResult } from '../../../domain/cell-result.ts';
import { type MoaConfig, modelsOf } from '../../../domain/moa-config.ts';
import { type Instance, instancesById, questionOf, type Task } from '../../../domain/task.ts';
import { createAnswerExtractor } from '../../../grading/extract.ts';
import type { Grader } from '../../../grading/grader.ts';
import { goldAnswer } from '../../../grading/task-check/answers.ts';

/** So many answers without a point are worth a word. */
const fewestZeros = 8;
/** Where as many are tuned, so many models must have answered: one may be too weak for the task. */
const fewestModels = 3;
/** Answers by which the cause is judged, at most. */
const mostJudged = 200;
const longestShown = 120;

interface Zero {
  readonly instance: Instance;
  readonly result: CellResult;
}

export interface ZeroWatch {
  /** Takes in a measured cell of a config. */
  cell(cell: Cell, result: CellResult, config: MoaConfig): void;
  /** What is known of why nothing scored, by all that came in; nothing where anything did, or too little was measured. */
  finding(): Promise<string | undefined>;
}

/**
 * Watches a run's cells. Where the first ones all score 0, and not of a single weak model alone, it says so, with an
 * answer beside its gold, how it was read, and the likely cause; when something scores after all, it takes that back.
 * At the end it judges again by everything that came in.
 *
 * @param models that answer in the run
 */
export function watchForZeros(
  task: Task,
  grader: Grader,
  models: readonly string[],
  tell: (finding: string) => void,
): ZeroWatch {
  const instances = instancesById(task);
  const enough = Math.min(fewestZeros, Math.max(2, task.tuning.length));
  const enoughModels = Math.min(fewestModels, Math.max(1, models.length));
  const zeros: Zero[] = [];
  const heard = new Set<string>();
  let anyScored = false;
  let told: 'nothing' | 'asked' | 'zeros' = 'nothing';
  // A grader that fails here has failed in the run, which tells of it.
  const explained = (): Promise<string | undefined> =>
    explain(task, grader, zeros.slice(-mostJudged), zeros.length).catch(() => undefined);
  return {
    cell: (cell, result, config) => {
      const instance = instances.get(cell.instance);
      if (anyScored || instance === undefined || result.grade.kind === 'unscored') return;
      if (result.grade.value > 0) {
        anyScored = true;
        if (told === 'zeros') tell('Answers score now: what was said of nothing scoring no longer holds.');
        return;
      }
      zeros.push({ instance, result });
      for (const model of modelsOf(config)) heard.add(model);
      if (told !== 'nothing' || zeros.length < enough || heard.size < enoughModels) return;
      told = 'asked';
      void explained().then((text) => {
        if (text === undefined || anyScored) return;
        told = 'zeros';
        tell(text);
      });
    },
    finding: async () => (anyScored || zeros.length < enough ? undefined : explained()),
  };
}

async function explain(task: Task, grader: Grader, zeros: readonly Zero[], count: number): Promise<string> {
  const example = zeros.find(({ result }) => result.answer !== null) ?? elementAt(zeros, 0);
  const goldValue = await valueOfGold(task, grader, example.instance);
  const read = createAnswerExtractor(task);
  return [
    `Nothing scores: the first ${count} answers all got 0.`,
    `For example ${example.instance.id}: ${exampleText(task, example, read)}.`,
    `Likely cause: ${causeOf(task, zeros, goldValue, read)}.`,
  ].join(' ');
}

/** What the gold answer itself gets; `null` where it is no answer, or a model would have to judge it. */
async function valueOfGold(task: Task, grader: Grader, instance: Instance): Promise<number | null> {
  const answer = goldAnswer(task, instance);
  if (answer === undefined || grader.callsModels === true) return null;
  const grade = await grader.grade({ answer, instance, question: questionOf(task, instance), repeat: 0 });
  return grade.kind === 'scored' ? grade.value : 0;
}

type Reader = (answer: string) => string | null;

function exampleText(task: Task, { instance, result }: Zero, read: Reader): string {
  const { answer, grade, reason } = result;
  const gold =
    instance.gold === undefined ? '' : `the gold answer is ${shown(JSON.stringify(instance.gold))}, `;
  if (answer === null) return `${gold}no answer was written (${reason ?? 'no reason given'})`;
  const asRead = read(answer);
  const kind = task.answer === 'text' ? 'text' : task.answer;
  const reading =
    asRead === null ? `in which no ${kind} is found` : `read as ${shown(JSON.stringify(asRead))}`;
  const feedback =
    grade.kind === 'scored' && grade.feedback !== undefined
      ? ` (${shown(grade.feedback).replace(/\.$/, '')})`
      : '';
  return `${gold}the answer is ${shown(JSON.stringify(answer))}, ${reading}${feedback}`;
}

function causeOf(task: Task, zeros: readonly Zero[], goldValue: number | null, read: Reader): string {
  const most = (test: (zero: Zero) => boolean): boolean => zeros.filter(test).length > zeros.length / 2;
  const check = `mixtune task check ${task.name}`;
  const { name } = task.grader;
  if (goldValue !== null && goldValue < 1) {
    return `the grader: the gold answer itself gets ${goldValue.toFixed(2)} from ${name} (${check})`;
  }
  if (most(({ result }) => result.degraded.some(({ code }) => code === 'truncated'))) {
    return "the limit: answers are cut off before they end; raise the agents' maxTokens";
  }
  if (most(({ result }) => result.answer === null)) return 'the models: they write no answers';
  if (most(({ instance, result }) => holdsGold(instance.gold, result.answer ?? ''))) {
    return `the format: most answers hold the gold answer, but ${name} does not find it there; ask for its form in the task's prompt, or take another grader`;
  }
  if (most(({ result }) => read(result.answer ?? '') === null)) {
    return `the format: no ${task.answer} can be read in most answers; ask for it in the task's prompt`;
  }
  return 'the prompt: answers can be read and are wrong, so the question may lack what it takes (options, labels, the text it is about), or the models are too weak';
}

/** Whether a short gold answer stands in an answer as words of its own. */
function holdsGold(gold: unknown, answer: string): boolean {
  const wanted: readonly unknown[] = Array.isArray(gold) ? gold : [gold];
  const words = (text: string): string =>
    ` ${text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}.-]+/gu, ' ')
      .replaceAll(/\.(?= |$)/g, '')
      .trim()} `;
  const haystack = words(answer);
  return wanted.some((each) => {
    const gold = isScalar(each) ? words(String(each)) : '';
    return gold.trim() !== '' && haystack.includes(gold);
  });
}

function shown(text: string): string {
  const line = oneLine(text);
  return line.length <= longestShown
    ? line
    : `${line.slice(0, longestShown / 2)}…${line.slice(-longestShown / 2)}`;
}
