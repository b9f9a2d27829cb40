import { sha256 } from '../../../src/core/canonical-json.ts';
import { createRng } from '../../../src/core/rng.ts';
import { configId, type MoaConfig } from '../../../src/domain/moa-config.ts';
import type { CallKey } from '../../../src/models/call-key.ts';
import type { RunEvent } from '../../../src/run/journal/events.ts';

/** Events of one trial of {@link longRunEvents}. */
export const eventsPerTrial = 10;

const prompts = [
  'You are a careful Python programmer. Write the function that is asked for, handle missing and odd values, and return only code.',
  'Answer the question step by step, then state the final answer on the last line. Be brief and exact.',
  'You have been given answers of several models. Weigh them critically and write one that is better than each.\n\n{{references}}',
  'Think about the cases that a hasty programmer forgets: empty lists, bad dates, duplicate users. Then write the code.',
] as const;

function configOf(trial: number): MoaConfig {
  const rng = createRng(`journal/${trial}`);
  const agent = (name: string): object => ({
    name,
    model: rng.pick(['sim/sage-70b', 'sim/swift-8b', 'sim/steady-32b', 'sim/odd-7b']),
    prompt: rng.pick(prompts),
    temperature: Math.round(rng.next() * 1e6) / 1e6,
    maxTokens: 1024,
  });
  return {
    version: 1,
    name: `trial ${trial}`,
    stages: [
      { kind: 'propose', agents: [agent('one'), agent('two')] },
      { kind: 'fuse', agent: agent('fuser') },
    ],
  } as MoaConfig;
}

/** A run of so many trials, each of one cell and three calls, as its journal would hold it. */
export function* longRunEvents(trials: number): Generator<RunEvent> {
  let at = 0;
  for (let trial = 0; trial < trials; trial++) {
    const config = configOf(trial);
    const rng = createRng(`journal/cells/${trial}`);
    const cell = { split: 'tuning', instance: 'challenge', repeat: 0 } as const;
    yield {
      at,
      kind: 'trial-started',
      trial,
      id: configId(config),
      config,
      origin: {
        operator: trial < 4 ? 'baseline' : 'temperature',
        parents: trial < 4 ? [] : [configId(config)],
      },
    };
    yield { at, kind: 'cell-started', cell: trial, trial, of: cell };
    for (let index = 0; index < 3; index++) {
      const call = 3 * trial + index;
      yield {
        at,
        kind: 'call-dispatched',
        call,
        key: sha256(`call/${call}`) as CallKey,
        attempt: 0,
        model: 'sim/sage-70b',
        purpose: 'agent',
        reserved: { tokensIn: 900, tokensOut: 1024, usd: 0.001 },
      };
      at += 40 + rng.integer(100);
      const usage = {
        inputTokens: 300 + rng.integer(200),
        outputTokens: 200 + rng.integer(400),
        estimated: false,
      };
      yield { at, kind: 'call-answered', call, usage, usd: 0.0005, serviceMs: 900 + rng.integer(4000) };
    }
    const value = Math.round(rng.next() * 120) / 120;
    yield {
      at,
      kind: 'cell-finished',
      cell: trial,
      trial,
      result: {
        grade: {
          kind: 'scored',
          value,
          points: Math.round(value * 120),
          max: 120,
          feedback: 'top_users is not sorted by score',
        },
        measurement: {
          score: value,
          latency: 2 + rng.next() * 10,
          tokens: 900 + rng.integer(3000),
          usd: 0.0015,
        },
        answer: `def calculate_user_metrics(users, start_date, end_date):\n${`    total = sum(user["score"] for user in users)  # ${trial}\n`.repeat(8)}`,
        degraded: [],
        calls: 3,
        tokensEstimated: false,
      },
    };
    yield { at, kind: 'trial-finished', trial, status: 'finished' };
  }
}
