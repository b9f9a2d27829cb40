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
