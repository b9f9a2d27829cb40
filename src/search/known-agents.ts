import type { Rng } from '../core/rng.ts';
import { type Agent, configId, type MoaConfig } from '../domain/moa-config.ts';
import { buildAgent } from './library.ts';
import { finishConfig, named } from './normal-form.ts';
import { proposersOf } from './operators/proposers.ts';
import type { ReplayIndex } from './replay.ts';
import type { SearchSpace } from './space.ts';
import type { Proposal } from './strategy.ts';
import type { Answerer } from './surrogate/encoded-config.ts';

/** Operator of a vote among agents that the run has asked already: it costs nothing. */
const recombine = 'recombine';

/** Chance that an agent is drawn, by its place among the known ones: the best far more often. */
const placeDecay = 0.8;
/** So many of the best known agents are drawn from. */
const mostAgents = 24;

interface Known {
  readonly agent: Agent;
  readonly call: number;
  /** Mean score as a single; `undefined` of agents that were only part of something. */
  readonly score: number | undefined;
}

/**
 * Agents that have answered the question alone, at the beginning of some config. Votes among them need no new
 * call, so they can be tried as many as there are before anything is paid.
 */
export class KnownAgents {
  readonly #space: SearchSpace;
  readonly #replay: ReplayIndex;
  readonly #known = new Map<number, Known>();
  #ranked: Known[] | undefined;

  constructor(space: SearchSpace, replay: ReplayIndex) {
    this.#space = space;
    this.#replay = replay;
  }

  /** Whether votes are allowed at all. */
  get mayVote(): boolean {
    const { stages, agents, samples } = this.#space;
    return stages.max > 0 && stages.kinds.includes('vote') && (agents.max > 1 || samples.max > 1);
  }

  /** @param single the mean score, where the config is one agent asked once */
  add(config: MoaConfig, answerers: readonly Answerer[], single: number | undefined): void {
    const agents = proposersOf(config);
    for (const [index, { call }] of answerers.entries()) {
      const agent = agents[index];
      if (agent === undefined) continue;
      const score = single ?? this.#known.get(call)?.score;
      this.#known.set(call, { agent, call, score });
      this.#ranked = undefined;
    }
  }

  /** A vote among known agents with as many samples as were asked on `cells` cells; `undefined` where none fits. */
  draw(cells: number, rng: Rng): (Proposal & { readonly id: string }) | undefined {
    const ranked = this.#rank();
    if (ranked.length === 0) return undefined;
    const { agents: range, samples } = this.#space;
    const most = Math.min(range.max, ranked.length);
    const count = Math.max(range.min, 1 + rng.integer(most));
    const pool = [...ranked];
    const drawn: Agent[] = [];
    while (drawn.length < count && pool.length > 0) {
      const at = rng.weighted(pool.map((_, place) => placeDecay ** place));
      const [{ agent, call }] = pool.splice(at, 1) as [Known];
      const asked = Math.min(samples.max, this.#replay.samplesOf(call, cells));
      if (asked < samples.min) continue;
      const wanted = samples.min + rng.integer(asked - samples.min + 1);
      drawn.push(buildAgent(this.#space, { ...agent, samples: wanted }));
    }
    // Of two answers a vote takes the first: nothing that the agent alone would not say.
    const answers = drawn.reduce((sum, { samples: own = 1 }) => sum + own, 0);
    if (answers < 3) return undefined;
    const rough = named([{ kind: 'propose', agents: drawn }, { kind: 'vote' }]);
    const config = finishConfig(rough, this.#space, rng);
    if (config?.stages.at(-1)?.kind !== 'vote') return undefined;
    return { config, origin: { operator: recombine, parents: [] }, id: configId(config) };
  }

  #rank(): Known[] {
    this.#ranked ??= [...this.#known.values()]
      .sort((a, b) => (b.score ?? -1) - (a.score ?? -1) || a.call - b.call)
      .slice(0, mostAgents);
    return this.#ranked;
  }
}
