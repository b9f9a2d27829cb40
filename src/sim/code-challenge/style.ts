import type { Rng } from '../../core/rng.ts';
import { temperature as heat } from '../constants.ts';

/** Habits of writing that change a program's text and none of its points. */
export interface Style {
  readonly structure: 'loop' | 'helper' | 'pairs';
  readonly user: string;
  readonly active: string;
  readonly value: string;
  readonly quote: "'" | '"';
  readonly indent: 2 | 4;
  readonly docstring: boolean;
  readonly comments: boolean;
  readonly hints: 'none' | 'builtin' | 'typing';
  readonly dates: 'chained' | 'separate' | 'datetime';
  readonly guard: 'conditional' | 'statement';
  readonly keyName: 'engagement_score' | 'engagement';
  readonly copy: 'spread' | 'dict';
  readonly numberHelper: 'try' | 'isinstance';
  readonly defaultDays: 0 | 1;
  readonly explicitRange: boolean;
}

const choices: { readonly [Habit in keyof Style]: readonly Style[Habit][] } = {
  structure: ['loop', 'loop', 'helper', 'pairs'],
  user: ['user', 'user', 'u', 'entry', 'record'],
  active: ['active', 'active_users', 'scored', 'selected'],
  value: ['engagement', 'score', 'rate', 'value'],
  quote: ["'", "'", '"'],
  indent: [4, 4, 4, 2],
  docstring: [true, false],
  comments: [true, false],
  hints: ['none', 'none', 'builtin', 'typing'],
  dates: ['chained', 'chained', 'separate', 'datetime'],
  guard: ['conditional', 'statement'],
  keyName: ['engagement_score', 'engagement'],
  copy: ['spread', 'dict'],
  numberHelper: ['try', 'isinstance'],
  defaultDays: [0, 0, 0, 1],
  explicitRange: [true, false, false],
};

/**
 * A model has lasting habits; a sample departs from each with a chance that grows with temperature, so
 * that samples of one model look alike and those of two models do not.
 */
export function drawStyle(habits: Rng, sample: Rng, temperature: number): Style {
  const restyle = Math.min(1, heat.restyleFloor + heat.restyleSlope * temperature);
  const entries = Object.entries(choices).map(([habit, options]) => {
    const usual = habits.derive(habit).pick<unknown>(options);
    return [habit, sample.next() < restyle ? sample.pick<unknown>(options) : usual];
  });
  return Object.fromEntries(entries) as Style;
}
