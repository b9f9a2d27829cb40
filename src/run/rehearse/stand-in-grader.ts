import { createRng } from '../../core/rng.ts';
import type { Grader } from '../../grading/grader.ts';
import type { AssumedWorld } from './assumed-world.ts';
import { chance, qualityIn } from './stand-in-text.ts';

/** Checks of a grader that gives shares. */
const checks = 12;

/** Draws scores from the quality that stand-in answers carry; nothing is run, no judge is asked. */
export function createStandInGrader(world: AssumedWorld): Grader {
  return {
    name: 'rehearsal',
    revision: world.seed,
    grade: ({ answer, instance, repeat }) => {
      const [quality = -3] = qualityIn(answer);
      const odds = chance(quality);
      if (!world.passOrFail)
        return Promise.resolve({ kind: 'scored', value: Math.round(odds * checks) / checks });
      const luck = createRng(`${world.seed}/grade/${instance.id}/${repeat ?? 0}/${answer.slice(0, 40)}`);
      return Promise.resolve({ kind: 'scored', value: luck.next() < odds ? 1 : 0 });
    },
  };
}

/** What votes compare: good answers agree, poor ones are wrong in their own ways. */
export function standInAnswer(text: string): string | null {
  const [quality] = qualityIn(text);
  if (quality === undefined) return null;
  return quality > 0 ? 'right' : `wrong ${Math.abs(Math.round(quality * 1000)) % 4}`;
}
