import type { Rng } from '../core/rng.ts';
import { temperature as heat, prompting, references, noise as usualShares } from './constants.ts';
import { saturating, unitNoise } from './noise.ts';
import type { Specialty } from './personas.ts';
import type { ReadRequest } from './request-reader.ts';
import type { Situation } from './subject.ts';

/**
 * The level at which a model works on a request before anything that concerns a single part: skill,
 * specialty, temperature, how well the prompt speaks to it, how much text it must keep in mind.
 */
export function generalLevel(situation: Situation, specialty: Specialty): number {
  const { persona, request, temperature } = situation;
  const distance = temperature - heat.best;
  const heatLoss = distance * distance * (distance < 0 ? heat.coldLoss : heat.hotLoss);
  return (
    abilityOf(situation, specialty) + promptGain(request) * persona.obedience - heatLoss - textLoss(situation)
  );
}

/** Skill at a kind of work, whatever the request. */
export function abilityOf({ persona }: Pick<Situation, 'persona'>, specialty: Specialty): number {
  return persona.skill + (persona.specialty[specialty] ?? 0);
}

function promptGain({ system, instructions }: ReadRequest): number {
  const role = /\b(expert|senior|experienced|principal|skilled|world-class)\b/i.test(system);
  const edges = /edge[- ]cases?|corner cases?|defensive|robust/i.test(instructions);
  const checks =
    /step by step|double[- ]check|check (your|the) (answer|work|code|result)|before (you )?(answer|write)|literally|sentence by sentence|test (it|your)|verify (your|that|each)/i.test(
      instructions,
    );
  return (
    (role ? prompting.roleGain : 0) +
    (edges ? prompting.edgeCasesGain : 0) +
    (checks ? prompting.checkGain : 0) -
    (/\b(original|surprising|creative|unusual)\b/i.test(system) ? prompting.originalLoss : 0) -
    (/\b(short|shortest|elegant|concise)\b/i.test(system) ? prompting.elegantLoss : 0)
  );
}

/** Over-long instructions dilute, long contexts tire; obedient models lose less. */
function textLoss({ request, persona }: Situation): number {
  const over = Math.max(0, request.instructionTokens - prompting.freeTokens);
  const dilution = Math.min(prompting.dilutionMost, (over / 100) * prompting.dilutionPerHundred);
  const context = Math.max(0, request.contextTokens - references.freeContextTokens) / 1000;
  const careless = 1 - persona.obedience;
  return (
    dilution * (prompting.dilutionBase + careless) +
    Math.min(references.lengthMost, context * references.lengthLoss * careless)
  );
}

/** Gain for something that the instructions ask for `times` times, in a prompt that asks for `topics` things. */
export function askedGain(situation: Situation, times: number, topics: number): number {
  const crowding = Math.max(0, topics - prompting.freeTopics) * prompting.crowdingLoss;
  return (
    saturating(prompting.askedGain, times) *
    Math.max(prompting.crowdingLeast, 1 - crowding) *
    situation.persona.obedience
  );
}

/** Gain for something that `times` critiques demand. */
export function critiqueGain(situation: Situation, times: number): number {
  return saturating(references.critiqueGain, times) * situation.persona.obedience;
}

/** Composition of noise; see `noise` in constants.ts. */
export type NoiseShares = Readonly<Record<keyof typeof usualShares, number>>;

/** A part's noise: lasting blind spots of model and prompt, and a fresh part that grows with temperature. */
export function createPartNoise(
  situation: Situation,
  shares: NoiseShares = usualShares,
): (part: string) => number {
  const { question, temperature, lasting, promptNoise } = situation;
  const scale = heat.noiseFloor + heat.noiseSlope * temperature;
  const day = unitNoise(situation.rng.derive('day')) * Math.sqrt(shares.answerShare);
  const fresh = Math.sqrt(1 - shares.answerShare);
  const parts: Rng = situation.rng.derive('parts');
  return (part) =>
    lasting(question, part) * Math.sqrt(shares.modelVariance) +
    promptNoise(question, part) * Math.sqrt(shares.promptVariance) +
    (day + unitNoise(parts.derive(part)) * fresh) * Math.sqrt(shares.sampleVariance) * scale;
}

/**
 * Weights of candidates as independent evidence: near-copies (by shared lines) count less. All weights
 * lie in (0, 1].
 */
export function independence(texts: readonly string[]): number[] {
  const lineSets = texts.map(
    (text) =>
      new Set(
        text
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean),
      ),
  );
  return lineSets.map((lines, index) => {
    let copies = 0;
    for (const [other, otherLines] of lineSets.entries()) {
      if (other !== index) copies += Math.max(0, overlap(lines, otherLines) - references.copyOverlap);
    }
    return 1 / (1 + (references.copyLoss / (1 - references.copyOverlap)) * copies * 0.5);
  });
}

/** Jaccard overlap of two sets. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size + b.size === 0) return 1;
  let shared = 0;
  for (const line of a) if (b.has(line)) shared++;
  return shared / (a.size + b.size - shared);
}

/**
 * How candidates move a part's level, from the independent weights of those that have it and those that
 * lack it: what most do anchors the reader; comparing several lets an able one see what is right in few.
 */
export function evidenceShift(ability: number, have: number, lack: number): number {
  const seen = have + lack;
  const anchored = (references.anchor * (have - lack)) / (seen + references.anchorHalf);
  const discernment = Math.max(
    references.discernLeast,
    references.discernBase + references.discernSlope * ability,
  );
  const others = Math.max(0, seen - 1);
  const compared = others / (others + references.compareHalf);
  return anchored + (discernment * compared * have) / (have + references.discernHalf);
}
