/** Bets as shares of the largest that cannot go bankrupt; the wealth is their average. */
const bets = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9] as const;

/**
 * What a gambler has who began with 1 and bets that values are above 0 on the average, by a mixture of constant
 * bets, which needs no tuning. Where they are not, it is a supermartingale: it ever reaches 1/alpha with
 * probability at most alpha (Ville), however often one looks.
 */
export class Wealth {
  readonly #byBet: Float64Array;

  /** @param state what {@link Wealth.state} gave; default: the beginning */
  constructor(state?: readonly number[]) {
    this.#byBet = state === undefined ? new Float64Array(bets.length).fill(1) : Float64Array.from(state);
  }

  /**
   * @param worst the largest loss that the value could have brought: it is at least its negative
   * @returns the wealth after it
   */
  take(value: number, worst: number): number {
    for (const [index, bet] of bets.entries()) {
      (this.#byBet[index] as number) *= 1 + (bet / worst) * value;
    }
    return this.value;
  }

  get value(): number {
    let sum = 0;
    for (let index = 0; index < bets.length; index++) sum += this.#byBet[index] as number;
    return sum / bets.length;
  }

  state(): number[] {
    return [...this.#byBet];
  }
}
