import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentsOf } from '../../src/domain/moa-config.ts';
import { runLine } from '../support/run-line.ts';
import { makeSmallRun, type SmallRun } from '../support/small-run.ts';
import { thorough } from '../support/thorough.ts';

const size = [
  '--max-evaluations',
  '10',
  '--models',
  'sim/finch-3b,sim/otter-32b',
  '--finish-repeats',
  '1',
  '--holdout-repeats',
  '0',
  '--no-report',
];

let run: SmallRun;
let file: string;
beforeAll(async () => {
  // The first seed whose best config has several agents; usually the first of all.
  for (const seed of ['1', '2', '3', '4', '5', '6']) {
    run = await makeSmallRun('small', ...size, '--seed', seed);
    const open = await run.open();
    const best = open.record.state.trials[open.views.run(false).front.marks.best ?? -1];
    open.close();
    if (best !== undefined && agentsOf(best.config).length > 1) break;
    await run.remove();
  }
  file = join(run.folder, 'worth.json');
});
afterAll(() => run.remove());

const mixtune = (...line: readonly string[]) => runLine([...line, '--runs-dir', run.runsFolder]);

async function whyWorth(): Promise<unknown> {
  const open = await run.open();
  const { worth, isWorthUnreadable } = open.views.why();
  open.close();
  return isWorthUnreadable ? { unreadable: worth } : worth;
}

describe('what each agent adds', () => {
  test.skipIf(!thorough)(
    'asks only with --worth, keeps what it found, and all commands tell the same',
    async () => {
      const asked = JSON.parse((await mixtune('answer', 'small', '--json')).out);
      expect(asked.agents).toMatchObject({
        kind: 'found',
        kept: false,
        worth: { split: 'tuning', evidence: { fresh: 0 } },
      });
      expect(await whyWorth()).toBeNull();
      expect((await mixtune('show', 'small', '--pruned')).err).toContain('`mixtune answer small --worth`');

      const { code, out } = await mixtune(
        'answer',
        'small',
        '--worth',
        '--split',
        'tuning',
        '--repeats',
        '3',
        '--json',
      );
      const { agents, best } = JSON.parse(out);
      expect({ code, id: agents.worth.id, kept: agents.kept }).toEqual({ code: 0, id: best.id, kept: true });
      expect(agents.worth.evidence).toMatchObject({ missing: 0, missingCalls: 0 });
      expect(agents.worth.evidence.fresh).toBeGreaterThan(0);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(agents.worth);
      expect(await whyWorth()).toEqual(agents.worth);
      const shown = await mixtune('answer', 'small');
      expect(JSON.parse((await mixtune('answer', 'small', '--json')).out).agents).toEqual(agents);
      expect(shown.out).toContain('What each agent adds');
      for (const { name } of agents.worth.agents) expect(shown.out).toContain(name);
      const pruned = JSON.parse((await mixtune('show', 'small', '--pruned', '--json')).out);
      expect(pruned).toMatchObject({ id: best.id, pruned: agents.worth.pruned });
    },
  );

  test('a ceiling without --worth is refused; a damaged file is named, and keeps nobody from the page', async () => {
    const refused = await mixtune('answer', 'small', '--max-calls', '5');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.err).toContain('--worth');
    writeFileSync(file, '{"version":1,"agents":"x"}');
    const damaged = await mixtune('show', 'small', '--pruned');
    expect(damaged).toMatchObject({ code: 2 });
    expect(damaged.err).toContain('worth.json');
    expect(await whyWorth()).toEqual({ unreadable: null });
  });
});

describe('answers as OpenTelemetry spans', () => {
  test('export --traces tells every recorded answer of a point, its tokens and its score', async () => {
    const { code, out, err } = await mixtune('export', 'small', 'best', '--traces');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { spans } = JSON.parse(out).resourceSpans[0].scopeSpans[0];
    const open = await run.open();
    const best = open.views.run(false).front.marks.best ?? -1;
    const results = [...(open.record.state.trials[best]?.results.values() ?? [])];
    open.close();
    const roots = spans.filter((span: { parentSpanId?: string }) => span.parentSpanId === undefined);
    expect(roots).toHaveLength(results.length);
    expect(new Set(roots.map((span: { traceId: string }) => span.traceId)).size).toBe(results.length);
    let tokens = 0;
    for (const { attributes } of spans)
      for (const { key, value } of attributes)
        if (/^gen_ai\.usage\.(?:in|out)put_tokens$/.test(key)) tokens += Number(value.intValue);
    expect(tokens).toBe(results.reduce((sum, { measurement }) => sum + (measurement.tokens ?? 0), 0));
    expect((await mixtune('export', 'small', 'best', '--traces')).out).toBe(out);
  });

  test('ask --otlp gives its answer also where the file cannot be written', async () => {
    mkdirSync(join(run.folder, 'taken.json'));
    const { code, out, err } = await mixtune(
      'ask',
      'small',
      'What is 6 x 7?',
      '--json',
      '--otlp',
      join(run.folder, 'taken.json'),
    );
    expect(code).toBe(2);
    expect(err).toContain('--otlp: expected a file that can be written');
    expect(JSON.parse(out).answer).toEqual(expect.any(String));
  });

  test('ask --otlp writes the answer that it gives', async () => {
    const file = join(run.folder, 'asked.json');
    const { code, out } = await mixtune('ask', 'small', 'What is 6 x 7?', '--otlp', file);
    expect(code).toBe(0);
    const [root] = JSON.parse(readFileSync(file, 'utf8')).resourceSpans[0].scopeSpans[0].spans;
    const told = root.attributes.find(({ key }: { key: string }) => key === 'gen_ai.output.messages');
    expect(JSON.parse(told.value.stringValue)[0].parts[0].content).toBe(out.trimEnd());
  });
});
