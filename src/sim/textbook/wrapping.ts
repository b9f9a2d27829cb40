import { messiness } from '../constants.ts';
import { weightedKey } from '../noise.ts';
import { proseSentences } from '../presentation.ts';
import type { Situation } from '../subject.ts';
import { form } from './constants.ts';

/** A short answer within a sentence, or alone. */
export function wrapPlain(
  situation: Situation,
  body: string,
  prose: { readonly openings: readonly string[]; readonly closings: readonly string[] },
): string {
  const rng = situation.rng.derive('wrap');
  const sentences = proseSentences(situation.persona, situation.request, rng);
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
  const { bareAnswer, unfenced } = situation.request;
  const asked = bareAnswer ? messiness.fencesWhenCodeOnly : messiness.fences;
  const weights = unfenced ? messiness.fencesWhenForbidden : asked;
  const tag = weightedKey(rng, weights);
  const shown = tag !== '' && tag !== 'none' && language === 'json' ? 'json' : tag;
  return wrapPlain(situation, shown === 'none' ? body : `\`\`\`${shown}\n${body}\n\`\`\``, prose);
}

/** Level at which the form asked for is kept; add ability, and compare with noise. */
export function formLevel(ability: number, asked: boolean): number {
  return form.level + form.slope * ability + (asked ? form.asked : 0);
}
