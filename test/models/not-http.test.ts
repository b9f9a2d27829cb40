import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { unwrap } from '../../src/core/result.ts';
import { createProvider } from '../../src/models/providers.ts';
import { answers, startFaultServer } from './fault-server.ts';
import { ask } from './scripted-model.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function refusalAt(baseUrl: string): Promise<string> {
  const model = unwrap(createProvider('openai', { clock: createRealClock(), env: {}, baseUrl }));
  const outcome = await model.complete(ask('x', { model: 'openai/m' }));
  return outcome.kind === 'answered' ? 'an answer' : `${outcome.failure.code}: ${outcome.failure.message}`;
}

it('a call by https to a server without TLS says so', async () => {
  const server = await startFaultServer(answers.ok());
  closing.push(server.close);
  expect(await refusalAt(server.baseUrl.replace('http:', 'https:'))).toMatch(
    /^connection: .*\(the server speaks no TLS at this port: its address may begin with http:\/\/\)$/s,
  );
});

it('a call to what is no server of HTTP says so', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('SSH-2.0-OpenSSH_9.6\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  expect(await refusalAt(`http://127.0.0.1:${port}/v1`)).toMatch(/^connection: .*speaks no HTTP/s);
});

it('a call to a server whose answer has an odd byte in a header says so', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 429 Too Many Requests\r\nretry-after: \x012\r\ncontent-length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const told = await refusalAt(`http://127.0.0.1:${port}/v1`);
  expect(told).toMatch(
    /^connection: .*Invalid header value char.*the server's answer breaks the rules of HTTP/s,
  );
  expect(told).not.toContain('speaks no HTTP');
});

/** A proxy that says what it was asked for. */
async function startProxy(asked: string[]): Promise<number> {
  const proxy = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const on = request(incoming.url ?? '', { method: incoming.method ?? 'GET', headers: incoming.headers });
    on.on('response', (answer: IncomingMessage) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(on);
  });
  // Node tunnels to servers of HTTP in one case and asks for the whole address in another.
  proxy.on('connect', (incoming, client) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const [host, port] = (incoming.url ?? '').split(':');
    const there = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      there.pipe(client).pipe(there);
    });
    for (const socket of [there, client]) socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return (proxy.address() as AddressInfo).port;
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
/** Since when Node's agents can go through the environment's proxies. */
const knowsProxies = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);

it.skipIf(!knowsProxies)('calls go through the proxy where Node is told to', async () => {
  const server = await startFaultServer(answers.ok('through'));
  closing.push(server.close);
  const asked: string[] = [];
  const proxy = await startProxy(asked);
  const folder = join(import.meta.dirname, '../..');
  const program = `
    import { createRealClock } from './src/core/clock.ts';
    import { createProvider } from './src/models/providers.ts';
    const made = createProvider('openai', { clock: createRealClock(), env: {}, baseUrl: '${server.baseUrl}' });
    const request = { model: 'openai/m', messages: [{ role: 'user', content: 'x' }], maxTokens: 20, sample: 0 };
    console.log(JSON.stringify(await made.value.complete(request)));
    process.exit();
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', program],
    {
      cwd: folder,
      env: {
        ...process.env,
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: `http://127.0.0.1:${proxy}`,
        http_proxy: '',
        NO_PROXY: '',
        no_proxy: '',
      },
    },
  );
  expect(stdout).toContain('through');
  expect(asked).toHaveLength(1);
});
