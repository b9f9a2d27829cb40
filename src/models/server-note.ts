/**
 * What is worth knowing of a server and is no failure: which dialect it takes (`dialect`), usage that cannot
 * be true (`usage`), answers beyond the limit asked (`limit`), prompts it cuts (`prompt-cut`), another model
 * that answers (`other-model`), tools called that nobody offered (`tool-call`).
 */
export type ServerNoteKind = 'dialect' | 'usage' | 'limit' | 'prompt-cut' | 'other-model' | 'tool-call';

export interface ServerNote {
  /** `provider/model`. */
  readonly model: string;
  readonly kind: ServerNoteKind;
  /** One line for people, without the model's name. Holds no key. */
  readonly text: string;
}

/** Says each kind of note once for each model, dialects each time that they change. */
export class ServerNotes {
  readonly #listener: ((note: ServerNote) => void) | undefined;
  readonly #said = new Set<string>();

  constructor(listener: ((note: ServerNote) => void) | undefined) {
    this.#listener = listener;
  }

  say(model: string, kind: ServerNoteKind, text: string): void {
    const id = `${kind} ${model}`;
    if (kind !== 'dialect' && this.#said.has(id)) return;
    this.#said.add(id);
    this.#listener?.({ model, kind, text });
  }
}
