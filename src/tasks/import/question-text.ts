import { isRecord, isScalar } from '../../core/records.ts';

/** A turn of a conversation, as OpenAI's (`role`, `content`) and ShareGPT's (`from`, `value`) files have it. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly text: string;
}

const roles: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  model: 'assistant',
  chatgpt: 'assistant',
  bot: 'assistant',
};

/** The turns of a conversation; `undefined` where the value is none that is text alone. */
export function turnsOf(value: unknown): Turn[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const turns = value.flatMap((turn: unknown) => {
    if (!isRecord(turn)) return [];
    const role = roles[String(turn.role ?? turn.from).toLowerCase()];
    const text = scalarText(turn.content ?? turn.value);
    return role === undefined || text === undefined || callsTool(turn) ? [] : [{ role, text }];
  });
  return turns.length === value.length ? turns : undefined;
}

/** Exports of conversations without tools name them, too: `null`, or a list of none. */
function callsTool(turn: Readonly<Record<string, unknown>>): boolean {
  const called = turn.tool_calls ?? turn.function_call;
  return isRecord(called) || (Array.isArray(called) && called.length > 0);
}

/** What a list of turns, or of the parts of one, holds beside text; `undefined` where it is no such list. */
export function beyondText(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries = value.filter(isRecord);
  const isPart = (part: Readonly<Record<string, unknown>>): boolean =>
    typeof part.type === 'string' && part.type !== 'text';
  const part = entries.find(isPart);
  if (part !== undefined) return `a part of type ${JSON.stringify(part.type)}`;
  for (const turn of entries) {
    const role = turn.role ?? turn.from;
    if (typeof role !== 'string') continue;
    if (callsTool(turn)) return 'a tool call';
    if (roles[role.toLowerCase()] === undefined) return `a turn of ${JSON.stringify(role)}`;
    const inside = beyondText(turn.content ?? turn.value);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** The conversation up to its last answer, and that answer. */
export function lastAnswer(turns: readonly Turn[]): {
  readonly before: readonly Turn[];
  readonly answer?: string;
} {
  const at = turns.findLastIndex(({ role }) => role === 'assistant');
  const answer = turns[at]?.text;
  return answer === undefined ? { before: turns } : { before: turns.slice(0, at), answer };
}

/** A conversation as one question: alone where there is one turn of the user's, else with who speaks. */
export function conversationText(turns: readonly Turn[]): string {
  const spoken = turns.filter(({ role }) => role !== 'system');
  const system = turns.filter(({ role }) => role === 'system').map(({ text }) => text);
  const names = { system: '', user: 'User: ', assistant: 'Assistant: ' };
  const said =
    spoken.length === 1
      ? spoken.map(({ text }) => text)
      : spoken.map(({ role, text }) => `${names[role]}${text}`);
  return [...system, ...said].join('\n\n');
}

/** Text, numbers, booleans, and lists of parts that are all text; `undefined` for anything else. */
export function scalarText(value: unknown): string | undefined {
  if (isScalar(value)) return String(value);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const parts = value.flatMap((part: unknown) =>
    isRecord(part) && part.type === 'text' && typeof part.text === 'string' ? [part.text] : [],
  );
  return parts.length === value.length ? parts.join('\n') : undefined;
}

/** `{{field}}` in a template, replaced by what the function gives. */
export function filled(template: string, textOf: (field: string) => string | undefined): string {
  return template.replaceAll(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, field: string) => textOf(field) ?? whole);
}

export function fieldsIn(template: string): string[] {
  return [...template.matchAll(/\{\{\s*([^{}]+?)\s*\}\}/g)].map((match) => match[1] ?? '');
}
