import { recordOf } from '../../core/records.ts';
import {
  abilityOf,
  askedGain,
  createPartNoise,
  critiqueGain,
  evidenceShift,
  generalLevel,
  independence,
} from '../ability.ts';
import { references } from '../constants.ts';
import type { Situation } from '../subject.ts';
import { type ReadProgram, readProgram } from './detector.ts';
import { countMentions, difficulty, type Part, type Parts, partNames, topics } from './parts.ts';

/** Decides which parts of a program its author gets right, with the context's candidates and critiques in view. */
export function decideParts(situation: Situation): Parts {
  const levels = partLevels(situation);
  const noise = createPartNoise(situation);
  return recordOf(partNames, (part) => levels[part] + noise(part) > 0);
}

/** The level at which each part is worked on; the part is right when level + noise > 0. */
function partLevels(situation: Situation): Record<Part, number> {
  const { request, persona } = situation;
  const general = generalLevel(situation, 'code');
  const asked = countAsked(request.instructions);
  const topicCount = partNames.filter((part) => countMentions(request.system, part) > 0).length;
  const programs = request.candidates.map(readProgram).filter((program) => program !== null);
  const weights = independence(programs.map((program) => program.code));
  const distraction = persona.distraction * request.candidates.length;
  const ability = abilityOf(situation, 'code');
  const levelOf = (part: Part): number => {
    const own = general - difficulty[part] + askedGain(situation, asked[part], topicCount);
    const demanded = critiqueGain(situation, countDemands(request.critiques, part));
    if (programs.length === 0) return own + demanded - distraction;
    const { have, lack } = support(programs, weights, part);
    return own * references.ownWeight + evidenceShift(ability, have, lack) + demanded - distraction;
  };
  return recordOf(partNames, levelOf);
}

function countAsked(instructions: string): Record<Part, number> {
  return recordOf(partNames, (part) => countMentions(instructions, part));
}

/** Critiques of which at least one line demands the part. */
function countDemands(critiques: readonly string[], part: Part): number {
  return critiques.filter((critique) => topics[part].test(critique)).length;
}

function support(
  programs: readonly ReadProgram[],
  weights: readonly number[],
  part: Part,
): { have: number; lack: number } {
  let have = 0;
  let lack = 0;
  for (const [index, program] of programs.entries()) {
    if (program.parts[part]) have += weights[index] ?? 0;
    else lack += weights[index] ?? 0;
  }
  return { have, lack };
}
