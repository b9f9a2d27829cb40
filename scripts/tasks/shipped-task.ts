import { createRng, type Rng } from '../../src/core/rng.ts';
import type { Instance } from '../../src/domain/task.ts';

/** A shipped task whose instances a generator makes: the same ones at every call. */
export interface GeneratedTask {
  readonly name: string;
  generate(): readonly Instance[];
}

/** The stream of random numbers of a shipped task. */
export function taskRng(name: string): Rng {
  return createRng(`shipped-tasks/1/${name}`);
}

/** A uniform whole number from `low` to `high`, both included. */
export function between(rng: Rng, low: number, high: number): number {
  return low + rng.integer(high - low + 1);
}

/** `count` different elements, in random order. */
export function sample<Item>(rng: Rng, items: readonly Item[], count: number): Item[] {
  return rng.shuffle(items).slice(0, count);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Replaces `{slot}` in a text. @throws Error for a slot without a value: the generator's own fault. */
export function filled(text: string, slots: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = slots[name];
    if (value === undefined) throw new Error(`no value for {${name}} in: ${text}`);
    return value;
  });
}

/** The instances file's text. */
export function instancesText(instances: readonly Instance[]): string {
  return `${instances.map((instance) => JSON.stringify(instance)).join('\n')}\n`;
}

/** `name-007`. */
export function numberedId(stem: string, index: number): string {
  return `${stem}-${String(index + 1).padStart(3, '0')}`;
}
