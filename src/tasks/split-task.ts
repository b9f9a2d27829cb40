import { createRng } from '../core/rng.ts';
import type { Instance, Task, TaskFile } from '../domain/task.ts';

/**
 * Splits instances into tuning and holdout: seeded, stratified by label, each side in the file's order.
 * A single instance is in both (see {@link Task}); otherwise no side is empty unless `holdout` is 0.
 *
 * An instance's lot is drawn from its id, so that instances appended later leave the others' ranks among
 * each other as they were.
 */
export function splitTask(
  instances: readonly Instance[],
  split: TaskFile['split'],
): Pick<Task, 'tuning' | 'holdout'> {
  if (instances.length <= 1) return { tuning: [...instances], holdout: [...instances] };
  const held = new Set(heldIds(instances, split));
  return {
    tuning: instances.filter((instance) => !held.has(instance.id)),
    holdout: instances.filter((instance) => held.has(instance.id)),
  };
}

function heldIds(instances: readonly Instance[], { holdout, seed }: TaskFile['split']): string[] {
  const rng = createRng(`split/${seed}`);
  const lots = new Map(instances.map((instance) => [instance.id, rng.derive(instance.id).next()]));
  const byLot = (a: Instance, b: Instance): number => (lots.get(a.id) ?? 0) - (lots.get(b.id) ?? 0);
  const strata = [...groupedByLabel(instances)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, members]) => members.toSorted(byLot));
  const total = targetOf(instances.length, holdout);
  // Strata in a row, each with its share: walking the running total keeps every stratum within one of
  // its exact share and the sum exact.
  const held: string[] = [];
  let passed = 0;
  for (const members of strata) {
    passed += members.length;
    const due = Math.round((passed * total) / instances.length) - held.length;
    held.push(...members.slice(0, due).map((member) => member.id));
  }
  return held;
}

function groupedByLabel(instances: readonly Instance[]): Map<string, Instance[]> {
  const groups = new Map<string, Instance[]>();
  for (const instance of instances) {
    const label = instance.label ?? '';
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [instance]);
    else group.push(instance);
  }
  return groups;
}

function targetOf(count: number, share: number): number {
  if (share === 0) return 0;
  return Math.min(count - 1, Math.max(1, Math.round(count * share)));
}
