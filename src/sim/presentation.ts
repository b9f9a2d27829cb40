import type { Rng } from '../core/rng.ts';
import { messiness } from './constants.ts';
import { weightedKey } from './noise.ts';
import type { Persona } from './personas.ts';
import type { ReadRequest } from './request-reader.ts';
import type { SubjectAnswer } from './subject.ts';

/** Hands an answer out the way real models do: thoughts, fences with whatever tag, prose around it. */
export function present(answer: SubjectAnswer, persona: Persona, request: ReadRequest, rng: Rng): string {
  const thoughts = think(answer, persona, rng.derive('think'));
  if (answer.form === 'plain') return thoughts + answer.body;
  return thoughts + wrapCode(answer.body, persona, request, rng.derive('wrap'));
}

function think({ thoughts }: SubjectAnswer, persona: Persona, rng: Rng): string {
  if (thoughts === undefined || thoughts.length === 0 || rng.next() >= persona.thinks.chance) return '';
  const wanted = Math.max(1, Math.floor(persona.thinks.sentences * (0.6 + 0.8 * rng.next())));
  const said = Array.from({ length: wanted }, (_, index) => thoughts[index % thoughts.length] ?? '');
  return `<think>\n${said.join('\n')}\n</think>\n\n`;
}

/** Prose sentences that a persona puts around an answer; little where the prompt wants the answer alone. */
export function proseSentences(persona: Persona, request: ReadRequest, rng: Rng): number {
  const share = request.bareAnswer ? messiness.proseWhenCodeOnly : 1;
  return Math.floor(persona.verbosity * share * (0.5 + rng.next()) + rng.next() * 0.5);
}

function wrapCode(code: string, persona: Persona, request: ReadRequest, rng: Rng): string {
  const bare = request.bareAnswer;
  const sentences = proseSentences(persona, request, rng);
  const fence = weightedKey(rng, bare ? messiness.fencesWhenCodeOnly : messiness.fences);
  if (fence === 'none') return sentences > 0 ? `${rng.pick(openings)}\n\n${code}\n` : `${code}\n`;
  const before = sentences > 0 ? `${rng.pick(openings)}\n\n` : '';
  const outline =
    !bare && rng.next() < messiness.extraFence ? `The idea:\n\`\`\`\n${rng.pick(outlines)}\n\`\`\`\n\n` : '';
  const after =
    sentences > 1
      ? `\n\n${rng
          .shuffle(closings)
          .slice(0, sentences - 1)
          .join(' ')}`
      : '';
  return `${before}${outline}\`\`\`${fence}\n${code}\n\`\`\`${after}`;
}

const openings = [
  'Here is the function:',
  'Sure! Here is a version that follows the requirements:',
  "Certainly. Here's the implementation you asked for.",
  'Below is the complete function.',
];

const outlines = [
  'filter by last_login -> engagement per user -> average -> top performers',
  'result = calculate_user_metrics(users, start_date, end_date)\nresult["active_count"]',
  'engagement = (posts*2 + comments*1.5 + likes*0.1) / days_active',
];

const closings = [
  'The function walks through the users once and keeps those whose last login lies in the range.',
  'Engagement is computed with the weights that you gave.',
  'The dates are compared as text, which works for the year-month-day form.',
  'The result holds the three entries that were asked for.',
  'Sorting takes most of the time for large inputs.',
  'Let me know if you would like the weights to be configurable.',
  'I kept the code short and readable.',
  'You can call it with any list of user records.',
  'Each step is separate, so that it is easy to follow.',
  'If the data grows, the same function can work on batches.',
  'I hope this helps!',
];
