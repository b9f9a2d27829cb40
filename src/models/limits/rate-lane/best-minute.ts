import { type PerQuota, quotas } from './quota.ts';

/** Half of the best minute is forgotten in each half-hour. */
const halfLifeMs = 1_800_000;

/** The most that a server took in a minute, slowly forgotten. */
export class BestMinute {
  readonly state: { at: number } & PerQuota<number> = { at: 0, requests: 0, tokens: 0 };

  note(lastMinute: PerQuota<number>, now: number): void {
    const { state } = this;
    const kept = 2 ** ((state.at - now) / halfLifeMs);
    for (const quota of quotas) state[quota] = Math.max(state[quota] * kept, lastMinute[quota]);
    state.at = now;
  }
}
