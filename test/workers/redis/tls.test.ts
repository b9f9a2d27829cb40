import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort, noRedis, startRedis } from '../../support/redis.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { connect } from '../../support/workers.ts';

it('a certificate that Node.js does not trust is told with the way to trust it', async ({ skip }) => {
  if (noRedis !== undefined) return skip(noRedis);
  const folder = temporaryFolder('tls');
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
    ...['-keyout', key, '-out', certificate],
  ]);
  if (made.status !== 0) return skip('openssl makes no certificate here');
  const port = await freePort();
  const redis = await startRedis([
    ...['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key],
    ...['--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no'],
  ]);
  try {
    await expect(connect(`rediss://127.0.0.1:${port}`)).rejects.toThrow(
      /certificate.*NODE_EXTRA_CA_CERTS=FILE\.pem/,
    );
  } finally {
    await redis.stop();
  }
});
