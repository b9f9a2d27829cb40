/** Which fields of a data file make an instance. A field may be a path: `answer.value`, `messages.0.content`. */
export interface ImportOptions {
  readonly name: string;
  /** One field, or several with commas between them. */
  readonly input: string;
  readonly gold: string;
  /** How the fields are put together, with `{{field}}` in it. Default: a paragraph each. */
  readonly template?: string;
  /** Default: guessed from the gold answers. */
  readonly grader?: string;
  /** Field to stratify the split by. Default for classification: the gold answer. */
  readonly label?: string;
  /** Field of an answer that deserves full marks, for `task check` where gold is no answer (tests). */
  readonly reference?: string;
  /** Default: the field `id` where every row has one, else numbers. */
  readonly id?: string;
  readonly prompt?: string;
  readonly description?: string;
  /** Take only the first so many rows. */
  readonly limit?: number;
}

/** The fields that rows must have, for the reader of the file. */
export function wantedFields({ input, gold }: Pick<ImportOptions, 'input' | 'gold'>): string[] {
  return [...fieldNames(input), ...fieldNames(gold)];
}

/** The names in a list with commas between them. */
export function fieldNames(list: string): string[] {
  return list
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '');
}
