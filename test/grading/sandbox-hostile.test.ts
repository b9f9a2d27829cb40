/**
 * Hostile programs, one a file in hostile/, each judged by what it did to the host and by how its job ended.
 *
 * Headers: `# expect: KIND[:CAUSE][|…]` for the call to `f()`, optionally ` = EXCEPTION` or ` = TYPE TEXT`
 * for what must come out; `# limit: MS`. Placeholders: a canary file, its folder, a listening port, our pid,
 * the name of an environment variable.
 *
 * Every program that its worker survives is followed by an honest one there, whose answer must be the same as
 * on a fresh one. CI (or MIXTUNE_ALL_TIERS=1) runs every program on every tier, some 30 s each; otherwise one
 * or two run, on the strongest tier.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PythonJob, PythonOutcome, PythonSandbox } from '../../src/grading/grader.ts';
import { createPythonSandbox, describePythonTiers } from '../../src/grading/sandbox/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = new URL('./hostile/', import.meta.url);
const programs = readdirSync(folder)
  .filter((name) => name.endsWith('.py'))
  .map((name) => ({ name: name.slice(0, -3), text: readFileSync(new URL(name, folder), 'utf8') }));

const secretName = 'MIXTUNE_TEST_SECRET';
const secret = `secret-${randomBytes(16).toString('hex')}`;
const canaryText = `canary-${randomBytes(16).toString('hex')}`;
const host = temporaryFolder('hostile');
const canary = join(host, 'canary');

let tcp: Server;
let udp: DatagramSocket;
let port = 0;
let connections = 0;

beforeAll(async () => {
  writeFileSync(canary, canaryText);
  process.env[secretName] = secret;
  tcp = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  ({ port } = tcp.address() as AddressInfo);
  udp = createSocket('udp4', () => {
    connections++;
  });
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
});

afterAll(() => {
  delete process.env[secretName];
  tcp.close();
  udp.close();
});

function jobOf(text: string): PythonJob {
  const values: Readonly<Record<string, string>> = {
    CANARY: canary,
    FOLDER: host,
    PORT: String(port),
    PID: String(process.pid),
    SECRET: secretName,
  };
  const source = text.replace(/@([A-Z]+)@/g, (whole, name: string) => values[name] ?? whole);
  const limit = /^# limit: (\d+)$/m.exec(text)?.[1];
  return { source, calls: [{ function: 'f', args: [] }], timeLimitMs: limit ? Number(limit) : 10_000 };
}

/** `kind[:cause]`, and what came out in the header's words. */
function describeOutcome(outcome: PythonOutcome): { readonly end: string; readonly result: string } {
  if (outcome.kind === 'stopped') return { end: `stopped:${outcome.cause}`, result: outcome.message };
  if (outcome.kind === 'unavailable') return { end: 'unavailable', result: outcome.reason };
  const last = outcome.kind === 'ran' ? outcome.calls[0] : outcome;
  if (last === undefined) return { end: 'no outcome', result: '' };
  if (last.kind !== 'returned') return { end: last.kind, result: last.exception };
  const { value } = last;
  const content = 'className' in value && value.type !== 'int' && value.type !== 'str' ? value.className : '';
  return { end: 'returned', result: `${value.type} ${'value' in value ? value.value : content}` };
}

/** Touches what programs like to leave changed; random numbers are the same in every job. */
const honest: PythonJob = {
  source: `
import builtins, gc, json, math, os, random, statistics, sys
def f(x):
    try:
        import colorsys
        poisoned = colorsys.rgb_to_hsv(0.2, 0.4, 0.4)
    except ImportError as error:
        poisoned = str(error)
    return [
        statistics.mean([1, 3]), math.sqrt(16), json.dumps({"a": x}), len("four"), sorted(os.listdir("/tmp")),
        sorted(os.listdir("/")), os.getcwd(), list(sys.path), dict(os.environ), len(gc.callbacks), poisoned,
        hasattr(builtins, "marker"), hasattr(sys, "marker"), random.random(), os.urandom(4).hex(),
        sys.getrecursionlimit(), isinstance({}, dict), {"x", "y", "z"}, sorted(sys.modules)[:20], {**{}, "k": 1}.get("k"),
        open("/tmp/new", "w").write("text"), sys.stdout.write("printed"), os.dup(1),
    ]
`,
  calls: [
    { function: 'f', args: [{ type: 'list', items: [{ type: 'int', value: '7' }], className: 'list' }] },
  ],
  timeLimitMs: 60_000,
};

const tiers = await describePythonTiers();
const strongest = tiers.find((tier) => tier.available)?.tier;
const everyTier = Boolean(process.env.CI || process.env.MIXTUNE_ALL_TIERS);

const tried = everyTier ? programs : programs.filter((_, index) => index % 80 === 0);

it('has at least sixty programs', () => {
  expect(programs.length).toBeGreaterThanOrEqual(60);
});

for (const { tier, available, reason } of tiers) {
  const wanted = available && (tier === strongest || everyTier);
  const why = available ? 'set MIXTUNE_ALL_TIERS=1 for it' : reason?.split('\n')[0];
  describe.skipIf(!wanted)(
    `hostile programs, tier ${tier}${wanted ? '' : ` (${why})`}`,
    { timeout: 120_000 },
    () => {
      // One worker each, so that the honest program runs where the hostile one did.
      const sandboxes: PythonSandbox[] = [];
      let expected: PythonOutcome;

      beforeAll(async () => {
        for (let i = 0; i < (everyTier ? 2 : 1); i++)
          sandboxes.push(await createPythonSandbox({ tier, workers: 1 }));
        expected = await (sandboxes[0] as PythonSandbox).run(honest);
      });

      afterAll(() => Promise.all(sandboxes.map((sandbox) => sandbox.close())));

      it('runs the honest program', () => {
        expect(expected).toMatchObject({
          kind: 'ran',
          calls: [{ kind: 'returned', value: { type: 'list' } }],
        });
      });

      it.concurrent.for(tried.map((program, index) => ({ ...program, index })))(
        '$name',
        async ({ name, text, index }, { expect }) => {
          const sandbox = sandboxes[index % sandboxes.length] as PythonSandbox;
          const [outcome, after] = await Promise.all([sandbox.run(jobOf(text)), sandbox.run(honest)]);
          const header = /^# expect: (\S+)(?: = (.*))?$/m.exec(text);
          const { end, result } = describeOutcome(outcome);
          expect(header?.[1]?.split('|'), `${name}: ${result}`).toContain(end);
          if (header?.[2] !== undefined) expect(result).toBe(header[2]);
          expect(JSON.stringify(outcome)).not.toContain(secret);
          expect(JSON.stringify(outcome)).not.toContain(canaryText);
          expect(after, 'an honest program afterwards').toEqual(expected);
          expectUntouchedHost();
        },
      );
    },
  );
}

function expectUntouchedHost(): void {
  expect(readdirSync(host)).toEqual(['canary']);
  expect(readFileSync(canary, 'utf8')).toBe(canaryText);
  expect(connections).toBe(0);
  expect(commandLines().filter((line) => line.includes('987654'))).toEqual([]);
}

function commandLines(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
}
