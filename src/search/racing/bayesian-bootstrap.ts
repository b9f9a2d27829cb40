import { elementAt, numberAt } from '../../core/element-at.ts';
import { float64At } from '../../core/linear.ts';
import { createRng } from '../../core/rng.ts';
import { marginsOf, pseudoLoss } from './margins.ts';
import type { DuelRule, RacingSettings } from './rule.ts';

const draws = 400;

/**
 * Bayesian bootstrap (Rubin 1981): cells get random Dirichlet weights, and the candidate goes when the rival
 * is at least as good in all objectives at once under a share of at least 1 − alpha of the draws. Alpha is
 * the posterior chance accepted at each look against each rival, not an error rate over all of them. The score
 * has one cell in which the candidate wins, or few cells would all agree.
 *
 * The weights of a cell's number are always the same, drawn from a stream of their own, so that the rule
 * stays a function of its arguments.
 */
export function createBayesianBootstrap(settings: RacingSettings): DuelRule {
  const { objectives, alpha, scoreTolerance } = settings;
  const weights = new Weights();
  return (duel) => {
    const columns: number[][] = [];
    for (const [column, name] of objectives.entries()) {
      const margins = marginsOf(duel, column, settings);
      // Cheap, and most duels end here; NaN ends here too.
      if (!(margins.reduce((sum, margin) => sum + margin, 0) >= 0)) return false;
      columns.push([name === 'score' ? pseudoLoss(margins, scoreTolerance) : 0, ...margins]);
    }
    return weights.areNotNegative(columns, Math.floor(alpha * draws));
  };
}

/** Unnormalised Dirichlet(1, …, 1) weights: an exponential number for each cell's number and draw. */
class Weights {
  readonly #rng = createRng('racing/bayesian-bootstrap');
  readonly #ofCell: Float64Array[] = [];

  /** Whether, in all but `exceptions` draws, no column has a negative weighted sum. */
  areNotNegative(columns: readonly (readonly number[])[], exceptions: number): boolean {
    const isNegative = new Uint8Array(draws);
    for (const column of columns) {
      const sums = new Float64Array(draws);
      for (let cell = 0; cell < column.length; cell++) {
        const value = numberAt(column, cell);
        if (value === 0) continue;
        const weights = this.#weightsOf(cell);
        for (let draw = 0; draw < draws; draw++) {
          sums[draw] = float64At(sums, draw) + value * float64At(weights, draw);
        }
      }
      let found = 0;
      for (let draw = 0; draw < draws; draw++) {
        if (!(float64At(sums, draw) >= 0)) isNegative[draw] = 1;
        found += elementAt(isNegative, draw);
      }
      if (found > exceptions) return false;
    }
    return true;
  }

  #weightsOf(cell: number): Float64Array {
    while (this.#ofCell.length <= cell) {
      const rng = this.#rng.derive(this.#ofCell.length);
      this.#ofCell.push(Float64Array.from({ length: draws }, () => -Math.log(1 - rng.next())));
    }
    return elementAt(this.#ofCell, cell);
  }
}
