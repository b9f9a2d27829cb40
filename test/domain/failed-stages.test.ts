import { describe, expect, test } from 'vitest';
import type { Degradation, DegradationCode } from '../../src/domain/cell-result.ts';
import {
  answersAlone,
  FailureCount,
  namedNone,
  nearlyAlways,
  often,
} from '../../src/domain/failed-stages.ts';
import type { MoaConfig, Stage } from '../../src/domain/moa-config.ts';

const degraded = (stage: string, code: DegradationCode, note = ''): Degradation => ({ stage, code, note });
const noAgent = degraded('stages[0]', 'router-fallback', `${namedNone}; proposer-1 took part instead`);

function counted(...answers: Degradation[][]): FailureCount {
  const count = new FailureCount();
  for (const each of answers) count.add({ degraded: each });
  return count;
}

const times = (count: number, answer: Degradation[]): Degradation[][] =>
  Array.from({ length: count }, () => answer);

describe('stages that failed are counted by answers', () => {
  test('once an answer, however many candidates, samples or passes of a loop failed in it', () => {
    const verdict = (pass: number) => degraded(`stages[1].stages[0]@${pass}`, 'unparseable-verdict');
    const count = counted(...times(3, [noAgent, verdict(1), verdict(2), verdict(2)]), [noAgent]);
    expect(count.inShare(often)).toEqual([
      { stage: 'stages[0]', code: 'router-fallback', answers: 4, of: 4 },
      { stage: 'stages[1].stages[0]', code: 'unparseable-verdict', answers: 3, of: 4 },
    ]);
    expect(count.inShare(nearlyAlways)).toHaveLength(1);
  });

  test.each<[string, Degradation[][]]>([
    ['in less than half of the answers', [...times(4, [noAgent]), ...times(5, [])]],
    ['in fewer than three', times(2, [noAgent])],
    [
      'where the router named one agent too few',
      times(9, [degraded('stages[0]', 'router-fallback', 'the router named only a; b took part instead')]),
    ],
    [
      'where a call failed or was cut off',
      times(9, [degraded('stages[0]', 'agent-dropped'), degraded('stages[0]', 'truncated')]),
    ],
    ['where a verifier accepted none', times(9, [degraded('stages[1]', 'none-verified')])],
  ])('not %s', (_, answers) => {
    expect(counted(...answers).inShare(often)).toEqual([]);
  });
});

describe('a config is one answer in fact', () => {
  const agent = (name: string) => ({ name, model: 'a/x', prompt: 'Answer.' });
  const propose: Stage = { kind: 'propose', agents: [agent('a'), agent('b')] };
  const route: Stage = { kind: 'route', router: agent('r'), agents: [agent('a'), agent('b')], choose: 1 };
  const vote: Stage = { kind: 'vote' };
  const rank: Stage = { kind: 'rank', agent: agent('j'), keep: 1 };
  const fuse: Stage = { kind: 'fuse', agent: agent('f') };
  const critique: Stage = { kind: 'critique', agents: [agent('c')] };

  test.each<[boolean, string, Stage[], number[]]>([
    [true, 'a route whose router failed', [route], [0]],
    [false, 'a route whose router works', [route], []],
    [true, 'a ranking that failed', [propose, rank], [1]],
    [true, 'a vote that failed', [propose, vote], [1]],
    [true, 'a fuser and critics that failed', [propose, critique, fuse], [1, 2]],
    [false, 'critics alone', [propose, critique, fuse], [1]],
    [false, 'a router before a fuser that works', [{ ...route, choose: 1 }, critique, fuse], [0, 1]],
    [false, 'a vote over what a router chose', [route, vote], [1]],
    [false, 'a vote over several rounds', [{ ...propose, rounds: 2 }, vote], [1]],
    [false, 'what is in a loop', [{ kind: 'loop', times: 2, stages: [propose, critique] }, vote], [1]],
  ])('%s: %s', (expected, _, stages, failed) => {
    const config: MoaConfig = { version: 1, name: 'any', stages };
    const paths = failed.map((index) => ({ stage: `stages[${index}]` }));
    expect(answersAlone(config, paths)).toBe(expected);
  });
});
