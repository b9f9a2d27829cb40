import { elementAt } from '../../core/element-at.ts';
import { type Agent, samplesOf, settingsOf, totalSamples } from '../../domain/agent.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { closes } from '../../domain/stages/simple-stages.ts';
import { seatsOfStages } from '../../domain/stages/stages.ts';
import { hashText } from './hash-text.ts';
import { fitRidge } from './ridge.ts';

/**
 * Shares of what configs are off on a question that others have in common with them: those with an equal model,
 * with an equal prompt for it, and with the very same calls.
 */
export type CommonNoise = Float64Array;

/** Before anything is known: much of what one answer is off is bound to its call, little to the model however it is asked. */
const before = Float64Array.from([0.2, 0.1, 0.3]);
/** Pairs of trials that this counts as. */
const beforePairs = 100;
const mostShares = 0.95;
/** Of a system in which a model writes or picks the end, how much of its noise is that model's. */
const closing = 0.5;

/**
 * Who answers in a config, by model, by prompt and by call; each of unit length: noise is shared by the cosine. Names
 * are hashed, ascending.
 */
export type AgentShares = readonly Shares[];

interface Shares {
  readonly names: Uint32Array;
  readonly values: Float64Array;
}

/** Proposers share a config's noise by their samples; who writes its end has a set part of it. */
export function agentSharesOf(config: MoaConfig): AgentShares {
  const seats = seatsOfStages(config.stages);
  const models = new Map<string, number>();
  const prompts = new Map<string, number>();
  const calls = new Map<string, number>();
  const add = (agent: Agent, share: number, where: string): void => {
    const { model, prompt } = agent;
    const put = (into: Map<string, number>, name: string) => into.set(name, (into.get(name) ?? 0) + share);
    put(models, model);
    put(prompts, `${model} ${prompt}`);
    put(calls, `${where} ${JSON.stringify(settingsOf(agent))} ${model} ${prompt}`);
  };
  const proposers = seats.filter(({ role }) => role === 'proposer');
  const last = seats.at(-1);
  const writer = last !== undefined && closes(last.role) ? last.agent : undefined;
  const answers = totalSamples(proposers.map(({ agent }) => agent));
  for (const { agent } of proposers) {
    add(agent, (samplesOf(agent) / answers) * (writer === undefined ? 1 : 1 - closing), '');
  }
  if (writer !== undefined)
    add(writer, closing, JSON.stringify(proposers.map(({ agent }) => [agent.model, agent.prompt])));
  return [unit(models), unit(prompts), unit(calls)];
}

function unit(weights: ReadonlyMap<string, number>): Shares {
  const norm = Math.sqrt([...weights.values()].reduce((sum, value) => sum + value * value, 0));
  const sorted = [...weights].map(([name, value]) => [hashText(name), value / norm] as const);
  sorted.sort(([a], [b]) => a - b);
  return {
    names: Uint32Array.from(sorted, ([name]) => name),
    values: Float64Array.from(sorted, ([, value]) => value),
  };
}

/** What the mean of two trials' common cells is off: over their different questions, and over all repeats. */
interface Over {
  readonly questions: number;
  readonly cells: number;
}

/**
 * How much of the variance of one cell two trials' errors have in common: what is bound to a question is drawn anew with
 * each question, a call's own noise with each repeat.
 */
export function commonNoise(a: AgentShares, b: AgentShares, shares: CommonNoise, over: Over): number {
  let sum = 0;
  for (let level = 0; level < a.length; level++) {
    const cos = cosine(a[level] as Shares, b[level] as Shares);
    // Without the model nothing else is shared.
    if (cos === 0) break;
    const drawn = level === callLevel ? callNoise(over) : 1 / over.questions;
    sum += (shares[level] as number) * alike(cos, level) * drawn;
  }
  return sum;
}

/**
 * Variance of a mean whose cells have variance 1: of what belongs to single calls, and of what a config has to itself,
 * half is taken to be bound to the question.
 */
export const callNoise = ({ cells, questions }: Over): number => (1 / cells + 1 / questions) / 2;

const callLevel = 2;

/** An answer hangs on all calls together: whoever shares half of them has much less than half in common. */
const alike = (cos: number, level: number): number => (level === callLevel ? cos ** 4 : cos);

function cosine(a: Shares, b: Shares): number {
  let sum = 0;
  let at = 0;
  let other = 0;
  while (at < a.names.length && other < b.names.length) {
    const mine = a.names[at] as number;
    const theirs = b.names[other] as number;
    if (mine === theirs) sum += (a.values[at++] as number) * (b.values[other++] as number);
    else if (mine < theirs) at++;
    else other++;
  }
  return sum;
}

/**
 * The shares that explain best what trials were off together: least squares over pairs of trials, near what was
 * believed before.
 * @param left what is left of the trials' scores when the trials' and the cells' means are taken away
 * @param deviations standard deviations of what is left, by trial
 */
export function fitCommonNoise(
  agentShares: readonly AgentShares[],
  left: readonly Float32Array[],
  deviations: readonly number[],
): CommonNoise {
  const rows: Float64Array[] = [];
  const together: number[] = [];
  const weights: number[] = [];
  for (let i = 1; i < agentShares.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [elementAt(agentShares, i), elementAt(agentShares, j)];
      const { mean, count } = covariance(elementAt(left, i), elementAt(left, j));
      if (count === 0) continue;
      const cosines = Array.from(a, (own, level) => alike(cosine(own, elementAt(b, level)), level));
      rows.push(Float64Array.from([...cosines, 1]));
      together.push(mean / (elementAt(deviations, i) * elementAt(deviations, j)));
      weights.push(count / (count + trustedCells));
    }
  }
  const fitted = fitRidge(
    rows,
    Float64Array.from(together),
    Float64Array.from(weights),
    Float64Array.from([...before, 0]),
    beforePairs,
  );
  // What is left adds up to nothing on each question: whoever shares nothing is below the rest, and is the measure.
  const shares = fitted.slice(0, -1).map((share) => Math.max(0, share));
  const sum = shares.reduce((total, share) => total + share, 0);
  return sum <= mostShares ? shares : shares.map((share) => (share * mostShares) / sum);
}

/** Cells in common of which a pair counts half. */
const trustedCells = 32;

/** Mean product over the cells that both have. */
function covariance(a: Float32Array, b: Float32Array): { readonly mean: number; readonly count: number } {
  let sum = 0;
  let count = 0;
  const length = Math.min(a.length, b.length);
  for (let cell = 0; cell < length; cell++) {
    const product = (a[cell] as number) * (b[cell] as number);
    if (Number.isNaN(product)) continue;
    sum += product;
    count++;
  }
  return { mean: sum / count, count };
}
