import type { Rng } from '../../core/rng.ts';
import type { Situation } from '../subject.ts';
import { solutions, terse } from './constants.ts';

const wantsWorking =
  /step[- ]by[- ]step|work (it |this |the \w+ )*(out|through)|show (your|the|all) (work|steps|reasoning)|reason\w* (carefully|through)|derive|check each/i;

/** A worked solution that leads to a result, as long as the prompt asks for. */
export function writeSolution(
  situation: Situation,
  guidance: string,
  question: string,
  result: string,
): string {
  const rng = situation.rng.derive('solution');
  if (terse.test(guidance)) return rng.next() < 0.5 ? result : `The answer is ${result}.`;
  const { persona } = situation;
  const wanted =
    solutions.lines +
    persona.verbosity * solutions.linesPerVerbosity +
    (wantsWorking.test(guidance) ? solutions.linesAsked : 0);
  const count = Math.max(2, Math.round(wanted * (0.7 + 0.6 * rng.next())));
  const lines = working(question, count, rng);
  const numbered = wantsWorking.test(guidance) || rng.next() < 0.4;
  const shown = lines.map((line, index) => (numbered ? `Step ${index + 1}: ${line}` : line));
  const head = rng.next() < 0.5 ? [`We are asked for one number. ${rng.pick(openings)}`] : [];
  return [
    ...head,
    ...shown,
    `${rng.pick(['So t', 'Therefore t', 'T', 'Hence t'])}he answer is ${result}.`,
  ].join('\n');
}

/** Thoughts of a model that thinks aloud; its own first result is mentioned, which need not be the last word. */
export function thinkAloud(situation: Situation, question: string, own: string): string[] {
  const rng = situation.rng.derive('thinking');
  return [
    'Let me read the problem again.',
    ...working(question, 14, rng),
    `A first pass gives ${own}, but let me check that.`,
    ...working(question, 8, rng),
    'I should be careful with the boundary cases.',
  ];
}

/** Lines of working around the question's own numbers; arithmetic in them is right. */
function working(question: string, count: number, rng: Rng): string[] {
  const numbers = [...new Set((question.match(/\d+/g) ?? []).map(Number).filter((each) => each < 1e7))];
  const given = numbers.length > 0 ? numbers : [2, 3, 7];
  return Array.from({ length: count }, () => {
    const a = rng.pick(given);
    const b = rng.pick(given);
    return rng.pick(lines)(a, b);
  });
}

const openings = [
  'Let us set up what is given.',
  'First collect the conditions.',
  'We look for a structure that makes the count short.',
];

const lines: readonly ((a: number, b: number) => string)[] = [
  (a, b) => `The problem gives us ${a} and ${b}, which together make ${a + b}.`,
  (a, b) => `Note that ${a} times ${b} equals ${a * b}, so that bounds what can occur.`,
  (a) => `Write the condition on ${a} as an equation and bring everything to one side.`,
  (a, b) => `The difference between ${a} and ${b} is ${Math.abs(a - b)}, and only that matters here.`,
  (a) => `Consider the cases by their remainder; for ${a} the remainder modulo 9 is ${a % 9}.`,
  (a) => `Its square is ${a * a}, which is larger than what we need.`,
  (a) => `Each of the ${a} cases contributes in the same way, so count one and multiply.`,
  (a, b) => `Substituting ${a} into the relation and simplifying leaves a condition on ${b}.`,
  () => 'The cases do not overlap, so their counts may be added.',
  () => 'By symmetry it is enough to look at one half of them.',
  () => 'Subtract what was counted twice.',
  () => 'Only positive values are allowed, which removes the other root.',
  (a) => `Check with a small value in place of ${a}: the pattern holds.`,
  () => 'Putting these together gives the value we want.',
];
