import type { Rng } from '../../core/rng.ts';
import { abilityOf } from '../ability.ts';
import { reviewing } from '../constants.ts';
import { unitNoise } from '../noise.ts';
import { rankingOf, reviewNoise } from '../reviewing.ts';
import { spoken } from '../spoken.ts';
import type { Situation } from '../subject.ts';
import { judging, verdicts } from './constants.ts';
import { guidanceOf, levelAt, type Point, type QuestionSkill } from './question-skill.ts';
import type { KnownQuestion } from './textbook.ts';

/** A review: who looks, at which question, with what they know of it. */
export interface Review {
  readonly situation: Situation;
  readonly question: KnownQuestion;
  readonly skill: QuestionSkill;
}

/** Points that the reviewer takes for wrong; `null` when the text holds no answer at all. */
function perceivedFaults({ situation, question, skill }: Review, text: string, rng: Rng): Point[] | null {
  const points = skill.inspect(text);
  if (points === null) return null;
  const { work } = skill;
  const ability = abilityOf(situation, work.specialty) * work.slope;
  const level = levelAt(situation, work, question) + work.notice;
  return points.filter((point) => {
    const noise = reviewNoise(situation, point.name, rng);
    return point.right
      ? reviewing.falseAlarm - ability * reviewing.abilityShare + noise > 0
      : level - point.difficulty * reviewing.difficultyShare + noise > 0;
  });
}

function looksOnly({ situation, question }: Review): boolean {
  return /\b(naming|style|formatting|readability|longest|impressive|looks? like|plausible)\b/i.test(
    guidanceOf(situation, question),
  );
}

/** Most points praised or blamed of one candidate; critics do not list everything. */
const mostNamed = 4;

/** What a critic says of each candidate. */
export function writeCritique(review: Review): string {
  const { request, rng } = review.situation;
  if (looksOnly(review)) {
    return request.numbers.map((number) => `Candidate ${number}: it reads well enough.`).join('\n');
  }
  return request.candidates
    .map((candidate, index) => {
      const name = `Candidate ${request.numbers[index]}`;
      const faults = perceivedFaults(review, candidate, rng.derive('critique', index));
      if (faults === null) return `${name} gives no answer that can be read.`;
      const blamed = [...faults].sort((a, b) => b.worth - a.worth).slice(0, mostNamed);
      if (blamed.length > 0) return `${name}: ${blamed.map(({ complaint }) => complaint).join('; ')}.`;
      const praise = review.skill.inspect(candidate)?.flatMap((point) => point.praise ?? [])[0];
      return praise === undefined ? `${name}: I find no fault.` : `${name}: ${praise}.`;
    })
    .join('\n');
}

const worthOf = (points: readonly Point[]): number => points.reduce((sum, { worth }) => sum + worth, 0);

/** ACCEPT or REJECT, with the reason before it. */
export function writeVerdict(review: Review): string {
  const { request, rng } = review.situation;
  const faults = perceivedFaults(review, request.candidates.at(-1) ?? '', rng.derive('verify'));
  if (faults === null) return 'There is no answer to judge.\n\nVERDICT: REJECT';
  const bearable = looksOnly(review) ? verdicts.lenient : verdicts.accept;
  const accepted = worthOf(faults) <= bearable;
  const reason =
    faults.length === 0
      ? 'I worked it out and found no fault.'
      : `${faults
          .map(({ complaint }) => complaint)
          .slice(0, mostNamed)
          .join('; ')}.`;
  return `${reason}\n\nVERDICT: ${accepted ? 'ACCEPT' : 'REJECT'}`;
}

/** All candidates, best first by the faults perceived. */
export function writeRanking(review: Review): string {
  const { request, rng } = review.situation;
  const byLength = looksOnly(review);
  const losses = request.candidates.map((candidate, index) => {
    const faults = byLength ? [] : perceivedFaults(review, candidate, rng.derive('rank', index));
    const lost = byLength ? -candidate.length : faults === null ? 1 : worthOf(faults);
    return lost + index * verdicts.placeBias;
  });
  return rankingOf(review.situation, losses);
}

/** True for a request to say which of two answers is better, rather than whether one is good enough. */
export function asksForJudgement({ situation: { request } }: Review): boolean {
  return request.candidates.length === 2 && /\bTIE\b/.test(request.instructions);
}

/**
 * Which of two answers is better. Judges see quality through noise, and lean a little to what is shown
 * first and to what is longer.
 */
export function writeJudgement(review: Review): string {
  const { situation, skill } = review;
  const [first = '', second = ''] = situation.request.candidates.map(spoken);
  const ability = abilityOf(situation, 'language');
  const deviation = Math.max(judging.noiseLeast, judging.noise - judging.noiseSlope * ability);
  const lasting = situation.lasting(situation.question, 'judge') * deviation * 0.5;
  const fresh = unitNoise(situation.rng.derive('judge')) * deviation;
  const longer = (second.length - first.length) / Math.max(1, Math.min(first.length, second.length));
  const difference =
    qualityOf(skill, first) -
    qualityOf(skill, second) +
    judging.positionBias -
    judging.verbosityBias * Math.max(-1, Math.min(1, longer)) +
    // Lasting noise favours one text over the other, wherever each stands.
    (first < second ? lasting : -lasting) +
    fresh;
  const verdict = Math.abs(difference) < judging.tie ? 'TIE' : difference > 0 ? 'A' : 'B';
  const reason =
    verdict === 'TIE'
      ? 'Both answers cover the question about equally well.'
      : `Answer ${verdict} covers more of what was asked and is easier to act on.`;
  return `${reason}\n\nVERDICT: ${verdict}`;
}

/** Share of the worth of all points that a text has; points beyond the reference can take it over 1. */
function qualityOf(skill: QuestionSkill, text: string): number {
  return worthOf((skill.inspect(text) ?? []).filter(({ right }) => right));
}
