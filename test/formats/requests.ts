import { expect } from 'vitest';
import type { MoaConfig } from '../../src/domain/moa-config.ts';
import { runMoa } from '../../src/moa/engine.ts';
import type { ChatRequest } from '../../src/models/chat-model.ts';
import { ScriptedModel } from '../support/scripted-model.ts';

/** A request as another tool's rules make it. */
export interface ForeignRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
}

/** The requests that mixtune makes for a config, in their order, where every answer follows from its request. */
export async function requestsOf(
  config: MoaConfig,
  question: string,
  answer: (request: ForeignRequest) => string,
): Promise<ForeignRequest[]> {
  const model = new ScriptedModel((request) => answer(plain(request)));
  const outcome = await runMoa(config, { text: question }, { model, extractAnswer: (text) => text });
  expect(
    outcome.kind === 'answered' ? outcome.trace.degraded.map(({ note }) => note) : outcome.reason,
  ).toEqual([]);
  return model.requests.map(plain);
}

const plain = ({ sample: _, ...request }: ChatRequest): ForeignRequest => request;
