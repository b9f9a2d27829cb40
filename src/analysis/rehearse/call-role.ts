import {
  choicesIntroduction,
  critiquesIntroduction,
  defaultCriticPrompt,
  rankingInstruction,
  referencesIntroduction,
  verdictInstruction,
} from '../../moa/instructions.ts';
import type { ChatRequest } from '../../models/chat-model.ts';
import type { SearchSpace } from '../../search/space.ts';
import { writerMark } from '../../search/writing/index.ts';

/**
 * What a call is asked for: an answer to the question alone, one that has earlier answers before it
 * (`refine`: a proposer's later round; `fuse`: the aggregator's), a piece of another stage, or a new prompt.
 */
export const callRoles = [
  'answer',
  'refine',
  'critique',
  'verify',
  'rank',
  'route',
  'fuse',
  'judge',
  'write',
] as const;
export type CallRole = (typeof callRoles)[number];

/** Stage kind in which a role's calls are made, for people. */
export const stageOfRole: Readonly<Record<CallRole, string>> = {
  answer: 'propose',
  refine: 'propose, later rounds',
  critique: 'critique',
  verify: 'verify',
  rank: 'rank',
  route: 'route',
  fuse: 'fuse',
  judge: 'grader (judge)',
  write: 'prompt writer',
};

/** How the stand-in grader's questions to a judge begin. */
export const judgeMark = 'Rehearsed judgement.';

/** Tells a call's role from its text, by the engine's fixed instructions and the space's prompts. */
export function createRoleReader(space: Pick<SearchSpace, 'prompts'>): (request: ChatRequest) => CallRole {
  const critics = beginnings([...(space.prompts.critic ?? []), defaultCriticPrompt]);
  const proposers = beginnings([...space.prompts.single, ...(space.prompts.proposer ?? [])]);
  return ({ messages }) => {
    const prompt = messages[0]?.content ?? '';
    if (prompt.startsWith(judgeMark)) return 'judge';
    if (prompt.startsWith(writerMark)) return 'write';
    if (prompt.includes(verdictInstruction)) return 'verify';
    if (prompt.includes(rankingInstruction)) return 'rank';
    if (prompt.includes(choicesIntroduction)) return 'route';
    if (startsWithOne(prompt, critics)) return 'critique';
    if (!prompt.includes(referencesIntroduction) && !prompt.includes(critiquesIntroduction)) return 'answer';
    return startsWithOne(prompt, proposers) ? 'refine' : 'fuse';
  };
}

/** The text of each prompt before its first placeholder; prompts that begin with one tell nothing. */
function beginnings(prompts: readonly string[]): string[] {
  return prompts.map((prompt) => prompt.split('{{')[0]?.trim() ?? '').filter((text) => text !== '');
}

function startsWithOne(prompt: string, texts: readonly string[]): boolean {
  return texts.some((text) => prompt.startsWith(text));
}
