import { defined } from '../../core/defined.ts';
import type { ReadRequest } from '../request-reader.ts';

/** A request to write a prompt anew, as its reader understands it. */
export interface Assignment {
  readonly task: string;
  readonly prompt: string;
  /** Another prompt for the same part, that the two may become one. */
  readonly other?: string;
  readonly questions: readonly string[];
  readonly feedback: readonly string[];
}

const asksForPrompts = /\b(improve|rewrite|revise|rephrase)\b[^.\n]{0,30}\bprompts?\b/i;

/** `null` where no prompt is to be written: others quote prompts, too, but do not show one in tags. */
export function readAssignment({ system, said }: Pick<ReadRequest, 'system' | 'said'>): Assignment | null {
  if (!asksForPrompts.test(system)) return null;
  const [prompt] = blocks(said, 'current_prompt');
  if (prompt === undefined) return null;
  const [other] = blocks(said, 'other_prompt');
  return {
    ...defined({ other }),
    task: blocks(said, 'task')[0] ?? '',
    prompt,
    questions: blocks(said, 'case_question'),
    feedback: blocks(said, 'feedback'),
  };
}

function blocks(text: string, tag: string): string[] {
  return [...text.matchAll(new RegExp(`<${tag}>\\n?([\\s\\S]*?)\\n?</${tag}>`, 'g'))].map(
    (match) => match[1] ?? '',
  );
}
