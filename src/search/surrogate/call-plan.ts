import { remembered } from '../../core/remembered.ts';
import { type Agent, samplesOf, settingsOf } from '../../domain/agent.ts';
import type { MoaConfig, SimpleStage, Stage } from '../../domain/moa-config.ts';
import { roundsOf, seatsOf, simpleRecordOf } from '../../domain/stages/simple-stages.ts';
import type { PlannedCall } from '../../domain/stages/stage-record.ts';
import { innerStages, passesOf } from '../../domain/stages/stages.ts';

/** Calls of one agent at one place of a config, made side by side. */
interface CallGroup {
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
    return this.#look(textOf(agent, this.#look));
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
  /** Keys of agents' answers: each is asked for with its calls and with its stage. */
  readonly #settled = new Map<Agent, number>();
  /** Stands for everything that has happened so far. */
  #past = nothing;
  #step = 0;
  #candidates = 0;

  constructor(models: ReadonlyMap<string, number>, keys: Keys) {
    this.#models = models;
    this.#keys = keys;
  }

  through(stage: Stage): void {
    const { times, mayEndEarly } = passesOf(stage);
    for (let time = 0; time < (mayEndEarly ? untilVerifiedTimes : times); time++) {
      for (const inner of innerStages(stage)) this.#simple(inner);
    }
  }

  /** Rounds share their beginnings: the second of three rounds is the second of two. */
  #simple(stage: SimpleStage): void {
    const record = simpleRecordOf(stage);
    for (let round = 0; round < roundsOf(stage); round++) {
      const steps = record.calls(stage, this.#candidates);
      for (const step of steps) {
        for (const call of step) this.#add(call);
        this.#step++;
      }
      const written = (steps.at(-1) ?? []).reduce((sum, { samples }) => sum + samples, 0);
      this.#candidates = record.writes
        ? Math.max(1, Math.round(written))
        : record.after(stage, this.#candidates);
      this.#past = this.#keyIn(this.#past, `>${this.#textOf(stage)}`);
    }
  }

  #add({ agent, role, samples, reads }: PlannedCall): void {
    const settings = this.#settings(agent);
    // Whoever answers first is shown the question alone; a router is shown whom it can choose from.
    const isShownNothing = this.#past === nothing && role === 'proposer';
    const key = isShownNothing ? settings : this.#keyIn(this.#past, `:${settings}`);
    this.groups.push({ key, samples, model: this.#models.get(agent.model) ?? -1, reads, step: this.#step });
  }

  /** Nothing is known of what follows from something unmet. */
  #keyIn(past: number, what: string): number {
    return past === unmet || what.includes(`${unmet}`) ? unmet : this.#keys(`${past}${what}`);
  }

  #settings(agent: Agent): number {
    return remembered(this.#settled, agent, () => this.#keys(textOf(agent, this.#keys)));
  }

  /** A stage as far as later calls depend on it. */
  #textOf(stage: SimpleStage): string {
    const { rounds: _, ...counts } = simpleRecordOf(stage).counts(stage);
    const agents = seatsOf(stage).map(({ agent }) => `${samplesOf(agent)}*${this.#settings(agent)}`);
    return [stage.kind, ...Object.values(counts), ...agents].join(' ');
  }
}

/** Prompts are numbered too, since many configs have the same long ones. */
function textOf(agent: Agent, keys: Keys): string {
  const shown = agent.references === undefined ? '' : ` ${keys(JSON.stringify(agent.references))}`;
  return `${agent.model} ${JSON.stringify(settingsOf(agent))} ${keys(`"${agent.prompt}`)}${shown}`;
}
