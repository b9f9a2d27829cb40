import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from '../../src/core/canonical-json.ts';
import { callKey } from '../../src/models/call-key.ts';
import type { ChatRequest } from '../../src/models/chat-model.ts';

const request: fc.Arbitrary<ChatRequest> = fc.record(
  {
    model: fc.string(),
    messages: fc.array(
      fc.record({
        role: fc.constantFrom('system', 'user', 'assistant'),
        content: fc.string({ unit: 'grapheme' }),
      }),
    ),
    sample: fc.record({ repeat: fc.nat(), index: fc.nat() }),
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    topP: fc.double({ min: 0, max: 1, noNaN: true }),
    maxTokens: fc.nat(),
    reasoningEffort: fc.constantFrom('low', 'high'),
    responseFormat: fc.oneof(
      fc.constant('json' as const),
      fc.record({ schema: fc.dictionary(fc.string(), fc.jsonValue()) }),
    ),
    stop: fc.array(fc.string()),
  },
  { requiredKeys: ['model', 'messages', 'sample'] },
);

it('is the hash of the canonical JSON of request and revision', () => {
  fc.assert(
    fc.property(request, fc.string({ unit: 'grapheme' }), (asked, revision) => {
      expect(callKey(asked, { revision: () => revision })).toBe(sha256({ ...asked, revision }));
    }),
  );
});
