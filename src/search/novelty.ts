import { asksAnyOf, type ConfigId, configId, type MoaConfig } from '../domain/moa-config.ts';
import { enumerateConfigs } from './enumerate.ts';
import type { SearchSpace } from './space.ts';
import type { Proposal, StrategyContext } from './strategy.ts';

/**
 * Keeps a strategy from proposing a config twice. When drawing brings nothing new any more, the space is
 * walked in a fixed order to its next unknown config: what a search proposes is `exhausted` only when the
 * walk has reached the end, which proves it of the space as it is at present. Configs never become unknown again, so the walk goes on where
 * it stopped, and a rebuilt search, whose walk starts anew, comes to the same config.
 */
export class Novelty {
  readonly #context: StrategyContext;
  readonly #asked = new Set<ConfigId>();
  #walk: { readonly space: SearchSpace; readonly configs: Generator<MoaConfig, void> } | undefined;
  /** Found by the walk but not yet known to have been asked. */
  #found: MoaConfig | undefined;
  #ended = false;

  constructor(context: StrategyContext) {
    this.#context = context;
  }

  isNew(id: ConfigId): boolean {
    return !this.#asked.has(id) && !this.#context.isKnown(id);
  }

  /** Whether it is new, and needs no model that is held back: children keep the models of their parents. */
  suits(id: ConfigId, config: MoaConfig): boolean {
    const held = this.#context.heldBack?.();
    return (held === undefined || !asksAnyOf(config, held)) && this.isNew(id);
  }

  /** Counts a config as proposed. */
  add(id: ConfigId): void {
    this.#asked.add(id);
  }

  /** The first config that suits among `tries` draws. */
  draw(tries: number, next: () => Proposal | undefined): Proposal | undefined {
    for (let attempt = 0; attempt < tries; attempt++) {
      const proposal = next();
      if (proposal !== undefined && this.suits(configId(proposal.config), proposal.config)) return proposal;
    }
    return undefined;
  }

  /** The next new config of the space in the fixed order; `undefined` when there is none left. */
  walk(): MoaConfig | undefined {
    const { space } = this.#context;
    if (this.#walk?.space !== space) {
      this.#walk = { space, configs: enumerateConfigs(space) };
      this.#found = undefined;
      this.#ended = false;
    }
    if (this.#found !== undefined && this.isNew(configId(this.#found))) return this.#found;
    if (this.#ended) return undefined;
    for (;;) {
      const step = this.#walk.configs.next();
      if (step.done === true) {
        this.#ended = true;
        return undefined;
      }
      this.#found = step.value;
      if (this.isNew(configId(step.value))) return step.value;
    }
  }
}
