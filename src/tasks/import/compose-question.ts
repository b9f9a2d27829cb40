import { type ChoiceOptions, lettered, type OptionSource, optionsIn, optionsOf } from './answer-options.ts';
import { beyondText, conversationText, filled, lastAnswer, scalarText, turnsOf } from './question-text.ts';
import type { Row } from './rows.ts';
import { isMissing, kindOf, valueAt } from './values.ts';

/** What a question is put together from. */
export interface QuestionPlan {
  /** Fields in the order in which they are shown. */
  readonly fields: readonly string[];
  readonly gold: string;
  /** With `{{field}}` in it; default: the fields, a paragraph each. */
  readonly template?: string;
  /** Options shown behind the fields. */
  readonly options?: OptionSource;
}

export type Composed =
  | { readonly text: string }
  | { readonly field: string; readonly found: string; readonly expected: string };

const expected = "the question's text";
/** The answer to whoever brings a conversation with tools or images. */
const textAlone = 'text, or turns of system, user and assistant with text alone: no tools, images or audio';

/** The question of a row, or the field that gives none. */
export function composeQuestion(row: Row, plan: QuestionPlan): Composed {
  const texts = new Map<string, string>();
  for (const field of plan.fields) {
    const value = valueAt(row.values, field);
    const text = isMissing(value) ? undefined : fieldText(value, field, plan);
    const beyond = text === undefined ? beyondText(value) : undefined;
    if (beyond !== undefined) return { field, found: beyond, expected: textAlone };
    if (text === undefined || text.trim() === '')
      return {
        ...{ field, expected },
        found: typeof value === 'string' && value.trim() === '' ? 'an empty text' : kindOf(value),
      };
    if (text.includes('\0')) return { field, found: 'a text with NUL characters', expected };
    texts.set(field, text);
  }
  if (plan.template !== undefined) return { text: filled(plan.template, (field) => texts.get(field)) };
  const options = plan.options === undefined ? undefined : optionsOf(row, plan.options);
  const paragraphs = [...texts.values(), ...(options === undefined ? [] : [lettered(options)])];
  return { text: paragraphs.join('\n\n') };
}

function fieldText(value: unknown, field: string, plan: QuestionPlan): string | undefined {
  const turns = turnsOf(value);
  if (turns !== undefined) return conversationText(field === plan.gold ? lastAnswer(turns).before : turns);
  const scalar = scalarText(value);
  // Options written as text, as CSV has them, are options where they stand beside a question.
  const options: ChoiceOptions | undefined = plan.fields.length > 1 ? optionsIn(value) : undefined;
  return options === undefined ? scalar : lettered(options);
}
