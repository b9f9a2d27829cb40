/** Downloads one model file from a hub with node-llama-cpp's resolver; see ../sources/hub.ts. */
import { pathToFileURL } from 'node:url';

const [entry, uri, directory, fileName] = process.argv.slice(2);

process.on('disconnect', () => process.exit(1));

try {
  const { resolveModelFile } = await import(pathToFileURL(entry).href);
  const file = await resolveModelFile(uri, {
    directory,
    fileName,
    cli: false,
    deleteTempFileOnCancel: false,
    onProgress: ({ downloadedSize, totalSize }) =>
      process.send({ type: 'progress', doneBytes: downloadedSize, totalBytes: totalSize }),
  });
  process.send({ type: 'done', file });
} catch (error) {
  process.send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}
