import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WeightSource } from './source.ts';

/** A GGUF file on this machine, or a folder that holds exactly one; it is copied. */
export function givenFile(path: string): WeightSource {
  return {
    label: path,
    async fetch({ target, onProgress, signal }) {
      const file = await fileAt(path);
      const { size } = await stat(file);
      const copy = `${target}.copying`;
      let doneBytes = 0;
      const counter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          doneBytes += chunk.length;
          onProgress({ step: 'copying', doneBytes, totalBytes: size });
          done(null, chunk);
        },
      });
      const reading = createReadStream(file, { highWaterMark: 1 << 20 });
      try {
        await pipeline(
          reading,
          counter,
          createWriteStream(copy),
          ...(signal === undefined ? [] : [{ signal }]),
        );
        await rename(copy, target);
      } catch (error) {
        // A full disk has a use for its room.
        await rm(copy, { force: true });
        throw error;
      }
    },
  };
}

async function fileAt(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new Error('there is no such file or folder');
  if (!found.isDirectory()) return path;
  const weights = (await readdir(path)).filter((name) => name.endsWith('.gguf'));
  const [only] = weights;
  if (only === undefined || weights.length > 1) {
    throw new Error(
      `the folder holds ${weights.length === 0 ? 'no' : weights.length} .gguf files; name the file`,
    );
  }
  return join(path, only);
}
