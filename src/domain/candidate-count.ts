import { simpleRecordOf } from './stages/simple-stages.ts';
import { type PlacedStage, passesOf, placedInner, type Stage } from './stages/stages.ts';
import type { ValuePath } from './validation.ts';

export interface Outcomes {
  /** Most candidates that can be left after the last stage. */
  readonly left: number;
  /** The first stage that would run without candidates though it needs some. */
  readonly starved: PlacedStage | undefined;
  /** Rank stages that would keep more than can ever reach them. */
  readonly overKept: readonly OverKept[];
}

interface OverKept {
  readonly at: ValuePath;
  readonly keep: number;
  readonly candidates: number;
}

/** Most candidates that can be left after each stage, worked out without running anything. */
export function outcomesOf(stages: readonly Stage[]): Outcomes {
  const walk = new Walk();
  let left = 0;
  for (const [index, stage] of stages.entries()) left = walk.after(stage, ['stages', index], left);
  return { left, starved: walk.starved, overKept: walk.overKept };
}

class Walk {
  starved: Outcomes['starved'];
  readonly overKept: OverKept[] = [];

  after(stage: Stage, at: ValuePath, count: number): number {
    const { times, mayEndEarly } = passesOf(stage);
    const inner = placedInner(stage, at);
    let left = count;
    // The most candidates right after any verify stage: a loop may end there.
    let accepted = 0;
    // What a pass leaves depends on its input only up to the second pass: a stage either sets the
    // count, keeps it, or lowers it to a fixed number.
    for (let pass = 0; pass < Math.min(times, 2); pass++) {
      for (const placed of inner) {
        left = this.#afterSimple(placed, left, pass > 0);
        if (simpleRecordOf(placed.stage).accepts) accepted = Math.max(accepted, left);
      }
    }
    return mayEndEarly ? Math.max(left, accepted) : left;
  }

  /** In a second pass a rank stage may meet fewer candidates than it keeps; that is no mistake. */
  #afterSimple({ stage, at }: PlacedStage, count: number, again: boolean): number {
    const record = simpleRecordOf(stage);
    if (count === 0 && !record.opens) this.starved ??= { at, stage };
    const { kept = 0 } = record.counts(stage);
    if (count > 0 && kept > count && !again) this.overKept.push({ at, keep: kept, candidates: count });
    return record.after(stage, count);
  }
}
