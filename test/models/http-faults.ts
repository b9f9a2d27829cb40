import { sha256 } from '../../src/core/canonical-json.ts';
import { createRng } from '../../src/core/rng.ts';
import { answers, completion, delta, finish, type Handler, type ReceivedRequest } from './fault-server.ts';

/** How a server fails so that the next try may succeed. Each is handed what it would have answered. */
export const passingFaults = {
  'rate limit': () => answers.error(429, 'slow down'),
  'rate limit with a wait in ms': () => answers.error(429, 'slow down', {}, { 'retry-after-ms': '150' }),
  'rate limit with headers': () =>
    answers.error(
      429,
      'slow down',
      {},
      {
        'retry-after': '1',
        'x-ratelimit-limit-requests': '100000',
        'x-ratelimit-remaining-requests': '90000',
      },
    ),
  'internal error': () => answers.error(500, 'worker died'),
  unavailable: () => answers.json(503, '<html>Service Unavailable</html>', { 'content-type': 'text/html' }),
  'error within the stream': (text) =>
    answers.stream(delta({ content: text.slice(0, 3) }), { error: { message: 'engine crashed', code: 500 } }),
  'hang before the first byte': () => answers.hang(),
  'hang before the first token': () => answers.hang(delta({ role: 'assistant', content: '' })),
  'hang within the stream': (text) => answers.hang(delta({ content: text.slice(0, 3) })),
  'cut stream': (text) => answers.cutStream(delta({ content: text.slice(0, 3) })),
  'stream without an end': (text) => answers.shortStream(delta({ content: text })),
  'malformed stream': (text) =>
    answers.raw(`data: ${JSON.stringify(delta({ content: text }))}\n\ndata: {"choices":[{"del\n\n`),
  'empty choices': () => answers.json(200, { object: 'chat.completion', choices: [] }),
  'empty choices within a stream': () => answers.stream({ choices: [] }, { choices: [] }),
  'connection reset': () => answers.reset(),
} as const satisfies Record<string, (text: string) => Handler>;

/** What is odd of a server, and an answer all the same. */
export const oddAnswers = {
  'usage that denies all': (text) => answers.json(200, withUsage(text, 0, 0)),
  'usage that cannot be': (text) => answers.json(200, withUsage(text, -5, 'many')),
  'no usage': (text) => answers.stream(delta({ content: text }), finish('stop')),
  'huge answer': (text) => answers.ok(`${text} ${'and so on '.repeat(20_000)}`),
  'slow trickle': (text) => trickle(text),
} as const satisfies Record<string, (text: string) => Handler>;

/** What ends a call for good, by the config's own doing. */
export const ownOutcomes = {
  'null content': () => answers.json(200, completion({ content: null })),
  'filtered answer': () => answers.stream(delta({ content: 'ye' }), finish('content_filter')),
  'filtered prompt': () =>
    answers.error(400, 'The response was filtered by the content management policy', {
      code: 'content_filter',
    }),
} as const satisfies Record<string, (text: string) => Handler>;

export interface Injection {
  /** Share of requests that are treated as one of {@link kinds}. */
  readonly rate: number;
  readonly seed: number;
  readonly kinds: Readonly<Record<string, (text: string) => Handler>>;
}

/**
 * Answers with a text that is a function of the request (`yes` or `no` and a digest), but for the faults: a
 * function of the seed, the request and how often it has come, so that the order of requests changes nothing.
 */
export function faulty({ rate, seed, kinds }: Injection): {
  readonly handler: Handler;
  /** How often each kind was injected. */
  readonly injected: ReadonlyMap<string, number>;
} {
  const injected = new Map<string, number>();
  const seen = new Map<string, number>();
  const handler: Handler = (request, response) => {
    const digest = sha256(request.body);
    const attempt = seen.get(digest) ?? 0;
    seen.set(digest, attempt + 1);
    const rng = createRng(seed).derive(digest, attempt);
    const text = answerTo(request);
    if (rng.next() >= rate) return answers.ok(text)(request, response);
    const [name, fault] = rng.pick(Object.entries(kinds));
    injected.set(name, (injected.get(name) ?? 0) + 1);
    fault(text)(request, response);
  };
  return { handler, injected };
}

/** Every answer of {@link faulty} that is whole, and not of two tries; a huge one may be cut. */
export const wholeAnswer = /^(?:yes|no) [0-9a-f]{12}(?: [a-z ]*)?$/;

function answerTo({ body }: ReceivedRequest): string {
  const digest = sha256(body);
  return `${Number.parseInt(digest.slice(0, 2), 16) < 150 ? 'yes' : 'no'} ${digest.slice(-12)}`;
}

function withUsage(text: string, input: unknown, output: unknown): unknown {
  return completion({ content: text }, { usage: { prompt_tokens: input, completion_tokens: output } });
}

/** A character every few milliseconds. */
function trickle(text: string): Handler {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunks = [...[...text].map((character) => delta({ content: character })), finish('stop')];
    const next = (): void => {
      const chunk = chunks.shift();
      if (chunk === undefined) return void response.end('data: [DONE]\n\n');
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      setTimeout(next, 3);
    };
    next();
  };
}
