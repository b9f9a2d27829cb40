import { closeSync, openSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { asError, atFile, diskFaultOf, messageOf } from '../../src/core/errors.ts';

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('what was thrown', () => {
  const refuse = () => {
    throw new Error('no');
  };
  const unreadable = 'something was thrown that cannot be read';
  test.each<[string, unknown, string]>([
    ['an error', new Error('boom'), 'boom'],
    ['a text', 'boom', 'boom'],
    ['nothing', undefined, 'undefined'],
    ['an object without a text', Object.create(null), unreadable],
    ['a proxy that lets nothing be read', new Proxy({}, { get: refuse }), unreadable],
    ['a proxy that hides what it is', new Proxy({}, { get: refuse, getPrototypeOf: refuse }), unreadable],
    [
      'an error whose message throws',
      Object.defineProperty(new Error(), 'message', { get: refuse }),
      unreadable,
    ],
    [
      'an error whose message is none',
      Object.assign(new Error(), { message: Symbol('boom') }),
      'Symbol(boom)',
    ],
  ])('is read without a throw: %s', (_, thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
    expect(messageOf(asError(thrown))).toBe(message);
  });
});

describe('diskFaultOf', () => {
  test('a file that may not be there is named', () => {
    const error = thrownBy(() => openSync('/dev/null/x', 'w'));
    expect(diskFaultOf(error)).toBe(
      '/dev/null/x: expected a file or folder that can be used, found ENOTDIR: not a directory',
    );
  });

  test('a file for which too many are open is named', () => {
    const error = new Error("EMFILE: too many open files, open '/x'");
    expect(diskFaultOf(Object.assign(error, { code: 'EMFILE', path: '/x' }))).toBe(
      '/x: expected a file or folder that can be used, found EMFILE: too many open files',
    );
  });

  test('a full disk is told though the error names no file', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const told =
      'expected a disk that can be written (free it, and try again), found ENOSPC: no space left on device';
    expect(diskFaultOf(error)).toBe(told);
    expect(diskFaultOf(atFile('/x', error))).toBe(`/x: ${told}`);
    expect(diskFaultOf(atFile('/y', error))).toBe(`/x: ${told}`);
  });

  test('what is no fault of the disk is none', () => {
    const descriptor = openSync('/dev/null', 'r');
    closeSync(descriptor);
    expect(diskFaultOf(thrownBy(() => writeSync(descriptor, 'x')))).toBeUndefined();
    expect(diskFaultOf(new Error('ENOSPC'))).toBeUndefined();
  });
});
