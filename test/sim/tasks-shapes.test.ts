import { beforeAll, describe, expect, it } from 'vitest';
import { createTextbook } from '../../src/sim/index.ts';
import { createScorer, knownTasks, measureSystem, shippedTask, systemsFor } from '../support/sim-tasks.ts';
import { thorough } from '../support/thorough.ts';

/** A small sample of test/experiments/sim-tasks.ts, whose table stands in test/sim/simulated-scores.md. */
const measured = [
  'single wisp-1b, plain prompt',
  'single quill-120b, good prompt',
  'single atlas-235b, good prompt',
  'single titan-400b, good prompt',
  'single sage-70b, good prompt',
  'self-consistency: sage × 5, vote',
  'vote of six models',
  'six models, atlas fuses',
  'otter, atlas, titan, titan criticises, titan fuses',
  'bad: three good ones, wisp fuses',
];
const every = 4;
const seeds = [1, 2];
/** The quick ones, unless all are played. */
const played = thorough
  ? knownTasks
  : knownTasks.filter((name) => /^(?:contest-math|support-intent)$/.test(name));

describe.skipIf(!thorough)('mixtures matter differently from task to task', () => {
  const scores = new Map<string, number>();
  beforeAll(async () => {
    const tasks = await Promise.all(played.map(shippedTask));
    const textbook = createTextbook(tasks);
    for (const task of tasks) {
      const instances = task.tuning.filter((_, index) => index % every === 0);
      const grade = createScorer(task, textbook);
      for (const system of systemsFor(task.name)) {
        if (!measured.includes(system.name)) continue;
        const { score } = await measureSystem(task, textbook, system, { seeds, instances, grade });
        scores.set(`${task.name}: ${system.name}`, score);
      }
    }
  });
  const score = (task: string, start: string): number => {
    const found = [...scores].find(([name]) => name.startsWith(`${task}: ${start}`));
    if (found === undefined) throw new Error(`${task}: ${start} was not measured`);
    return found[1];
  };
  const bestSingle = (task: string): number =>
    Math.max(
      ...['quill-120b', 'atlas-235b', 'titan-400b'].map((model) => score(task, `single ${model}, good`)),
    );
  /** How much the best mixture gains on the best single model. */
  const gain = (task: string): number =>
    Math.max(...['vote', 'six', 'otter'].map((start) => score(task, start))) - bestSingle(task);

  it('in mathematics votes over samples pay, and critics beat the best model', () => {
    expect(score('contest-math', 'self-consistency')).toBeGreaterThan(
      score('contest-math', 'single sage') + 0.03,
    );
    expect(score('support-intent', 'self-consistency')).toBeLessThan(
      score('support-intent', 'single sage') + 0.04,
    );
    expect(gain('contest-math')).toBeGreaterThan(0.05);
  });

  it('in classification a good single model wins, or nearly', () => {
    expect(gain('support-intent')).toBeLessThan(0.04);
    expect(bestSingle('support-intent')).toBeGreaterThan(0.88);
  });

  it.skipIf(!thorough)('extraction gains moderately from fusing, summaries little', () => {
    expect(score('ticket-extraction', 'six')).toBeGreaterThan(bestSingle('ticket-extraction') + 0.01);
    expect(gain('ticket-extraction')).toBeLessThan(0.15);
    expect(score('ticket-summary', 'six')).toBeLessThan(bestSingle('ticket-summary') + 0.04);
    expect(gain('ticket-summary')).toBeLessThan(0.12);
  });

  it.skipIf(!thorough)('repairs gain from critics, open questions from fusing', () => {
    expect(gain('code-repair')).toBeGreaterThan(0.08);
    expect(score('open-questions', 'six')).toBeGreaterThan(score('open-questions', 'single atlas'));
    expect(gain('open-questions')).toBeGreaterThan(0.08);
  });

  it('a weak aggregator spoils good candidates everywhere, and no task is hopeless or solved for all', () => {
    for (const task of played) {
      expect(score(task, 'bad')).toBeLessThan(bestSingle(task));
      expect(score(task, 'single wisp')).toBeLessThan(bestSingle(task) - 0.15);
    }
  });
});
