import type { Rng } from '../../core/rng.ts';
import { cellOfKey } from '../../domain/cell.ts';
import type { ConfigId, MoaConfig } from '../../domain/moa-config.ts';
import type { TrialReport } from '../strategy.ts';

type Cells = TrialReport['cells'];

/** Mean score of each instance among scored cells. */
export function meansByInstance(cells: Cells): Map<string, number> {
  const sums = new Map<string, { score: number; cells: number }>();
  for (const { key, measurement } of cells) {
    if (measurement.score === null) continue;
    const { instance } = cellOfKey(key);
    const sum = sums.get(instance) ?? { score: 0, cells: 0 };
    sums.set(instance, { score: sum.score + measurement.score, cells: sum.cells + 1 });
  }
  return new Map([...sums].map(([instance, sum]) => [instance, sum.score / sum.cells]));
}

/** Instances on which the first did better than the second, among those that both were asked. */
export function betterOn(
  first: ReadonlyMap<string, number>,
  second: ReadonlyMap<string, number>,
): Set<string> {
  return new Set(
    [...first].filter(([name, score]) => score > (second.get(name) ?? score)).map(([name]) => name),
  );
}

export interface ScoredTrial {
  readonly id: ConfigId;
  readonly config: MoaConfig;
  readonly score: number;
  readonly means: ReadonlyMap<string, number>;
}

/** Trials among which winners are looked for: the best by score. */
const compared = 64;

/** How finished trials did on each instance, and which are best on any (Agrawal et al. 2025, "GEPA"). */
export class InstanceScores {
  readonly #told = new Map<ConfigId, TrialReport>();
  readonly #scored = new Map<ConfigId, { readonly of: Cells; readonly trial: ScoredTrial }>();

  /** To be told of finished trials; told again, a trial moves. */
  tell(report: TrialReport): void {
    if (report.estimates.score.mean !== null) this.#told.set(report.id, report);
  }

  /**
   * Trials that are best on an instance, ties included, each with the number of such instances. Whoever is best only
   * where others that are left are best, too, is left out, the one with fewest such instances first.
   */
  winners(): readonly { readonly trial: ScoredTrial; readonly best: number }[] {
    const byInstance = new Map<string, { score: number; trials: ScoredTrial[] }>();
    for (const trial of this.#best()) {
      for (const [instance, score] of trial.means) {
        const known = byInstance.get(instance);
        if (known === undefined || score > known.score) byInstance.set(instance, { score, trials: [trial] });
        else if (score === known.score) known.trials.push(trial);
      }
    }
    // Where nobody scored nobody won.
    const won = [...byInstance.values()]
      .filter(({ score }) => score > 0)
      .map(({ trials }) => new Set(trials));
    const countOf = (trial: ScoredTrial): number => won.filter((trials) => trials.has(trial)).length;
    const found = [...new Set(won.flatMap((trials) => [...trials]))].map((trial) => ({
      trial,
      best: countOf(trial),
    }));
    const left: typeof found = [];
    for (const winner of found.sort((a, b) => a.best - b.best || a.trial.score - b.trial.score)) {
      const isNeeded = won.some((trials) => trials.has(winner.trial) && trials.size === 1);
      if (isNeeded) left.push(winner);
      else for (const trials of won) trials.delete(winner.trial);
    }
    return left;
  }

  /** A winner, drawn by the number of instances that it is best on; `undefined` where there is none. */
  draw(rng: Rng, among: ReturnType<InstanceScores['winners']> = this.winners()): ScoredTrial | undefined {
    return among.length === 0 ? undefined : among[rng.weighted(among.map(({ best }) => best))]?.trial;
  }

  #best(): ScoredTrial[] {
    const scoreOf = ({ estimates }: TrialReport): number => estimates.score.mean ?? 0;
    return [...this.#told.values()]
      .sort((a, b) => scoreOf(b) - scoreOf(a))
      .slice(0, compared)
      .map((report) => this.#scoredOf(report));
  }

  #scoredOf({ id, config, cells, estimates }: TrialReport): ScoredTrial {
    const known = this.#scored.get(id);
    if (known?.of === cells) return known.trial;
    const trial = { id, config, score: estimates.score.mean ?? 0, means: meansByInstance(cells) };
    this.#scored.set(id, { of: cells, trial });
    return trial;
  }
}
