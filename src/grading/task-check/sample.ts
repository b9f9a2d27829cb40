import { defined } from '../../core/defined.ts';
import { elementAt } from '../../core/element-at.ts';
import type { Instance, Task } from '../../domain/task.ts';
import type { Grader } from '../grader.ts';
import { goldAnswer } from './answers.ts';
import { Bench } from './bench.ts';

/** What a grader makes of one of a task's own gold answers. */
export interface ShownGrade {
  readonly id: string;
  /** 1-based place among the instances. */
  readonly row: number;
  readonly answer: string;
  /** `null`: unscored. */
  readonly value: number | null;
  readonly note: string;
  /** The next other gold answer in its place, which should not get full marks; absent where all are the same. */
  readonly other?: { readonly row: number; readonly answer: string; readonly value: number | null };
}

const shownRows = 3;

/** Grades the gold answers of three instances, evenly over the task, and another's gold answer for each. */
export async function showGrader(
  task: Task,
  instances: readonly Instance[],
  grader: Grader,
): Promise<ShownGrade[]> {
  const bench = new Bench(task, grader, {});
  const count = Math.min(shownRows, instances.length);
  const places = Array.from({ length: count }, (_, index) => Math.floor((index * instances.length) / count));
  const shown = places.map(async (at) => {
    const instance = elementAt(instances, at);
    const answer = goldAnswer(task, instance);
    if (answer === undefined) return [];
    const item = { instance, overrides: undefined };
    const other = nextOther(task, instances, at, answer);
    const [own, others] = await bench.all([
      { item, answer, kind: 'gold' },
      ...(other === undefined ? [] : [{ item, answer: other.answer, kind: 'other' }]),
    ]);
    if (own === undefined) return [];
    const note = own.grade.kind === 'unscored' ? own.grade.reason : (own.grade.feedback ?? '');
    const otherGrade = defined({
      other: other && others && { row: other.row, answer: others.answer, value: others.value },
    });
    return [{ id: instance.id, row: at + 1, answer, value: own.value, note, ...otherGrade }];
  });
  return (await Promise.all(shown)).flat();
}

/** The first gold answer after a place, from the start again after the end, that is not this one. */
function nextOther(
  task: Task,
  instances: readonly Instance[],
  at: number,
  answer: string,
): { readonly row: number; readonly answer: string } | undefined {
  for (let step = 1; step < instances.length; step++) {
    const place = (at + step) % instances.length;
    const other = goldAnswer(task, elementAt(instances, place));
    if (other !== undefined && other !== answer) return { row: place + 1, answer: other };
  }
  return undefined;
}
