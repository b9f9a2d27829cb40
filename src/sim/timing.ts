import { exactMs } from '../core/clock.ts';
import type { Rng } from '../core/rng.ts';
import { timing } from './constants.ts';
import { unitNoise } from './noise.ts';
import type { Persona } from './personas.ts';

export interface ServiceTime {
  /** ms from dispatch to first and to last token, see {@link exactMs}. */
  readonly firstTokenMs: number;
  readonly serviceMs: number;
}

/** How long a model takes: time to first token (grows with the prompt), then tokens at its speed, both jittered. */
export function serviceTime(
  persona: Persona,
  inputTokens: number,
  outputTokens: number,
  rng: Rng,
): ServiceTime {
  const prefillMs = (inputTokens / (persona.tokensPerSecond * timing.prefillFactor)) * 1000;
  const first = (persona.firstTokenMs + prefillMs) * jitter(rng, timing.firstTokenJitter);
  const generation = (outputTokens / persona.tokensPerSecond) * 1000 * jitter(rng, timing.speedJitter);
  const firstTokenMs = exactMs(first);
  return { firstTokenMs, serviceMs: exactMs(firstTokenMs + generation) };
}

function jitter(rng: Rng, deviation: number): number {
  return Math.max(0.3, 1 + deviation * unitNoise(rng));
}
