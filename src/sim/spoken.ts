/** Text without what a model thought aloud. */
export function spoken(text: string): string {
  return text.replace(/<think>[\s\S]*?(<\/think>|$)/gi, '').trim();
}

/** The last fence of a text that holds a definition, else the text from its first line of code on; `null`: none. */
export function codeDefining(definition: RegExp, text: string): string | null {
  const fences = [...text.matchAll(/```[^\n]*\n([\s\S]*?)(?:```|$)/g)].map((match) => match[1] ?? '');
  const fenced = fences.findLast((body) => definition.test(body));
  if (fenced !== undefined) return fenced;
  const start = /^(?:from [\w.]+ import|import \w|@\w|def \w|class \w)/m.exec(text);
  return start === null || !definition.test(text) ? null : text.slice(start.index);
}
