import { cleanText, splitThinking } from './clean.ts';
import { splitFences } from './fences.ts';

/** Longest answer searched for JSON, in UTF-16 units. */
const searched = 1_000_000;
/** Places at which a bracket is tried as the start of a value before giving up. */
const mostAttempts = 200;

/** A JSON value found in an answer; wrapped, since `null` is a value too. */
export interface FoundJson {
  readonly value: unknown;
}

/**
 * The JSON value in an answer: the whole of it, the last fenced block that parses, else the last object
 * or list in the text. `undefined` when there is none.
 */
export function extractJson(answer: string): FoundJson | undefined {
  if (answer.length > searched) return undefined;
  const text = splitThinking(cleanText(answer)).answer.trim();
  const whole = parsed(text);
  if (whole !== undefined) return whole;
  const fenced = splitFences(text).filter((block) => block.kind === 'fenced');
  for (const block of fenced.reverse()) {
    const found = parsed(block.lines.join('\n').trim());
    if (found !== undefined) return found;
  }
  return lastValueIn(text);
}

function parsed(text: string): FoundJson | undefined {
  if (text === '') return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function lastValueIn(text: string): FoundJson | undefined {
  let found: FoundJson | undefined;
  let from = 0;
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const start = nextOpening(text, from);
    if (start < 0) break;
    const end = endOfValue(text, start);
    const value = end < 0 ? undefined : parsed(text.slice(start, end));
    if (value === undefined) from = start + 1;
    else {
      found = value;
      from = end;
    }
  }
  return found;
}

function nextOpening(text: string, from: number): number {
  for (let index = from; index < text.length; index++) {
    if (text[index] === '{' || text[index] === '[') return index;
  }
  return -1;
}

/** Index after the bracket that closes the one at `start`, strings skipped; -1 when there is none. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return index + 1;
  }
  return -1;
}
