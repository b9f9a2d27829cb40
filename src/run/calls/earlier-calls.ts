import type { EarlierCall } from '../../models/chat-model.ts';
import type { RunEvent } from '../journal/events.ts';

/** The calls that a journal tells of, in the order in which they were sent. */
export function earlierCalls(events: Iterable<RunEvent>, now: number): EarlierCall[] {
  const calls = new Map<number, EarlierCall>();
  for (const event of events) {
    if (event.kind === 'call-dispatched') {
      calls.set(event.call, { key: event.key, startedMsAgo: now - event.at });
    } else if (event.kind === 'call-answered' || event.kind === 'call-failed' || event.kind === 'call-lost') {
      const call = calls.get(event.call);
      if (call === undefined) continue;
      const tokens =
        event.kind === 'call-answered' ? { tokens: event.usage.inputTokens + event.usage.outputTokens } : {};
      calls.set(event.call, { ...call, endedMsAgo: now - event.at, ...tokens });
    }
  }
  return [...calls.values()];
}
