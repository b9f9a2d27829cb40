import type { Rng } from '../../core/rng.ts';
import type { LearnedKind } from '../../grading/grader-kind.ts';
import { countMentions, type Part, partNames } from '../code-challenge/parts.ts';
import { unitNoise } from '../noise.ts';
import type { Persona } from '../personas.ts';
import { works } from '../textbook/constants.ts';
import type { Assignment } from './assignment.ts';
import {
  generalInstructions,
  type Instruction,
  kindInstructions,
  partComplaints,
  partInstructions,
  writing,
} from './constants.ts';

/** An instruction that a prompt lacks, and how much the feedback speaks for it. */
interface Idea {
  readonly text: string;
  readonly level: number;
}

/** What a prompt is for: the code challenge, a kind of question that the writer knows, or neither. */
export type Matter = 'challenge' | LearnedKind | null;

/** Instructions that a writer would add, the likeliest first; most of them are apt, how many it finds depends on it. */
export function thinkOfInstructions(
  assignment: Assignment,
  matter: Matter,
  persona: Persona,
  rng: Rng,
): string[] {
  const ideas = matter === 'challenge' ? partIdeas(assignment) : kindIdeas(assignment, matter);
  const seen = Math.min(3, assignment.questions.length) * writing.perCase;
  const level = giftOf(persona) + writing.unprompted + seen;
  const most = Math.floor(writing.mostAddedBase + writing.mostAddedSlope * persona.obedience);
  return ideas
    .map(({ text, level: pointed }) => ({
      text,
      level: level + pointed + unitNoise(rng.derive('idea', text)),
    }))
    .filter((idea) => idea.level > 0)
    .sort((a, b) => b.level - a.level)
    .slice(0, most)
    .map(({ text }) => text);
}

/** How well a model writes prompts (level). */
export function giftOf({ skill, specialty }: Persona): number {
  return skill + (specialty.language ?? 0) * writing.languageShare;
}

function partIdeas({ prompt, feedback }: Assignment): Idea[] {
  const lost = lostParts(feedback);
  return partNames
    .filter((part) => countMentions(prompt, part) === 0)
    .map((part) => ({ text: partInstructions[part], level: lost.has(part) ? writing.pointedAt : 0 }));
}

function lostParts(feedback: readonly string[]): Set<Part> {
  const lines = feedback.join('\n');
  return new Set(partComplaints.flatMap(([pattern, parts]) => (pattern.test(lines) ? parts : [])));
}

function kindIdeas(assignment: Assignment, kind: LearnedKind | null): Idea[] {
  const instructions = kind === null ? generalInstructions : kindInstructions[kind];
  const told = `${assignment.prompt}\n${assignment.questions.join('\n')}`;
  const said = assignment.feedback.join('\n');
  return instructions
    .filter(
      (instruction, index) => !isTold(instruction, kind === null ? undefined : hintOf(kind, index), told),
    )
    .map(({ text, pointer }) => ({ text, level: pointer.test(said) ? writing.pointedAt : 0 }));
}

/** The pattern by which models notice a kind's instruction of this place. */
export function hintOf(kind: LearnedKind, index: number): RegExp | undefined {
  // No words help with bare knowledge.
  if (kind === 'short') return undefined;
  return works[kind].hints.filter(({ gain }) => gain > 0)[index]?.pattern;
}

function isTold({ text }: Instruction, hint: RegExp | undefined, told: string): boolean {
  return hint === undefined ? told.includes(text) : hint.test(told);
}
