import type { AgentRole } from '../domain/agent.ts';
import type { ChatMessage, ChatRequest } from '../models/chat-model.ts';
import { countTokens } from './tokens.ts';

/** A chat request as its reader understands it; everything is drawn from the messages' text. */
export interface ReadRequest {
  /** What the text asks its reader to be. */
  readonly role: AgentRole;
  /** All text that is not a candidate or a critique. */
  readonly instructions: string;
  /** The part of it in system messages. */
  readonly system: string;
  /** The part of it in user messages. */
  readonly question: string;
  /** User messages as they came, with all that is shown in them. */
  readonly said: string;
  /** Other answers shown in the context, in order. */
  readonly candidates: readonly string[];
  /** The number under which each candidate is shown. */
  readonly numbers: readonly number[];
  readonly critiques: readonly string[];
  /** The text asks for an answer without prose around it. */
  readonly bareAnswer: boolean;
  /** The text forbids code fences. */
  readonly unfenced: boolean;
  readonly instructionTokens: number;
  readonly contextTokens: number;
}

export function readRequest(request: Pick<ChatRequest, 'messages'>): ReadRequest {
  const whole = textOf(request.messages, () => true);
  const prompt = takeBlocks(
    textOf(request.messages, ({ role }) => role === 'system'),
    true,
  );
  // A fence in the question is part of the question (a function to mend), not somebody's answer.
  const said = textOf(request.messages, ({ role }) => role === 'user');
  const asked = takeBlocks(said, false);
  const system = prompt.rest;
  const question = asked.rest;
  const shown = [...prompt.candidates, ...asked.candidates];
  const shownNumbers = [...prompt.numbers, ...asked.numbers];
  const earlier = request.messages
    .filter((message) => message.role === 'assistant')
    .map(({ content }) => content);
  const candidates = [...shown, ...earlier];
  return {
    role: roleOf(system, question, candidates.length),
    instructions: `${system}\n${question}`,
    system,
    question,
    said,
    candidates,
    numbers: candidates.map((_, index) => shownNumbers[index] ?? index + 1),
    critiques: [...prompt.critiques, ...asked.critiques],
    bareAnswer: bareAnswerWanted.test(`${system}\n${question}`),
    unfenced: /\b(?:no|without) (?:a )?(?:code )?fences?\b/i.test(`${system}\n${question}`),
    instructionTokens: countTokens(system) + countTokens(question),
    contextTokens: countTokens(whole),
  };
}

function textOf(messages: readonly ChatMessage[], wanted: (message: ChatMessage) => boolean): string {
  return messages
    .filter((message) => message.role !== 'assistant' && wanted(message))
    .map((message) => message.content)
    .join('\n\n');
}

const bareAnswerWanted =
  /\b(only|just|nothing but)\b[^.\n]{0,40}\b(code|function|program|number|label|answer|json)\b|\b(code|function|program)\b[^.\n]{0,25}\b(only|and nothing else)\b|\bno (prose|markdown|explanation|commentary)|without (any )?(prose|markdown|explanation)/i;

interface Blocks {
  readonly candidates: string[];
  /** Told by tags only; empty for other forms. */
  readonly numbers: number[];
  readonly critiques: string[];
  readonly rest: string;
}

/**
 * Separates answers and critiques shown in the context from the instructions around them: tagged blocks
 * (`<candidate number="1">`, `<critique …>`), else numbered blocks (`1. …`) or, in prompts, bare fences that hold code.
 */
function takeBlocks(text: string, fencesAreAnswers: boolean): Blocks {
  const candidates: string[] = [];
  const critiques: string[] = [];
  const numbers: number[] = [];
  let rest = text.replace(
    /<(candidate|critique|answer|response)\b([^>]*)>\n?([\s\S]*?)\n?<\/\1>/gi,
    (_, tag: string, attributes: string, body: string) => {
      if (tag.toLowerCase() === 'critique') critiques.push(body);
      else numbers[candidates.push(body) - 1] = Number(/\d+/.exec(attributes)?.[0] ?? candidates.length);
      return '';
    },
  );
  if (candidates.length === 0) rest = takeNumbered(rest, candidates);
  if (candidates.length === 0 && fencesAreAnswers) {
    rest = rest.replace(/```[^\n]*\n[\s\S]*?```/g, (fence) => {
      if (!looksLikeAnswer(fence)) return fence;
      candidates.push(fence);
      return '';
    });
  }
  return { candidates, numbers, critiques, rest };
}

function looksLikeAnswer(text: string): boolean {
  return /^\s*(async )?def \w+\(/m.test(text);
}

/** Takes `1. …`, `2. …` blocks (numbers in order from 0 or 1, at line starts) of which some hold code. */
function takeNumbered(text: string, candidates: string[]): string {
  const starts: { at: number; body: number }[] = [];
  const base = /^([01])[.)]/m.exec(text)?.[1] === '0' ? 0 : 1;
  for (const match of text.matchAll(/^(\d+)[.)][ \t]*/gm)) {
    if (Number(match[1]) === starts.length + base) {
      starts.push({ at: match.index, body: match.index + match[0].length });
    }
  }
  const blocks = starts.map(({ body }, index) =>
    text.slice(body, starts[index + 1]?.at ?? endOfLast(text, body)),
  );
  const first = starts[0];
  if (first === undefined || !blocks.some(looksLikeAnswer)) return text;
  candidates.push(...blocks.map((block) => block.trim()));
  const last = starts.at(-1) ?? first;
  return text.slice(0, first.at) + text.slice(last.body + (blocks.at(-1)?.length ?? 0));
}

/** A last numbered block that holds a fence ends with the fence; any other at the end of the text. */
function endOfLast(text: string, from: number): number {
  const open = text.indexOf('```', from);
  const close = open < 0 ? -1 : text.indexOf('```', open + 3);
  return close < 0 ? text.length : close + 3;
}

const asksToFuse =
  /synthesi[sz]|\b(combin|merg|fus)(e|es|ing)\b|\b(write|produce|give|return|output)\b[^.]{0,50}\b(final|improved|corrected|complete|best|one|single|better) (\w+ )?(answer|version|function|solution|response|code|program)/i;
const asksToCritique =
  /\bcriti(c|ci[sz]e|que each|que the|que every)\b|\breview\b|\bcomment on\b|\bdeviation|\b(point out|list|name|find|identify|describe|say)\b[^.]{0,60}\b(fault|bug|problem|mistake|weakness|error|defect|flaw|issue|wrong)|\b(what|which)\b[^.]{0,30}\bwrong\b/i;
/** Faults of a plan or a thing are a matter for authors too: "name what could go wrong". */
const ownFaults = /\b(could|can|might|may) go wrong\b/gi;

/**
 * The formats that stages demand are unmistakable; critics and aggregators are told apart by what they
 * are asked to do, the last instruction deciding where a text speaks of both.
 */
function roleOf(system: string, question: string, candidates: number): AgentRole {
  // The question may sound like an order to anyone; what the agent is for stands in its prompt, if it has one.
  const text = system.trim() === '' ? question : system;
  if (/\bverdict:/i.test(text)) return 'verifier';
  if (/\branking:/i.test(text)) return 'ranker';
  if (/\bagents:/i.test(text) && /\b(choose|pick|select|route)/i.test(text)) return 'router';
  if (candidates === 0) return 'proposer';
  const critique = lastIndexOf(asksToCritique, text.replace(ownFaults, 'fail'));
  const fuse = lastIndexOf(asksToFuse, text);
  if (critique >= 0 && (fuse < 0 || isCritic(system))) return 'critic';
  if (fuse >= 0) return 'fuser';
  return critique >= 0 ? 'critic' : 'proposer';
}

function isCritic(system: string): boolean {
  return /\b(you are|act as)\b[^.\n]{0,40}\b(critic|reviewer)\b|do not (write|rewrite|give)\b[^.\n]{0,30}(code|function|answer|solution)/i.test(
    system,
  );
}

function lastIndexOf(pattern: RegExp, text: string): number {
  let last = -1;
  for (const match of text.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))) last = match.index;
  return last;
}
