import { expect, it } from 'vitest';
import type { CallKey } from '../../src/models/call-key.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { foldEvents } from '../../src/run/run-state.ts';

const sent = (call: number, usd: number | null): RunEvent => ({
  ...{ at: 0, kind: 'call-dispatched', call, attempt: 0, model: 'sim/a', purpose: 'agent' },
  ...{ key: `key-${call}` as CallKey, reserved: { tokensIn: 100, tokensOut: 20, usd } },
});

it('calls of which no answer came are told apart from what is known to be spent', () => {
  const usage = { inputTokens: 60, outputTokens: 6, estimated: false };
  const answered: RunEvent[] = [
    sent(0, 0.5),
    { at: 0, kind: 'call-answered', call: 0, usage, usd: 0.25, serviceMs: 1 },
  ];
  expect(foldEvents(answered).lost).toBeNull();
  const lost: RunEvent[] = [...answered, sent(1, 0.5), { at: 0, kind: 'call-lost', call: 1 }];
  expect(foldEvents(lost)).toMatchObject({ lost: { calls: 1, tokens: 120, usd: 0.5 }, usd: 0.75 });
  const assumed: RunEvent = { at: 0, kind: 'calls-assumed', calls: 2, usage, usd: null };
  expect(foldEvents([...lost, assumed]).lost).toEqual({ calls: 3, tokens: 186, usd: null });
});
