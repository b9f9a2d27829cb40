import { isRecord, isScalar } from '../../core/records.ts';
import { remembered } from '../../core/remembered.ts';
import { commonForm, dateForm } from '../common-form.ts';
import { normalizeText } from '../extraction/text.ts';

/** Values of a slot that a prompt names one by one, and of one that is a list of labels. */
const mostNamed = 12;
const mostLabels = 60;
/** Share of a slot's values that stand in their texts, above which values are said to be as the text writes them. */
const mostlyWritten = 0.9;

/**
 * A prompt for gold answers that are slots or lists of entities: it asks for each value in the form that the golds have.
 * @param inputs the text of each gold
 */
export function slotsPrompt(golds: readonly unknown[], inputs: readonly string[]): string {
  const isList = golds.some((gold) => Array.isArray(gold));
  const slots = slotsOf(golds, inputs);
  const names = slots
    .map(({ name, form }) => (form === '' || isList ? name : `${name} (${form})`))
    .join(', ');
  const free = slots.filter(({ form }) => form === '' || isList);
  const isWritten = free.length > 0 && free.every(({ written }) => written > mostlyWritten);
  const where = free.length < slots.length ? ' where no form is given' : '';
  const asWritten = isWritten ? `, with values as the text writes them${where}` : '';
  const hasNulls = golds.some((gold) => isRecord(gold) && Object.values(gold).includes(null));
  const hasEmpty = golds.some(
    (gold) =>
      isRecord(gold) && Object.values(gold).some((value) => Array.isArray(value) && value.length === 0),
  );
  const absent = hasNulls
    ? 'null for those whose value is not stated'
    : hasEmpty
      ? 'an empty list where none fits'
      : 'leave out those whose value is not stated';
  const form = isList
    ? `a JSON list of objects {"type", "value"}; types: ${names}`
    : `one JSON object; keys: ${names}; ${absent}`;
  return `Take these facts out of the text${asWritten}. Answer with ${form}. Nothing else: no prose, no code fence.\n\nText:\n{{input}}`;
}

interface Slot {
  readonly name: string;
  /** What its values look like, where the texts do not show it; else empty. */
  readonly form: string;
  /** Share of its values that stand in their texts. */
  readonly written: number;
}

function slotsOf(golds: readonly unknown[], inputs: readonly string[]): Slot[] {
  const bySlot = new Map<string, { value: unknown; isWritten: boolean }[]>();
  for (const [index, gold] of golds.entries()) {
    const text = normalizeText(inputs[index] ?? '');
    for (const [name, value] of pairsIn(gold)) {
      const known = remembered(bySlot, name, () => []);
      if (isScalar(value) && value !== '')
        known.push({ value, isWritten: text.includes(normalizeText(String(value))) });
    }
  }
  return [...bySlot]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, found]) => {
      const count = found.filter(({ isWritten }) => isWritten).length;
      const written = found.length === 0 ? 1 : count / found.length;
      const values = found.map(({ value }) => value);
      const isMany = golds.some((gold) => isRecord(gold) && Array.isArray(gold[name]));
      const isShown = written > mostlyWritten && !(isMany && isClosed(values, mostLabels));
      return { name, written, form: isShown ? '' : formOf(values, isMany) };
    });
}

function pairsIn(gold: unknown): (readonly [string, unknown])[] {
  if (Array.isArray(gold))
    return gold.map(
      (entity: { readonly type: string; readonly value?: unknown; readonly text?: unknown }) =>
        [entity.type, entity.value ?? entity.text] as const,
    );
  return isRecord(gold)
    ? Object.entries(gold).flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const))
    : [];
}

/** @param isMany a slot may have several values */
function formOf(values: readonly unknown[], isMany: boolean): string {
  const common = commonForm(values);
  if (common === dateForm) return common;
  if (isClosed(values, isMany ? mostLabels : mostNamed))
    return `${isMany ? 'a list of some of' : 'one of'}: ${distinct(values).join(', ')}`;
  return values.every((value) => typeof value === 'number') ? 'a number' : common;
}

/** Few values that come again and again. */
function isClosed(values: readonly unknown[], most: number): boolean {
  const { length } = distinct(values);
  return length > 0 && length <= most && length * 2 <= values.length;
}

const distinct = (values: readonly unknown[]): string[] => [...new Set(values.map(String))].sort();
