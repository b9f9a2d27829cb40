import { elementAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import { totalSamples } from '../domain/agent.ts';
import { type ConfigId, configId, type MoaConfig } from '../domain/moa-config.ts';
import type { View } from './acquisition.ts';
import type { Arms } from './bandit/arms.ts';
import { breed, choosingAtOnce, operatorArms, operatorsOf } from './bandit/breeding.ts';
import type { Reward } from './bandit/rewards.ts';
import type { BelievedFront } from './believed-front.ts';
import { BelievedParents } from './believed-parents.ts';
import { KnownAgents } from './known-agents.ts';
import { promptsFor } from './library.ts';
import type { Novelty } from './novelty.ts';
import { proposersOf } from './operators/proposers.ts';
import { Parents } from './parents.ts';
import { Probes } from './probes.ts';
import type { ReplayIndex } from './replay.ts';
import { presetConfigs } from './start-configs.ts';
import { fewestVotes } from './steps.ts';
import type { StartedProposal, StrategyContext, TrialReport } from './strategy.ts';
import type { CostFit } from './surrogate/cost-fit.ts';
import type { EncodedConfig } from './surrogate/encoded-config.ts';
import { asksOneAgentOnce, type TrialLog } from './surrogate/trial-log.ts';
import { manyTrials } from './surrogate/variances.ts';

/** How many configs are compared for each proposal. */
export interface CandidateOptions {
  /** Children of earlier trials. Default 24. */
  readonly children: number;
  /** These are at most so many draws. Default 48. */
  readonly tries: number;
  /** Votes of agents that ran already. Default 12. */
  readonly freeChildren: number;
  /** Fusions of agents that ran already, as soon as there are many trials. Default 12. */
  readonly fusions: number;
  /** Single agents that were not tried yet. Default 16. */
  readonly probes: number;
}

/** A written prompt of the front is tried alone by so many of the best models, as far as is known. */
const rewrittenFor = 2;

export interface CandidatesSubject {
  readonly context: StrategyContext;
  readonly options: CandidateOptions;
  readonly novelty: Novelty;
  readonly log: TrialLog;
  readonly replay: ReplayIndex;
}

/** New configs that a proposal of `auto` is chosen from; none was tried before. */
export class Candidates {
  readonly #subject: CandidatesSubject;
  readonly #operators: Arms;
  readonly #parents: Parents;
  readonly #agents: KnownAgents;
  readonly #probes: Probes;
  #breeders: { readonly front: BelievedFront; readonly parents: BelievedParents } | undefined;
  /** Presets with the models that were best at the time of a fit. */
  #pipelines: { readonly position: number; readonly children: readonly StartedProposal[] } | undefined;

  constructor(subject: CandidatesSubject) {
    const { space, objectives } = subject.context;
    this.#subject = subject;
    this.#operators = operatorArms(space);
    this.#parents = new Parents(objectives);
    this.#agents = new KnownAgents(space, subject.replay);
    this.#probes = new Probes(space);
  }

  /** To be told of every config that is tried. */
  asked(config: MoaConfig): void {
    this.#probes.add(config);
  }

  /** @param reward where the trial is told for the first time */
  tell(report: TrialReport, reward: Reward | undefined): void {
    if (reward !== undefined && report.status !== 'failed')
      this.#operators.credit(operatorsOf(report.origin.operator), reward.reward, reward.tokens);
    this.#parents.add(report);
  }

  /** To be told, with how they are encoded, of trials that have cells. */
  learnAgents({ config, estimates }: TrialReport, encoded: EncodedConfig): void {
    const single = asksOneAgentOnce(encoded) ? (estimates.score.mean ?? undefined) : undefined;
    this.#agents.add(config, encoded.answerers, single);
  }

  /** A child as it comes. @param view what is believed, where anything is */
  any(view: View | undefined, rng: Rng): StartedProposal | undefined {
    if (view !== undefined) return this.#breed(1, this.#parentsIn(view), rng)[0];
    return this.#parents.size === 0 ? undefined : this.#breed(1, this.#parents, rng)[0];
  }

  /**
   * Single agents that tell more of others than they gain themselves: with prompts that nobody was asked alone with, where
   * the space has many of these, and with written prompts by the best models.
   */
  screened(view: View, rng: Rng): Iterable<StartedProposal> {
    const prompts = this.#probes.unasked();
    const found = new Map<ConfigId, StartedProposal>();
    for (const child of this.#rewritten(view, rng)) this.#add(found, child);
    for (let count = 0; count < this.#subject.options.probes && prompts.length > 0; count++)
      this.#add(found, this.#probes.draw(rng, prompts));
    return found.values();
  }

  /** All kinds. @param cells that a new trial gets */
  all(view: View, cells: number, rng: Rng): Iterable<StartedProposal> {
    const { options, log } = this.#subject;
    const { children, freeChildren, fusions, probes } = options;
    const found = new Map(
      this.#breed(children, this.#parentsIn(view), rng).map((child) => [child.id, child]),
    );
    if (this.#agents.mayVote) {
      for (let count = 0; count < freeChildren; count++) this.#add(found, this.#agents.drawVote(cells, rng));
    }
    for (let count = 0; count < probes; count++) this.#add(found, this.#probes.draw(rng));
    if (this.#agents.mayFuse && log.trials.length >= manyTrials) {
      for (let count = 0; count < fusions; count++) this.#add(found, this.#agents.drawFusion(rng));
    }
    for (const child of this.#presets(view.fit)) this.#add(found, child);
    return found.values();
  }

  /**
   * Agents of the front whose prompts are not the space's, alone, by the best models: a prompt that was written for one
   * model stays with it, since no operator draws it, and may serve a better one as well.
   */
  *#rewritten(view: View, rng: Rng): Iterable<StartedProposal | undefined> {
    const { context, log } = this.#subject;
    const ofSpace = promptsFor(context.space, 'proposer');
    const agents = view.front.members
      .flatMap(({ trial }) => proposersOf(elementAt(log.trials, trial).config))
      .filter(({ prompt }) => !ofSpace.includes(prompt));
    if (agents.length === 0) return;
    for (const model of this.#ranked(view.fit).slice(0, rewrittenFor))
      for (const agent of agents) yield this.#probes.byModel(agent, model, rng);
  }

  /** The space's models, those first whose single agents score best as far as is known. */
  #ranked(fit: CostFit): string[] {
    const { context, log } = this.#subject;
    const score = (model: string): number => fit.knowledge.scoreOf(log.encoder.modelIndex(model));
    return [...new Set(context.space.models)].sort((a, b) => score(b) - score(a));
  }

  #add(found: Map<ConfigId, StartedProposal>, child: StartedProposal | undefined): void {
    if (child !== undefined && this.#subject.novelty.suits(child.id, child.config))
      found.set(child.id, child);
  }

  #breed(wanted: number, parents: Pick<Parents, 'draw'>, rng: Rng): StartedProposal[] {
    const { context, options, novelty } = this.#subject;
    const children = new Map<ConfigId, StartedProposal>();
    const choose = choosingAtOnce(this.#operators, context.space, rng);
    for (let attempt = 0; attempt < options.tries && children.size < wanted; attempt++) {
      const child = breed(parents, choose, context.space, rng);
      if (child !== undefined && !saysNothing(child.config) && novelty.suits(child.id, child.config))
        children.set(child.id, child);
    }
    return [...children.values()];
  }

  #parentsIn({ front }: View): Pick<Parents, 'draw'> {
    if (this.#breeders?.front !== front)
      this.#breeders = { front, parents: new BelievedParents(front, this.#subject.log) };
    return this.#breeders.parents.size === 0 ? this.#parents : this.#breeders.parents;
  }

  /** The well-known pipelines compete like children until they were tried. */
  #presets(fit: CostFit): readonly StartedProposal[] {
    if (this.#pipelines?.position !== fit.position) {
      const { space } = this.#subject.context;
      const children = presetConfigs(space, this.#ranked(fit)).map((config): StartedProposal => {
        return { config, origin: { operator: 'preset', parents: [] }, id: configId(config) };
      });
      this.#pipelines = { position: fit.position, children };
    }
    return this.#pipelines.children;
  }
}

/** A vote of too few. */
function saysNothing({ stages }: MoaConfig): boolean {
  const [first, second] = stages;
  return first?.kind === 'propose' && second?.kind === 'vote' && totalSamples(first.agents) < fewestVotes;
}
