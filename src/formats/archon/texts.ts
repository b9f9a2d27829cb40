import { keysOf } from '../../core/records.ts';
import type { ReferencesTemplate } from '../../domain/references.ts';

/**
 * What Archon's components say, in mixtune's own words: the texts are in its program, not in its files. `--texts`
 * gives the originals, as templates with {{question}}, {{answers}} and {{count}}.
 */
export const archonTexts = {
  generatorSystem: 'Answer as a helpful assistant.',
  fuserSystem: 'Make one answer out of several.',
  fuser:
    'Several models have answered this question: {{question}}\nWrite one answer that is better than each of theirs: take over what is right and correct what is wrong.\nTheir answers, by number:\n{{answers}}',
  fuserWithCritiques:
    'Several models have answered this question: {{question}}\nWrite one answer that is better than each of theirs, with an eye on what critics say of them.\nTheir answers, by number:\n\n{{answers}}',
  fuserWithCritiquesShort:
    'Several models have answered this question: {{question}}\nWrite one answer that is better than each of theirs, with an eye on what critics say of them, and no longer than the longest of them.\nTheir answers, by number:\n\n{{answers}}',
  criticSystem: 'Judge answers critically.',
  critic:
    'These are {{count}} answers to the question: {{question}}\n\n{{answers}}\n\nFor each answer write its number in square brackets, then its strengths and its weaknesses, and nothing else.',
  rankerSystem: 'Order answers by their worth.',
  ranker:
    'These are {{count}} answers to the question: {{question}}\n\n{{answers}}\n\nOrder all of them from best to worst. Begin with one line like "Answer: [2] > [1]".',
  rankerWithCritiques:
    'These are {{count}} answers to the question: {{question}}\n\n{{answers}}\n\nOrder all of them from best to worst, with an eye on what critics say of them. Begin with one line like "Answer: [2] > [1]".',
} as const;
type ArchonTextName = keyof typeof archonTexts;
export const archonTextNames = keysOf(archonTexts);

export type ArchonTexts = Readonly<Record<ArchonTextName, string>>;

/** How a component shows earlier answers: in the user message, numbered from 1, each with its critique where there are any. */
export function shownBy(
  type: 'fuser' | 'critic' | 'ranker',
  introduction: string,
  critiqued: boolean,
): ReferencesTemplate {
  const number = type === 'fuser' ? '{{number}}.' : '[{{number}}]';
  const gap = type === 'fuser' ? ' \n\n' : '\n\n';
  const joiner = type === 'fuser' && critiqued ? '\n\n' : '\n';
  const item = `${number} {{answer}}${critiqued ? `${gap}Critique:\n{{critique}}` : ''}`;
  return { place: 'user', introduction, item, joiner, answers: 'trimmed' };
}

/** What Archon calls providers. */
export const providersByType: Readonly<Record<string, string>> = {
  Together_API: 'together',
  OpenAI_API: 'openai',
  Groq_API: 'groq',
  vLLM: 'vllm',
  Anthropic_API: 'anthropic',
  Google_API: 'google',
  Bedrock_API: 'bedrock',
  tgi: 'tgi',
};
/** Providers of Archon's that mixtune does not reach by name. */
export const unreached: ReadonlySet<string> = new Set(['anthropic', 'google', 'bedrock', 'tgi']);
