import type { BenchJob } from '../../report/view-model/workbench.ts';

/** What a user may set a ceiling on, with what a unit of the field is worth. */
export const ceilingFields = [
  { key: 'maxEvaluations', label: 'configs', unit: 1, isWhole: true },
  { key: 'maxCalls', label: 'calls', unit: 1, isWhole: true },
  { key: 'maxTokens', label: 'tokens', unit: 1, isWhole: true },
  { key: 'maxUsd', label: 'US dollars', unit: 1, isWhole: false },
  { key: 'maxSeconds', label: 'hours', unit: 3600, isWhole: false },
] as const;

export interface ReadCeiling {
  readonly ceiling: BenchJob['ceiling'];
  /** What is wrong with each field that holds something else than a ceiling: such a field must not count as none. */
  readonly faults: readonly string[];
}

/** @param given the fields as they were typed, by key; an empty one sets no ceiling */
export function readCeiling(given: Readonly<Record<string, string>>): ReadCeiling {
  const ceiling: [string, number][] = [];
  const faults: string[] = [];
  for (const { key, label, unit, isWhole } of ceilingFields) {
    const text = (given[key] ?? '').trim();
    if (text === '') continue;
    const amount = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) * unit : Number.NaN;
    if (amount > 0 && Number.isFinite(amount) && (!isWhole || Number.isSafeInteger(amount)))
      ceiling.push([key, amount]);
    else faults.push(`${label}: expected a ${isWhole ? 'whole ' : ''}number above 0, found ${text}`);
  }
  return { ceiling: Object.fromEntries(ceiling), faults };
}
