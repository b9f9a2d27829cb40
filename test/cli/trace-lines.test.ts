import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { printableStream } from '../../src/cli/output.ts';
import { ShownAnswer, traceLine } from '../../src/cli/trace-lines.ts';
import type { MoaEvent } from '../../src/moa/types.ts';
import { commandContext } from '../support/cli.ts';

/** What both streams write, in turn, and stdout alone. */
function streams(isTTY: boolean) {
  const both: string[] = [];
  const out: string[] = [];
  const sink = (more?: string[]) =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          both.push(String(chunk));
          more?.push(String(chunk));
          done();
        },
      }),
      { isTTY, columns: 80 },
    );
  const [stdout, stderr] = [printableStream(sink(out)), printableStream(sink())];
  return { context: { ...commandContext(), stdout, stderr }, both, out };
}

const finished = {
  kind: 'agent-finished',
  call: {
    ...{ agent: 'fuser', model: 'sim/sage-70b', outcome: 'answered', serviceMs: 330 },
    usage: { inputTokens: 3, outputTokens: 13, estimated: false },
  },
} as unknown as MoaEvent;

describe('a trace beside an answer', () => {
  test.each([
    [true, 'It is 4.\n  fuser (sage-70b) answered, 13 tokens, 0.33 s\n'],
    [false, 'It is 4.  fuser (sage-70b) answered, 13 tokens, 0.33 s\n'],
  ])('in a terminal (%s) has a line of its own, and stdout the answer alone', (isTTY, text) => {
    const { context, both, out } = streams(isTTY);
    const shown = new ShownAnswer(context, 'again:');
    for (const piece of ['It is', ' 4.']) shown.take({ kind: 'answer-delta', text: piece });
    traceLine(context, finished, shown);
    expect(both.join('')).toBe(text);
    traceLine(context, finished, shown);
    expect(both.join('')).toBe(`${text}  fuser (sage-70b) answered, 13 tokens, 0.33 s\n`);
    expect(out.join('')).toBe('It is 4.');
  });

  test.each([
    [true, `${'word '.repeat(15)}word\nkindly`],
    [false, `${'word '.repeat(16)}kindly`],
  ])('is broken between words in a terminal (%s) alone', (isTTY, text) => {
    const { context, out } = streams(isTTY);
    const shown = new ShownAnswer(context, 'again:');
    for (const piece of ['word '.repeat(16), 'kind', 'ly']) shown.take({ kind: 'answer-delta', text: piece });
    shown.finish('not this');
    expect(out.join('')).toBe(text);
  });
});
