import { canonicalJson } from '../core/canonical-json.ts';
import type { InputError } from '../core/errors.ts';
import { err, type Result } from '../core/result.ts';
import { mostSamples, placeholders } from '../domain/agent.ts';
import { placeholderFaults } from '../domain/moa-config-rules.ts';
import { mostRounds } from '../domain/stages/propose.ts';
import { rolesOfKind, simpleStageKinds } from '../domain/stages/simple-stages.ts';
import { type Fault, inputError, type LineOf, parseWith, shortly } from '../domain/validation.ts';
import { settingLists } from './settings.ts';
import { promptRoles, type SearchSpace, type SearchSpaceFile, searchSpaceSchema } from './space.ts';
import { endingSteps } from './steps.ts';

/**
 * A search space from outside, checked for shape and for rules across its fields.
 * @param source what holds it, for error texts: a file's path.
 * @param lineOf adds line numbers to the faults, where the text is known.
 */
export function parseSearchSpace(
  value: unknown,
  source: string,
  lineOf?: LineOf,
): Result<SearchSpaceFile, InputError> {
  const parsed = parseWith(searchSpaceSchema, value, source, lineOf);
  if (!parsed.ok) return parsed;
  const faults = [
    ...rangeFaults(parsed.value),
    ...repeatedFaults(parsed.value),
    ...roleFaults(parsed.value),
    ...endFaults(parsed.value),
    ...promptFaults(parsed.value),
  ];
  return faults.length === 0 ? parsed : err(inputError(source, faults, lineOf));
}

/**
 * The space ready to search.
 * @param models used where the file names none; doubles are dropped. Throws when nobody names a model:
 *   a caller settles the models before it asks.
 */
export function settleSpace(file: SearchSpaceFile, models: readonly string[]): SearchSpace {
  const [first, ...rest] = new Set(file.models ?? models);
  if (first === undefined) throw new RangeError('settleSpace: expected at least one model, found none');
  return { ...file, models: [first, ...rest] };
}

function rangeFaults(space: SearchSpaceFile): Fault[] {
  const upsideDown = (['samples', 'rounds', 'agents'] as const)
    .filter((name) => space[name].min > space[name].max)
    .map((name) => ({
      at: [name],
      found: `min ${space[name].min} and max ${space[name].max}`,
      expected: 'min no larger than max',
    }));
  const tooMany = (['samples', 'rounds'] as const)
    .filter((name) => space[name].max > mostOfConfig[name])
    .map((name) => ({
      at: [name, 'max'],
      found: `${space[name].max}`,
      expected: `at most ${mostOfConfig[name]}, as in a config`,
    }));
  return [...upsideDown, ...tooMany];
}

/** Not in the schema, which reads the spaces of older runs, too. */
const mostOfConfig = { samples: mostSamples, rounds: mostRounds };

/** A value listed twice would be drawn twice as often, which nobody means. */
function repeatedFaults(space: SearchSpaceFile): Fault[] {
  const lists: [readonly (string | number)[], readonly unknown[] | undefined][] = [
    [['models'], space.models],
    ...settingLists.map((list): [string[], readonly unknown[] | undefined] => [[list], space[list]]),
    [['stages', 'kinds'], space.stages.kinds],
    ...promptRoles.map((role): [string[], string[] | undefined] => [['prompts', role], space.prompts[role]]),
  ];
  return lists.flatMap(([at, values = []]) => {
    const texts = values.map((value) => canonicalJson(value));
    return values.flatMap((value, index) =>
      texts.indexOf(texts[index] ?? '') === index
        ? []
        : [{ at: [...at, index], found: shortly(value), expected: 'each value once' }],
    );
  });
}

function roleFaults(space: SearchSpaceFile): Fault[] {
  const faults: Fault[] = [];
  const kinds = new Set<string>(space.stages.kinds);
  for (const kind of simpleStageKinds.filter((known) => kinds.has(known))) {
    for (const role of rolesOfKind(kind)) {
      // Proposers can do with the prompts of single models.
      if (role === 'proposer' || space.prompts[role] !== undefined) continue;
      const expected = `prompts of a ${role}, which the stage kind ${kind} in stages.kinds needs`;
      faults.push({ at: ['prompts', role], found: shortly(undefined), expected });
    }
  }
  if (kinds.has('loop') && !kinds.has('critique') && !kinds.has('verify')) {
    const expected = 'critique or verify beside loop: a loop repeats propose with one of them';
    faults.push({ at: ['stages', 'kinds'], found: space.stages.kinds.join(', '), expected });
  }
  return faults;
}

/** Several answers need a stage that makes one of them. */
function endFaults(space: SearchSpaceFile): Fault[] {
  if (space.agents.max === 1 && space.samples.max === 1) return [];
  const several =
    space.agents.max > 1 ? `agents.max is ${space.agents.max}` : `samples.max is ${space.samples.max}`;
  const ends: readonly string[] = endingSteps.map(({ kind }) => kind);
  if (!space.stages.kinds.some((kind) => ends.includes(kind))) {
    const found = space.stages.kinds.length === 0 ? 'an empty list' : space.stages.kinds.join(', ');
    return [{ at: ['stages', 'kinds'], found, expected: `one of ${ends.join(', ')}, since ${several}` }];
  }
  if (space.stages.max >= 1) return [];
  const expected = `at least 1, since ${several} and many answers need a stage that ends with one`;
  return [{ at: ['stages', 'max'], found: String(space.stages.max), expected }];
}

function promptFaults(space: SearchSpaceFile): Fault[] {
  return promptRoles.flatMap((role) =>
    (space.prompts[role] ?? []).flatMap((prompt, index) =>
      placeholderFaults(prompt, ['prompts', role, index], placeholders),
    ),
  );
}
