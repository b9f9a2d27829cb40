import { expect, it } from 'vitest';
import type { Grade } from '../../src/domain/grade.ts';
import type { GradeRequest, Grader } from '../../src/grading/grader.ts';
import { withSilenceTold } from '../../src/grading/silent-grader.ts';
import type { ChatRequest } from '../../src/models/chat-model.ts';
import { ManualClock } from '../models/manual-clock.ts';
import { ask, createScriptedModel } from '../models/scripted-model.ts';

const request: GradeRequest = { answer: 'a', question: 'q', instance: { id: '1', input: 'q' } };
const right: Grade = { kind: 'scored', value: 1 };

/** A grader whose gradings end when they are told to, by a clock that is moved by hand. */
function setUp(asks: (request: GradeRequest) => Promise<unknown> = async () => undefined) {
  const clock = new ManualClock();
  const said: string[] = [];
  const waiting: ((grade: Grade) => void)[] = [];
  const slow: Grader = {
    ...{ name: 'own', revision: '1' },
    grade: async (asked) => {
      await asks(asked);
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
  const grader = withSilenceTold(slow, clock, (text) => said.push(text));
  const passes = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed++) {
      clock.advance(1000);
      await clock.turn();
    }
  };
  return { grader, clock, said, waiting, passes };
}

it('tells of answers that wait for a grade, once a minute, until one comes', async () => {
  const { grader, said, waiting, passes } = setUp();
  const grades = [grader.grade(request), grader.grade(request), grader.grade(request)];
  await passes(9);
  expect(said).toEqual([]);
  await passes(4);
  expect(said).toEqual(['grader own: no grade has come for 12 s: it holds 3 answers']);
  await passes(50);
  expect(said).toHaveLength(1);
  await passes(10);
  expect(said).toEqual([
    expect.any(String),
    expect.stringMatching(/^grader own: no grade has come for 7\d s: it holds 3 answers$/),
  ]);
  waiting[0]?.(right);
  waiting[1]?.(right);
  await passes(62);
  expect(said[2]).toMatch(/ 5\d s: it holds an answer$/);
  waiting[2]?.(right);
  expect(await Promise.all(grades)).toEqual([right, right, right]);
  await passes(200);
  expect(said).toHaveLength(3);
});

it('says nothing of a grader that is slow, but gives grades', async () => {
  const { grader, said, waiting, passes } = setUp();
  const first = grader.grade(request);
  for (let each = 0; each < 10; each++) {
    void grader.grade(request);
    await passes(8);
    waiting.shift()?.(right);
    await passes(1);
  }
  await first;
  expect(said).toEqual([]);
});

it('says nothing while the grader waits for models, nor after the run was stopped', async () => {
  const { grader, clock, said, passes } = setUp(({ model: judge }) =>
    Promise.all(['short', 'long'].map((text) => judge?.complete(ask(text)))),
  );
  const latencyMs = ({ messages }: ChatRequest): number =>
    messages[0]?.content === 'short' ? 20_000 : 40_000;
  const run = new AbortController();
  void grader.grade({ ...request, model: createScriptedModel({ clock, latencyMs }), signal: run.signal });
  await passes(45);
  expect(said).toEqual([]);
  await passes(10);
  expect(said).toHaveLength(1);
  run.abort();
  await passes(200);
  expect(said).toHaveLength(1);
});
