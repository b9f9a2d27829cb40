import { createRng, type Rng } from '../../../src/core/rng.ts';
import type { RacedTrial, RaceWorld } from './race.ts';

export interface WorldSettings {
  readonly name: string;
  readonly trials: number;
  readonly cells: number;
  /** `right`: right or wrong; `graded`: anything between 0 and 1. */
  readonly scores: 'right' | 'graded';
  /** Share of the error of an answer that trials have in common on an item. */
  readonly common: number;
  /** Spread (standard deviation of the log) of a cell's latency; tokens have half of it. */
  readonly skew: number;
  /** Share of trials that are a small change of an earlier front member, as a search makes them. */
  readonly children: number;
  /** Share of children whose costs are those of their parent (another prompt, say). */
  readonly sameCost: number;
}

export const worlds: readonly WorldSettings[] = [
  {
    name: 'scattered, right or wrong',
    trials: 80,
    cells: 128,
    scores: 'right',
    common: 0.5,
    skew: 0.5,
    children: 0,
    sameCost: 0,
  },
  {
    name: 'children, right or wrong',
    trials: 80,
    cells: 128,
    scores: 'right',
    common: 0.5,
    skew: 0.5,
    children: 0.8,
    sameCost: 0.4,
  },
  {
    name: 'children, graded',
    trials: 80,
    cells: 128,
    scores: 'graded',
    common: 0.3,
    skew: 0.5,
    children: 0.8,
    sameCost: 0.4,
  },
  {
    name: 'children, easy task',
    trials: 80,
    cells: 128,
    scores: 'right',
    common: 0.7,
    skew: 0.5,
    children: 0.8,
    sameCost: 0.4,
  },
  {
    name: 'children, heavy tails',
    trials: 80,
    cells: 128,
    scores: 'right',
    common: 0.2,
    skew: 1,
    children: 0.8,
    sameCost: 0.4,
  },
];

interface Nature {
  readonly ability: number;
  readonly latency: number;
  readonly tokens: number;
  /** Trials of one nature answer with the same calls' lengths; children keep their parent's. */
  readonly truth: readonly number[];
}

/** An item-response world: a trial's ability against an item's difficulty decides, costs are lognormal. */
export function simulateWorld(settings: WorldSettings, seed: string | number): RaceWorld {
  const rng = createRng(`race/${settings.name}/${seed}`);
  const easy = settings.name.includes('easy') ? 2.2 : 0.3;
  const items = Array.from({ length: settings.cells }, () => ({
    difficulty: 1.2 * rng.normal() - easy,
    length: Math.exp(0.4 * rng.normal()),
    luck: rng.normal(),
  }));
  const natures: Nature[] = [];
  const trials: RacedTrial[] = [];
  for (let number = 0; number < settings.trials; number++) {
    const nature = drawNature(natures, settings, easy, rng.derive('nature', number));
    natures.push(nature);
    const draw = rng.derive('cells', number);
    trials.push({ truth: nature.truth, cells: items.map((item) => measure(nature, item, settings, draw)) });
  }
  return { name: settings.name, trials };
}

function drawNature(before: readonly Nature[], settings: WorldSettings, easy: number, rng: Rng): Nature {
  const make = (ability: number, latency: number, tokens: number): Nature => ({
    ability,
    latency,
    tokens,
    truth: [expectedScore(ability, settings, easy), -latency, -tokens],
  });
  if (before.length < 8 || rng.next() >= settings.children) {
    const size = rng.next();
    // Dearer ones are better on the whole, and many are just worse.
    const ability = 1.6 * size - 0.8 + 0.8 * rng.normal();
    return make(
      ability,
      2 * 20 ** size * Math.exp(0.4 * rng.normal()),
      300 * 30 ** size * Math.exp(0.3 * rng.normal()),
    );
  }
  const best = before.filter((own) => !before.some((other) => other !== own && beats(other, own)));
  const parent = rng.pick(best);
  const ability = parent.ability - 0.15 + 0.5 * rng.normal();
  if (rng.next() < settings.sameCost) return make(ability, parent.latency, parent.tokens);
  const change = Math.exp(0.1 + 0.4 * rng.normal());
  return make(ability, parent.latency * change, parent.tokens * change * Math.exp(0.2 * rng.normal()));
}

const beats = (first: Nature, second: Nature): boolean =>
  first.truth.every((value, index) => value >= (second.truth[index] as number)) &&
  first.truth.some((value, index) => value > (second.truth[index] as number));

type Item = { readonly difficulty: number; readonly length: number; readonly luck: number };

function measure(nature: Nature, item: Item, settings: WorldSettings, rng: Rng): number[] {
  const { common, skew, scores } = settings;
  const error = Math.sqrt(common) * item.luck + Math.sqrt(1 - common) * rng.normal();
  const edge = nature.ability - item.difficulty + 1.5 * error;
  const score = scores === 'right' ? (edge > 0 ? 1 : 0) : 1 / (1 + Math.exp(-edge));
  const cost = (mean: number, spread: number): number =>
    -mean * (item.length / Math.exp(0.08)) * Math.exp(spread * rng.normal() - spread ** 2 / 2);
  return [score, cost(nature.latency, skew), cost(nature.tokens, skew / 2)];
}

/** Mean over items and luck, by the trapezoid rule over their joint normal. */
function expectedScore(ability: number, settings: WorldSettings, easy: number): number {
  const spread = Math.hypot(1.2, 1.5);
  let sum = 0;
  let weights = 0;
  for (let z = -6; z <= 6; z += 0.02) {
    const weight = Math.exp((-z * z) / 2);
    const edge = ability + easy + spread * z;
    sum += weight * (settings.scores === 'right' ? (edge > 0 ? 1 : 0) : 1 / (1 + Math.exp(-edge)));
    weights += weight;
  }
  return sum / weights;
}
