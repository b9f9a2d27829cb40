import { messageOf } from './errors.ts';

/** Deepest nesting of data that is read; whoever walks through more overflows the stack. */
const deepestData = 200;

/** Whether a JSON text nests arrays and objects deeper than so many levels; looks no further than that. */
export function isDeeperThan(levels: number, text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length && depth <= levels; at++) {
    const char = text[at];
    if (inString && char === '\\') at++;
    else if (char === '"') inString = !inString;
    else if (!inString && (char === '[' || char === '{')) depth++;
    else if (!inString && (char === ']' || char === '}')) depth--;
  }
  return depth > levels;
}

/** What a JSON text of others holds, or why it is not read. */
export function parseData(text: string): { readonly value: unknown } | { readonly problem: string } {
  if (isDeeperThan(deepestData, text)) return { problem: `JSON nested deeper than ${deepestData} levels` };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
