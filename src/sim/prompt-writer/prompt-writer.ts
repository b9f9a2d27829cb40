import type { Rng } from '../../core/rng.ts';
import { unitNoise } from '../noise.ts';
import type { Persona } from '../personas.ts';
import type { Situation, Subject, SubjectAnswer } from '../subject.ts';
import type { KnownQuestion, Textbook } from '../textbook/textbook.ts';
import { type Assignment, readAssignment } from './assignment.ts';
import { harm, harmfulInstructions, puffery, slips, writing } from './constants.ts';
import { giftOf, type Matter, thinkOfInstructions } from './ideas.ts';

/**
 * Writing another model's prompt anew. A writer adds instructions that the prompt lacks, those first that the
 * feedback points to, and takes out what it sees to do harm. The less able find less; the careless lose
 * sentences and placeholders, forget the form of the answer, or quote the cases they were shown.
 */
export function createPromptWriter(textbook?: Textbook): Subject {
  return {
    recognise: (request) => {
      const assignment = readAssignment(request);
      return assignment === null ? null : `prompt/${assignment.task.slice(0, 80)}`;
    },
    answer: (situation) => {
      const assignment = readAssignment(situation.request);
      if (assignment === null) throw new Error('prompt-writer: asked for what it did not recognise');
      return write(assignment, situation, textbook);
    },
  };
}

function write(assignment: Assignment, situation: Situation, textbook?: Textbook): SubjectAnswer {
  const { persona, rng } = situation;
  const known = assignment.questions.flatMap((question) => textbook?.find(question) ?? []);
  const kept = keptSentences(assignment, persona, rng.derive('kept'));
  const taken = takenSentences(assignment, persona, rng.derive('taken'));
  const added = thinkOfInstructions(assignment, matterOf(assignment, known), persona, rng);
  const slipped = slipsOf(known, persona, rng.derive('slips'));
  const prompt = join(kept, [...taken, ...added, ...slipped], rng.derive('join'));
  const tagged = !isCareless(slips.tags, persona, rng.derive('tags'));
  return {
    form: 'plain',
    body: tagged
      ? `The answers lost points where the prompt left things open.\n\n<new_prompt>\n${prompt}\n</new_prompt>`
      : `Here is the improved prompt:\n\n\`\`\`\n${prompt}\n\`\`\``,
    thoughts: [
      'Let me look at what went wrong in these cases.',
      'Which rule would have helped?',
      ...added.map((instruction) => `It should say: ${instruction}`),
    ],
  };
}

function matterOf({ task, prompt, questions }: Assignment, known: readonly KnownQuestion[]): Matter {
  if ([task, prompt, ...questions].some((text) => text.includes('calculate_user_metrics')))
    return 'challenge';
  return known[0]?.kind ?? kindByWords(task);
}

/** Without a question that it knows a writer goes by the words of the task. */
function kindByWords(task: string): Matter {
  const kinds: readonly (readonly [RegExp, Matter])[] = [
    [/mathematics|whole number/i, 'number'],
    [/\b(intent|label)s?\b/i, 'label'],
    [/\bJSON\b/, 'slots'],
    [/summar/i, 'summary'],
    [/repair|unit tests/i, 'repair'],
    [/planning questions/i, 'essay'],
  ];
  return kinds.find(([pattern]) => pattern.test(task))?.[1] ?? null;
}

/** Sentences of the old prompt that stay; placeholders are kept as lines of their own. */
function keptSentences({ prompt, questions }: Assignment, persona: Persona, rng: Rng): string[] {
  const sentences = prompt.split(/(?<=[.!?])\s+|\n+/).filter((sentence) => sentence.trim() !== '');
  return sentences.filter((sentence, index) => {
    const draw = rng.derive(index);
    const held = /\{\{\w+\}\}/.test(sentence);
    if (held) return !isCareless(slips.placeholder, persona, draw);
    if (questions.length > 0 && harm.test(sentence)) {
      return giftOf(persona) + writing.weeding + writing.perCase * questions.length + unitNoise(draw) <= 0;
    }
    // The first sentence says what the agent is; nobody forgets that.
    return index === 0 || !isCareless(slips.forgotten / sentences.length, persona, draw);
  });
}

/** Of another prompt what this one does not say: neither how it begins nor what its placeholders show. */
function takenSentences(
  { prompt, other, questions, ...rest }: Assignment,
  persona: Persona,
  rng: Rng,
): string[] {
  if (other === undefined) return [];
  return keptSentences({ ...rest, prompt: other, questions }, persona, rng)
    .slice(1)
    .filter((sentence) => !/\{\{\w+\}\}/.test(sentence) && !prompt.includes(sentence.trim()));
}

function slipsOf(known: readonly KnownQuestion[], persona: Persona, rng: Rng): string[] {
  const boasts = rng.derive('puffery').next() < slips.puffery + slips.pufferyPerVerbosity * persona.verbosity;
  const harms = isCareless(slips.harmful, persona, rng.derive('harmful'));
  const [quoted] = rng.derive('quotes').next() < slips.quotes ? known : [];
  return [
    ...(boasts ? rng.shuffle(puffery).slice(0, 1 + Math.floor(persona.verbosity / 4)) : []),
    ...(harms ? [rng.pick(harmfulInstructions)] : []),
    ...(quoted === undefined ? [] : [quotation(quoted)]),
  ];
}

function quotation({ instance }: KnownQuestion): string {
  const answer = typeof instance.gold === 'string' ? instance.gold : JSON.stringify(instance.gold ?? '');
  return `For example, "${instance.input.replace(/\s+/g, ' ')}" is answered with ${answer}.`;
}

function isCareless(chance: number, { obedience }: Persona, rng: Rng): boolean {
  return rng.next() < chance * (1 - obedience);
}

/** New sentences go behind the old ones, ahead of what the placeholders show. */
function join(kept: readonly string[], added: readonly string[], rng: Rng): string {
  const first = kept.findIndex((sentence) => /^\s*\{\{\w+\}\}/.test(sentence));
  const at = first < 0 ? kept.length : first;
  const before = [...kept.slice(0, at), ...(added.length > 0 ? rng.shuffle(added) : ['Take care.'])];
  return [before.join(' '), ...kept.slice(at)].filter((part) => part !== '').join('\n\n');
}
