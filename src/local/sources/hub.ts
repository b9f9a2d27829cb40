import { type ChildProcess, fork } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { onAbort } from '../../core/abort.ts';
import { ownFile } from '../../core/package-files.ts';
import type { Runtime } from '../runtime.ts';
import type { FetchOptions, WeightSource } from './source.ts';

const downloader = ownFile('local/runtime/hub-download.mjs');

/** Longest silence before the hub is given up, in ms: an unreachable one is tried again for ever. */
const silenceMs = 45_000;

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), doneBytes: z.number(), totalBytes: z.number() }),
  z.object({ type: z.literal('done'), file: z.string() }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);

/**
 * A model hub, through node-llama-cpp's own resolver. It runs in a process of its own, since it neither
 * gives up by itself nor heeds a signal while it looks for the file; a download that broke off goes on where
 * it was.
 */
export function hub(uri: string, runtime: Runtime | null): WeightSource {
  return {
    label: uri,
    async fetch(options) {
      if (runtime === null) throw new Error('it needs the runtime first: mixtune models add-local');
      const fileName = 'from-hub.gguf';
      const file = await download(uri, runtime, fileName, options);
      if (file !== join(options.workFolder, fileName)) throw new Error(`the download went to ${file}`);
      await rename(file, options.target);
    },
  };
}

function download(
  uri: string,
  runtime: Runtime,
  fileName: string,
  { workFolder, clock, onProgress, signal }: FetchOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(downloader, [runtime.entry, uri, workFolder, fileName], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let stopWaiting = (): void => undefined;
    const end = (settle: () => void): void => {
      stopWaiting();
      stopListening();
      child.kill('SIGKILL');
      settle();
    };
    const fail = (reason: string): void => end(() => reject(new Error(reason)));
    const listen = (): void => {
      stopWaiting();
      stopWaiting = clock.after(silenceMs, () => fail(`no answer for ${silenceMs / 1000} seconds`));
    };
    const stopListening = onAbort(signal, () => fail('stopped'));
    child.on('message', (value) => {
      const message = messageSchema.safeParse(value).data;
      if (message === undefined) return;
      if (message.type === 'done') return end(() => resolve(message.file));
      if (message.type === 'failed') return fail(message.message);
      listen();
      onProgress({ step: 'downloading', doneBytes: message.doneBytes, totalBytes: message.totalBytes });
    });
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`the download's process ended with exit code ${code}`));
    listen();
  });
}
