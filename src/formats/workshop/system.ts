import { own } from '../../core/records.ts';
import type { ReferencesTemplate } from '../../domain/references.ts';
import type { ValuePath } from '../../domain/validation.ts';

/**
 * The shapes of the workshop's files. `export`: `ai_configuration` with a list of agents. `flat`: agents by name in
 * `layer_agent_config`. `pair`: `main_config` and `layer_config`. `groq`: flat, with `moa_layer_agent_config`.
 */
export const workshopShapes = ['export', 'flat', 'pair', 'groq'] as const;
export type WorkshopShape = (typeof workshopShapes)[number];

/** An agent as the program sees it, once its defaults are filled in. */
export interface WorkshopAgent {
  readonly name: string;
  readonly model: string;
  /** `null`: none is sent, and the provider decides. */
  readonly temperature: number | null;
  readonly maxTokens: number | null;
  /** A template of Python's `str.format` with the field `helper_response`. */
  readonly prompt: string;
  readonly at: ValuePath;
  readonly promptAt: ValuePath;
}

/** What any of the shapes says. */
export interface WorkshopSystem {
  readonly name: string;
  readonly main: WorkshopAgent;
  readonly cycles: number;
  readonly agents: readonly WorkshopAgent[];
  /** A template with the field `responses`. */
  readonly references: { readonly text: string; readonly at: ValuePath };
}

/** How the program writes earlier answers: from 0, each on a line of its own, as the models wrote them. */
export function workshopReferences(introduction: string): ReferencesTemplate {
  const shows = introduction.includes('{{answers}}');
  return {
    introduction,
    item: shows ? '{{number}}. {{answer}}\n' : '',
    numberFrom: 0,
    joiner: '',
    answers: 'raw',
  };
}

/** Texts that the program holds and its files may leave out: mixtune's own words in their place. */
export const workshopTexts = {
  systemPrompt: 'Answer the question well.\n\n{helper_response}',
  referenceSystemPrompt:
    'Several models have answered the question. Write one answer that is better than each of theirs: take over what is right, correct what is wrong, and do not trust any of them blindly.\nTheir answers, by number:\n{responses}',
  agentPrompt: 'Help with the task. {helper_response}',
} as const;
export type WorkshopTextName = keyof typeof workshopTexts;

/** Of two spellings of one model, the one that the provider lists. */
const spellings: Readonly<Record<string, string>> = {
  'llama3.3-70b': 'llama-3.3-70b',
  'llama-3.1-8b': 'llama3.1-8b',
};

export const providerOf = (shape: WorkshopShape): 'groq' | 'cerebras' =>
  shape === 'groq' ? 'groq' : 'cerebras';

export function modelOf(name: string, shape: WorkshopShape): string {
  const provider = providerOf(shape);
  return `${provider}/${provider === 'cerebras' ? (own(spellings, name) ?? name) : name}`;
}
