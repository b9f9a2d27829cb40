import type { Agent, MoaConfig, SimpleStage, Stage } from '../../domain/moa-config.ts';

/** Calls of one agent at one place of a config, made side by side. */
export interface CallGroup {
  /** Configs whose groups have equal keys make the same calls, as far as their samples go. */
  readonly key: number;
  /** How many, numbered from 0; a share of one where only some of several agents are chosen. */
  readonly samples: number;
  readonly model: number;
  /** Answers shown to the agent with the question. */
  readonly reads: number;
  /** Groups of one step run at the same time; steps follow one another. */
  readonly step: number;
}

export type PlannedCalls = readonly CallGroup[];

/** A loop that ends when an answer is accepted is planned with so many passes. */
const untilVerifiedTimes = 2;

/** Key of what has not been met before. */
export const unmet = -1;

/**
 * Lists the calls that a config makes for one question, with keys by which configs share them: a call is the
 * same when the model, the settings and everything that it is shown are the same. An agent that answers
 * first is shown the question alone; later calls depend on all that came before them.
 */
export class CallPlanner {
  readonly #models: ReadonlyMap<string, number>;
  readonly #keys = new Map<string, number>();

  constructor(models: ReadonlyMap<string, number>) {
    this.#models = models;
  }

  /** Key of an agent's answer to the question alone; {@link unmet} where no config that was kept made it. */
  keyOfAnswer(agent: Agent): number {
    return this.#look(settingsOf(agent, this.#look));
  }

  /** @param keep remembers the config's calls; of configs that are only thought of, calls stay {@link unmet} */
  plan(config: MoaConfig, keep: boolean): PlannedCalls {
    const walk = new Walk(this.#models, keep ? this.#keep : this.#look);
    for (const stage of config.stages) walk.through(stage);
    return walk.groups;
  }

  readonly #look: Keys = (text) => this.#keys.get(text) ?? unmet;

  readonly #keep: Keys = (text) => {
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    this.#keys.set(text, this.#keys.size);
    return this.#keys.size - 1;
  };
}

/** Numbers texts; {@link unmet} for one that is not to be remembered. */
type Keys = (text: string) => number;

/** The past of an opening stage. */
const nothing = -2;

class Walk {
  readonly groups: CallGroup[] = [];
  readonly #models: ReadonlyMap<string, number>;
  readonly #keys: Keys;
  /** Stands for everything that has happened so far. */
  #past = nothing;
  #step = 0;
  #candidates = 0;

  constructor(models: ReadonlyMap<string, number>, keys: Keys) {
    this.#models = models;
    this.#keys = keys;
  }

  through(stage: Stage): void {
    if (stage.kind !== 'loop') {
      this.#simple(stage);
      return;
    }
    const times = stage.until === 'verified' ? untilVerifiedTimes : (stage.times ?? 3);
    for (let time = 0; time < times; time++) for (const inner of stage.stages) this.#simple(inner);
  }

  #simple(stage: SimpleStage): void {
    switch (stage.kind) {
      case 'propose':
        this.#propose(stage.agents, stage.rounds ?? 1);
        return;
      case 'route':
        this.#one(stage.router, 1, 0);
        this.#next();
        this.#answers(stage.agents, stage.choose / stage.agents.length);
        this.#candidates = Math.max(1, Math.round(this.#candidates * (stage.choose / stage.agents.length)));
        break;
      case 'critique':
        for (const agent of stage.agents) this.#one(agent, agent.samples ?? 1, this.#candidates);
        this.#next();
        break;
      case 'verify':
        this.#one(stage.agent, this.#candidates, 1);
        this.#next();
        break;
      case 'rank':
        this.#one(stage.agent, 1, this.#candidates);
        this.#next();
        this.#candidates = Math.min(stage.keep, this.#candidates);
        break;
      case 'vote':
        this.#candidates = 1;
        break;
      case 'fuse':
        this.#one(stage.agent, 1, this.#candidates);
        this.#next();
        this.#candidates = 1;
        break;
    }
    this.#goOn(this.#shapeOf(stage));
  }

  /** Rounds share their beginnings: the second of three rounds is the second of two. */
  #propose(agents: readonly Agent[], rounds: number): void {
    if (this.#past === nothing) {
      this.#answers(agents, 1);
    } else {
      for (const agent of agents) this.#one(agent, agent.samples ?? 1, this.#candidates);
      this.#next();
      this.#candidates = count(agents);
    }
    const crew = `propose ${this.#crewOf(agents)}`;
    this.#goOn(crew);
    for (let round = 1; round < rounds; round++) {
      for (const agent of agents) this.#one(agent, agent.samples ?? 1, this.#candidates);
      this.#next();
      this.#goOn(crew);
    }
  }

  #answers(agents: readonly Agent[], share: number): void {
    for (const agent of agents) {
      this.#add(this.#settings(agent), agent, (agent.samples ?? 1) * share, 0);
    }
    this.#next();
    this.#candidates = count(agents);
  }

  #one(agent: Agent, samples: number, reads: number): void {
    const key = this.#keyIn(this.#past, `:${this.#settings(agent)}`);
    this.#add(key, agent, samples, reads);
  }

  #add(key: number, agent: Agent, samples: number, reads: number): void {
    const model = this.#models.get(agent.model) ?? -1;
    this.groups.push({ key, samples, model, reads, step: this.#step });
  }

  #next(): void {
    this.#step++;
  }

  #goOn(what: string): void {
    this.#past = this.#keyIn(this.#past, `>${what}`);
  }

  /** Nothing is known of what follows from something unmet. */
  #keyIn(past: number, what: string): number {
    return past === unmet || what.includes(`${unmet}`) ? unmet : this.#keys(`${past}${what}`);
  }

  #settings(agent: Agent): number {
    return this.#keys(settingsOf(agent, this.#keys));
  }

  #crewOf(agents: readonly Agent[]): string {
    return agents.map((agent) => `${agent.samples ?? 1}*${this.#settings(agent)}`).join(' ');
  }

  /** A stage as far as later calls depend on it. */
  #shapeOf(stage: SimpleStage): string {
    switch (stage.kind) {
      case 'propose':
      case 'critique':
        return `${stage.kind} ${this.#crewOf(stage.agents)}`;
      case 'route':
        return `route ${stage.choose} ${this.#settings(stage.router)} ${this.#crewOf(stage.agents)}`;
      case 'rank':
        return `rank ${stage.keep} ${this.#settings(stage.agent)}`;
      case 'verify':
      case 'fuse':
        return `${stage.kind} ${this.#settings(stage.agent)}`;
      case 'vote':
        return 'vote';
    }
  }
}

/** Prompts are numbered too, since many configs have the same long ones. */
function settingsOf(agent: Agent, keys: Keys): string {
  const { model, temperature, topP, maxTokens, prompt } = agent;
  return `${model} ${temperature ?? ''} ${topP ?? ''} ${maxTokens ?? ''} ${keys(`"${prompt}`)}`;
}

const count = (agents: readonly Agent[]): number =>
  agents.reduce((sum, agent) => sum + (agent.samples ?? 1), 0);
