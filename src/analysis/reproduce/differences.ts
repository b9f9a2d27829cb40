import { canonicalJson } from '../../core/canonical-json.ts';
import type { Cell } from '../../domain/cell.ts';
import { configId } from '../../domain/moa-config.ts';
import type { Task } from '../../domain/task.ts';
import { instanceHashes } from '../../run/folder/lock.ts';
import type { BestFile, Claim, LockedModel } from '../../run/folder/lock-schema.ts';

/** What a lock's claim would be measured with now. */
export interface Present {
  readonly task: Pick<Task, 'name' | 'hash' | 'tuning' | 'holdout'>;
  /** `undefined` where no grader could be built. */
  readonly grader: { readonly name: string; readonly revision: string } | undefined;
  readonly mixtune: string;
  /** What the run's own journal says of the config; absent where the run is not here. */
  readonly journal?: Readonly<Record<Cell['split'], Claim>>;
  /** `undefined` where the models cannot be reached. */
  readonly model: ((name: string) => Omit<LockedModel, 'fingerprints'>) | undefined;
  /** Prices that would hold without the lock's. */
  readonly listed?: (name: string) => LockedModel['price'];
}

/** What stands against claims before anything is measured. */
export interface Obstacles {
  /** Why no claim can be checked; stands before the others. */
  readonly all?: string;
  readonly score?: string;
  readonly latency?: string;
  readonly usd?: string;
  /** Why the claims of a split are wrong whatever fresh samples say. */
  readonly wrong?: Readonly<Partial<Record<Cell['split'], string>>>;
}

/** How the present differs from a lock, each in a sentence, and which claims that puts out of reach. */
export interface Differences {
  readonly notes: readonly string[];
  readonly barred: Obstacles;
}

/** Holds a lock against what is there now. */
export function differencesOf(lock: BestFile, present: Present): Differences {
  const notes: string[] = [];
  const barred: { -readonly [Name in keyof Obstacles]: Obstacles[Name] } = {};
  if (configId(lock.member.config) !== lock.member.id) {
    notes.push(`The lock's config is not the one that its claim was made for (${lock.member.id}).`);
    barred.all = 'the config in the lock is not the one that the claim was made for';
  }
  if (present.task.hash !== lock.taskHash) {
    const what = taskChange(lock, present.task);
    notes.push(`The task differs from the lock's: ${what}.`);
    barred.all = `the task has changed (${what})`;
  }
  if (present.grader !== undefined && present.grader.revision !== lock.grader.revision) {
    notes.push(
      `The grader differs from the lock's: ${lock.grader.name} was of revision ${lock.grader.revision}, is of ${present.grader.revision}.`,
    );
    barred.score = 'the grader has changed since, so that scores do not compare';
  }
  if (present.mixtune !== lock.mixtune) {
    notes.push(`The lock was made by mixtune ${lock.mixtune}, this is ${present.mixtune}.`);
  }
  const kept: string[] = [];
  for (const [name, locked] of Object.entries(lock.models)) {
    const now = present.model?.(name);
    if (now === undefined) continue;
    if (locked.revision !== null && now.revision !== locked.revision) {
      notes.push(`${name} differs from the lock's: was ${locked.revision}, is ${now.revision}.`);
    }
    if (!samePrice(locked.price, now.price)) {
      notes.push(
        `The price of ${name} differs from the lock's: was ${priceText(locked.price)}, is ${priceText(now.price)}.`,
      );
      barred.usd = `the price of ${name} has changed since`;
    } else if (present.listed !== undefined && !samePrice(locked.price, present.listed(name))) {
      kept.push(`${name} at ${priceText(locked.price)}`);
    }
  }
  if (kept.length > 0) {
    notes.push(`Dollars are in the prices that the lock keeps (--prices takes others): ${kept.join('; ')}.`);
  }
  const wrong = (['tuning', 'holdout'] as const).filter((split) => {
    const claimed = lock.claims[split]?.evidence ?? [];
    const recorded = present.journal?.[split].evidence ?? claimed;
    return canonicalJson(claimed) !== canonicalJson(recorded);
  });
  if (wrong.length > 0) {
    barred.wrong = Object.fromEntries(
      wrong.map((split) => [split, "the cells it rests on are not those in the run's journal"]),
    );
  }
  return { notes, barred };
}

function samePrice(first: LockedModel['price'], second: LockedModel['price']): boolean {
  const parts = (price: LockedModel['price']) => [
    price?.inputPerMillion,
    price?.outputPerMillion,
    price?.cachedInputPerMillion ?? price?.inputPerMillion,
  ];
  const others = parts(second);
  return parts(first).every((part, index) => part === others[index]);
}

function priceText(price: LockedModel['price']): string {
  return price === null
    ? 'unknown'
    : `$${price.inputPerMillion} in and $${price.outputPerMillion} out per million tokens`;
}

function taskChange(lock: BestFile, task: Present['task']): string {
  const was = { ...lock.instances.tuning, ...lock.instances.holdout };
  const is = { ...instanceHashes(task.tuning), ...instanceHashes(task.holdout) };
  const changed = Object.keys(was).filter((id) => id in is && is[id] !== was[id]);
  const gone = Object.keys(was).filter((id) => !(id in is));
  const added = Object.keys(is).filter((id) => !(id in was));
  const parts = [
    ...(changed.length === 0 ? [] : [`changed: ${listed(changed)}`]),
    ...(gone.length === 0 ? [] : [`gone: ${listed(gone)}`]),
    ...(added.length === 0 ? [] : [`new: ${listed(added)}`]),
  ];
  return parts.length === 0
    ? 'its instances are the same, its task.yaml is not'
    : `instances ${parts.join('; ')}`;
}

function listed(ids: readonly string[]): string {
  return ids.length <= 5 ? ids.join(', ') : `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more`;
}
