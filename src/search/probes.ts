import type { Rng } from '../core/rng.ts';
import { isSingle } from '../domain/headliners.ts';
import { type Agent, configId, type MoaConfig } from '../domain/moa-config.ts';
import { buildAgent, drawAgent, promptsFor } from './library.ts';
import { finishConfig, named } from './normal-form.ts';
import { proposersOf } from './operators/proposers.ts';
import type { SearchSpace } from './space.ts';
import type { StartedProposal } from './strategy.ts';

/** Of no more prompts than so many a search asks each alone soon enough by itself. */
const fewPrompts = 12;

/**
 * Single agents: cheap to try, and what one answers serves every config that begins with it. What a prompt alone tells
 * of others with it is not in what it would gain itself, so that of many prompts some would be asked late.
 */
export class Probes {
  readonly #space: SearchSpace;
  /** Prompts that an agent was asked alone with. */
  readonly #asked = new Set<string>();

  constructor(space: SearchSpace) {
    this.#space = space;
  }

  /** To be told of every config that is tried. */
  add(config: MoaConfig): void {
    const [agent] = proposersOf(config);
    if (agent !== undefined && isSingle(config)) this.#asked.add(agent.prompt);
  }

  /** Any single agent; `undefined` where the space has none. */
  draw(rng: Rng, prompts?: readonly string[]): StartedProposal | undefined {
    const space = this.#space;
    const drawn = drawAgent(space, 'proposer', rng);
    const prompt = prompts === undefined ? drawn.prompt : rng.pick(prompts);
    return this.#alone({ ...drawn, prompt }, 'probe', rng);
  }

  #alone(agent: Agent, operator: string, rng: Rng): StartedProposal | undefined {
    const space = this.#space;
    const agents = [buildAgent(space, { ...agent, samples: space.samples.min })];
    const config = finishConfig(named([{ kind: 'propose', agents }]), space, rng);
    if (config === undefined || config.stages.length > 1) return undefined;
    return { config, origin: { operator, parents: [] }, id: configId(config) };
  }

  /** An agent alone, by another model; `undefined` where the space has no single agents. */
  byModel(agent: Agent, model: string, rng: Rng): StartedProposal | undefined {
    return this.#alone({ ...agent, model }, 'rewritten-alone', rng);
  }

  /** Proposers' prompts that nobody was asked alone with, where the space has many; none where it has few. */
  unasked(): readonly string[] {
    const prompts = promptsFor(this.#space, 'proposer');
    return prompts.length <= fewPrompts ? [] : prompts.filter((prompt) => !this.#asked.has(prompt));
  }
}
