import { recordOf } from '../../core/records.ts';
import type { Rng } from '../../core/rng.ts';
import { abilityOf, askedGain, generalLevel } from '../ability.ts';
import { codeChallenge, reviewing } from '../constants.ts';
import { rankingOf, reviewNoise } from '../reviewing.ts';
import type { Situation } from '../subject.ts';
import { readProgram } from './detector.ts';
import { countMentions, difficulty, type Part, partNames, pointsOfParts } from './parts.ts';

/** What a critic writes of a part that it believes to be wrong. Each hits the part's topic and no other. */
export const remarks: Readonly<Record<Part, readonly string[]>> = {
  zeroDays: ['divides by zero when days_active is 0', 'has no guard against division by zero'],
  emptyInput: ['does not handle an empty list at the start', 'forgets to return early for empty input'],
  noActive: ['fails when no user is active', 'breaks when none is active'],
  missingKeys: ['raises KeyError on incomplete entries', 'does not allow for missing keys'],
  averageActive: [
    'computes the average over all users',
    'takes the mean without keeping to active users only',
  ],
  sortOrder: ['sorts in the wrong direction', 'does not sort in descending order'],
  topFive: ['does not keep to at most five performers', 'may return more than five performers'],
  fewerThanFive: ['mishandles fewer than five performers', 'must not pad the performers'],
  noMutation: ['mutates what it was given', 'has side effects on its argument'],
  dateRange: ['raises on an invalid date range', 'should not raise for a reversed range'],
  noneValues: ['crashes on None as a count', 'cannot cope with None in posts'],
  textValues: ['crashes on numeric strings', "cannot cope with '10' as a count"],
  loads: ['uses type hints without importing them or has bad syntax', 'lacks an import and will not load'],
};

const looksRemarks = [
  'the names are clear and the layout is tidy.',
  'shorter names and a docstring would read better.',
  'the formatting is uneven, and one line is rather long.',
];

const worthOf = (faults: readonly Part[]): number =>
  faults.reduce((sum, part) => sum + codeChallenge.worth[part], 0);

/** Faults that the reviewer believes a candidate to have; `null` when it shows no program at all. */
function perceivedFaults(situation: Situation, candidate: string, rng: Rng): Part[] | null {
  const program = readProgram(candidate);
  if (program === null) return null;
  const level = generalLevel(situation, 'code') + reviewing.noticeGain;
  const ability = abilityOf(situation, 'code');
  return partNames.filter((part) => {
    const noise = reviewNoise(situation, part, rng);
    return program.parts[part]
      ? reviewing.falseAlarm - ability * reviewing.abilityShare + noise > 0
      : level + attention(situation, part) - difficulty[part] * reviewing.difficultyShare + noise > 0;
  });
}

/** A reviewer told what to look for notices it more often. */
function attention(situation: Situation, part: Part): number {
  const { system } = situation.request;
  const topicCount = partNames.filter((name) => countMentions(system, name) > 0).length;
  return askedGain(situation, countMentions(system, part), topicCount) * reviewing.askedShare;
}

/** The prompt asks for nothing but form, so that is all a reviewer looks at. */
function asksForLooksOnly({ request: { system } }: Situation, looks: RegExp): boolean {
  return looks.test(system) && !partNames.some((part) => countMentions(system, part) > 0);
}

/** A list of faults for each numbered candidate. */
export function writeCritique(situation: Situation): string {
  const looksOnly = asksForLooksOnly(situation, /\b(naming|style|formatting|readability)\b/i);
  return situation.request.candidates
    .map((candidate, index) => {
      const rng = situation.rng.derive('critique', index);
      const name = `Candidate ${situation.request.numbers[index]}`;
      if (looksOnly) return `${name}: ${rng.pick(looksRemarks)}`;
      const faults = perceivedFaults(situation, candidate, rng);
      if (faults === null) return `${name} shows no complete function.`;
      if (faults.length === 0) return `${name} looks right to me.`;
      const words = faults.map((part) => rng.pick(remarks[part]));
      return `${name}: it ${words.join('; it ')}.`;
    })
    .join('\n');
}

/** ACCEPT or REJECT, with the reason before it. */
export function writeVerdict(situation: Situation): string {
  const candidate = situation.request.candidates.at(-1) ?? '';
  const rng = situation.rng.derive('verify');
  const faults = perceivedFaults(situation, candidate, rng);
  if (faults === null) return 'There is no complete function to judge.\n\nVERDICT: REJECT';
  const lost = worthOf(faults);
  const reason =
    faults.length === 0
      ? 'I found no fault.'
      : `It ${faults.map((part) => rng.pick(remarks[part])).join('; it ')}.`;
  const lenient = asksForLooksOnly(situation, /looks? like|plausible|seems/i);
  const bearable = lenient ? reviewing.lenientPoints : reviewing.acceptPoints;
  return `${reason}\n\nVERDICT: ${lost <= bearable ? 'ACCEPT' : 'REJECT'}`;
}

/** All candidates, best first by the faults perceived. */
export function writeRanking(situation: Situation): string {
  const byLength = asksForLooksOnly(situation, /\b(longest|impressive)\b/i);
  const losses = situation.request.candidates.map((candidate, index) => {
    if (byLength) return -candidate.length;
    const faults = perceivedFaults(situation, candidate, situation.rng.derive('rank', index));
    const lost = faults === null ? pointsMost : worthOf(faults);
    return lost + index * reviewing.placeBias;
  });
  return rankingOf(situation, losses);
}

const pointsMost = pointsOfParts(recordOf(partNames, () => true));
