import { z } from 'zod';
import { isRecord, isScalar } from '../../core/records.ts';
import { type Grade, scored } from '../../domain/grade.ts';
import { whyNotBare } from '../extraction/bare-json.ts';
import { extractJson, withoutWrapping } from '../extraction/json.ts';
import { normalizeText } from '../extraction/text.ts';
import { textGrader } from '../grader-kind.ts';
import { quoted } from './define.ts';
import { slotsPrompt } from './slots-prompt.ts';

const slotValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** `{ slot: value }`, `{ slot: [values] }`, or a list of entities `{ type, value }` (also `text`). */
const slotsShape = z.union([
  z.array(z.looseObject({ type: z.string(), value: slotValue.optional(), text: slotValue.optional() })),
  z.record(z.string(), z.union([slotValue, z.array(slotValue)])),
]);
type Slots = z.infer<typeof slotsShape>;

const optionsShape = z.strictObject({
  name: z.literal('extraction'),
  /** The answer has to be the JSON alone, as `JSON.parse` takes it: no prose, no code fence, no object around it. */
  bare: z.boolean().optional(),
});
type Options = z.infer<typeof optionsShape>;

interface Counts {
  readonly found: number;
  readonly given: number;
  readonly wanted: number;
}

/** Of each fault, slots or values that feedback names. */
const mostNamed = 3;
/** Between a slot and its value, as they are compared and told. */
const separator = ': ';

/** Scores the F1 of (slot, value) pairs, values compared as normalised text. */
function gradeExtraction(answer: string, gold: Slots, options: Options): Grade {
  const more = options.bare === true ? whyNotBare(answer) : undefined;
  if (more !== undefined) return scored(0, more);
  const given = givenSlots(answer, options);
  if (given === undefined) {
    return scored(0, 'The answer holds no JSON object of slots and no list of entities.');
  }
  const wanted = pairsOf(gold);
  const counts = countsOf(given, wanted);
  const value = f1(counts);
  if (value === 1) return scored(1);
  const missing = counts.wanted - counts.found;
  const summed = missing > 0 ? [`${missing} of ${counts.wanted} values are missing or differ`] : [];
  const faults = [...summed, ...faultsOf(given, wanted)];
  return scored(value, faults.length === 0 ? 'Values are given more than once.' : `${faults.join('; ')}.`);
}

/** What is wrong with which slots. It tells none of the gold's values: whoever writes prompts reads it. */
function faultsOf(given: readonly string[], wanted: readonly string[]): string[] {
  const lost = new Set(wanted.filter((pair) => !given.includes(pair)).map(slotOf));
  const extra = given.filter((pair) => !wanted.includes(pair));
  const wrong = extra.filter((pair) => lost.has(slotOf(pair)));
  const filled = new Set(wrong.map(slotOf));
  const lacking = [...lost].filter((slot) => !filled.has(slot));
  return [
    ...told(wrong, 'is wrong', 'are wrong'),
    ...told(lacking, 'lacks a value', 'lack values'),
    ...told(
      extra.filter((pair) => !wrong.includes(pair)),
      'should not be there',
      'should not be there',
    ),
  ];
}

function told(named: readonly string[], one: string, several: string): string[] {
  if (named.length === 0) return [];
  const more = named.length > mostNamed ? `, and ${named.length - mostNamed} more,` : '';
  const shown = named.slice(0, mostNamed).map(quoted).join(', ');
  return [`${shown}${more} ${named.length === 1 ? one : several}`];
}

const slotOf = (pair: string): string => pair.slice(0, pair.indexOf(separator));

/** Micro-averaged F1 over all pairs of all instances. */
function microF1(
  graded: readonly { readonly answer: string; readonly gold: Slots }[],
  options: Options,
): number | null {
  if (graded.length === 0) return null;
  const all = graded.map(({ answer, gold }) => countsOf(givenSlots(answer, options) ?? [], pairsOf(gold)));
  const sum = (what: keyof Counts): number => all.reduce((total, counts) => total + counts[what], 0);
  return f1({ found: sum('found'), given: sum('given'), wanted: sum('wanted') });
}

function givenSlots(answer: string, { bare = false }: Options): readonly string[] | undefined {
  if (bare && whyNotBare(answer) !== undefined) return undefined;
  const found = extractJson(answer);
  const parsed = slotsShape.safeParse(bare ? found?.exact : withoutWrapping(found?.exact));
  return found === undefined || !parsed.success ? undefined : pairsOf(parsed.data);
}

/** What a value says when there is none. */
const absent =
  /^(?:|n\/a|none|null|nil|not (?:stated|specified|mentioned|provided|given|available|applicable))$/;

/**
 * `slot: value` texts; empty values, null and words for it say that there is none. Numbers count without the
 * commas that group their digits.
 */
function pairsOf(slots: Slots): string[] {
  const pairs = Array.isArray(slots)
    ? slots.map((entity) => [entity.type, entity.value ?? entity.text ?? null] as const)
    : Object.entries(slots).flatMap(([slot, values]) =>
        (Array.isArray(values) ? values : [values]).map((value) => [slot, value] as const),
      );
  return pairs.flatMap(([slot, value]) => {
    const text = value === null ? '' : normalizeText(ungrouped(String(value)));
    return absent.test(text) ? [] : [`${normalizeText(slot)}${separator}${text}`];
  });
}

function ungrouped(text: string): string {
  return /^\s*-?\d{1,3}(?:,\d{3})+(?:\.\d+)?\s*$/.test(text) ? text.replaceAll(',', '') : text;
}

/** Pairs matched as multisets: a value given twice matches one gold value once. */
function countsOf(given: readonly string[], wanted: readonly string[]): Counts {
  const rest = new Map<string, number>();
  for (const pair of wanted) rest.set(pair, (rest.get(pair) ?? 0) + 1);
  let found = 0;
  for (const pair of given) {
    const left = rest.get(pair) ?? 0;
    if (left === 0) continue;
    rest.set(pair, left - 1);
    found++;
  }
  return { found, given: given.length, wanted: wanted.length };
}

/** Nothing wanted and nothing given is right. */
function f1({ found, given, wanted }: Counts): number {
  return given + wanted === 0 ? 1 : (2 * found) / (given + wanted);
}

const scalar = (value: unknown): boolean => value === null || isScalar(value);
const isSlots = (gold: unknown): boolean =>
  isRecord(gold) &&
  Object.values(gold).every((value) => scalar(value) || (Array.isArray(value) && value.every(scalar)));
const isEntities = (gold: unknown): boolean =>
  Array.isArray(gold) &&
  gold.every(
    (entity) =>
      isRecord(entity) && typeof entity.type === 'string' && ('value' in entity || 'text' in entity),
  );

/** The first value inside an object of slots that is neither a value nor a list of values. */
function nestedIn(gold: unknown): { readonly path: string; readonly value: unknown } | undefined {
  if (!isRecord(gold)) return undefined;
  for (const [slot, value] of Object.entries(gold)) {
    if (!Array.isArray(value)) {
      if (!scalar(value)) return { path: slot, value };
      continue;
    }
    const at = value.findIndex((each) => !scalar(each));
    if (at >= 0) return { path: `${slot}[${at}]`, value: value[at] };
  }
  return undefined;
}

const nestedWays =
  'a text or a number, since slots are flat: golds as they are need a program that compares (--grader executable, then command: [python3, grade.py] in task.yaml, docs/graders.md), or, right only as a whole, {"const": …} around each (--grader json-schema)';

export const extractionGrader = textGrader('extraction', {
  options: optionsShape,
  golds: slotsShape,
  judge: gradeExtraction,
  aggregate: { name: 'micro-F1', of: microF1 },
  scores: 'shares',
  learned: 'slots',
  gold: {
    answer: 'json',
    expected:
      'an object of slots that hold texts, numbers or lists of them ({"city": "Rome"}), or a list of entities ({"type", "value"})',
    fits: (gold) => isSlots(gold) || isEntities(gold),
    misfit: (gold) => {
      const nested = nestedIn(gold);
      return nested && { ...nested, expected: nestedWays };
    },
    prompt: slotsPrompt,
    prompted: { bare: true },
  },
});
