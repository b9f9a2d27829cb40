import { describe, expect, it } from 'vitest';
import type { ModelSettings } from '../../src/domain/agent.ts';
import type { ChatRequest } from '../../src/models/chat-model.ts';
import {
  adaptDialect,
  describeDialect,
  fullDialect,
  requestBody,
} from '../../src/models/openai/openai-dialect.ts';

const plain: ChatRequest = {
  model: 'openai/m',
  messages: [{ role: 'user', content: 'say hello' }],
  sample: { repeat: 0, index: 0 },
};

/** What an agent sets, the API's name of it, and what is sent. */
const cases: readonly (readonly [ModelSettings, string, unknown])[] = [
  [{ topP: 0.9 }, 'top_p', 0.9],
  [{ reasoningEffort: 'low' }, 'reasoning_effort', 'low'],
  [{ responseFormat: 'json' }, 'response_format', { type: 'json_object' }],
  [{ responseFormat: 'text' }, 'response_format', { type: 'text' }],
  [
    { responseFormat: { schema: { type: 'object', required: ['b', 'a'] } } },
    'response_format',
    {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { type: 'object', required: ['b', 'a'] } },
    },
  ],
  [{ stop: ['END', '###'] }, 'stop', ['END', '###']],
];

describe.each(cases)('a request with %j', (settings, field, sent) => {
  const request = { ...plain, ...settings };
  const body = (asked: ChatRequest, dialect = fullDialect) => requestBody(asked, 'm', dialect);

  it('is sent with it, and a request without is not', () => {
    expect(body(request)).toEqual({ ...body(plain), [field]: sent });
    expect(body(plain)).not.toHaveProperty(field);
  });

  it('is sent without it once the server has refused it, and people are told', () => {
    const refusal = { status: 400, param: field, message: `Unsupported parameter: '${field}'` };
    const dialect = { ...fullDialect, ...adaptDialect(refusal, fullDialect, request) };
    expect(body(request, dialect)).toEqual(body(plain));
    expect(describeDialect(dialect)).toEqual([`no ${field}`]);
  });

  it('loses it by no refusal of something else', () => {
    const refusal = { status: 400, param: 'seed', message: "Unsupported parameter: 'seed'" };
    expect(adaptDialect(refusal, fullDialect, request)).toEqual({ seed: false });
    expect(
      adaptDialect({ ...refusal, param: field, message: `no ${field}` }, fullDialect, plain),
    ).toBeUndefined();
  });
});

it('keeps a response format whose prompt lacks what the server asks for', () => {
  const message =
    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
  const refusal = { status: 400, param: 'messages', message };
  expect(adaptDialect(refusal, fullDialect, { ...plain, responseFormat: 'json' })).toBeUndefined();
});
