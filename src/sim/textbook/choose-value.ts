import { abilityOf, critiqueGain, independence } from '../ability.ts';
import { references } from '../constants.ts';
import { unitNoise } from '../noise.ts';
import type { Situation } from '../subject.ts';
import { choosing, type Work } from './constants.ts';

/** A part of an answer that has one right value: a result, a label, what stands in a slot. */
export interface ValuePart {
  readonly name: string;
  readonly truth: string;
  readonly difficulty: number;
  /** The writer's own attempt. */
  readonly own: string;
}

/**
 * Settles on a value. Without candidates it is the own attempt. With them, what many say pulls, the own
 * attempt pulls, an able reader sees that a right value is right, and critiques turn it against values.
 * @param shown what each candidate says of the part; `null`: nothing that can be read
 * @param nameOf how critiques mention a value
 */
export function chooseValue(
  situation: Situation,
  work: Work,
  part: ValuePart,
  shown: readonly (string | null)[],
  nameOf: (value: string) => string = (value) => value,
): string {
  const { candidates, critiques } = situation.request;
  // Near-copies count less.
  const weights = independence(candidates);
  const told = shown.flatMap((value, index) =>
    value === null ? [] : [{ value, weight: weights[index] ?? 0 }],
  );
  if (told.length === 0) return part.own;
  const values = [...new Set([...told.map(({ value }) => value), part.own])];
  const pulls = pullsOf(situation, work, part, told);
  const scored = values.map((value) => {
    const { accused, endorsed } = commentsIn(critiques, nameOf(value));
    return {
      value,
      score:
        pulls(value) -
        critiqueGain(situation, accused) * choosing.accusation +
        critiqueGain(situation, endorsed) * choosing.endorsement,
    };
  });
  return scored.reduce((best, each) => (each.score > best.score ? each : best)).value;
}

function pullsOf(
  situation: Situation,
  work: Work,
  part: ValuePart,
  told: readonly { readonly value: string; readonly weight: number }[],
): (value: string) => number {
  const ability = abilityOf(situation, work.specialty) * work.slope;
  const total = told.reduce((sum, { weight }) => sum + weight, 0);
  const own = Math.max(choosing.ownLeast, choosing.ownBase + choosing.ownSlope * ability);
  const compared = told.length / (told.length + references.compareHalf);
  const discerned = Math.max(
    0,
    choosing.discernBase + choosing.discernSlope * ability - choosing.discernDifficulty * part.difficulty,
  );
  const strain = choosing.noise + situation.persona.distraction * told.length;
  return (value) => {
    const weight = told.reduce((sum, each) => sum + (each.value === value ? each.weight : 0), 0);
    const fresh = unitNoise(situation.rng.derive('choose', part.name, value)) * strain;
    const conviction = situation.lasting(situation.question, part.name, value) * choosing.conviction;
    return (
      (choosing.anchor * weight) / (total + choosing.anchorHalf) +
      (value === part.own ? own : 0) +
      (value === part.truth && weight > 0 ? discerned * compared * work.evidence : 0) +
      fresh +
      conviction
    );
  };
}

const accusing =
  /\b(wrong|incorrect|mistaken|cannot be|not right|does not hold|should not|misses|missing|omits|omitted)\b/i;
const praising = /\b(right|correct|agree|agrees|holds|checks out)\b/i;

/** Critiques that call a value wrong, and right, by what it is called in them; each counts once. */
function commentsIn(
  critiques: readonly string[],
  name: string,
): { readonly accused: number; readonly endorsed: number } {
  let accused = 0;
  let endorsed = 0;
  for (const critique of critiques) {
    const sentences = critique.split(/\n|;\s|\.\s/).filter((sentence) => mentions(sentence, name));
    if (sentences.some((sentence) => accusing.test(sentence))) accused++;
    else if (sentences.some((sentence) => praising.test(sentence))) endorsed++;
  }
  return { accused, endorsed };
}

/** Whole words only: 12 is not mentioned by 120. */
function mentions(sentence: string, name: string): boolean {
  for (let at = sentence.indexOf(name); at >= 0; at = sentence.indexOf(name, at + 1)) {
    const before = sentence[at - 1] ?? ' ';
    const after = sentence.slice(at + name.length, at + name.length + 2);
    if (!/[\w.-]/.test(before) && !/^(\w|[.-]\w)/.test(after)) return true;
  }
  return false;
}
