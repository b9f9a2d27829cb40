import { recordOf } from '../../core/records.ts';
import { codeDefining, spoken } from '../spoken.ts';
import { type Part, type Parts, partNames, settle } from './parts.ts';

/** A program found in an answer's text, with the parts that reading it reveals. */
export interface ReadProgram {
  readonly code: string;
  readonly parts: Parts;
  /** What a missing days_active counts as. */
  readonly defaultDays: 0 | 1;
}

/** Reads the parts of the last function in an answer, as an attentive reader would; `null`: no function. */
export function readProgram(answer: string): ReadProgram | null {
  const code = codeDefining(/def calculate_user_metrics\s*\(/, spoken(answer));
  if (code === null) return null;
  const bare = withoutComments(code);
  const parts = recordOf(partNames, (part) => signs[part](bare));
  return {
    code,
    parts: settle(parts),
    defaultDays: /['"]days_active['"],\s*1\b/.test(bare) ? 1 : 0,
  };
}

function withoutComments(code: string): string {
  return code.replace(/("""|''')[\s\S]*?\1/g, '').replace(/#[^\n]*/g, '');
}

const activeNames = '(?:active|active_users|scored|selected|ranked|pairs|engagements|active_count|count)';
const guardOfActive = new RegExp(
  `\\bif (?:not )?(?:len\\()?${activeNames}\\b|max\\((?:1, ?)?len\\(${activeNames}`,
);

/** How each part shows in code whose comments are gone. */
const signs: Readonly<Record<Part, (code: string) => boolean>> = {
  zeroDays: (code) =>
    /\bdays(?:_active)?\b['"\])]*\s*(?:<=|==|>|<|!=|>=)\s*[01]\b|\bif (?:not )?days(?:_active)?\b(?!\s*[<>=!])|max\((?:1(?:\.0)?, ?)?days|ZeroDivisionError/.test(
      code,
    ),
  emptyInput: (code) => /\bif not users\b|len\(users\) == 0|users is None|users == \[\]/.test(code),
  noActive: (code) => guardOfActive.test(code),
  missingKeys: (code) => /\.get\(\s*['"]posts['"]/.test(code),
  averageActive: (code) => !/\/\s*(?:max\(1, ?)?len\(users\)/.test(code),
  sortOrder: (code) => /reverse\s*=\s*True|nlargest|key=lambda \w+: -/.test(code),
  topFive: (code) => /\[:5\]|\[-5:\]|nlargest\(5/.test(code),
  fewerThanFive: (code) => !/\(5 - len|while len\(\w+\) < 5|range\(5\)/.test(code),
  noMutation: (code) =>
    !/\b\w+\[['"]engagement(?:_score)?['"]\]\s*=(?!=)/.test(code) || /\.copy\(\)|deepcopy/.test(code),
  dateRange: (code) => !/raise \w+/.test(code),
  noneValues: (code) => /\bor 0\b/.test(code),
  textValues: (code) =>
    /isinstance\(\w+, \(?(?:int|float)|float\(|except \(?(?:TypeError|ValueError|Exception)/.test(code),
  loads: (code) =>
    (!/\b(?:List|Dict|Any|Optional)\[|: (?:List|Dict|Any)\b/.test(code) || /import/.test(code)) &&
    /(?:\}|return \w+)\s*$/.test(code.trimEnd()),
};
