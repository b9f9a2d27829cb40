import { InputError, messageOf } from '../../../core/errors.ts';

/** Why a server did not start is a fault of the line: the port could not be had. */
export function portTaken(error: unknown): never {
  throw new InputError('--port', { expected: 'a free port', found: messageOf(error) });
}
