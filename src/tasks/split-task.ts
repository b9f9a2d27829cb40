import { elementAt } from '../core/element-at.ts';
import { groupBy } from '../core/group-by.ts';
import { createRng } from '../core/rng.ts';
import type { Instance, Task, TaskFile } from '../domain/task.ts';
import { groupedByQuestion } from './same-questions.ts';

/**
 * Splits instances into tuning and holdout: seeded, stratified by label, each side in the file's order.
 * Instances that ask the same stay together, or the holdout would hold what was tuned on. A single question
 * is on both sides (see {@link Task}); otherwise no side is empty unless `holdout` is 0.
 *
 * A question's lot is drawn from its first id in order, so that instances appended later leave the others'
 * ranks among each other as they were.
 */
export function splitTask(
  instances: readonly Instance[],
  split: TaskFile['split'],
): Pick<Task, 'tuning' | 'holdout'> {
  const questions = groupedByQuestion(instances).map((same) => same.toSorted(byId));
  if (questions.length <= 1) return { tuning: [...instances], holdout: [...instances] };
  const held = new Set(heldQuestions(questions, instances.length, split).flat());
  return {
    tuning: instances.filter((instance) => !held.has(instance)),
    holdout: instances.filter((instance) => held.has(instance)),
  };
}

/** Instances that ask the same, by id; at least one. */
type Question = readonly Instance[];

const byId = (a: Instance, b: Instance): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

function heldQuestions(
  questions: readonly Question[],
  instances: number,
  { holdout, seed }: TaskFile['split'],
): Question[] {
  const total = targetOf(instances, holdout);
  if (total === 0) return [];
  const rng = createRng(`split/${seed}`);
  const lots = new Map(questions.map((question) => [question, rng.derive(question[0]?.id ?? '').next()]));
  const byLot = (a: Question, b: Question): number => (lots.get(a) ?? 0) - (lots.get(b) ?? 0);
  const strata = [...groupBy(questions, ([first]) => first?.label ?? '')]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, members]) => members.toSorted(byLot));
  // Strata in a row, each with its share: walking the running total keeps every stratum within one of
  // its exact share and the sum exact, as far as questions are asked once.
  const held: Question[] = [];
  let [passed, taken] = [0, 0];
  for (const members of strata) {
    for (const { length } of members) passed += length;
    const due = Math.round((passed * total) / instances);
    for (const member of members) {
      if (taken + member.length / 2 > due) break;
      held.push(member);
      taken += member.length;
    }
  }
  // One question asked very often can be more than a side's share.
  if (held.length === 0) return [elementAt(questions.toSorted(byLot), 0)];
  return held.length === questions.length ? held.slice(0, -1) : held;
}

function targetOf(count: number, share: number): number {
  if (share === 0) return 0;
  return Math.min(count - 1, Math.max(1, Math.round(count * share)));
}
