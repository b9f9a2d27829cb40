import { elementAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import { totalSamples } from '../domain/agent.ts';
import { type Agent, configId, type MoaConfig, type Stage } from '../domain/moa-config.ts';
import { drawStage } from './build-stage.ts';
import { buildAgent } from './library.ts';
import { finishConfig, named } from './normal-form.ts';
import { proposersOf } from './operators/proposers.ts';
import type { ReplayIndex } from './replay.ts';
import type { SearchSpace } from './space.ts';
import { fewestVotes } from './steps.ts';
import type { StartedProposal } from './strategy.ts';
import type { Answerer } from './surrogate/encoded-config.ts';

/** Operators of a vote among agents that the run has asked already, which costs nothing, and of a fusion of them. */
const recombine = 'recombine';
const fuseKnown = 'fuse-known';

/** Chance that an agent is drawn, by its place among the known ones: the best far more often. */
const placeDecay = 0.8;
/** So many of the best known agents are drawn from. */
const mostAgents = 24;
const placeWeights = Array.from({ length: mostAgents }, (_, place) => placeDecay ** place);

interface Known {
  readonly agent: Agent;
  readonly call: number;
  /** Mean score as a single; `undefined` of agents that were only part of something. */
  readonly score: number | undefined;
}

/**
 * Agents that have answered the question alone, at the beginning of some config. Votes among them need no new
 * call, so they can be tried as many as there are before anything is paid; fusions of them need one.
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
    const { agents, samples } = this.#space;
    return this.#mayEndWith('vote') && (agents.max > 1 || samples.max > 1);
  }

  /** Whether fusions are. */
  get mayFuse(): boolean {
    return this.#mayEndWith('fuse');
  }

  #mayEndWith(kind: 'vote' | 'fuse'): boolean {
    const { stages } = this.#space;
    return stages.max > 0 && stages.kinds.includes(kind);
  }

  /** @param single the mean score, where the config is one agent asked once */
  add(config: MoaConfig, answerers: readonly Answerer[], single: number | undefined): void {
    const agents = proposersOf(config);
    for (const [index, { call }] of answerers.entries()) {
      const agent = agents[index];
      if (agent === undefined) continue;
      const known = this.#known.get(call);
      const score = single ?? known?.score;
      if (known !== undefined && known.score === score) continue;
      this.#known.set(call, { agent, call, score });
      this.#ranked = undefined;
    }
  }

  /** A vote among known agents with as many samples as were asked on `cells` cells; `undefined` where none fits. */
  drawVote(cells: number, rng: Rng): StartedProposal | undefined {
    const drawn = this.#drawAgents(rng, {
      place: (pool) => rng.weighted(placeWeights.slice(0, pool.length)),
      most: ({ call }) => this.#replay.samplesOf(call, cells),
    });
    if (totalSamples(drawn) < fewestVotes) return undefined;
    return this.#ending(drawn, { kind: 'vote' }, recombine, rng);
  }

  /**
   * A fusion of known agents' answers by any agent; `undefined` where none fits. All known ones are drawn alike: a fuser
   * that is better than what it reads is no child of the best mixtures, nor of any other.
   */
  drawFusion(rng: Rng): StartedProposal | undefined {
    const drawn = this.#drawAgents(rng, {
      place: (pool) => rng.integer(pool.length),
      most: () => this.#space.samples.max,
    });
    if (drawn.length === 0) return undefined;
    return this.#ending(drawn, drawStage(this.#space, { kind: 'fuse' }, rng), fuseKnown, rng);
  }

  /**
   * Known agents, each once, with samples of their own.
   * @param place whose turn it is, of those that are left, the best first
   * @param most samples of it at most; one of fewer than the space allows is left out
   */
  #drawAgents(
    rng: Rng,
    { place, most }: { place: (pool: readonly Known[]) => number; most: (known: Known) => number },
  ): Agent[] {
    const pool = [...this.#rank()];
    if (pool.length === 0) return [];
    const { agents, samples } = this.#space;
    const count = Math.max(agents.min, 1 + rng.integer(Math.min(agents.max, pool.length)));
    const drawn: Agent[] = [];
    while (drawn.length < count && pool.length > 0) {
      const at = place(pool);
      const known = elementAt(pool, at);
      pool.splice(at, 1);
      const asked = Math.min(samples.max, most(known));
      if (asked < samples.min) continue;
      const wanted = samples.min + rng.integer(asked - samples.min + 1);
      drawn.push(buildAgent(this.#space, { ...known.agent, samples: wanted }));
    }
    return drawn;
  }

  #ending(agents: Agent[], end: Stage, operator: string, rng: Rng): StartedProposal | undefined {
    const config = finishConfig(named([{ kind: 'propose', agents }, end]), this.#space, rng);
    if (config?.stages.at(-1)?.kind !== end.kind) return undefined;
    return { config, origin: { operator, parents: [] }, id: configId(config) };
  }

  #rank(): Known[] {
    this.#ranked ??= [...this.#known.values()]
      .sort((a, b) => (b.score ?? -1) - (a.score ?? -1) || a.call - b.call)
      .slice(0, mostAgents);
    return this.#ranked;
  }
}
