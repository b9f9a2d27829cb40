import { elementAt } from '../../core/element-at.ts';
import { logistic } from '../../core/logistic.ts';
import type { Rng } from '../../core/rng.ts';
import { choicesIntroduction } from '../../moa/instructions.ts';
import type { ChatRequest } from '../../models/chat-model.ts';
import { closingTag, openingTag } from '../../search/writing/index.ts';
import type { CallRole } from './call-role.ts';

/** How an answer carries its quality (log-odds), so that later stages and the stand-in grader can read it. */
const mark = /\[q=(-?\d+\.\d+)\]/g;

/** Characters of a question that plays keep: each call hashes it anew. */
const mostKept = 20_000;
/** What stands for the others, so that they count as tokens. */
const cutMark = /\[… and (\d+) characters\]/g;

/** A question, of a very long one beginning and end; see {@link fullLengthOf}. */
export function withoutMiddle(text: string): string {
  if (text.length <= mostKept) return text;
  const half = mostKept / 2;
  return `${text.slice(0, half)}[… and ${text.length - mostKept} characters]${text.slice(-half)}`;
}

/** Characters of a text with what {@link withoutMiddle} left out. */
export function fullLengthOf(text: string): number {
  if (text.length <= mostKept) return text.length;
  return [...text.matchAll(cutMark)].reduce((sum, match) => sum + Number(match[1]), text.length);
}

/** Words that no parser of verdicts, orders or choices takes for its own. */
const filler = 'so that is how it would be put, more or less, in words that take their room. ';
const longFiller = filler.repeat(400);

/** Qualities of the answers that a text holds, in order. */
export function qualityIn(text: string): number[] {
  return [...text.matchAll(mark)].map((match) => Number(match[1]));
}

/** Indices from best to worst; the earlier first among equals. */
export function bestFirst(qualities: readonly number[]): number[] {
  return qualities
    .map((quality, index) => ({ quality, index }))
    .sort((a, b) => b.quality - a.quality || a.index - b.index)
    .map(({ index }) => index);
}

/** What a call of this role writes: what the engine will read of it first, then filler up to the length. */
export function writeText(
  role: CallRole,
  request: ChatRequest,
  quality: number,
  { characters, rng }: { readonly characters: number; readonly rng: Rng },
): string {
  if (role === 'write') return writePrompt(request, rng);
  const prompt = request.messages[0]?.content ?? '';
  const head = heads[role](prompt, quality, rng);
  const rest = Math.max(0, characters - head.length);
  return head + (rest <= longFiller.length ? longFiller.slice(0, rest) : filler.repeat(rest / filler.length));
}

/** The old prompt behind words of its own, so that it is another prompt with another luck. */
function writePrompt({ messages }: ChatRequest, rng: Rng): string {
  const asked = messages.map(({ content }) => content).join('\n');
  const old = /<current_prompt>\n([\s\S]*?)\n<\/current_prompt>/.exec(asked)?.[1] ?? '';
  const sign = Array.from({ length: 4 }, () => rng.integer(1_000)).join(' ');
  return `${openingTag}\nRehearsed ${sign}. ${old}\n${closingTag}`;
}

type Head = (prompt: string, quality: number, rng: Rng) => string;

const marked: Head = (_prompt, quality) => `[q=${quality.toFixed(4)}]\n`;
const nothing: Head = () => '';

/** How what each role writes begins. */
const heads: Readonly<Record<Exclude<CallRole, 'write'>, Head>> = {
  answer: marked,
  refine: marked,
  fuse: marked,
  critique: nothing,
  judge: nothing,
  verify(prompt, _quality, rng) {
    const [seen = 0] = qualityIn(prompt);
    return `VERDICT: ${logistic(1.5 * seen + rng.normal()) > 0.5 ? 'ACCEPT' : 'REJECT'}\n`;
  },
  rank(prompt, _quality, rng) {
    const seen = qualityIn(prompt).map((each) => each + 0.5 * rng.normal());
    return `RANKING: ${bestFirst(seen)
      .map((index) => index + 1)
      .join(', ')}\n`;
  },
  route: (prompt, _quality, rng) => `AGENTS: ${rng.shuffle(agentsListed(prompt)).join(', ')}\n`,
};

/** Names in the router's list, whose lines read `- name (model): prompt`. */
function agentsListed(prompt: string): string[] {
  const list = prompt.slice(prompt.indexOf(choicesIntroduction));
  return [...list.matchAll(/^- (.+?) \(/gm)].map((match) => elementAt(match, 1));
}
