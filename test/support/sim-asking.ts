import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { ChatMessage, ChatOutcome, ChatRequest, ChatResponse } from '../../src/models/chat-model.ts';
import type { FaultRates } from '../../src/sim/faults.ts';
import { createSimulatedModel, type Textbook } from '../../src/sim/index.ts';
import { challenge } from './sim-calibration.ts';

export const noFaults: FaultRates = { refused: 0, infrastructure: 0 };

/** A request to a simulated model; with neither messages nor a system prompt it is the challenge alone. */
export function simRequest(
  model: string,
  changes: Partial<ChatRequest> & { system?: string; index?: number } = {},
): ChatRequest {
  const { system, index = 0, ...rest } = changes;
  const messages: ChatMessage[] = [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    { role: 'user', content: challenge },
  ];
  return { model: `sim/${model}`, messages, temperature: 0.7, sample: { repeat: 0, index }, ...rest };
}

/** Asks a fresh world of this seed, side by side, on a virtual clock of its own. */
export async function askSim(
  seed: number,
  requests: readonly ChatRequest[],
  faults: FaultRates = noFaults,
  textbook?: Textbook,
): Promise<ChatOutcome[]> {
  const clock = new VirtualClock();
  const model = createSimulatedModel({
    clock,
    seed,
    faults,
    ...(textbook === undefined ? {} : { textbook }),
  });
  return clock.run(() => Promise.all(requests.map((request) => model.complete(request))));
}

export async function responsesOf(seed: number, requests: readonly ChatRequest[]): Promise<ChatResponse[]> {
  return (await askSim(seed, requests)).map((outcome) => {
    if (outcome.kind === 'answered') return outcome.response;
    throw new Error(`expected an answer, found ${JSON.stringify(outcome.failure)}`);
  });
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
