import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printableStream } from '../../src/cli/output.ts';
import { printable } from '../../src/core/printable.ts';
import { TextSink } from '../support/cli.ts';

test('text that comes in pieces, cut anywhere, is written as the whole would be', () => {
  const unit = fc.constantFrom('a', '\n', '\r', '\u001b[2J', '\u009b', '\ud83d', '\ude00', '😀', '\u202e');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 40 }), fc.array(fc.nat(60), { maxLength: 8 }), (text, cuts) => {
      const sink = new TextSink();
      const stream = printableStream(sink);
      let from = 0;
      for (const to of [...cuts].sort((a, b) => a - b)) {
        stream.write(text.slice(from, to));
        from = Math.max(from, to);
      }
      stream.write(text.slice(from));
      stream.flush();
      expect(sink.text).toBe(printable(text));
    }),
  );
});
