/**
 * Reads a Parquet file in a thread of its own: of a damaged one, or one that is made for it, hyparquet may read without
 * end, or all memory full. Told are each page that is read, and at last the rows or what is wrong.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

const { file } = workerData;
try {
  const metadata = parquetMetadata(file);
  const onPage = () => parentPort.postMessage({ kind: 'page' });
  const records = await parquetReadObjects({ file, metadata, compressors, onPage });
  parentPort.postMessage({ kind: 'read', records, keyValues: metadata.key_value_metadata ?? [] });
} catch (error) {
  parentPort.postMessage({ kind: 'failed', problem: String(error?.message ?? error) });
}
