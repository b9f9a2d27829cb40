import type { Agent, MoaConfig, Stage } from '../../src/domain/moa-config.ts';
import { runMoa } from '../../src/moa/engine.ts';
import type { MoaDependencies, MoaEvent, MoaOutcome } from '../../src/moa/types.ts';
import type { ScriptedModel } from './scripted-model.ts';

export function agent(name: string, overrides: Partial<Agent> = {}): Agent {
  return { name, model: `sim/${name}`, prompt: `You are ${name}.`, ...overrides };
}

export function configOf(...stages: Stage[]): MoaConfig {
  return { version: 1, name: 'test', stages };
}

export const ask = (
  model: ScriptedModel,
  stages: Stage[],
  overrides: Partial<MoaDependencies> = {},
): Promise<MoaOutcome> =>
  runMoa(
    configOf(...stages),
    { text: 'What is 6 x 7?' },
    { model, extractAnswer: (text) => text, ...overrides },
  );

/** The answer, or a failed test that shows what came instead. */
export function answerOf(outcome: MoaOutcome): string {
  if (outcome.kind === 'answered') return outcome.answer;
  throw new Error(`no answer: ${outcome.cause}: ${outcome.reason}`);
}

export function codesOf(outcome: MoaOutcome): string[] {
  return outcome.trace.degraded.map(({ code }) => code);
}

/** Everything that was said in a request, in one text. */
export function saidIn(request: { readonly messages: readonly { readonly content: string }[] }): string {
  return request.messages.map(({ content }) => content).join('\n');
}

export function collector(): { readonly events: MoaEvent[]; readonly onEvent: (event: MoaEvent) => void } {
  const events: MoaEvent[] = [];
  return { events, onEvent: (event) => events.push(event) };
}
