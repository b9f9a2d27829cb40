import { remembered } from '../core/remembered.ts';
import type { PlannedCalls } from './surrogate/call-plan.ts';
import { unmet } from './surrogate/call-plan.ts';
import type { Knowledge } from './surrogate/knowledge.ts';

/**
 * Remembers which calls the run has made, and on how many cells. Calls of one run are shared, so a config
 * whose calls were all made before costs nothing: a vote of agents that ran, a new end behind known stages up to
 * the first call that is shown something new.
 */
export class ReplayIndex {
  /** By the call's key: for each sample, on how many cells it was made. */
  readonly #made = new Map<number, number[]>();

  /** @param cells cells on which all calls of the plan were made */
  add(calls: PlannedCalls, cells: number): void {
    for (const { key, samples } of calls) {
      if (key === unmet) continue;
      const made = remembered(this.#made, key, () => []);
      // Where only some of several agents are asked, nothing is sure of any one.
      for (let sample = 0; sample < Math.floor(samples); sample++) {
        made[sample] = Math.max(made[sample] ?? 0, cells);
      }
    }
  }

  /** How many samples of a call were made on at least so many cells. */
  samplesOf(key: number, cells: number): number {
    const made = this.#made.get(key) ?? [];
    const missing = made.findIndex((count) => count < cells);
    return missing < 0 ? made.length : missing;
  }

  /** Tokens that a question is expected to cost on average over so many cells, known calls free. */
  paidTokens(calls: PlannedCalls, cells: number, knowledge: Knowledge): number {
    let paid = 0;
    for (const group of calls) {
      const made = group.key === unmet ? undefined : this.#made.get(group.key);
      const tokens = knowledge.tokensOf(group);
      if (made === undefined) {
        paid += tokens;
        continue;
      }
      let open = 0;
      const samples = Math.ceil(group.samples);
      for (let sample = 0; sample < samples; sample++) {
        open += 1 - Math.min(1, (made[sample] ?? 0) / cells);
      }
      paid += (tokens * open) / samples;
    }
    return paid;
  }
}
