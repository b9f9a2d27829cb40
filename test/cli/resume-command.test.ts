import fc from 'fast-check';
import { expect, it } from 'vitest';
import { resumeCommand, workersOf } from '../../src/cli/text.ts';
import { redact } from '../../src/core/redact.ts';
import { readServerUrl } from '../../src/workers/server-url.ts';

it.each([
  [{ runsDir: 'runs' }, 'mixtune resume night'],
  [{ runsDir: 'mine' }, 'mixtune resume night --runs-dir mine'],
  [
    { runsDir: 'runs', workers: 'redis://127.0.0.1:6379/0' },
    'mixtune resume night --workers redis://127.0.0.1:6379/0',
  ],
  [
    { runsDir: 'runs', workers: 'redis://:Zebra-7731@db.example:6379', insecure: true },
    'mixtune resume night --workers redis://:PASSWORD@db.example:6379 --insecure',
  ],
  [
    { runsDir: 'mine', workers: 'rediss://me:Zebra%2F7731@db.example/2?family=6' },
    "mixtune resume night --runs-dir mine --workers 'rediss://me:PASSWORD@db.example/2?family=6'",
  ],
  // A password in the place of a name.
  [
    { runsDir: 'runs', workers: 'redis://Zebra-7731@127.0.0.1' },
    'mixtune resume night --workers redis://:PASSWORD@127.0.0.1',
  ],
])('how to go on names what the files of a run do not keep: %j', (options, line) => {
  expect(resumeCommand('night', options)).toBe(line);
  // Also in the log, which masks what looks like a secret.
  expect(redact(line)).toBe(line);
});

it('a name that a shell would take apart is quoted, and a key that was wanted is asked for', () => {
  const line = resumeCommand("it's half", { runsDir: 'my runs' }, true);
  expect(line).toBe(String.raw`mixtune resume 'it'\''s half' --runs-dir 'my runs' --api-key-env NAME`);
});

it('shows no password, and an address that is right but for it', () =>
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9%-]{8,20}$/), fc.constantFrom('', 'me'), (secret, user) => {
      const password = encodeURIComponent(`Q${secret}`);
      const workers = `rediss://${user}:${password}@db.example:6380/1`;
      const line = resumeCommand('night', { runsDir: 'runs', workers });
      expect(line).not.toContain(password);
      const typed = line.split(' ').at(-1) ?? '';
      expect(readServerUrl(typed.replace('PASSWORD', password), { source: '' }).href).toBe(workers);
    }),
  ));

it.each([
  [['mixtune', 'tune', 'task', '--workers', '[redacted]'], 'mixtune resume night --workers URL'],
  [['mixtune', 'tune', 'task', '--workers=[redacted]'], 'mixtune resume night --workers URL'],
  [['mixtune', 'tune', 'task', '--workersx', 'a'], 'mixtune resume night'],
])('of another terminal knows from the command line that there were workers: %j', (command, line) => {
  expect(resumeCommand('night', { runsDir: 'runs', ...workersOf({ command }) })).toBe(line);
});
