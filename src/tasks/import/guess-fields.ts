import { defined } from '../../core/defined.ts';

/** Names that fields of questions and of gold answers often have, the likeliest first. */
const usual = {
  input: [
    'input',
    'question',
    'prompt',
    'text',
    'message',
    'query',
    'ticket',
    'utterance',
    'problem',
    'body',
    'content',
    'instruction',
  ],
  gold: [
    'gold',
    'answer',
    'label',
    'category',
    'intent',
    'class',
    'expected',
    'target',
    'output',
    'tests',
    'solution',
  ],
} as const;

/** Which fields of a data file probably hold the question and the gold answer; of two fields one tells the other. */
export function guessFields(fields: readonly string[]): { readonly input?: string; readonly gold?: string } {
  const find = (names: readonly string[]): string | undefined =>
    names.flatMap((name) => fields.find((field) => field.toLowerCase() === name) ?? [])[0];
  const other = (field: string | undefined): string | undefined =>
    field === undefined || fields.length !== 2 ? undefined : fields.find((each) => each !== field);
  const [foundInput, foundGold] = [find(usual.input), find(usual.gold)];
  // Alpaca's files: what is asked for stands beside what it is asked of.
  const instruction =
    foundInput === 'input' && fields.includes('instruction') ? 'instruction,input' : undefined;
  const input = instruction ?? foundInput ?? other(foundGold);
  const gold = foundGold ?? other(foundInput);
  return defined({ input, gold });
}
