import { afterAll } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import type { ChatRequest } from '../../src/models/chat-model.ts';
import {
  createOpenAICompatible,
  type OpenAICompatibleOptions,
} from '../../src/models/openai/openai-compatible.ts';
import type { ServerNote } from '../../src/models/server-note.ts';
import { type FaultServer, type Handler, startFaultServer } from './fault-server.ts';
import { ask } from './scripted-model.ts';

/** Starts servers that end with the tests of the file. */
export function faultServers(): (handler: Handler) => Promise<FaultServer> {
  const servers: FaultServer[] = [];
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });
  return async (handler) => {
    const server = await startFaultServer(handler);
    servers.push(server);
    return server;
  };
}

/** What a server's model answers, with the pieces as they came and what was noted of the server. */
export async function replyOf(
  { baseUrl, requests }: FaultServer,
  asked: { readonly prompt?: string } & Partial<ChatRequest> = {},
  options: Partial<OpenAICompatibleOptions> = {},
) {
  const notes: ServerNote[] = [];
  const onNote = (note: ServerNote): void => void notes.push(note);
  const model = createOpenAICompatible({
    ...{ baseUrl, apiKey: 'k', clock: createRealClock(), onNote },
    ...options,
  });
  const { prompt = 'say hello', ...settings } = asked;
  const pieces: string[] = [];
  const again = () =>
    model.complete(
      { ...ask(prompt, { model: 'openai/m' }), ...settings },
      { onDelta: (text) => pieces.push(text), onRestart: () => void pieces.splice(0) },
    );
  return { outcome: await again(), again, pieces, notes, requests };
}
