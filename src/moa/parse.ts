import { splitThinking } from '../core/thinking.ts';

/**
 * Reads what verifiers, rankers and routers wrote. Lenient as to case, markdown and place; of several
 * statements the last counts. `undefined`: nothing that can be read.
 */

/** Most of a reply that is read, from its end, where verdicts, rankings and choices stand. */
const longestRead = 20_000;

/** An answer without the thinking that is part of its text; empty where the thinking never ended. */
export function answerText(text: string): string {
  const { answer, unclosed } = splitThinking(text);
  return answer === text && unclosed === null ? text : answer.trim();
}

/** True when an answer holds nothing but blanks and thinking, finished or not. */
export function isEmptyAnswer(text: string): boolean {
  return answerText(text).trim() === '';
}

/** What may stand between a marker, its colon and its value: blanks and markdown. */
const decoration = '[\\s*_`"\'#\\[(:=-]*';

export function parseVerdict(text: string): 'accept' | 'reject' | undefined {
  const answer = statementsIn(text);
  const marked = [...answer.matchAll(new RegExp(`verdict${decoration}(accept|reject)(?:ed)?\\b`, 'gi'))].at(
    -1,
  );
  const word = marked?.[1] ?? /^\W*(accept|reject)(?:ed)?\W*$/i.exec(lastLine(answer))?.[1];
  if (word === undefined) return undefined;
  return word.toLowerCase() === 'accept' ? 'accept' : 'reject';
}

/**
 * Candidate numbers from best to worst, each once; numbers that no candidate has are left out.
 * @param known the numbers that candidates were shown under.
 */
export function parseRanking(text: string, known: readonly number[]): number[] | undefined {
  const answer = statementsIn(text);
  const marked = [...answer.matchAll(/ranking[*_`"']*\s*(?::|=|\bis\b)/gi)].at(-1);
  // `[4] > [2]`, as rankers of other tools are asked to write it.
  const chained = marked === undefined ? /\[\d+\](?:\s*>\s*\[\d+\])+/.exec(answer)?.[0] : undefined;
  if (chained !== undefined) return knownNumbers(numbersIn(chained), known);
  const stated = marked === undefined ? lastLine(answer) : answer.slice(marked.index + marked[0].length);
  if (marked === undefined && !/^[\s\d,>*_`[\]().;-]+$/.test(stated)) return undefined;
  return knownNumbers(rankingNumbers(stated), known);
}

function knownNumbers(stated: readonly number[], known: readonly number[]): number[] | undefined {
  const numbers = stated.filter((number) => known.includes(number));
  return numbers.length === 0 ? undefined : [...new Set(numbers)];
}

/** The numbers of `2, 1, 3`, or of a list with one candidate a line (`1. Candidate 2`). */
function rankingNumbers(stated: string): number[] {
  const lines = stated.split('\n').filter((line) => /\d/.test(line));
  const first = lines[0] ?? '';
  if (!/^\s*\d+[.)]\s.*\d/.test(first)) return numbersIn(first);
  const items = lines.map((line) => /^\s*\d+[.)]\s\D*(\d+)/.exec(line)?.[1]);
  const end = items.indexOf(undefined);
  return (end === -1 ? items : items.slice(0, end)).map(Number);
}

/**
 * The names that a router chose, in its order, each once.
 * @param names the names it could choose from.
 */
export function parseChoice(text: string, names: readonly string[]): string[] | undefined {
  const answer = statementsIn(text);
  const marked = [...answer.matchAll(/agents?[*_`"']*\s*[:=]/gi)].at(-1);
  const stated = marked === undefined ? answer : answer.slice(marked.index + marked[0].length);
  const chosen = namesIn(marked === undefined ? lastLine(stated) : firstLine(stated), names);
  return chosen.length === 0 ? undefined : chosen;
}

function statementsIn(text: string): string {
  return answerText(text).slice(-longestRead);
}

function namesIn(text: string, names: readonly string[]): string[] {
  const found: { readonly name: string; readonly index: number }[] = [];
  let rest = text.toLowerCase();
  // Longer names first, so that "math" is not found inside "math expert".
  for (const name of [...names].sort((first, second) => second.length - first.length)) {
    const index = wordIndex(rest, name.toLowerCase());
    if (index === -1) continue;
    found.push({ name, index });
    rest = rest.slice(0, index) + '\u0000'.repeat(name.length) + rest.slice(index + name.length);
  }
  return found.sort((first, second) => first.index - second.index).map(({ name }) => name);
}

/** Where a name stands by itself, neither preceded nor followed by a letter or digit. */
function wordIndex(text: string, name: string): number {
  for (let index = text.indexOf(name); index !== -1; index = text.indexOf(name, index + 1)) {
    const [before, after] = [text[index - 1] ?? ' ', text[index + name.length] ?? ' '];
    if (!/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after)) return index;
  }
  return -1;
}

function numbersIn(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => /[\p{L}\p{N}]/u.test(line)) ?? '';
}

function lastLine(text: string): string {
  return text.split('\n').findLast((line) => /[\p{L}\p{N}]/u.test(line)) ?? '';
}
