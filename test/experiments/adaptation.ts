import type { LearnerParts } from '../../src/adapt/learner.ts';
import { meanInterval } from '../../src/core/statistics.ts';
import { addCoverage, noCoverage } from '../adapt/simulation/coverage.ts';
import { type Played, play } from '../adapt/simulation/play.ts';
import * as rivals from '../adapt/simulation/rivals.ts';
import { worlds } from '../adapt/simulation/traffic.ts';

/**
 * The figures of test/experiments/results.md: `npx tsx test/experiments/adaptation.ts [seeds] [first seed] [world,…]
 * [policy,…]`; 30 seeds from 1 and everything by default. Regret is
 * summed over 5,000 requests. "fixed best" is chosen in hindsight; "Thompson sampling" has no prior and no limit.
 */
const requests = 5_000;
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const [seeds = '30', first = '1', onlyWorlds, onlyPolicies] = process.argv.slice(2);
const without = (parts: Partial<LearnerParts>): rivals.PolicyMaker => rivals.learner({ parts });

const policies: Readonly<Record<string, rivals.PolicyMaker>> = {
  mixtune: rivals.learner(),
  'without kinds': without({ kinds: false }),
  'without detector': without({ detector: false }),
  'without prior': rivals.learner({ priorWorth: 1 }, rivals.knowingNothing),
  'Thompson sampling': rivals.learner({ priorWorth: 1, explore: 1 }, rivals.knowingNothing),
  'fixed best': rivals.fixedBest,
  'as tuned': rivals.asTuned,
  'epsilon-greedy 0.05': rivals.epsilonGreedy(0.05),
  'epsilon-greedy 0.1': rivals.epsilonGreedy(0.1),
  'track-and-stop': rivals.trackAndStop,
  oracle: rivals.oracle,
};

for (const world of worlds) {
  if (onlyWorlds !== undefined && !onlyWorlds.split(',').includes(world.name)) continue;
  print(`\n${world.name}: regret (95% interval), of the first 200 requests, explored, outside bounds`);
  for (const [name, make] of Object.entries(policies)) {
    if (onlyPolicies !== undefined && !onlyPolicies.split(',').includes(name)) continue;
    const coverage = noCoverage();
    const runs = Array.from({ length: Number(seeds) }, (_, at): Omit<Played, 'decisions'> => {
      const { decisions, ...played } = play(world, make, Number(first) + at, requests);
      if (name === 'mixtune') addCoverage({ ...played, decisions }, coverage);
      return played;
    });
    const of = (figure: (played: Omit<Played, 'decisions'>) => number): string => {
      const { mean, low, high } = meanInterval(runs.map(figure));
      return `${mean?.toFixed(1)} (${low?.toFixed(0)} to ${high?.toFixed(0)})`;
    };
    const { robust, weighted } = coverage;
    const covered =
      robust.intervals === 0
        ? ''
        : `  covered: doubly robust ${robust.held} of ${robust.intervals}, inverse propensity ${weighted.held} of ${weighted.intervals}`;
    print(
      `  ${name}: ${of(({ regret }) => regret)}, ${of(({ early }) => early)}, ${of(({ explored }) => explored)}, ${of(({ broken }) => broken)}${covered}`,
    );
  }
}
