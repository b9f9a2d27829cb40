import { Wealth } from '../search/racing/wealth.ts';
import type { Decision } from './learner.ts';

export interface ChallengesState {
  readonly admitted: readonly string[];
  readonly wealth: Readonly<Record<string, { readonly always: number[]; readonly where: number[] }>>;
}

/** Chance that an arm is ever admitted which makes the champion no better. */
const alpha = 0.05;

/**
 * Which arms may be champion. Another is admitted when an e-process says that the champion would be better with it:
 * either it alone in the champion's place, or where more is expected of it. What each choice is worth on a request
 * is estimated from its propensities (doubly robust), so the choice of what was tried takes no side; the test may
 * be looked at after every reward.
 */
export class Challenges {
  readonly #admitted: Set<string>;
  readonly #wealth = new Map<string, { always: Wealth; where: Wealth }>();

  constructor(state?: ChallengesState) {
    this.#admitted = new Set(state?.admitted);
    for (const [id, { always, where }] of Object.entries(state?.wealth ?? {}))
      this.#wealth.set(id, { always: new Wealth(always), where: new Wealth(where) });
  }

  isAdmitted(id: string): boolean {
    return this.#admitted.has(id);
  }

  /** Where none of a request's arms was admitted yet, the one that it got as its champion is. */
  admitFirst(arms: readonly string[], champion: number): void {
    if (arms.some((id) => this.#admitted.has(id))) return;
    this.#admitted.add(arms[champion] as string);
  }

  take({ arms, propensities, expected, champion, chosen }: Decision, reward: number): void {
    const needed = (arms.length - 1) / alpha;
    const held = expected[champion] as number;
    const heldChance = propensities[champion] as number;
    for (const [at, id] of arms.entries()) {
      const chance = propensities[at] as number;
      if (chance === 0 || at === champion || this.#admitted.has(id)) continue;
      const own = expected[at] as number;
      let gain = own - held;
      if (chosen === at) gain += (reward - own) / chance;
      if (chosen === champion) gain -= (reward - held) / heldChance;
      const worst = Math.max(own / chance, (1 - held) / heldChance) + held - own;
      const wealth = this.#wealth.get(id) ?? { always: new Wealth(), where: new Wealth() };
      this.#wealth.set(id, wealth);
      const always = wealth.always.take(gain, worst);
      const where = own > held ? wealth.where.take(gain, worst) : wealth.where.value;
      if ((always + where) / 2 < needed) continue;
      this.#admitted.add(id);
      // The champion is another one now: whoever challenges it begins anew.
      this.#wealth.clear();
      return;
    }
  }

  /** The arm has changed: what it was admitted for holds no longer. */
  forget(id: string): void {
    this.#admitted.delete(id);
    this.#wealth.clear();
  }

  state(): ChallengesState {
    const wealth = [...this.#wealth].map(([id, { always, where }]) => [
      id,
      { always: always.state(), where: where.state() },
    ]);
    return { admitted: [...this.#admitted], wealth: Object.fromEntries(wealth) };
  }
}
