import { type Front, figuresOf, type Member, memberModel, memberNamed } from './catalogue.ts';
import type { KeyEntry } from './keys.ts';
import { worstUsdOf } from './worst-case.ts';

/** Most configs that are named. */
const named = 3;
const noQuestion = { question: '', earlier: [], instructions: '' };

/**
 * What to know of limits on dollars a day: a request whose worst case is more than the limit is refused on every day,
 * whatever it would cost in the end.
 * @param maxUsdDay of all requests together
 */
export function dayLimitNotes(
  front: Front,
  keys: readonly KeyEntry[],
  maxUsdDay: number | undefined,
): string[] {
  const ofAll = maxUsdDay === undefined ? [] : [noteOf('--max-usd-day', maxUsdDay, front.members)];
  const ofKeys = keys.map((key) =>
    key.usdDay === undefined
      ? undefined
      : noteOf(`the key "${key.name}" with --usd-day`, key.usdDay, membersFor(front, key)),
  );
  return [...ofAll, ...ofKeys].filter((note) => note !== undefined);
}

function noteOf(whose: string, usdDay: number, members: readonly Member[]): string | undefined {
  const refused = members.flatMap((member) => {
    const usd = worstUsdOf(member.config, noQuestion, member.source.card);
    return usd === null || usd > usdDay ? [{ member, usd }] : [];
  });
  if (refused.length === 0) return undefined;
  const all = refused.length === members.length ? '' : `${refused.length} of ${members.length} configs, `;
  const told = refused.slice(0, named).map(({ member, usd }) => {
    const cost = usd === null ? 'of unknown price' : `up to $${Number(usd.toPrecision(3))}`;
    return `${memberModel(member.id)} (${cost})`;
  });
  const more = refused.length > named ? `, and ${refused.length - named} more` : '';
  const why = refused.every(({ usd }) => usd === null)
    ? 'a limit in dollars needs prices (--prices FILE)'
    : 'what a request can cost at most is set aside first; a smaller max_tokens of its own makes that less';
  return `${whose} ${usdDay} admits no request of ${all}${told.join(', ')}${more}: ${why}`;
}

/** Those that a key may ask for by some name. */
function membersFor(front: Front, { models }: KeyEntry): readonly Member[] {
  if (models === undefined) return front.members;
  return front.members.filter(
    (member) =>
      models.some((name) => memberNamed(front, name) === member) ||
      (models.includes('front') && figuresOf(member) !== null),
  );
}
