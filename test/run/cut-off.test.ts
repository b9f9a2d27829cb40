import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import type { Degradation } from '../../src/domain/cell-result.ts';
import type { MoaConfig } from '../../src/domain/moa-config.ts';
import { cutOffOf, emptyOf } from '../../src/run/model-troubles.ts';
import type { Trial } from '../../src/search/trial.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const agent = (name: string, model: string) => ({ name, model, prompt: 'Answer.' });

/** Two stages whose agents share a name, in a loop, after a route. */
const config = {
  ...{ version: 1, name: 'shared names' },
  stages: [
    {
      kind: 'route',
      router: agent('a', 'x/router'),
      agents: [agent('a', 'x/first'), agent('b', 'x/other')],
      choose: 1,
    },
    {
      kind: 'loop',
      times: 2,
      stages: [
        { kind: 'critique', agents: [agent('a', 'x/critic')] },
        { kind: 'fuse', agent: agent('a', 'x/fuser') },
      ],
    },
  ],
} as unknown as MoaConfig;

const cut = (stage: string, name = 'a', code: Degradation['code'] = 'truncated'): Degradation => ({
  ...{ stage, agent: name, code, note: '' },
});

function trialOf(of: MoaConfig, ...cells: Degradation[][]): Pick<Trial, 'config' | 'results'> {
  return { config: of, results: new Map(cells.map((degraded, at) => [String(at), { degraded }])) } as never;
}

it.each([
  ['stages[0]', 'x/first'],
  ['stages[0].router', 'x/router'],
  ['stages[1].stages[0]@2', 'x/critic'],
  ['stages[1].stages[1]@1', 'x/fuser'],
])('an answer that was cut off in %s is one of %s', (stage, model) => {
  const trials = [trialOf(config, [cut(stage), cut(stage)], [], [cut(stage, 'a', 'agent-dropped')])];
  expect(cutOffOf(trials)).toEqual([{ model, answers: 1, of: 3 }]);
});

it('an answer of nothing is told apart from one that was cut off, and from a call that failed', () => {
  const lost = (note: string): Degradation => ({ ...cut('stages[0]', 'a', 'agent-dropped'), note });
  const trials = [
    trialOf(
      config,
      [lost('a wrote nothing'), lost('a wrote nothing')],
      [lost('a wrote nothing before its token limit')],
      [lost('a failed: refused (content-filter): wrote nothing.')],
      [],
    ),
  ];
  expect(emptyOf(trials)).toEqual([{ model: 'x/first', answers: 1, of: 4 }]);
});

it('answers are counted over all configs that have a model', () => {
  const single = {
    ...{ version: 1, name: 'single' },
    stages: [{ kind: 'propose', agents: [agent('a', 'x/first')] }],
  } as unknown as MoaConfig;
  const trials = [trialOf(single, [cut('stages[0]')], []), trialOf(config, [cut('stages[0]', 'b')])];
  expect(cutOffOf(trials)).toEqual([
    { model: 'x/first', answers: 1, of: 3 },
    { model: 'x/other', answers: 1, of: 1 },
  ]);
});

it.skipIf(!thorough)(
  'a run whose answers are too short says so at its end, and where a config is shown',
  async () => {
    const folder = temporaryFolder('cut-off');
    writeFileSync(join(folder, 'short.yaml'), 'version: 1\nname: short\nextends: default\nmaxTokens: 60\n');
    const cli = async (line: string): Promise<string> => {
      const context = testContext(line.split(' '), { cwd: folder });
      expect(await runCli(context), context.stderr.text).toBe(0);
      return context.stdout.text.replaceAll(/\s+/g, ' ');
    };
    const job = '--models sim/wisp-1b --max-evaluations 4 --instances 6 --holdout-repeats 0 --no-cache';
    const note =
      /Cut off at their most tokens: sim\/wisp-1b in \d+ of \d+ answers\. .* raise maxTokens in the search space\./;
    expect(await cli(`tune contest-math --space ./short.yaml ${job} --run short`)).toMatch(note);
    expect(await cli('show short')).toMatch(note);
    expect(await cli(`tune contest-math ${job} --run long`)).not.toMatch(note);
  },
);
