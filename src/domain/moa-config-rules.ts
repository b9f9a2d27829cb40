import { defined } from '../core/defined.ts';
import type { InputError } from '../core/errors.ts';
import { remembered } from '../core/remembered.ts';
import { err, type Result } from '../core/result.ts';
import { suggest } from '../core/suggest.ts';
import { type Agent, placeholders } from './agent.ts';
import { outcomesOf } from './candidate-count.ts';
import { type MoaConfig, moaConfigSchema } from './moa-config.ts';
import { introductionPlaceholders, itemPlaceholders } from './references.ts';
import { type Seat, seatsOf } from './stages/simple-stages.ts';
import { type PlacedStage, placedInner, recordOf, type Stage } from './stages/stages.ts';
import {
  type Fault,
  halfCharacter,
  inputError,
  type LineOf,
  parseWith,
  shortly,
  type ValuePath,
} from './validation.ts';

/**
 * A config from outside, checked for shape and for every rule that needs no model: all faults of shape
 * are reported together, or else all broken rules.
 * @param source what holds the config, for error texts: a file's path, `config`.
 */
export function validateMoaConfig(
  value: unknown,
  source: string,
  lineOf?: LineOf,
): Result<MoaConfig, InputError> {
  const parsed = parseWith(moaConfigSchema, value, source, lineOf);
  if (!parsed.ok) return parsed;
  const half = halfCharacter(parsed.value, source);
  if (half !== undefined) return err(half);
  const faults = brokenRules(parsed.value);
  return faults.length === 0 ? parsed : err(inputError(source, faults, lineOf));
}

/** The rules that a well-formed config breaks; empty when it is sound. */
export function brokenRules(config: MoaConfig): Fault[] {
  const { stages } = config;
  const inStages = stages.flatMap((stage, index) => stageFaults(stage, ['stages', index]));
  return [...inStages, ...flowFaults(stages)];
}

/** The config, or a throw of what is wrong with it: for configs that code has written. */
export function checkedMoaConfig(config: MoaConfig): MoaConfig {
  const faults = brokenRules(config);
  if (faults.length > 0) throw inputError(config.name, faults);
  return config;
}

function stageFaults(stage: Stage, at: ValuePath): Fault[] {
  const own = recordOf(stage).faults?.(stage, at) ?? [];
  return [...placedInner(stage, at).flatMap(agentFaults), ...own];
}

function agentFaults({ stage, at }: PlacedStage): Fault[] {
  const seats = seatsOf(stage).map((seat) => ({ ...seat, at: [...at, ...seat.at] }));
  const firsts = firstOfEachName(seats);
  return seats.flatMap((seat) => [
    ...placeholderFaults(seat.agent.prompt, [...seat.at, 'prompt'], placeholders),
    ...referencesFaults(seat.agent, [...seat.at, 'references']),
    ...sameNameFaults(seat, firsts),
  ]);
}

/** By list and name. */
function firstOfEachName(seats: readonly Seat[]): ReadonlyMap<string, Seat> {
  const firsts = new Map<string, Seat>();
  for (const seat of seats) remembered(firsts, listedName(seat), () => seat);
  return firsts;
}

const listedName = ({ agent, at }: Seat): string => JSON.stringify([at.at(-2), agent.name]);

/** Agents in one list have different names. */
function sameNameFaults(seat: Seat, firsts: ReadonlyMap<string, Seat>): Fault[] {
  const { agent, at } = seat;
  const [list, index] = at.slice(-2);
  const first = firsts.get(listedName(seat));
  if (typeof index !== 'number' || first === undefined || first === seat) return [];
  const expected = `a name that no other agent of the stage has (${list}[${first.at.at(-1)}] has it)`;
  return [{ at: [...at, 'name'], found: shortly(agent.name), expected }];
}

/** Placeholders look like `{{word}}`; all other braces (JSON, code, LaTeX) are text. */
export function placeholderFaults(text: string, at: ValuePath, known: readonly string[]): Fault[] {
  const unknown = [...text.matchAll(/\{\{([A-Za-z_]\w*)\}\}/g)]
    .map((match) => match[1] ?? '')
    .filter((word) => !known.includes(word));
  return [...new Set(unknown)].map((word) => {
    const suggestion = suggest(word, known);
    return {
      at,
      found: `unknown placeholder "{{${word}}}"`,
      expected: `only the placeholders ${known.map((name) => `{{${name}}}`).join(', ')}`,
      ...defined({ suggestion: suggestion && `{{${suggestion}}}` }),
    };
  });
}

/** Answers are left out only where the config says so: by place `none` or by an empty item. */
function referencesFaults({ references }: Agent, at: ValuePath): Fault[] {
  if (references === undefined) return [];
  const { introduction, item } = references;
  const lacks = (text: string | undefined, word: string): boolean =>
    text !== undefined && item !== '' && !text.includes(`{{${word}}}`);
  const missing = (key: string, text: string | undefined, word: string): Fault[] =>
    lacks(text, word)
      ? [{ at: [...at, key], found: shortly(text), expected: `a text with {{${word}}}, or an empty item` }]
      : [];
  return [
    ...placeholderFaults(introduction ?? '', [...at, 'introduction'], introductionPlaceholders),
    ...placeholderFaults(item ?? '', [...at, 'item'], itemPlaceholders),
    ...missing('introduction', introduction, 'answers'),
    ...missing('item', item, 'answer'),
  ];
}

/** What each stage is handed and what comes out at the end, counted at its most. */
function flowFaults(stages: readonly Stage[]): Fault[] {
  const { left, starved, overKept } = outcomesOf(stages);
  if (starved !== undefined) {
    const kind = starved.stage.kind;
    return [
      {
        at: starved.at,
        found: kind,
        expected: `a propose or route stage before the ${kind} stage, which needs candidate answers`,
      },
    ];
  }
  const faults: Fault[] = overKept.map(({ at, keep, candidates }) => ({
    at: [...at, 'keep'],
    found: String(keep),
    expected: `at most ${candidates}, the number of candidates that reach this stage`,
  }));
  if (left !== 1) {
    const lastIndex = stages.length - 1;
    faults.push({
      at: ['stages', lastIndex],
      found: `${left} candidates after the last stage (${stages[lastIndex]?.kind})`,
      expected: 'an end with exactly one candidate answer: add a fuse or vote stage, or rank with keep 1',
    });
  }
  return faults;
}
