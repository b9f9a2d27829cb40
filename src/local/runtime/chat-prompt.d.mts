export interface Message {
  readonly role: string;
  readonly content: string;
}

/** A piece of a prompt: `special` pieces are the template's and may hold control tokens. */
export interface Piece {
  readonly text: string;
  readonly special: boolean;
}

export declare const plainTurn: string;

export declare function promptPieces(
  messages: readonly Message[],
  template: { readonly render: (variables: Record<string, unknown>) => string } | null,
  tokens: { readonly bos_token: string; readonly eos_token: string },
): Piece[];

export declare function alternating(messages: readonly Message[]): Message[];
