import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/models/make-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('make-folder');
const at = (...names: string[]): string => join(folder, ...names);

describe('makeFolder', () => {
  it('makes what is missing, and leaves what is there', () => {
    makeFolder(at('a', 'b', 'c'), 0o700);
    expect(statSync(at('a')).mode & 0o777).toBe(0o700);
    chmodSync(at('a', 'b'), 0o750);
    makeFolder(at('a', 'b'), 0o700);
    expect(statSync(at('a', 'b')).mode & 0o777).toBe(0o750);
    mkdirSync(at('there'));
    symlinkSync(at('there'), at('link'));
    makeFolder(at('link', 'd'));
    expect(existsSync(at('there', 'd'))).toBe(true);
    makeFolder('/');
  });

  it('names what stands in the way', () => {
    writeFileSync(at('file'), '');
    symlinkSync(at('nowhere'), at('dangling'));
    for (const name of ['file', 'dangling'])
      for (const path of [at(name), at(name, 'e', 'f')])
        expect(() => makeFolder(path)).toThrow(expect.objectContaining({ path: at(name) }));
  });

  it.runIf(process.platform === 'linux')('ends where a folder takes none', () => {
    const refused = expect.objectContaining({ code: 'ENOENT', path: '/proc/mixtune-none' });
    expect(() => makeFolder('/proc/mixtune-none/runs')).toThrow(refused);
  });
});
