import type { Agent, Placeholder } from '../domain/agent.ts';
import type { ReferencesTemplate } from '../domain/references.ts';
import type { ChatMessage } from '../models/chat-model.ts';
import { critiquesByAnswer } from './critiques-by-answer.ts';
import { critiquesIntroduction, referencesIntroduction } from './instructions.ts';
import { answerText } from './parse.ts';
import type { Pool } from './pool.ts';
import type { Question } from './types.ts';

export interface MessageParts {
  readonly agent: Pick<Agent, 'prompt' | 'references'>;
  /** For an agent whose prompt is empty and that does not say how it is shown references. */
  readonly defaultPrompt?: string;
  readonly question: Question;
  /** What `{{references}}` and `{{critiques}}` stand for; appended where the prompt names neither. */
  readonly pool: Pool;
  /** Further text for the end of the prompt: a router's list of agents, the form of a verdict. */
  readonly appendix?: readonly string[];
}

/**
 * The messages of one call: the prompt with its placeholders filled as system message and the question
 * as user message, or the prompt alone as user message where it holds `{{question}}`. No empty message
 * is sent, and references and critiques are dropped only where the agent's `references` say so.
 */
export function buildMessages(parts: MessageParts): ChatMessage[] {
  const { agent, question, pool } = parts;
  const prompt = promptOf(parts);
  const place = agent.references?.place ?? 'prompt';
  const paired =
    agent.references?.item?.includes('{{critique}}') === true ? critiquesByAnswer(pool) : undefined;
  const references = place === 'none' ? '' : renderReferences(pool, question, agent.references, paired);
  const critiques = place === 'none' || paired !== undefined ? '' : renderCritiques(pool.critiques);
  const filled = filledIn(prompt, {
    question: question.text,
    task: question.task ?? '',
    references: place === 'prompt' ? references : '',
    critiques,
  } satisfies Record<Placeholder, string>);
  const text = joined([
    filled.trim() === '' ? '' : filled,
    place !== 'prompt' || prompt.includes('{{references}}') ? '' : references,
    prompt.includes('{{critiques}}') ? '' : critiques,
    ...(parts.appendix ?? []),
  ]);
  const asks = place !== 'user' && prompt.includes('{{question}}');
  const user = place === 'user' && references !== '' ? references : question.text;
  const [system, own] = asks ? ['', text] : [text, user];
  const before = joined([system, place === 'system' ? references : '', question.instructions ?? '']);
  return [
    ...(before === '' ? [] : [{ role: 'system' as const, content: before }]),
    ...(question.earlier ?? []),
    { role: 'user', content: own },
  ];
}

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n\n');

function promptOf({ agent, defaultPrompt }: MessageParts): string {
  const hasNone = agent.prompt.trim() === '' && agent.references === undefined;
  return hasNone && defaultPrompt !== undefined ? defaultPrompt : agent.prompt;
}

function renderReferences(
  { candidates, critiques }: Pool,
  question: Question,
  template: ReferencesTemplate = {},
  paired?: readonly string[],
): string {
  if (candidates.length === 0) return template.none ?? '';
  const { introduction = `${referencesIntroduction}\n\n{{answers}}`, item, joiner = '\n\n' } = template;
  const blocks = candidates.map(({ number, text }, index) => {
    // Comments that travel along by themselves speak of answers by the numbers that they had.
    const isRenumbered = item !== undefined && (critiques.length === 0 || paired !== undefined);
    const place = isRenumbered ? index : number - 1;
    const shown = place + (template.numberFrom ?? 1);
    const answer = answerIn(text, template.answers);
    return item === undefined
      ? `<candidate number="${shown}">\n${answer}\n</candidate>`
      : filledIn(item, { number: String(shown), answer, critique: paired?.[index] ?? '' });
  });
  const values = { answers: blocks.join(joiner), count: String(blocks.length), question: question.text };
  return filledIn(introduction, values);
}

function answerIn(text: string, form: ReferencesTemplate['answers'] = 'final'): string {
  if (form === 'raw') return text;
  return form === 'trimmed' ? text.trim() : withoutTags(answerText(text));
}

/** One pass: what is filled in is not searched again. */
export function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  if (!text.includes('{{')) return text;
  return text.replace(/\{\{([a-z]+)\}\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
  );
}

function renderCritiques(critiques: readonly string[]): string {
  if (critiques.length === 0) return '';
  const blocks = critiques.map(
    (text, index) => `<critique number="${index + 1}">\n${withoutTags(answerText(text))}\n</critique>`,
  );
  return [critiquesIntroduction, ...blocks].join('\n\n');
}

/** An answer that holds our tags must not be able to pose as another candidate or critique. */
function withoutTags(text: string): string {
  return text.replace(/<(?=\/?(?:candidate|critique)\b)/gi, '&lt;');
}
