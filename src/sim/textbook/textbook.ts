import { sha256 } from '../../core/canonical-json.ts';
import { groupBy } from '../../core/group-by.ts';
import { type Instance, instancesById, questionOf, type Task } from '../../domain/task.ts';
import { learnedOf } from '../../grading/create-grader.ts';
import type { LearnedKind } from '../../grading/grader-kind.ts';

/** A question whose answer stands in the textbook. */
export interface KnownQuestion {
  /** `task/instance`: errors correlate by it. */
  readonly name: string;
  readonly kind: LearnedKind;
  readonly instance: Instance;
  /** The question as a task asks it. */
  readonly text: string;
  /** What the task's instances have in common. */
  readonly chapter: Chapter;
}

export interface Chapter {
  readonly task: string;
  /** The grader's name. */
  readonly grader: string;
  /** All gold answers of the task, to know what labels and slots there are. */
  readonly golds: readonly unknown[];
  /** Their reference answers, of those that have one. */
  readonly references: readonly string[];
  /** Labels that the grader lists. */
  readonly labels: readonly string[];
  /** Of a grader that has one pattern for all answers; `null` where the gold answer is the pattern, or there is none. */
  readonly pattern: string | null;
  /** How the grader reads patterns: RE2's letters i, m and s. */
  readonly flags: string;
}

/**
 * What simulated models know by heart, as a student knows a textbook. They find a question by the text of
 * a request and by nothing else; what is not in the book they can only guess at.
 */
export interface Textbook {
  /** Changes with anything in the book; part of the simulation's revision. */
  readonly hash: string;
  /** The tasks in the book, each by name and content (see {@link chapterOf}). */
  chapters(): readonly string[];
  /** The question that a text asks, also with other words around it. */
  find(text: string): KnownQuestion | null;
}

/** What simulated models must know of a task to answer its questions. */
export type TextbookTask = Pick<Task, 'name' | 'prompt' | 'grader' | 'tuning' | 'holdout'>;

/** Shorter inputs are recognised only when they are all that is asked. */
const shortestInside = 16;
/** Requests remembered; one question recurs in all calls of a cell. */
const mostRemembered = 2000;

/** A textbook of the given tasks; those whose grader it knows nothing of are left out. */
export function createTextbook(tasks: readonly TextbookTask[]): Textbook {
  const chapters = [...tasks].sort(byName).flatMap((task) => {
    const kind = kindOf(task);
    return kind === null ? [] : [{ task, kind }];
  });
  let hash: string | undefined;
  const remembered = new Map<string, KnownQuestion | null>();
  let index: Index | undefined;
  return {
    // Of a large task it takes a second.
    get hash() {
      hash ??= sha256(chapters.map(({ task, kind }) => contentOf(task, kind)));
      return hash;
    },
    chapters: () => chapters.map(({ task, kind }) => chapterName(task, contentOf(task, kind))),
    find: (text) => {
      const wanted = normalized(text);
      const known = remembered.get(wanted);
      if (known !== undefined) return known;
      index ??= createIndex(chapters.flatMap(({ task, kind }) => questionsOf(task, kind)));
      const found = index.whole.get(wanted) ?? longestInside(index, wanted);
      if (remembered.size >= mostRemembered) remembered.clear();
      remembered.set(wanted, found);
      return found;
    },
  };
}

/** A task as textbooks list it: its name and a hash of its questions; `null` where no book can hold it. */
export function chapterOf(task: TextbookTask): string | null {
  const kind = kindOf(task);
  return kind === null ? null : chapterName(task, contentOf(task, kind));
}

function chapterName(task: TextbookTask, content: unknown): string {
  return `${task.name}@${sha256(content).slice(0, 12)}`;
}

function contentOf(task: TextbookTask, kind: LearnedKind): unknown {
  return [
    task.name,
    kind,
    task.prompt ?? null,
    instancesOf(task).map(({ id, input, gold, reference }) => [id, input, gold ?? null, reference ?? null]),
  ];
}

/** The code challenge is known by a subject of its own. */
function kindOf(task: TextbookTask): LearnedKind | null {
  const learned = learnedOf(task);
  return learned === 'challenge' ? null : learned;
}

const byName = (a: TextbookTask, b: TextbookTask): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

const instancesOf = (task: TextbookTask): readonly Instance[] => {
  const byId = instancesById(task);
  return [...byId.keys()].sort().flatMap((id) => byId.get(id) ?? []);
};

/** The questions of a task; none where its grader is of no kind that models can learn. */
export function questionsIn(task: TextbookTask): KnownQuestion[] {
  const kind = kindOf(task);
  return kind === null ? [] : questionsOf(task, kind);
}

function questionsOf(task: TextbookTask, kind: LearnedKind): KnownQuestion[] {
  const instances = instancesOf(task);
  const { labels: listed, pattern, flags }: Readonly<Record<string, unknown>> = task.grader;
  const chapter: Chapter = {
    task: task.name,
    grader: task.grader.name,
    golds: instances.map(({ gold }) => gold),
    references: instances.flatMap(({ reference }) => (reference?.trim() ? [reference] : [])),
    labels: Array.isArray(listed) ? listed.filter((label) => typeof label === 'string') : [],
    pattern: typeof pattern === 'string' ? pattern : null,
    flags: typeof flags === 'string' ? flags : '',
  };
  return instances.map((instance) => ({
    name: `${task.name}/${instance.id}`,
    kind,
    instance,
    text: questionOf(task, instance),
    chapter,
  }));
}

interface Index {
  /** By the normalised text of the whole question, and of the bare input. */
  readonly whole: ReadonlyMap<string, KnownQuestion>;
  /** Normalised texts by how they begin, longest first. */
  readonly byStart: ReadonlyMap<string, readonly KnownText[]>;
}

interface KnownText {
  readonly text: string;
  readonly question: KnownQuestion;
}

function createIndex(questions: readonly KnownQuestion[]): Index {
  const whole = new Map<string, KnownQuestion>();
  for (const question of questions) {
    for (const text of [question.text, question.instance.input]) {
      const key = normalized(text);
      if (!whole.has(key)) whole.set(key, question);
    }
  }
  const texts = [...whole]
    .filter(([text]) => text.length >= shortestInside)
    .map(([text, question]) => ({ text, question }))
    .sort((a, b) => b.text.length - a.text.length);
  return { whole, byStart: groupBy(texts, ({ text }) => text.slice(0, shortestInside)) };
}

/** The longest known text that stands in another; of equally long ones the first. */
function longestInside({ byStart }: Index, wanted: string): KnownQuestion | null {
  let longest: KnownText | undefined;
  for (let at = 0; at + shortestInside <= wanted.length; at++) {
    const known = byStart
      .get(wanted.slice(at, at + shortestInside))
      ?.find(({ text }) => wanted.startsWith(text, at));
    if (known !== undefined && known.text.length > (longest?.text.length ?? 0)) longest = known;
  }
  return longest?.question ?? null;
}

/** Prompts wrap, indent and escape; words do not change. Single spaces, nearly all there are, stay untouched. */
function normalized(text: string): string {
  return text.replace(/\s{2,}|[^\S ]/g, ' ').trim();
}
