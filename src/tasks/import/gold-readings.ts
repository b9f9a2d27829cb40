import { parseData } from '../../core/json-depth.ts';
import { isRecord } from '../../core/records.ts';
import { boxedContents } from '../../grading/extraction/wrappers.ts';
import { lastAnswer, turnsOf } from './question-text.ts';

/** A gold answer as files write it: JSON text in CSV, lists of accepted texts in one of several wrappings. */
export function plainGold(given: unknown): unknown {
  const value = jsonIn(given);
  const turns = turnsOf(value);
  // What is JSON text in a column of its own is that at the end of a conversation, too.
  if (turns !== undefined) return plainGold(lastAnswer(turns).answer);
  if (isRecord(value)) {
    // SQuAD: {text: [...], answer_start: [...]}. TriviaQA: {value, aliases}.
    if (Array.isArray(value.text) && 'answer_start' in value) return oneOrMore(value.text);
    if (typeof value.value === 'string' && Array.isArray(value.aliases))
      return oneOrMore([value.value, ...value.aliases]);
    return value;
  }
  // SQuAD as first published: [{text, answer_start}].
  const isSpans =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => isRecord(each) && 'text' in each && 'answer_start' in each);
  return isSpans ? oneOrMore(value.map((each: { readonly text: unknown }) => each.text)) : value;
}

/** Accepted answers without repetitions; one alone is no list. */
function oneOrMore(values: readonly unknown[]): unknown {
  const distinct = [...new Set(values)];
  return distinct.length === 1 ? distinct[0] : distinct;
}

function jsonIn(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return value;
  const read = parseData(value);
  return 'value' in read ? read.value : value;
}

export interface FinalAnswers {
  readonly golds: readonly string[];
  /** For people: what the final answers stand behind. */
  readonly mark: string;
}

/** The final answers of worked solutions, where every gold answer marks one: `#### 18`, `\boxed{18}`. */
export function finalAnswers(golds: readonly unknown[]): FinalAnswers | undefined {
  const marks: readonly (readonly [string, (solution: string) => string | undefined])[] = [
    ['####', (solution) => /(?:^|\s)####\s*([^\n]+)\s*$/.exec(solution)?.[1]?.trim()],
    ['\\boxed{}', (solution) => boxedContents(solution).at(-1)],
  ];
  for (const [mark, read] of marks) {
    const finals = golds.map((gold) => (typeof gold === 'string' ? read(gold) : undefined) ?? '');
    if (finals.length > 0 && !finals.includes('')) return { golds: finals, mark };
  }
  return undefined;
}

export interface MergedLabels {
  readonly golds: readonly string[];
  /** Spellings that were given up, with what they became. */
  readonly merged: readonly (readonly [string, string])[];
}

/** Labels that differ by case and outer space alone are one, in the spelling that is most frequent. */
export function mergeLabels(golds: readonly unknown[]): MergedLabels {
  const spellings = new Map<string, Map<string, number>>();
  for (const gold of golds) {
    const label = String(gold).trim();
    const counts = spellings.get(label.toLowerCase()) ?? new Map<string, number>();
    counts.set(label, (counts.get(label) ?? 0) + 1);
    spellings.set(label.toLowerCase(), counts);
  }
  const chosen = new Map(
    [...spellings].map(([key, counts]) => [key, [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? key]),
  );
  const merged = [...spellings].flatMap(([key, counts]) =>
    [...counts.keys()]
      .filter((label) => label !== chosen.get(key))
      .map((label) => [label, chosen.get(key) ?? key] as const),
  );
  return {
    golds: golds.map((gold) => chosen.get(String(gold).trim().toLowerCase()) ?? String(gold)),
    merged,
  };
}
