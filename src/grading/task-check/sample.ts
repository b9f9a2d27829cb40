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
  /** The next row's gold answer in its place, which should not get full marks; absent where it is the same. */
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
    const next = (at + 1) % instances.length;
    const other = goldAnswer(task, elementAt(instances, next));
    const [own, others] = await bench.all([
      { item, answer, kind: 'gold' },
      ...(other === undefined || other === answer ? [] : [{ item, answer: other, kind: 'other' }]),
    ]);
    if (own === undefined) return [];
    const note = own.grade.kind === 'unscored' ? own.grade.reason : (own.grade.feedback ?? '');
    const otherGrade = defined({
      other: others && { row: next + 1, answer: others.answer, value: others.value },
    });
    return [{ id: instance.id, row: at + 1, answer, value: own.value, note, ...otherGrade }];
  });
  return (await Promise.all(shown)).flat();
}
