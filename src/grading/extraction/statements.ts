import { saidAnswers, weaklySaidAnswers } from './phrases.ts';
import { boxedContents, jsonFields, taggedContents } from './wrappers.ts';

/** Which of several final statements of the same form counts. */
export type StatementOrder = 'last' | 'first';

/** A stretch of an answer that says what the answer is. */
export interface Statement {
  /**
   * `wrapped`: holds the answer and nothing else (an element, a box, a field). `said`: what follows "the answer
   * is". `weak`: what follows `Result:` or `Sentiment:`.
   */
  readonly kind: 'wrapped' | 'said' | 'weak';
  readonly text: string;
  /** Nothing follows the statement's line. */
  readonly isAtEnd?: boolean;
}

/**
 * The final statements of an answer, what counts most first: elements (`<answer>`), boxes, fields of JSON, `####`,
 * phrases of {@link saidAnswers}, weak phrases. A wrapper that holds a phrase stands for what the phrase says.
 */
export function finalStatements(answer: string, order: StatementOrder): Statement[] {
  const text = withoutRunOn(answer);
  const inOrder = <Item>(items: readonly Item[]): readonly Item[] =>
    order === 'first' ? items : items.toReversed();
  const wrapped =
    [taggedContents(text), boxedContents(text), jsonFields(text)].find((found) => found.length > 0) ?? [];
  const said = (texts: readonly { readonly text: string }[]): Statement[] =>
    inOrder(texts).map((found) => ({ kind: 'said', text: found.text }));
  const lastLine = text.lastIndexOf('\n');
  return [
    ...inOrder(wrapped).slice(0, 1).map(unwrapped),
    ...said(hashed(text)),
    ...said(saidAnswers(text)),
    ...inOrder(weaklySaidAnswers(text)).map(
      (found): Statement => ({ kind: 'weak', text: found.text, isAtEnd: found.index > lastLine }),
    ),
  ];
}

/** A box inside an element, a phrase inside a box: the innermost counts. */
function unwrapped(content: string): Statement {
  const inner = boxedContents(content).at(-1) ?? hashed(content).at(-1)?.text;
  if (inner !== undefined) return { kind: 'wrapped', text: inner };
  const said = saidAnswers(content).at(-1);
  return said === undefined ? { kind: 'wrapped', text: content } : { kind: 'said', text: said.text };
}

/** `#### 72`, as GSM8K's solutions end; a Markdown heading of that depth has words. */
function hashed(text: string): { readonly text: string }[] {
  return [...text.matchAll(/####[ \t]{0,4}(?=[-+−$€£¥]{0,3}[ \t]?[\d.])([^\n]{1,200})/g)]
    .map((match) => ({ text: (match[1] ?? '').trim() }))
    .filter((found) => !/^\d+[.)]\s+\p{L}/u.test(found.text));
}

const nextTurn =
  /<\|im_end\|>|<\|eot_id\|>|<\|endoftext\|>|<\|end_of_text\|>|<\|im_start\|>|<\/s>|<end_of_turn>|\[INST\]|<\|(?:user|assistant|system)\|>/;
const nextQuestion =
  /^[ \t]{0,4}[#*_>]{0,6}[ \t]{0,4}(?:(?:next|new|another)[ \t])?(?:question|q|problem|exercise|human|user|frage|pregunta|pergunta|domanda|question suivante|вопрос|问题|題目|题目|問題|질문)[ \t]{0,3}(?:\d{1,4})?[ \t]{0,3}[*_]{0,3}[:：][^\n]{0,400}/gim;
/** A text this short, in one line, is an answer by itself. */
const shortAnswer = 60;

/**
 * The answer up to where a model goes on with a turn or a question of its own. A question counts as one when an
 * answer stands before it: some models repeat the question that they were asked.
 */
export function withoutRunOn(text: string): string {
  const turn = nextTurn.exec(text);
  const kept = turn === null || text.slice(0, turn.index).trim() === '' ? text : text.slice(0, turn.index);
  let tried = 0;
  for (const { index } of kept.matchAll(nextQuestion)) {
    if (++tried > 5) break;
    const before = kept.slice(0, index).trim();
    if (before !== '' && isAnswered(before)) return before;
  }
  return kept;
}

function isAnswered(text: string): boolean {
  if (text.length <= shortAnswer && !text.includes('\n')) return true;
  return (
    boxedContents(text).length > 0 ||
    taggedContents(text).length > 0 ||
    hashed(text).length > 0 ||
    saidAnswers(text).length > 0
  );
}
