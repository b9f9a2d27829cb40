import { escapePattern } from './escape-pattern.ts';

/** What stands before and after a model's thinking when it is part of its text. */
export interface ThinkingMarks {
  readonly open: string;
  readonly close: string;
}

/** The marks that models in use write. Matched in any case. */
export const thinkingMarks: readonly ThinkingMarks[] = [
  ...['think', 'thinking', 'thought', 'reasoning', 'seed:think', 'longcat_think', 'scratchpad'].map(
    (name) => ({ open: `<${name}>`, close: `</${name}>` }),
  ),
  { open: '◁think▷', close: '◁/think▷' },
  { open: '[THINK]', close: '[/THINK]' },
  { open: '<|START_THINKING|>', close: '<|END_THINKING|>' },
  { open: '<|begin_of_thought|>', close: '<|end_of_thought|>' },
  { open: '<|inner_prefix|>', close: '<|inner_suffix|>' },
  { open: '<|channel>thought', close: '<channel|>' },
  { open: '<unused94>', close: '<unused95>' },
];

/** A channel's head in OpenAI's harmony format: `<|channel|>analysis<|message|>`, `… to=functions.f<|constrain|>json …`. */
const harmonyHead = String.raw`<\|channel\|>\s{0,4}(analysis|commentary|final)\b[^<\n]{0,80}(?:<\|constrain\|>[^<\n]{0,40})?<\|message\|>`;
/** Marks of harmony that end a message or begin the next one, and the marks that some models set around their answer. */
const dropped = String.raw`<\|(?:end|return|call)\|>|<\|start\|>(?:assistant|user|system)?|<\|(?:START|END)_(?:RESPONSE|TEXT)\|>|<\|(?:begin|end)_of_solution\|>`;

const marks = new RegExp(
  [
    harmonyHead,
    `(${thinkingMarks.map(({ open }) => escapePattern(open)).join('|')})`,
    `(${thinkingMarks.map(({ close }) => escapePattern(close)).join('|')})`,
    dropped,
  ].join('|'),
  'gi',
);

/**
 * A text without its thinking: closed blocks go, so does all that stands before a closing mark whose
 * opening one the server kept, and all after an opening mark that is never closed (handed back as
 * `unclosed`). A mark in quotes or backticks is talked about, not used. Linear in the text's length.
 */
export function splitThinking(text: string): { readonly answer: string; readonly unclosed: string | null } {
  if (!/[<[◁]/.test(text)) return { answer: withoutBareChannels(text), unclosed: null };
  let kept: string[] = [];
  let from = 0;
  let openedAt: number | null = null;
  for (const mark of text.matchAll(marks)) {
    const end = mark.index + mark[0].length;
    if (!standsAlone(text, mark.index, end)) continue;
    const channel = mark[1]?.toLowerCase();
    const opens = mark[2] !== undefined || (channel !== undefined && channel !== 'final');
    if (opens && openedAt !== null) continue;
    if (openedAt === null && mark[3] === undefined) kept.push(text.slice(from, mark.index));
    // With no opening mark before it all that came so far was thinking.
    if (openedAt === null && mark[3] !== undefined) kept = [];
    openedAt = opens ? end : null;
    from = end;
  }
  if (openedAt === null) kept.push(text.slice(from));
  return { answer: kept.join('\n'), unclosed: openedAt === null ? null : text.slice(openedAt) };
}

/** Harmony whose marks a server left out: `analysis…assistantfinal…`. */
function withoutBareChannels(text: string): string {
  if (!text.startsWith('analysis')) return text;
  const at = text.lastIndexOf('assistantfinal');
  return at < 0 ? text : text.slice(at + 'assistantfinal'.length);
}

function standsAlone(text: string, start: number, end: number): boolean {
  const before = text[start - 1];
  return before === undefined || before !== text[end] || !/["'`]/.test(before);
}
