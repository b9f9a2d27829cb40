import { canonicalJson } from '../core/canonical-json.ts';
import type { TaskFile } from '../domain/task.ts';
import { extractChoice } from './extraction/choice.ts';
import { finalText } from './extraction/final-text.ts';
import { extractJson } from './extraction/json.ts';
import { extractLabel, normalizeText } from './extraction/label.ts';
import { canonicalNumber, extractNumber } from './extraction/number.ts';
import { extractPythonCode } from './extraction/python-function.ts';
import { readLogicalLine } from './extraction/python-lines.ts';

export { extractChoice } from './extraction/choice.ts';
export { extractJson } from './extraction/json.ts';
export { extractLabel, normalizeLabel, normalizeText } from './extraction/label.ts';
export { canonicalNumber, extractNumber, parseNumber } from './extraction/number.ts';
export { extractPythonCode, extractPythonFunction } from './extraction/python-function.ts';

/**
 * What a vote compares: equal answers give equal texts, whatever prose, fences or notation surround
 * them. `null` when an answer holds nothing of the kind.
 */
export function createAnswerExtractor(kind: TaskFile['answer']): (text: string) => string | null {
  switch (kind) {
    case 'text':
      return (text) => normalizeText(finalText(text)) || null;
    case 'code':
      return (text) => {
        const code = extractPythonCode(text);
        return code === null ? null : normalizedCode(code);
      };
    case 'number':
      return (text) => {
        const number = extractNumber(text);
        return number === null ? null : canonicalNumber(number);
      };
    case 'choice':
      return extractChoice;
    case 'label':
      return (text) => extractLabel(text);
    case 'json':
      return (text) => {
        const found = extractJson(text);
        return found === undefined ? null : canonicalJson(found.exact);
      };
  }
}

/** Python without comments, blank lines and trailing spaces, each level of indentation four spaces. */
function normalizedCode(code: string): string {
  const lines = code.split('\n');
  const levels = [''];
  const result: string[] = [];
  for (let index = 0; index < lines.length; ) {
    const logical = readLogicalLine(lines, index);
    if (!logical.blank) {
      while (levels.length > 1 && logical.indent.length < (levels.at(-1) as string).length) levels.pop();
      if (logical.indent.length > (levels.at(-1) as string).length) levels.push(logical.indent);
      const text = lines.slice(logical.first, logical.last + 1).map((line) => withoutComment(line));
      result.push('    '.repeat(levels.length - 1) + text.join('\n').trim());
    }
    index = logical.last + 1;
  }
  return result.join('\n');
}

/** Cuts a comment where that is safe: a `#` with no quote after it on the line. */
function withoutComment(line: string): string {
  const at = line.lastIndexOf('#');
  const comment = at < 0 ? '' : line.slice(at);
  const before = at < 0 ? line : line.slice(0, at);
  const isComment = at >= 0 && !/["']/.test(comment) && /(?:^|\s)$/.test(before) && balancedQuotes(before);
  return (isComment ? before : line).trimEnd();
}

function balancedQuotes(text: string): boolean {
  return text.split('"').length % 2 === 1 && text.split("'").length % 2 === 1;
}
