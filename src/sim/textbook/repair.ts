import { isRecord } from '../../core/records.ts';
import type { Instance } from '../../domain/task.ts';
import { abilityOf } from '../ability.ts';
import { codeDefining, spoken } from '../spoken.ts';
import type { Situation, SubjectAnswer } from '../subject.ts';
import { choosePoints } from './choose-points.ts';
import { works } from './constants.ts';
import { applyHunks, diffLines, type Hunk } from './line-diff.ts';
import { difficultyOf, type LearnSkill, type QuestionSkill, workNoise } from './question-skill.ts';
import type { KnownQuestion } from './textbook.ts';
import { formLevel, wrapFenced } from './wrapping.ts';

/** Questions that show a function with faults, to be handed back mended. */
export const learnRepair: LearnSkill = (question) => {
  const buggy = codeIn(question.instance.input);
  const right = referenceOf(question.instance);
  if (buggy === null || right === null) return null;
  const before = linesOf(buggy);
  const hunks = diffLines(before, linesOf(right));
  if (hunks.length === 0) return null;
  const work = works.repair;
  const faults = hunks.map(
    (hunk, index): Fault => ({
      name: `fault ${index + 1}`,
      hunk,
      difficulty: difficultyOf(question, `fault ${index}`, work),
      complaint: complaintOf(hunk, index),
    }),
  );
  const learned: RepairQuestion = { question, before, faults, inspect: (text) => inspect(text, faults) };
  return { work, inspect: learned.inspect, write: (situation) => answer(situation, learned) };
};

interface Fault {
  readonly name: string;
  readonly hunk: Hunk;
  readonly difficulty: number;
  readonly complaint: string;
}

interface RepairQuestion {
  readonly question: KnownQuestion;
  readonly before: readonly string[];
  readonly faults: readonly Fault[];
  readonly inspect: QuestionSkill['inspect'];
}

/** A place where the function stays as it was, as a critic would point it out. */
function complaintOf({ before, after }: Hunk, index: number): string {
  const line = (before.find((each) => each.trim() !== '') ?? '').trim();
  if (line !== '') return `fault ${index + 1} is left: the line "${line}" cannot stay like that`;
  return `fault ${index + 1} is left: nothing does what "${(after[0] ?? '').trim()}" would`;
}

function inspect(text: string, faults: readonly Fault[]): ReturnType<QuestionSkill['inspect']> {
  const code = codeIn(text);
  if (code === null) return null;
  const written = linesOf(code);
  const lines = written.map(bare);
  const mended = faults.map(({ name, hunk, difficulty, complaint }) => ({
    name,
    right: isMended(lines, hunk),
    worth: 1 / faults.length,
    difficulty,
    complaint,
  }));
  return [...mended, { ...loading, right: !written.some((line) => headOfBlock.test(line)) }];
}

/** The head of a block without its colon. */
const headOfBlock = /^\s*(?:(?:if|for|while|elif|def)\b[^#]*[^:#,([{\s]|else)\s*$/;
const loading = {
  name: 'loads',
  worth: 1,
  difficulty: works.repair.difficulty - 1,
  complaint: 'it does not load, since a colon is missing',
};

/** New lines are there, between the lines that stood around the old ones; where nothing is new, old ones are gone. */
function isMended(lines: readonly string[], { before, after, around }: Hunk): boolean {
  const news = after.map(bare).filter((line) => line !== '');
  if (news.length > 0) return contains(lines, [...around.before, ...after, ...around.after].map(bare));
  return !contains(
    lines,
    before.map(bare).filter((line) => line !== ''),
  );
}

function contains(lines: readonly string[], wanted: readonly string[]): boolean {
  const told = lines.filter((line) => line !== '');
  return told.some((_, start) => wanted.every((line, index) => told[start + index] === line));
}

/** A line without its comment, its spaces and a last colon, which careless writers forget. */
function bare(line: string): string {
  return line
    .replace(/(^|\s)#.*$/, '')
    .replace(/\s+/g, '')
    .replace(/:$/, '');
}

function answer(situation: Situation, learned: RepairQuestion): SubjectAnswer {
  const { question, before, faults } = learned;
  const work = works.repair;
  const mended = choosePoints(situation, work, question, faults, learned.inspect);
  const hunks = faults.map(({ hunk }) => hunk);
  const lines = applyHunks(before, hunks, (index) => mended.has(faults[index]?.name ?? ''));
  const noise = workNoise(situation, work);
  const loads =
    formLevel(abilityOf(situation, work.specialty), situation.request.bareAnswer) + noise('loads') > 0;
  const rng = situation.rng.derive('repair');
  const code = (loads ? lines : withSlip(lines)).join('\n');
  const commented = rng.next() < 0.2 ? `# corrected version\n${code}` : code;
  return {
    form: 'plain',
    body: wrapFenced(situation, commented, 'python', prose),
    thoughts: thinking(faults, rng),
  };
}

/** A colon forgotten at the end of the last line that needs one: the program does not load. */
function withSlip(lines: readonly string[]): string[] {
  const at = lines.findLastIndex((line) => /^\s*(if|for|while|else|elif|def)\b[^#]*:\s*$/.test(line));
  return lines.map((line, index) => (index === at ? line.replace(/:\s*$/, '') : line));
}

function thinking(
  faults: readonly Fault[],
  rng: { shuffle<Item>(items: readonly Item[]): Item[] },
): string[] {
  return [
    'Let me read the function line by line.',
    ...rng
      .shuffle(faults)
      .map(({ hunk }) => `Is "${(hunk.before[0] ?? hunk.after[0] ?? '').trim()}" what the description says?`),
    'What happens on empty input?',
    'Let me trace it on a small example.',
    'Now the bounds of the loop.',
  ];
}

const prose = {
  openings: [
    'Here is the corrected function:',
    'I found what was wrong; this version should work.',
    'The fixed code:',
  ],
  closings: [
    'The signature is unchanged.',
    'I kept everything that was right.',
    'You can run your tests against it.',
    'Let me know if anything still fails.',
    'The changes are small.',
    'The rest of the function works as described.',
  ],
};

function linesOf(code: string): string[] {
  return code
    .replace(/\s+$/, '')
    .split('\n')
    .map((line) => line.replace(/\s+$/, ''));
}

function codeIn(text: string): string | null {
  return codeDefining(/^\s*(async )?def \w+/m, spoken(text));
}

/** The right program: the instance's reference, else a field of its gold answer. */
function referenceOf({ reference, gold }: Instance): string | null {
  const places = [reference, gold, ...goldFields.map((key) => (isRecord(gold) ? gold[key] : undefined))];
  for (const text of places) {
    const code = typeof text === 'string' ? codeIn(text) : null;
    if (code !== null) return code;
  }
  return null;
}

const goldFields = ['reference', 'solution', 'canonical_solution', 'code'] as const;
