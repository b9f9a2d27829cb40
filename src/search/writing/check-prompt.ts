import { placeholders } from '../../domain/agent.ts';
import type { DraftOutcome } from './draft.ts';
import { findLeak, type LeakContext } from './leaks.ts';
import { sameWords, wordsOf } from './words.ts';

export interface PromptCheck {
  readonly old: string;
  /** Prompts that are known already: those of the space, and those written before. */
  readonly known: readonly string[];
  readonly maxCharacters: number;
  readonly leaks: LeakContext;
}

/** Fewer words than this are no prompt but a remark. */
const fewestWords = 3;

/** Whether a written prompt may take the old one's place. What a model wrote is never trusted to be a prompt. */
export function checkPrompt(prompt: string, check: PromptCheck): DraftOutcome {
  const reason = faultOf(prompt, check);
  return reason === undefined ? { kind: 'written', prompt } : { kind: 'rejected', reason };
}

function faultOf(prompt: string, { old, known, maxCharacters, leaks }: PromptCheck): string | undefined {
  if (wordsOf(prompt).length < fewestWords) return 'it is no prompt: it holds next to nothing';
  if (prompt.length > maxCharacters) {
    return `it is too long: ${prompt.length} characters, at most ${maxCharacters} were asked for`;
  }
  const changed = placeholderFault(prompt, old);
  if (changed !== undefined) return changed;
  if (/<\/?(?:candidate|critique|new_prompt|other_prompt)\b/i.test(prompt)) {
    return 'it holds tags in which candidates, critiques or prompts are shown';
  }
  if (sameWords(prompt, old)) return 'it is the old prompt';
  if (known.some((other) => sameWords(prompt, other))) return 'it is a prompt that is known already';
  const leaked = findLeak(prompt, leaks);
  return leaked === undefined ? undefined : `it gives away the reference answer of instance ${leaked}`;
}

/** The same placeholders as before, each as often; nothing else that looks like one. */
function placeholderFault(prompt: string, old: string): string | undefined {
  const before = countPlaceholders(old);
  const after = countPlaceholders(prompt);
  for (const name of placeholders) {
    const kept = after.get(name) ?? 0;
    const wanted = before.get(name) ?? 0;
    if (kept < wanted) return `it lost the placeholder {{${name}}}`;
    if (kept > wanted) return `it added the placeholder {{${name}}}`;
  }
  const stray = [...after.keys()].find((name) => !before.has(name));
  return stray === undefined ? undefined : `it holds {{${stray}}}, which is no placeholder`;
}

function countPlaceholders(prompt: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, name = ''] of prompt.matchAll(/\{\{([A-Za-z_]\w*)\}\}/g)) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
