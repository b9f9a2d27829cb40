import type { Rng } from '../../core/rng.ts';
import { messiness } from '../constants.ts';
import { weightedKey } from '../noise.ts';
import type { Situation } from '../subject.ts';
import { form } from './constants.ts';

/** Prose sentences that a persona puts around an answer; little where the prompt wants the answer alone. */
function proseSentences({ persona, request }: Situation, rng: Rng): number {
  const share = request.bareAnswer ? messiness.proseWhenCodeOnly : 1;
  return Math.floor(persona.verbosity * share * (0.5 + rng.next()) + rng.next() * 0.5);
}

/** A short answer within a sentence, or alone. */
export function wrapPlain(
  situation: Situation,
  body: string,
  prose: { readonly openings: readonly string[]; readonly closings: readonly string[] },
): string {
  const rng = situation.rng.derive('wrap');
  const sentences = proseSentences(situation, rng);
  if (sentences === 0) return body;
  const closings = rng.shuffle(prose.closings).slice(0, sentences - 1);
  return [rng.pick(prose.openings), body, closings.join(' ')].filter((part) => part !== '').join('\n\n');
}

/** Code or JSON in a fence of any tag or none, with prose around it. */
export function wrapFenced(
  situation: Situation,
  body: string,
  language: 'python' | 'json',
  prose: { readonly openings: readonly string[]; readonly closings: readonly string[] },
): string {
  const rng = situation.rng.derive('fence');
  const weights = situation.request.bareAnswer ? messiness.fencesWhenCodeOnly : messiness.fences;
  const tag = weightedKey(rng, weights);
  const shown = tag !== '' && tag !== 'none' && language === 'json' ? 'json' : tag;
  return wrapPlain(situation, shown === 'none' ? body : `\`\`\`${shown}\n${body}\n\`\`\``, prose);
}

/** Level at which the form asked for is kept; add ability, and compare with noise. */
export function formLevel(ability: number, asked: boolean): number {
  return form.level + form.slope * ability + (asked ? form.asked : 0);
}
