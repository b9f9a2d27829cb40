import { err, ok, type Result } from '../core/result.ts';
import { suggest } from '../core/suggest.ts';
import { type Bounds, listBounds } from './bounds.ts';
import { type ObjectiveName, objectiveDirections, objectiveNames } from './objective.ts';

/** Why a text is no bound. */
export interface BoundFault {
  readonly expected: string;
  readonly found: string;
}

const units: Readonly<Record<ObjectiveName, Readonly<Record<string, number>>>> = {
  score: { '': 1 },
  latency: { '': 1, ms: 0.001, s: 1, m: 60, h: 3600 },
  tokens: { '': 1, k: 1e3, m: 1e6 },
  usd: { '': 1 },
};
const expectedValues: Readonly<Record<ObjectiveName, string>> = {
  score: 'a number from 0 to 1',
  latency: 'a time above 0 such as 3s, 500ms or 1m',
  tokens: 'a number above 0 such as 2000, 2k or 1.5M',
  usd: 'US dollars above 0 such as 0.01',
};

/** The value of a bound: `0.8`, `3s`, `2k`, `$0.01`; the error says what is expected. */
export function parseBoundValue(name: ObjectiveName, text: string): Result<number, string> {
  const [, dollar = '', digits = '', unit = ''] =
    /^(\$?)(\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)([a-z]*)$/i.exec(text) ?? [];
  const known = units[name];
  const factor = Object.hasOwn(known, unit.toLowerCase()) ? known[unit.toLowerCase()] : undefined;
  const value = digits === '' || factor === undefined ? Number.NaN : Number(digits) * factor;
  const isInRange = name === 'score' ? value >= 0 && value <= 1 : value > 0 && Number.isFinite(value);
  return isInRange && (dollar === '' || name === 'usd') ? ok(value) : err(expectedValues[name]);
}

const signOf = (name: ObjectiveName): string => (objectiveDirections[name] === 'max' ? '>=' : '<=');
const examples = 'score>=0.8, latency<=3s, tokens<=2k or usd<=0.01';

/** One bound: `latency<=3s`. */
export function parseBound(part: string): Result<Bounds, BoundFault> {
  const [, word = '', sign = '', value = ''] = /^([^<>=]*)([<>=]*)(.*)$/s.exec(part) ?? [];
  const found = `"${part.slice(0, 60)}"`;
  const name = objectiveNames.find((known) => known === word.trim());
  if (name === undefined) {
    const meant = suggest(word.trim(), objectiveNames);
    return err({ expected: `${examples}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`, found });
  }
  if (sign === '' && value === '') {
    // What a shell makes of it without quotes.
    return err({
      expected: `${name}${signOf(name)} and a value, in quotes since shells read < and >`,
      found,
    });
  }
  if (sign !== signOf(name)) return err({ expected: `${name}${signOf(name)} and a value`, found });
  const parsed = parseBoundValue(name, value.trim());
  return parsed.ok ? ok({ [name]: parsed.value }) : err({ expected: `${parsed.error} for ${name}`, found });
}

/** Several, parted by commas: `score>=0.8,latency<=3s,usd<=0.01`; each objective at most once. */
export function parseBounds(text: string): Result<Bounds, BoundFault> {
  let bounds: Bounds = {};
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const parsed = parseBound(part);
    if (!parsed.ok) return parsed;
    const twice = listBounds(parsed.value).find(({ name }) => bounds[name] !== undefined)?.name;
    if (twice !== undefined) return err({ expected: `one bound on ${twice}`, found: `another, "${part}"` });
    bounds = { ...bounds, ...parsed.value };
  }
  return ok(bounds);
}

/** As {@link parseBounds} reads it: `score>=0.8, latency<=3s`. */
export function boundsText(bounds: Bounds): string {
  return listBounds(bounds)
    .map(({ name, bound }) => `${name}${signOf(name)}${bound}${name === 'latency' ? 's' : ''}`)
    .join(', ');
}
