import type { ApiError } from '../models/api-error.ts';
import { DayAccount } from './allowance.ts';
import type { KeyEntry } from './keys.ts';
import type { ServeStore } from './store.ts';

/** What each key, and all together, may spend today (UTC), with what was spent before this process. */
export class DayAccounts {
  readonly #store: ServeStore;
  readonly #today: () => Date;
  readonly #maxUsdDay: number | undefined;
  readonly #accounts = new Map<string, DayAccount>();
  #day = '';

  /** @param maxUsdDay US dollars that all requests together may cost in a day. */
  constructor(store: ServeStore, today: () => Date, maxUsdDay: number | undefined) {
    this.#store = store;
    this.#today = today;
    this.#maxUsdDay = maxUsdDay;
  }

  /** The accounts that a request counts against today: its key's and that of all. */
  of(key: KeyEntry | undefined): DayAccount[] {
    const day = dayOf(this.#today());
    if (day !== this.#day) {
      this.#day = day;
      this.#accounts.clear();
    }
    const account = (name: string, limit: number | undefined): DayAccount => {
      let found = this.#accounts.get(name);
      if (found === undefined || found.limit !== limit) {
        const spent = this.#store.spentOn(day);
        const usd =
          name === all ? [...spent.values()].reduce((sum, one) => sum + one, 0) : (spent.get(name) ?? 0);
        // What could not be written down counts, too, against a limit that was given later.
        found = new DayAccount(limit, Math.max(usd, found?.committed ?? 0));
        this.#accounts.set(name, found);
      }
      return found;
    };
    const mine = key === undefined ? [] : [account(key.name, key.usdDay)];
    return [...mine, account(all, this.#maxUsdDay)];
  }

  /** What a client is told where an account cannot bear what it asked for. */
  missing(accounts: readonly DayAccount[], worst: number | null): ApiError {
    const now = this.#today();
    const tomorrow = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
    const limit = accounts.find((account) => account.limit !== undefined && !account.fits(worst))?.limit;
    const need =
      worst === null ? 'its price is unknown' : `it may cost up to $${Number(worst.toPrecision(3))}`;
    return {
      status: 429,
      code: 'insufficient_quota',
      message: `What is left of $${limit} for today (UTC) does not cover this request: ${need}`,
      retryAfter: (tomorrow - now.getTime()) / 1000,
    };
  }
}

/** `2026-04-01`, in UTC. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** A name that no key can have. */
const all = '';
