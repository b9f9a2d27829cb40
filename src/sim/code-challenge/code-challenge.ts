import type { Rng } from '../../core/rng.ts';
import { messiness } from '../constants.ts';
import { writtenInRole } from '../reviewing.ts';
import type { Situation, Subject, SubjectAnswer } from '../subject.ts';
import { decideParts } from './author.ts';
import { type Part, partNames } from './parts.ts';
import { writeProgram } from './python-writer.ts';
import { remarks, writeCritique, writeRanking, writeVerdict } from './reviewer.ts';
import { drawStyle } from './style.ts';

/** The 120-point code challenge: write `calculate_user_metrics`, or judge programs that try to. */
export function createCodeChallenge(habitsOf: (model: string) => Rng): Subject {
  return {
    recognise: ({ instructions, candidates }) =>
      instructions.includes('calculate_user_metrics') ||
      candidates.some((candidate) => candidate.includes('def calculate_user_metrics'))
        ? 'calculate_user_metrics'
        : null,
    answer: (situation) => {
      const reviews = {
        critic: () => writeCritique(situation),
        verifier: () => writeVerdict(situation),
        ranker: () => writeRanking(situation),
      };
      return writtenInRole(situation, reviews, () =>
        writeAnswer(situation, habitsOf(situation.persona.name)),
      );
    },
  };
}

function writeAnswer(situation: Situation, habits: Rng): SubjectAnswer {
  const { rng, temperature } = situation;
  const parts = decideParts(situation);
  const style = drawStyle(habits, rng.derive('style'), temperature);
  const code = writeProgram(parts, style);
  const tabs = rng.derive('tabs').next() < messiness.mixedTabs;
  return { form: 'code', body: tabs ? withTabs(code) : code, thoughts: thoughts(rng.derive('thoughts')) };
}

/** Deeper levels indented by tabs after the first level's spaces: odd to look at, yet valid Python. */
function withTabs(code: string): string {
  return code.replace(
    /^( {4})((?: {4})+)(?=\S)/gm,
    (_, first: string, deeper: string) => first + '\t'.repeat(deeper.length / 4),
  );
}

/** Thinking aloud; mentions the function's head, as real reasoning does. */
function thoughts(rng: Rng): string[] {
  const doubts = rng
    .shuffle<Part>(partNames)
    .map((part) => `What if a first draft ${rng.pick(remarks[part])}?`);
  return [
    'Okay, so I need to write the metrics function.',
    'It starts with `def calculate_user_metrics(users, start_date, end_date):` and returns a dict.',
    ...doubts,
    'A draft would be:\ndef calculate_user_metrics(users, start_date, end_date):\n    ...',
    'Let me go over the engagement formula once more: posts count 2, comments 1.5, likes 0.1.',
    'Dates compare as strings, so no parsing is needed.',
  ];
}
