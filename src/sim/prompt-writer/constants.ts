import type { LearnedKind } from '../../grading/grader-kind.ts';
import type { Part } from '../code-challenge/parts.ts';

/**
 * The numbers of simulated prompt writers; all assumed. Levels are in units of the standard deviation of a
 * writer's noise, as in ../constants.ts: a writer thinks of an instruction when its level + noise > 0.
 */
export const writing = {
  /** Level before ability at which an instruction comes to mind that nothing points to. */
  unprompted: -1,
  /** Added where the grader's feedback speaks of what the instruction is about. */
  pointedAt: 1.25,
  /** Added for each case shown, three at most: seeing answers helps even where feedback says little. */
  perCase: 0.2,
  /** Share of a writer's gift for language that counts beside its skill. */
  languageShare: 0.5,
  /** Most instructions added at a time: base + slope × obedience, rounded down. */
  mostAddedBase: 1,
  mostAddedSlope: 3.5,
  /** Level, before ability, at which an instruction that does harm is recognised and taken out, given cases. */
  weeding: -0.2,
} as const;

/** How writing goes wrong: chances, mostly times (1 − obedience). */
export const slips = {
  /** A placeholder is lost. */
  placeholder: 0.3,
  /** The answer comes in a fence and not in the tags asked for. */
  tags: 0.5,
  /** A sentence of the old prompt falls by the wayside. */
  forgotten: 0.5,
  /** A sentence of puffery is added, with more for the talkative; not times (1 − obedience). */
  puffery: 0.06,
  pufferyPerVerbosity: 0.02,
  /** An instruction that costs correctness is added. */
  harmful: 0.25,
  /** A case shown is quoted with what the writer takes for its answer; not times (1 − obedience). */
  quotes: 0.05,
} as const;

/** Instructions for the parts of the code challenge; each is worded so that readers find its topic. */
export const partInstructions: Readonly<Record<Part, string>> = {
  zeroDays: 'Never divide by zero: a user may have days_active of 0.',
  emptyInput: 'Return a complete result for an empty list.',
  noActive: 'Handle the case where no users are active.',
  missingKeys: 'Read every field with a default, since keys may be missing.',
  averageActive: 'Take the average over the active users alone.',
  sortOrder: 'Sort in descending order.',
  topFive: 'Keep at most five performers.',
  fewerThanFive: 'Where there are fewer than five performers, return those.',
  noMutation: 'Work on copies, so that the input stays unmodified.',
  dateRange: 'A reversed date range must not raise.',
  noneValues: 'Treat None as 0.',
  textValues: 'Convert numbers that come as strings.',
  loads: 'The program must run as it is.',
};

/** What the rubric's feedback says when a part is wrong. */
export const partComplaints: readonly (readonly [RegExp, readonly Part[]])[] = [
  [/handles_division_by_zero/, ['zeroDays']],
  [/handles_empty_users_list/, ['emptyInput', 'noActive']],
  [/handles_missing_keys/, ['missingKeys', 'zeroDays']],
  [/correct_average_calculation/, ['averageActive']],
  [/correct_sorting_direction/, ['sortOrder']],
  [/handles_no_active_users/, ['noActive']],
  [/doesnt_mutate_input/, ['noMutation']],
  [/handles_less_than_5_users/, ['fewerThanFive']],
  [/handles_invalid_dates/, ['dateRange', 'noActive']],
  [/robust_error_handling/, ['noneValues', 'textValues']],
  [/efficient_implementation/, ['topFive']],
  [/does not load|no Python|no code/i, ['loads']],
];

export interface Instruction {
  readonly text: string;
  /** Feedback that points to it. */
  readonly pointer: RegExp;
}

const anyFeedback = /\S/;

/** Instructions by kind of question, in the order of the kind's gaining hints (../textbook/constants.ts). */
export const kindInstructions: Readonly<Record<LearnedKind, readonly Instruction[]>> = {
  number: [
    { text: 'Work it out step by step.', pointer: /is wrong/ },
    { text: 'Check your result by another method.', pointer: /is wrong/ },
    { text: 'First list what is given, and try small cases.', pointer: anyFeedback },
  ],
  label: [
    { text: 'Answer with exactly one label.', pointer: /not one of the labels|No label/ },
    { text: 'Ask yourself what the customer really wants.', pointer: /is wrong/ },
    { text: 'Tell similar labels apart before you settle on one.', pointer: /is wrong/ },
    { text: 'Think of typical examples of each label.', pointer: anyFeedback },
  ],
  short: [],
  slots: [
    { text: 'Write JSON and nothing else.', pointer: /no JSON|more than the JSON/ },
    { text: 'Copy values word for word.', pointer: /differ/ },
    { text: 'Leave out what is not stated.', pointer: /should not be there/ },
    { text: 'Go through every field before you finish.', pointer: /missing/ },
  ],
  summary: [
    {
      text: 'Tell who has which problem, what was found and how it ended, and the next step.',
      pointer: anyFeedback,
    },
    { text: 'Keep names, numbers and dates.', pointer: /F1 is 0\.[0-5]/ },
    { text: 'Stick to the text; do not add opinions.', pointer: anyFeedback },
  ],
  repair: [
    { text: 'Expect several bugs and go line by line.', pointer: /tests pass/ },
    { text: 'Trace the code in your head on edge-cases and boundaries.', pointer: /fails/ },
    { text: 'Hold the code against each requirement.', pointer: /fails/ },
    { text: 'Keep the signature and the rest as they are.', pointer: /defines|does not load/ },
  ],
  essay: [
    { text: 'Be concrete: numbers, costs and times.', pointer: /worse|shorter/ },
    { text: 'Meet every constraint of the question.', pointer: /worse/ },
    { text: 'Give the answer a clear structure.', pointer: anyFeedback },
    { text: 'Name an alternative and its trade-offs.', pointer: anyFeedback },
  ],
};

/** What writers come up with who do not know what the prompt is for. */
export const generalInstructions: readonly Instruction[] = [
  { text: 'Check your answer before you give it.', pointer: anyFeedback },
  { text: 'Read the question twice and keep to the form that it asks for.', pointer: anyFeedback },
];

/** Sentences that do harm; weeded out by those who see why. */
export const harmfulInstructions = [
  'Keep it short and elegant.',
  'Surprise with an original answer.',
  'Give the result only, without explanation.',
] as const;

export const harm =
  /\b(original|surprising|surprise|creative|unusual|elegant|shortest|without explanation|no explanation|few words|impressive|naming, style)\b/i;

export const puffery = [
  'You are proud of your craft, and every answer of yours shows the care of many years in the field.',
  'Take a deep breath, remember how much depends on this, and bring all of your experience to bear upon it.',
  'Think of the people who will read the answer, of their hopes and of their day, and write as if for a friend.',
  'Excellence is a habit: weigh each word, honour the reader, and let your answer shine with clarity and purpose.',
] as const;
