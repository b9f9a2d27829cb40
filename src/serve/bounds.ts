import { z } from 'zod';
import { kebabCase } from '../core/kebab-case.ts';
import { keysOf } from '../core/records.ts';
import { err, ok, type Result } from '../core/result.ts';
import { suggest } from '../core/suggest.ts';
import { parseBound, parseBoundValue } from '../domain/bound-text.ts';
import { type Bounds, listBounds } from '../domain/bounds.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import { parseWith } from '../domain/validation.ts';
import { type ApiError, badInput, badRequest } from '../models/api-error.ts';

/** What a request asks of the config that is to answer it; absent: anything goes. */
export interface RequestBounds {
  /** Seconds, US dollars and tokens per question; the upper ends of a member's intervals must be inside. */
  readonly maxLatency?: number;
  readonly maxUsd?: number;
  readonly maxTokens?: number;
  /** 0..1; the lower end of a member's interval must reach it. */
  readonly minScore?: number;
  /** Which of those that fit. Default `score`. */
  readonly prefer?: Preference;
  /** Where none fits, take the nearest and say so. */
  readonly relax?: boolean;
  /** Seconds after which the best candidate so far is the answer. */
  readonly deadline?: number;
  /** Send the conversation as it is, without the task's prompt around it. */
  readonly raw?: boolean;
  /** What a stream tells of the stages. Default `names`. */
  readonly stages?: 'none' | 'names' | 'full';
}

const preferences = ['score', 'latency', 'usd'] as const;
type Preference = (typeof preferences)[number];
const stageViews = ['none', 'names', 'full'] as const;

/** The `mixtune` key of a request's body. */
const bodySchema = z.strictObject({
  max_latency_s: z.number().positive().nullish(),
  max_usd: z.number().positive().nullish(),
  max_tokens: z.number().positive().nullish(),
  min_score: z.number().min(0).max(1).nullish(),
  prefer: z.enum(preferences).nullish(),
  relax: z.boolean().nullish(),
  raw: z.boolean().nullish(),
  deadline_s: z.number().positive().nullish(),
  stages: z.enum(stageViews).nullish(),
});

const bodyNames = {
  ...{ maxLatency: 'max_latency_s', maxUsd: 'max_usd', maxTokens: 'max_tokens', minScore: 'min_score' },
  ...{ prefer: 'prefer', relax: 'relax', raw: 'raw', deadline: 'deadline_s', stages: 'stages' },
} as const satisfies Record<keyof RequestBounds, keyof z.input<typeof bodySchema>>;

export function boundsOfBody(value: unknown): Result<RequestBounds, ApiError> {
  const parsed = parseWith(bodySchema, value ?? {}, 'mixtune');
  if (!parsed.ok) {
    const wrong = badInput(parsed.error);
    return err({ ...wrong, param: wrong.param === undefined ? 'mixtune' : `mixtune.${wrong.param}` });
  }
  return ok(
    withoutNulls(Object.fromEntries(keysOf(bodyNames).map((key) => [key, parsed.value[bodyNames[key]]]))),
  );
}

/** Bounds under the names that bodies have for them, as clients see them. */
export function boundsForBody(bounds: RequestBounds): z.input<typeof bodySchema> {
  return Object.fromEntries(keysOf(bounds).map((key) => [bodyNames[key], bounds[key]]));
}

type BoundKey = 'maxLatency' | 'maxUsd' | 'maxTokens' | 'minScore';
const keyOf: Readonly<Record<ObjectiveName, BoundKey>> = {
  ...{ latency: 'maxLatency', usd: 'maxUsd', tokens: 'maxTokens', score: 'minScore' },
};

/** Bounds of `--bound` as a request's. */
export function requestBounds(bounds: Bounds): RequestBounds {
  return Object.fromEntries(listBounds(bounds).map(({ name, bound }) => [keyOf[name], bound]));
}

type Reader = (text: string) => RequestBounds | string;

/** As `--bound` reads its values. */
const value =
  (objective: ObjectiveName, key: BoundKey | 'deadline' = keyOf[objective]): Reader =>
  (text) => {
    const parsed = parseBoundValue(objective, text);
    return parsed.ok ? { [key]: parsed.value } : parsed.error;
  };

function oneOf<Key extends 'prefer' | 'stages'>(
  key: Key,
  choices: readonly NonNullable<RequestBounds[Key]>[],
): Reader {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    return found === undefined ? `one of ${choices.join(', ')}` : { [key]: found };
  };
}

const yesOrNo =
  (key: 'relax' | 'raw'): Reader =>
  (text) =>
    text === '' || text === 'true' ? { [key]: true } : text === 'false' ? { [key]: false } : 'true or false';

/** As they stand in the header `x-mixtune` and behind a model's name, parted by semicolons. */
const readers: Readonly<Record<string, Reader>> = {
  'max-latency': value('latency'),
  'max-usd': value('usd'),
  'max-tokens': value('tokens'),
  'min-score': value('score'),
  prefer: oneOf('prefer', preferences),
  relax: yesOrNo('relax'),
  raw: yesOrNo('raw'),
  deadline: value('latency', 'deadline'),
  stages: oneOf('stages', stageViews),
};

/** Reads `max-latency=2s;max-usd=0.002;relax`, and bounds as `--bound` has them: `latency<=2s`. @param param what of the request holds it */
export function boundsOfText(text: string, param: string): Result<RequestBounds, ApiError> {
  let bounds: RequestBounds = {};
  for (const part of text.split(';').map((piece) => piece.trim())) {
    if (part === '') continue;
    if (/[<>]/.test(part)) {
      const parsed = parseBound(part);
      if (!parsed.ok) {
        const { expected, found } = parsed.error;
        return err(badRequest(`${param}: expected ${expected}, found ${found}`, param));
      }
      bounds = { ...bounds, ...requestBounds(parsed.value) };
      continue;
    }
    const [name = '', value = ''] = part.split(/=(.*)/s).map((piece) => piece.trim());
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (reader === undefined) {
      const names = Object.keys(readers);
      const meant = suggest(name, names);
      const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
      return err(
        badRequest(
          `${param}: expected some of ${names.join(', ')}, found "${name.slice(0, 40)}"${hint}`,
          param,
        ),
      );
    }
    const read = reader(value);
    if (typeof read === 'string')
      return err(badRequest(`${param}: ${name}: expected ${read}, found "${value.slice(0, 40)}"`, param));
    bounds = { ...bounds, ...read };
  }
  return ok(bounds);
}

const inSeconds: ReadonlySet<string> = new Set<keyof RequestBounds>(['maxLatency', 'deadline']);

/** Bounds as {@link boundsOfText} reads them; none: empty. */
export function textOfBounds(bounds: RequestBounds): string {
  return keysOf(bounds)
    .map((key) => `${kebabCase(key)}=${bounds[key]}${inSeconds.has(key) ? 's' : ''}`)
    .join(';');
}

function withoutNulls<Given extends object>(given: Given): RequestBounds {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value != null));
}
