import { meansOf } from '../../../../src/domain/estimates.ts';
import { type ConfigId, configId } from '../../../../src/domain/moa-config.ts';
import type { Measurement, ObjectiveName } from '../../../../src/domain/objective.ts';
import { normaliseObjective } from '../../../../src/pareto/index.ts';
import type {
  Proposal,
  StartedProposal,
  Strategy,
  StrategyContext,
  TrialReport,
} from '../../../../src/search/strategy.ts';
import type { FlatSpace } from './encoding.ts';
import type { OptunaStudy } from './optuna.ts';

/** Asks that bring nothing new in a row after which a space counts as used up. */
const triesForNew = 40;

/**
 * Optuna as a strategy, for a search that grows fidelity: it is told what a trial measured, and told again when
 * the trial was measured on more cells. Configs that others propose (the singles) are enqueued.
 */
export class OptunaStrategy implements Strategy {
  readonly name = 'optuna';
  readonly #context: StrategyContext;
  readonly #study: OptunaStudy;
  readonly #flat: FlatSpace;
  readonly #numbers = new Map<ConfigId, number>();
  readonly #told = new Map<ConfigId, readonly number[]>();
  /** Assignments that decoded to no config. */
  failed = 0;
  /** Assignments that decoded to a known config. */
  repeated = 0;

  constructor(context: StrategyContext, flat: FlatSpace, study: OptunaStudy) {
    this.#context = context;
    this.#study = study;
    this.#flat = flat;
  }

  ask(): Proposal | 'exhausted' {
    for (let attempt = 0; attempt < triesForNew; attempt++) {
      const { number, params } = this.#study.ask();
      const config = this.#flat.decode(params);
      if (config === undefined) {
        this.failed++;
        this.#study.tell(number, null);
        continue;
      }
      const id = configId(config);
      if (!this.#context.isKnown(id)) {
        this.#numbers.set(id, number);
        return { config, origin: { operator: 'optuna', parents: [] } };
      }
      this.repeated++;
      this.#study.tell(number, this.#told.get(id) ?? null);
    }
    return 'exhausted';
  }

  asked(proposal: StartedProposal): void {
    const { number } = this.#study.enqueue(this.#flat.encode(proposal.config));
    this.#numbers.set(proposal.id, number);
  }

  tell(report: TrialReport): void {
    const number = this.#numbers.get(report.id);
    if (number === undefined) return;
    const values = lossesOf(meansOf(report.estimates), this.#context.objectives);
    if (this.#told.has(report.id)) {
      if (values !== null) this.#study.update(number, values);
    } else this.#study.tell(number, values);
    if (values !== null) this.#told.set(report.id, values);
  }
}

/** What a peer minimises: 1 - score and costs on the tool's logarithmic scale, which suits it better than raw costs. */
function lossesOf(means: Measurement, objectives: readonly ObjectiveName[]): number[] | null {
  const losses = objectives.map((name) => {
    const value = means[name];
    return value === null ? null : normaliseObjective(name, value);
  });
  return losses.every((loss) => loss !== null) ? (losses as number[]) : null;
}
