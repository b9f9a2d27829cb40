import { expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import type { ServerNote } from '../../src/models/server-note.ts';
import { faultServers } from './fault-replies.ts';
import { answers, completion, type Handler } from './fault-server.ts';
import { ask } from './scripted-model.ts';

const startServer = faultServers();

const key = 'planted-KeyOfLetters/QwErTy+uIoP';
const percent = [...key].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('');
const head =
  (status: number, words: string, headers: Record<string, string>, body = ''): Handler =>
  (_request, response) => {
    response.writeHead(status, words, headers);
    response.end(body);
  };
const sse = (...lines: string[]): Handler => answers.raw(lines.map((line) => `${line}\n`).join(''));
const chunk = (delta: unknown, more = {}): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }], ...more })}\n`;
const done = chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });

/** Odd places in which a server may say what it was sent. */
const places = (told: string): Record<string, Handler> => ({
  'the status line': head(400, `Bad ${told.replace(/[^\x20-\x7e]/g, '')}`, {}),
  'the address of a redirect': head(302, 'Found', {
    location: `https://elsewhere.invalid/${told}?key=${told}`,
  }),
  'the request id': head(500, 'Oops', { 'x-request-id': told }, 'no'),
  'a wait': head(429, 'Slow down', { 'retry-after': told, 'x-ratelimit-limit-requests': told }, 'no'),
  'broken JSON': sse(`data: ${told}`, ''),
  'broken JSON in one piece': answers.json(200, `{"a": ${told}`),
  'the name of an event': sse(`event: ${told}`, chunk({ content: 'hi' }), done),
  'an error event': sse('event: error', `data: ${told}`, ''),
  'stray lines': sse(`${told}: x`, `${told}`),
  'a comment': sse(`: ${told}`, chunk({ content: 'hi' }), done),
  'fields of an error': answers.json(400, { error: { message: told, type: told, code: told, param: told } }),
  'an error of no known form': answers.json(400, { [told]: told }),
  'something that is no answer': answers.json(200, { [told]: { [told]: told } }),
  'a web page': head(200, 'OK', { 'content-type': 'text/html' }, `<html><title>${told}</title></html>`),
  'the name of the model': answers.json(
    200,
    completion({ content: 'hi' }, { model: told, system_fingerprint: told, id: told }),
  ),
  'the usage': answers.json(
    200,
    completion({ content: 'hi' }, { usage: { prompt_tokens: told, completion_tokens: told } }),
  ),
  'the finish reason': sse(
    chunk({ content: 'hi' }),
    chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: told }] }),
  ),
  'the role': sse(chunk({ role: told, content: 'hi' }), done),
  'a refusal': answers.json(200, completion({ content: null, refusal: `I refuse ${told}` })),
  'a tool': answers.json(
    200,
    completion({ content: null, tool_calls: [{ function: { name: told, arguments: told } }] }),
  ),
  'the answer, a letter a piece': sse(
    ...[...`it is ${told}!`].map((letter) => chunk({ content: letter })),
    done,
  ),
  'the reasoning, a letter a piece': sse(
    ...[...told].map((letter) => chunk({ reasoning: letter })),
    chunk({ content: 'hi' }),
    done,
  ),
  'thinking within the answer': sse(chunk({ content: `<think>${told}</think>hi ${told}` }), done),
  'a thought without its beginning': sse(chunk({ content: `${told}</think>hi` }), done),
  'an answer that is cut off': answers.cutStream({ choices: [{ index: 0, delta: { content: told } }] }),
  'an answer that ends in its middle': sse(chunk({ content: told.slice(0, -3) }), done),
});

const cases = Object.keys(places('')).flatMap((place) =>
  [['as it is', key] as const, ['in percent encoding', percent] as const].map(
    ([how, told]) => [place, how, told] as const,
  ),
);

it.each(cases)('a key in %s, %s, is told to nobody', async (place, _how, told) => {
  const handler = places(told)[place];
  if (handler === undefined) throw new Error('no such place');
  const server = await startServer(handler);
  const notes: ServerNote[] = [];
  const pieces: string[] = [];
  const model = createOpenAICompatible({
    ...{ baseUrl: server.baseUrl, apiKey: 'another-key-0123456789', moreKeys: [key] },
    clock: createRealClock(),
    onNote: (note) => notes.push(note),
  });
  const outcome = await model.complete(ask('hello', { model: 'openai/m', maxTokens: 500 }), {
    key: 1,
    onDelta: (text) => pieces.push(text),
  });
  const all = JSON.stringify([outcome, notes, pieces.join('')]);
  for (const trace of [
    key,
    percent,
    'planted-Key',
    'plantedKeyOf',
    percent.slice(0, 36),
    percent.slice(30, 66),
  ]) {
    expect(all.toLowerCase()).not.toContain(JSON.stringify(trace).slice(1, -1).toLowerCase());
  }
});
