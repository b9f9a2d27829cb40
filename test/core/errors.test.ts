import { closeSync, openSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { diskFaultOf } from '../../src/core/errors.ts';

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('diskFaultOf', () => {
  test('a file that may not be there is named', () => {
    const error = thrownBy(() => openSync('/dev/null/x', 'w'));
    expect(diskFaultOf(error)).toBe(
      '/dev/null/x: expected a file or folder that can be used, found ENOTDIR: not a directory',
    );
  });

  test('a full disk is told though the error names no file', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(diskFaultOf(error)).toBe(
      'expected a disk that can be written, found ENOSPC: no space left on device',
    );
  });

  test('what is no fault of the disk is none', () => {
    const descriptor = openSync('/dev/null', 'r');
    closeSync(descriptor);
    expect(diskFaultOf(thrownBy(() => writeSync(descriptor, 'x')))).toBeUndefined();
    expect(diskFaultOf(new Error('ENOSPC'))).toBeUndefined();
  });
});
