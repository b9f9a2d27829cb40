import { defined } from '../../core/defined.ts';
import { isRecord } from '../../core/records.ts';
import type { GraderSpec } from '../../domain/task.ts';
import { type ChoiceOptions, letteredGolds } from './answer-options.ts';
import {
  type Assertion,
  assertionForm,
  assertionIn,
  assertionOf,
  graderOfAssertions,
  type ReadAssertion,
  type Variables,
} from './assertions.ts';
import { goldFormOf } from './gold-forms.ts';
import { finalAnswers, plainGold } from './gold-readings.ts';
import { labelSets } from './label-sets.ts';
import type { Row } from './rows.ts';
import { isMissing, stepsOf, valueAt } from './values.ts';

/** The gold answers of a file's rows, read as the file means them. */
export interface ReadGolds {
  /** By row. */
  readonly golds: readonly unknown[];
  /** Answers that deserve full marks, where the golds are none or say less; empty where there are none. */
  readonly references: readonly (string | undefined)[];
  /** The grader, where the file itself says it. */
  readonly grader?: GraderSpec;
  /** What was read in place of what stands there, for people. */
  readonly notes: readonly string[];
  /** The gold answers are letters of the options shown. */
  readonly areLetters: boolean;
  readonly faults: readonly { readonly row: number; readonly found: string; readonly expected: string }[];
}

export interface GoldSource {
  readonly field: string;
  /** The grader that the user named. */
  readonly grader?: string;
  readonly classNames: Readonly<Record<string, readonly string[]>>;
  /** By row, where the questions have options. */
  readonly options?: readonly (ChoiceOptions | undefined)[];
}

export function readGolds(rows: readonly Row[], source: GoldSource): ReadGolds {
  const raw = rows.map(({ values }) => namedClass(valueAt(values, source.field), source));
  const vars = rows.map(({ values }) => (isRecord(values.vars) ? values.vars : values));
  const asserted = assertionsOf(raw, vars, source);
  if (asserted !== undefined) return asserted;
  const golds = raw.map(plainGold);
  const plain: ReadGolds = { golds, references: [], notes: [], areLetters: false, faults: [] };
  if (golds.some(isMissing)) return plain;
  const lettered = letters(golds, source);
  if (lettered !== undefined) return { ...plain, ...lettered, areLetters: true };
  const asked = source.grader === 'extraction';
  const sets = asked || source.grader === undefined ? labelSets(golds, source.field, asked) : undefined;
  if (sets !== undefined) return { ...plain, golds: sets.golds, notes: [sets.note] };
  const finals = goldFormOf(source.grader ?? '').isWholeText === true ? undefined : finalAnswers(golds);
  if (finals === undefined) return plain;
  return {
    ...plain,
    golds: finals.golds,
    references: golds.map(String),
    notes: [`the gold answers are worked solutions: what each marks with ${finals.mark} is its gold answer`],
  };
}

/** A class by its name, where the file gives it by number. */
function namedClass(value: unknown, { field, classNames }: GoldSource): unknown {
  const names = classNames[stepsOf(field).at(-1) ?? field];
  return typeof value === 'number' ? (names?.[value] ?? value) : value;
}

function letters(golds: readonly unknown[], { options, grader }: GoldSource) {
  if (options === undefined || (grader !== undefined && grader !== 'choice')) return undefined;
  const answered = golds.flatMap((gold, index) => {
    const own = options[index];
    return own === undefined ? [] : [{ gold, options: own }];
  });
  const found = answered.length === golds.length ? letteredGolds(answered) : undefined;
  if (found === undefined) return undefined;
  const notes =
    found.how === 'by letter' ? [] : [`the gold answers name options ${found.how}; they became letters`];
  return { golds: found.letters, notes };
}

function assertionsOf(
  raw: readonly unknown[],
  vars: readonly Variables[],
  source: GoldSource,
): ReadGolds | undefined {
  const isColumn = /^__expected\d*$/.test(source.field);
  const read = raw.map((value, index) => {
    const own = vars[index] ?? {};
    if (!isColumn) return assertionOf(value, source.field, own);
    return isMissing(value) ? undefined : assertionIn(value, own);
  });
  if (!isColumn && !read.some((each) => each !== undefined)) return undefined;
  const faults = read.flatMap((each, row) =>
    each !== undefined && 'problem' in each ? [{ row, found: each.problem, expected: assertionForm }] : [],
  );
  const empty = { golds: raw, references: [], notes: [], areLetters: false };
  const assertions = read.filter(isRead);
  if (faults.length > 0 || assertions.length < raw.length) return { ...empty, faults };
  const graded = graderOfAssertions(assertions);
  if (graded === undefined) {
    const kinds = [...new Set(assertions.map(({ kind }) => kind))].join(' and ');
    return {
      ...empty,
      faults: [
        {
          row: 0,
          found: `${kinds} in one file`,
          expected: 'assertions that one grader can check: a file for each kind',
        },
      ],
    };
  }
  if (source.grader !== undefined && source.grader !== graded.grader?.name) {
    return { ...empty, golds: graded.references.length > 0 ? graded.references : raw, faults: [] };
  }
  const { grader, golds, references, note } = graded;
  const notes =
    grader === undefined
      ? []
      : [
          `the assertions (${[...new Set(assertions.map(({ kind }) => kind))].join(', ')}) are checked by the grader ${grader.name}${note === undefined ? '' : `; ${note}`}`,
        ];
  return {
    golds,
    references: grader === undefined ? [] : references,
    ...defined({ grader }),
    notes,
    areLetters: false,
    faults: [],
  };
}

function isRead(each: ReadAssertion | undefined): each is Assertion {
  return each !== undefined && 'kind' in each;
}
