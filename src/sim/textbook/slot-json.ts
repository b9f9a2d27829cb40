import { spoken } from '../spoken.ts';

/** Values by slot; a slot without values is not there. */
export type Slots = ReadonlyMap<string, readonly unknown[]>;

/** How a task writes its slots down. */
export interface SlotForm {
  /** A list of `{ type, value }` (or `{ type, text }`) rather than an object. */
  readonly entities: 'value' | 'text' | null;
  /** Slots that hold lists. */
  readonly lists: ReadonlySet<string>;
  /** Absent slots are written as `null` rather than left out. */
  readonly nulls: boolean;
}

/** Slots of a gold answer or a parsed one: an object by slot, or a list of entities; `null`: neither. */
export function slotsOf(value: unknown): Slots | null {
  if (typeof value !== 'object' || value === null) return null;
  const slots = new Map<string, unknown[]>();
  const add = (slot: string, values: readonly unknown[]): void => {
    const told = values.filter((each) => each !== null && each !== undefined && each !== '');
    slots.set(slot, [...(slots.get(slot) ?? []), ...told]);
  };
  if (!Array.isArray(value)) {
    for (const [slot, values] of Object.entries(value)) add(slot, Array.isArray(values) ? values : [values]);
    return slots;
  }
  for (const entity of value) {
    if (typeof entity !== 'object' || entity === null || typeof entity.type !== 'string') return null;
    add(entity.type, [entity.value ?? entity.text]);
  }
  return slots;
}

/** Equal for values that a reader takes for equal. */
export function keyOf(values: readonly unknown[] | undefined): string {
  return JSON.stringify(
    (values ?? []).map((value) => String(value).toLowerCase().replace(/\s+/g, ' ').trim()).sort(),
  );
}

export function slotFormOf(golds: readonly unknown[]): SlotForm {
  const lists = new Set<string>();
  let nulls = false;
  let entities: SlotForm['entities'] = null;
  for (const gold of golds) {
    if (Array.isArray(gold)) {
      const [first] = gold;
      if (typeof first === 'object' && first !== null) entities ??= 'text' in first ? 'text' : 'value';
    } else if (typeof gold === 'object' && gold !== null) {
      for (const [slot, value] of Object.entries(gold)) {
        if (Array.isArray(value)) lists.add(slot);
        if (value === null) nulls = true;
      }
    }
  }
  return { entities, lists, nulls };
}

export function writeSlots(slots: Slots, { entities, lists, nulls }: SlotForm, indent: number): string {
  if (entities !== null) {
    const list = [...slots].flatMap(([type, values]) => values.map((value) => ({ type, [entities]: value })));
    return JSON.stringify(list, null, indent);
  }
  const told = [...slots].flatMap(([slot, values]): [string, unknown][] => {
    if (values.length === 0) return nulls ? [[slot, lists.has(slot) ? [] : null]] : [];
    return [[slot, lists.has(slot) || values.length > 1 ? values : values[0]]];
  });
  return JSON.stringify(Object.fromEntries(told), null, indent);
}

/** The slots that an answer's JSON holds; `null` when none of it parses. */
export function readSlots(text: string): Slots | null {
  const plain = spoken(text);
  for (const [open, close] of [
    ['{', '}'],
    ['[', ']'],
  ] as const) {
    const from = plain.indexOf(open);
    const to = plain.lastIndexOf(close);
    const isOuter = open === '[' || plain.indexOf('[') < 0 || from < plain.indexOf('[');
    if (from < 0 || to < from || !isOuter) continue;
    try {
      const slots = slotsOf(JSON.parse(plain.slice(from, to + 1)));
      if (slots !== null) return slots;
    } catch {
      // Not JSON after all: small models write such things.
    }
  }
  return null;
}
