import { isRecord } from '../../core/records.ts';
import { assertionName } from './assertions.ts';
import type { Row } from './rows.ts';
import { isMissing, stepsOf, valueAt } from './values.ts';

/** Says which of promptfoo's assertions beside the chosen one are not checked, and in how many rows. */
export function uncheckedNotes(rows: readonly Row[], gold: string): string[] {
  const counts = new Map<string, number>();
  for (const { values } of rows) {
    const beside = /^__expected\d*$/.test(gold) ? otherColumns(values, gold) : otherAssertions(values, gold);
    for (const name of new Set(beside)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const told = [...counts].map(([name, count]) => `${name} in ${count} of ${rows.length} rows`);
  return told.length === 0 ? [] : [`NOT CHECKED, since a task has one grader: ${told.join(', ')}`];
}

function otherColumns(values: Row['values'], gold: string): string[] {
  return Object.keys(values).filter(
    (name) => /^__expected\d*$/.test(name) && name !== gold && !isMissing(values[name]),
  );
}

/** Types of what stands beside `assert.1` in its list. */
function otherAssertions(values: Row['values'], gold: string): string[] {
  if (Object.hasOwn(values, gold)) return [];
  const steps = stepsOf(gold);
  for (const [place, step] of steps.entries()) {
    const list = place === 0 ? undefined : valueAt(values, steps.slice(0, place).join('.'));
    if (!Array.isArray(list) || !/^-?\d+$/.test(step)) continue;
    const chosen: unknown = list.at(Number(step));
    return list.flatMap((each: unknown) =>
      each !== chosen && isRecord(each) && typeof each.type === 'string' ? [assertionName(each)] : [],
    );
  }
  return [];
}
