import type { Placeholder } from '../domain/agent.ts';
import type { ChatMessage } from '../models/chat-model.ts';
import { critiquesIntroduction, referencesIntroduction } from './instructions.ts';
import { answerText } from './parse.ts';
import type { NumberedCandidate, Pool } from './pool.ts';
import type { Question } from './types.ts';

export interface MessageParts {
  readonly prompt: string;
  readonly question: Question;
  /** What `{{references}}` and `{{critiques}}` stand for; appended where the prompt names neither. */
  readonly pool: Pool;
  /** Further text for the end of the prompt: a router's list of agents, the form of a verdict. */
  readonly appendix?: readonly string[];
}

/**
 * The messages of one call: the prompt with its placeholders filled as system message and the question
 * as user message, or the prompt alone as user message where it holds `{{question}}`. No empty message
 * is sent, and references and critiques are never dropped.
 */
export function buildMessages(parts: MessageParts): ChatMessage[] {
  const { prompt, question, pool } = parts;
  const references = renderReferences(pool.candidates);
  const critiques = renderCritiques(pool.critiques);
  const filled = fillPlaceholders(prompt, {
    question: question.text,
    task: question.task ?? '',
    references,
    critiques,
  });
  const text = [
    filled.trim() === '' ? '' : filled,
    prompt.includes('{{references}}') ? '' : references,
    prompt.includes('{{critiques}}') ? '' : critiques,
    ...(parts.appendix ?? []),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
  if (prompt.includes('{{question}}')) return [{ role: 'user', content: text }];
  const user: ChatMessage = { role: 'user', content: question.text };
  return text === '' ? [user] : [{ role: 'system', content: text }, user];
}

/** Replaces known placeholders in one pass: what is filled in is not searched again. */
export function fillPlaceholders(prompt: string, values: Readonly<Record<Placeholder, string>>): string {
  return prompt.replace(
    /\{\{(question|references|critiques|task)\}\}/g,
    (_, name: string) => values[name as Placeholder],
  );
}

function renderReferences(candidates: readonly NumberedCandidate[]): string {
  if (candidates.length === 0) return '';
  const blocks = candidates.map(({ number, text }) => wrapped('candidate', number, text));
  return [referencesIntroduction, ...blocks].join('\n\n');
}

function renderCritiques(critiques: readonly string[]): string {
  if (critiques.length === 0) return '';
  const blocks = critiques.map((text, index) => wrapped('critique', index + 1, text));
  return [critiquesIntroduction, ...blocks].join('\n\n');
}

function wrapped(tag: 'candidate' | 'critique', number: number, text: string): string {
  // An answer that holds our tags must not be able to pose as another candidate or critique.
  const body = answerText(text).replace(/<(?=\/?(?:candidate|critique)\b)/gi, '&lt;');
  return `<${tag} number="${number}">\n${body}\n</${tag}>`;
}
