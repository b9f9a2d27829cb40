import { elementAt } from '../../core/element-at.ts';
import type { Cell } from '../../domain/cell.ts';
import type { CellResult } from '../../domain/cell-result.ts';
import { type Instance, questionOf, type Task } from '../../domain/task.ts';
import { createAnswerExtractor } from '../../grading/extract.ts';
import type { Grader } from '../../grading/grader.ts';
import { goldAnswer } from '../../grading/task-check/answers.ts';

/** So many answers without a point are worth a word. */
const fewestZeros = 8;
const longestShown = 120;

interface Zero {
  readonly instance: Instance;
  readonly result: CellResult;
}

export interface ZeroWatch {
  /** Takes in a measured cell. */
  cell(cell: Cell, result: CellResult): void;
  /** What is known of why nothing scores; nothing where anything did, or too little was measured. */
  finding(): Promise<string | undefined>;
}

/**
 * Watches a run's first cells. Where all of them score 0 it says so once, with an answer beside its gold, how
 * it was read, and the likely cause.
 */
export function watchForZeros(task: Task, grader: Grader, tell: (finding: string) => void): ZeroWatch {
  const instances = new Map([...task.tuning, ...task.holdout].map((instance) => [instance.id, instance]));
  const enough = Math.min(fewestZeros, Math.max(2, task.tuning.length));
  const zeros: Zero[] = [];
  let anyScored = false;
  let finding: Promise<string | undefined> = Promise.resolve(undefined);
  return {
    cell: (cell, result) => {
      const instance = instances.get(cell.instance);
      if (anyScored || instance === undefined || result.grade.kind === 'unscored') return;
      if (result.grade.value > 0) anyScored = true;
      else if (zeros.push({ instance, result }) === enough) {
        // A grader that fails here has failed in the run, which tells of it.
        finding = explain(task, grader, [...zeros]).catch(() => undefined);
        void finding.then((text) => {
          if (text !== undefined && !anyScored) tell(text);
        });
      }
    },
    finding: async () => {
      const text = await finding;
      return anyScored ? undefined : text;
    },
  };
}

async function explain(task: Task, grader: Grader, zeros: readonly Zero[]): Promise<string> {
  const example = zeros.find(({ result }) => result.answer !== null) ?? elementAt(zeros, 0);
  const goldValue = await valueOfGold(task, grader, example.instance);
  const read = createAnswerExtractor(task);
  return [
    `Nothing scores: the first ${zeros.length} answers all got 0.`,
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
    const isScalar = typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean';
    return isScalar && words(String(each)).trim() !== '' && haystack.includes(words(String(each)));
  });
}

function shown(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= longestShown
    ? line
    : `${line.slice(0, longestShown / 2)}…${line.slice(-longestShown / 2)}`;
}
