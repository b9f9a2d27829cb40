import type { InputIssue } from '../../core/errors.ts';

/** A row of a data file. */
export interface Row {
  /** 1-based line where the row starts; absent in a JSON document, whose rows are known by `place`. */
  readonly line?: number;
  /** Where the row stands in the file, e.g. `[3]`; empty where the line says it. */
  readonly place: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Rows with what is wrong with others. */
export interface RowsRead {
  readonly rows: readonly Row[];
  readonly issues: readonly InputIssue[];
  /** Names of classes that a field gives by number, where the file tells them (Hugging Face's ClassLabel). */
  readonly classNames?: Readonly<Record<string, readonly string[]>>;
  /** Prompts that the file holds beside its rows (promptfoo's). */
  readonly prompts?: readonly string[];
}
