import type { Instance } from '../../domain/task.ts';
import { runsOf, WordedText, wordsOf } from './words.ts';

type TuningInstance = Pick<Instance, 'id' | 'input' | 'gold' | 'reference'>;

/** What a prompt may hold although it is part of a reference or of a question. */
export interface LeakContext {
  /** Texts that everybody may see: the old prompt, the task's description and prompt. */
  readonly open: readonly string[];
  /** Answers of a closed set, such as a classifier's labels; they may be named. */
  readonly labels: readonly string[];
  /** The tuning instances; the holdout must decide nothing while a search goes on. */
  readonly instances: readonly TuningInstance[];
}

/** So many words in a row are no accident. */
const quotedReference = 8;
const quotedQuestion = 6;
/** A shorter answer in words may well be written by anybody. */
const shortestReference = 4;
/** Instances that must share an answer before it counts as one of a closed set. */
const sharedAnswers = 2;

/**
 * Looks for reference answers in a new prompt: the id of the first instance whose answer it gives away.
 * Three things count: eight words of a reference in a row (or all of one of at least four words); an answer
 * of one instance alone that nobody writes by accident (an address, an order's number, a date); and any
 * answer beside six words in a row of its question that no other question has. What `open` holds is no
 * leak, nor is it one to say of a reference what its question says. Reworded or encoded answers are not found.
 */
export function findLeak(prompt: string, context: LeakContext): string | undefined {
  const text = new WordedText(prompt);
  const open = new WordedText(context.open.join('\n'));
  const closed = closedAnswers(context);
  return context.instances.find((instance) => {
    const answers = answersOf(instance);
    return (
      answers.some((words) => !open.holds(words) && givesAway(text, words, closed)) ||
      quotesReference(text, open, instance, answers) ||
      (answers.some((words) => text.holds(words)) && quotesQuestion(text, open, instance, context))
    );
  })?.id;
}

function givesAway(text: WordedText, words: readonly string[], closed: ReadonlySet<string>): boolean {
  return isDistinctive(words) && !closed.has(words.join(' ')) && text.holds(words);
}

/** An address, an order's number, a date, a long number. */
function isDistinctive(words: readonly string[]): boolean {
  return words.some((word) => word.length >= 6 && /[\d@]/.test(word));
}

function quotesReference(
  text: WordedText,
  open: WordedText,
  { input }: TuningInstance,
  answers: readonly (readonly string[])[],
): boolean {
  const asked = new WordedText(input);
  return answers.some((words) => {
    if (words.length < shortestReference) return false;
    const found = text.runs(Math.min(words.length, quotedReference));
    return runsOf(words, quotedReference).some(
      (run) => found.has(run) && !open.holds(run.split(' ')) && !asked.holds(run.split(' ')),
    );
  });
}

function quotesQuestion(
  text: WordedText,
  open: WordedText,
  instance: TuningInstance,
  { instances }: LeakContext,
): boolean {
  const words = wordsOf(instance.input);
  const found = text.runs(Math.min(words.length, quotedQuestion));
  return runsOf(words, quotedQuestion).some((run) => {
    const wanted = run.split(' ');
    if (!found.has(run) || open.holds(wanted)) return false;
    // Questions made from one template share its words: they say nothing of any one of them.
    return !instances.some(({ id, input }) => id !== instance.id && new WordedText(input).holds(wanted));
  });
}

/** The words of everything that an instance's reference holds. */
function answersOf({ gold, reference }: TuningInstance): string[][] {
  return [...leavesOf(gold), ...leavesOf(reference)].map(wordsOf).filter((words) => words.length > 0);
}

function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}

/** Answers that several instances have, and the task's labels. */
function closedAnswers({ labels, instances }: LeakContext): Set<string> {
  const counts = new Map<string, number>();
  for (const instance of instances) {
    for (const text of new Set(answersOf(instance).map((words) => words.join(' ')))) {
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
  }
  const shared = [...counts].filter(([, count]) => count >= sharedAnswers).map(([text]) => text);
  return new Set([...shared, ...labels.map((label) => wordsOf(label).join(' '))]);
}
