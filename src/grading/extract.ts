import { z } from 'zod';
import { canonicalJson } from '../core/canonical-json.ts';
import type { TaskFile } from '../domain/task.ts';
import { extractChoice } from './extraction/choice.ts';
import { extractJson, withoutWrapping } from './extraction/json.ts';
import { extractLabel } from './extraction/label.ts';
import { canonicalNumber, extractNumber } from './extraction/number.ts';
import { extractPythonCode } from './extraction/python-function.ts';
import { readLogicalLine } from './extraction/python-lines.ts';
import { extractText, normalizeText } from './extraction/text.ts';

const readingOptions = z.object({
  labels: z.array(z.string().min(1)).min(1).optional().catch(undefined),
  statement: z.enum(['last', 'first']).catch('last'),
});

/**
 * What a vote compares: equal answers give equal texts, whatever prose, fences or notation surround them; read
 * as the task's grader reads them, with its `labels` and `statement`. `null` when an answer holds nothing of
 * the kind.
 */
export function createAnswerExtractor({
  answer,
  grader,
}: Pick<TaskFile, 'answer'> & Partial<Pick<TaskFile, 'grader'>>): (text: string) => string | null {
  const { labels, statement } = readingOptions.parse(grader ?? {});
  switch (answer) {
    case 'text':
      return (text) => normalizeText(extractText(text, statement)) || null;
    case 'code':
      return (text) => {
        const code = extractPythonCode(text);
        return code === null ? null : normalizedCode(code);
      };
    case 'number':
      return (text) => {
        const number = extractNumber(text, statement);
        return number === null ? null : canonicalNumber(number);
      };
    case 'choice':
      return (text) => extractChoice(text, statement);
    case 'label':
      return (text) => extractLabel(text, labels, statement);
    case 'json':
      return (text) => {
        const found = extractJson(text);
        return found === undefined ? null : canonicalJson(withoutWrapping(found.exact));
      };
  }
}

/**
 * The answer in a text as people are to see it: without the prose and fences around it, in its own words and case.
 * `null` when the text holds nothing of the kind.
 */
export function createAnswerReader(
  of: Parameters<typeof createAnswerExtractor>[0],
): (text: string) => string | null {
  switch (of.answer) {
    case 'text': {
      const { statement } = readingOptions.parse(of.grader ?? {});
      return (text) => extractText(text, statement) || null;
    }
    case 'code':
      return (text) => extractPythonCode(text)?.trimEnd() ?? null;
    case 'json':
      return (text) => {
        const found = extractJson(text);
        return found === undefined ? null : JSON.stringify(found.exact);
      };
    case 'number':
    case 'choice':
    case 'label':
      return createAnswerExtractor(of);
  }
}

/** Python without comments, blank lines and trailing spaces, each level of indentation four spaces. */
function normalizedCode(code: string): string {
  const lines = code.split('\n');
  const levels = [0];
  const result: string[] = [];
  for (let index = 0; index < lines.length; ) {
    const logical = readLogicalLine(lines, index);
    if (!logical.blank) {
      const { length } = logical.indent;
      while (levels.length > 1 && length < (levels.at(-1) ?? 0)) levels.pop();
      if (length > (levels.at(-1) ?? 0)) levels.push(length);
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
