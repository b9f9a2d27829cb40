import { defined } from '../core/defined.ts';
import { err, ok, type Result } from '../core/result.ts';
import { suggest } from '../core/suggest.ts';
import type { ApiError } from '../models/api-error.ts';
import { type Front, figuresForClients, memberNamed, modelNames } from './catalogue.ts';
import type { KeyEntry } from './keys.ts';

/** `GET /v1/models`: every name that the key may ask for. */
export function listModels(front: Front, key: KeyEntry | undefined): object {
  return { object: 'list', data: namesFor(front, key).map((name) => modelBody(front, name)) };
}

export function showModel(front: Front, key: KeyEntry | undefined, name: string): Result<object, ApiError> {
  const known = namesFor(front, key);
  if (known.includes(name)) return ok(modelBody(front, name));
  const meant = suggest(name, known);
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
  const message = `The model "${name.slice(0, 100)}" does not exist${hint}`;
  return err({ status: 404, code: 'model_not_found', message, param: 'model' });
}

function namesFor(front: Front, key: KeyEntry | undefined): string[] {
  const names = modelNames(front);
  return key?.models === undefined ? names : names.filter((name) => key.models?.includes(name));
}

function modelBody(front: Front, name: string): object {
  const member = memberNamed(front, name);
  return {
    ...{ id: name, object: 'model', created: 0, owned_by: 'mixtune' },
    ...defined({ mixtune: member && { config: member.id, ...figuresForClients(member) } }),
  };
}
