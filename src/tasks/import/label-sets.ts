import { remembered } from '../../core/remembered.ts';
import { shortened } from '../../core/shortened.ts';
import { stepsOf } from './values.ts';

export interface LabelSets {
  /** `{tags: ["ui", "docs"]}` */
  readonly golds: readonly Readonly<Record<string, readonly string[]>>[];
  /** For people: what the lists were taken for. */
  readonly note: string;
}

/** Labels are no longer than so many characters, and occur in so many lists on average. */
const longestLabel = 80;
const leastOfEach = 3;
/** Labels that a note names. */
const mostNamed = 4;

/**
 * Lists of labels that each count, as slots. In lists of accepted answers a text stands beside the same others each
 * time, and few come again; in those of labels it stands beside these here and those there. An empty list has no label.
 * @param areAsked whether the user said that lists are slots; then any lists of texts are
 */
export function labelSets(
  golds: readonly unknown[],
  field: string,
  areAsked: boolean,
): LabelSets | undefined {
  if (!golds.every(isTexts) || golds.length === 0) return undefined;
  const listsOf = new Map<string, Set<string>>();
  let count = 0;
  for (const list of golds)
    for (const label of new Set(list)) {
      remembered(listsOf, label, () => new Set()).add([...list].sort().join('\n'));
      count++;
    }
  const labels = [...listsOf.keys()].sort();
  const areShort = labels.every((label) => label.length <= longestLabel && !label.includes('\n'));
  const areRepeated = count >= leastOfEach * labels.length;
  const isSeveral = golds.some(({ length }) => length > 1);
  const areMixed = isSeveral && [...listsOf.values()].some(({ size }) => size > 1);
  const hasEmpty = golds.some(({ length }) => length === 0);
  if (!areAsked && !(labels.length > 1 && areShort && areRepeated && (areMixed || hasEmpty)))
    return undefined;
  const name = stepsOf(field).findLast((step) => !/^-?\d+$/.test(step)) ?? 'labels';
  const shown = labels.slice(0, mostNamed).map((label) => shortened(label, 30));
  const more = labels.length > mostNamed ? ', …' : '';
  return {
    golds: golds.map((list) => ({ [name]: list })),
    note: `the gold answers are lists out of ${labels.length} labels (${shown.join(', ')}${more}), each of which counts; where any one text of a list is a right answer, take --grader exact`,
  };
}

function isTexts(gold: unknown): gold is readonly string[] {
  return Array.isArray(gold) && gold.every((each) => typeof each === 'string' && each.trim() !== '');
}
