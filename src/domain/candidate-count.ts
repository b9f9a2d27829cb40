import { timesOf } from './stages/loop.ts';
import { simpleRecordOf } from './stages/simple-stages.ts';
import { recordOf, type Stage, type StageOf } from './stages/stages.ts';
import type { ValuePath } from './validation.ts';

export interface Outcomes {
  /** Most candidates that can be left after the last stage. */
  readonly left: number;
  /** The first stage that would run without candidates though it needs some. */
  readonly starved: { readonly at: ValuePath; readonly stage: Stage } | undefined;
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
  const left = walk.through(stages, ['stages'], 0).end;
  return { left, starved: walk.starved, overKept: [...walk.overKept.values()] };
}

class Walk {
  starved: Outcomes['starved'];
  readonly overKept = new Map<string, OverKept>();

  /** `verified` is the most candidates right after any verify stage: a loop may end there. */
  through(stages: readonly Stage[], base: ValuePath, start: number): { end: number; verified: number } {
    let count = start;
    let verified = 0;
    for (const [index, stage] of stages.entries()) {
      const at = [...base, index];
      count = this.#after(stage, at, count);
      if (recordOf(stage).accepts) verified = Math.max(verified, count);
    }
    return { end: count, verified };
  }

  #after(stage: Stage, at: ValuePath, count: number): number {
    if (stage.kind === 'loop') return this.#afterLoop(stage, at, count);
    const record = simpleRecordOf(stage);
    if (count === 0 && !record.opens) this.starved ??= { at, stage };
    const { kept = 0 } = record.counts(stage);
    if (count > 0 && kept > count) this.overKept.set(at.join('/'), { at, keep: kept, candidates: count });
    return record.after(stage, count);
  }

  #afterLoop(stage: StageOf<'loop'>, at: ValuePath, count: number): number {
    const times = timesOf(stage);
    let left = count;
    let verified = 0;
    // What a pass leaves depends on its input only up to the second pass: a stage either sets the
    // count, keeps it, or lowers it to a fixed number.
    for (let pass = 0; pass < Math.min(times, 2); pass++) {
      // In a second pass a rank stage may meet fewer candidates than it keeps; that is no mistake.
      const known = new Map(this.overKept);
      const inner = this.through(stage.stages, [...at, 'stages'], left);
      if (pass > 0) {
        this.overKept.clear();
        for (const [key, value] of known) this.overKept.set(key, value);
      }
      left = inner.end;
      verified = Math.max(verified, inner.verified);
    }
    return stage.until === 'verified' ? Math.max(left, verified) : left;
  }
}
