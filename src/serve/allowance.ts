import { defined } from '../core/defined.ts';
import type { Budget } from '../domain/budget.ts';
import type { Usage } from '../models/chat-model.ts';
import { type Account, Ledger } from '../run/calls/ledger.ts';
import type { Reservation } from '../run/journal/events.ts';

type Money = Account & { tokensIn: number; tokensOut: number; calls: number; usd: number | null };

/** What one key, or all together, may spend in a day: the ledger of runs over one day's account. */
export class DayAccount {
  readonly #money: Money;
  readonly #ledger: Ledger;
  readonly limit: number | undefined;

  /** @param spent what this day has cost before, in US dollars. */
  constructor(usdDay: number | undefined, spent: number) {
    const budget: Budget = defined({ maxUsd: usdDay });
    this.limit = usdDay;
    this.#money = {
      calls: 0,
      tokensIn: 0,
      tokensOut: 0,
      usd: spent,
      reserved: { tokensIn: 0, tokensOut: 0, usd: 0 },
    };
    this.#ledger = new Ledger(budget, this.#money);
  }

  /** US dollars spent and set aside. */
  get committed(): number {
    return (this.#money.usd ?? 0) + this.#money.reserved.usd;
  }

  /** Whether so much more can be had whatever else is under way. */
  fits(usd: number | null): boolean {
    return this.#ledger.broken({ tokensIn: 0, tokensOut: 0, usd }, 0) === undefined;
  }

  /** @param usd negative gives back. */
  reserve(usd: number): void {
    const { reserved } = this.#money;
    reserved.usd = Math.max(0, reserved.usd + usd);
  }

  spend(usd: number): void {
    this.#money.usd = (this.#money.usd ?? 0) + usd;
  }
}

/**
 * What one request may spend: its worst case is set aside in every account before its first call, each call is
 * held against what is left of that (or asks the accounts for more), and what was not needed goes back at the
 * end. A call whose end is unknown, because it was cut off, counts in full.
 */
export class RequestAllowance {
  readonly #accounts: readonly DayAccount[];
  /** Dollars set aside and neither spent nor in use by a call. */
  #free = 0;
  #inUse = 0;
  #closed = false;
  usd: number | null = 0;
  calls = 0;
  tokensIn = 0;
  tokensOut = 0;

  private constructor(accounts: readonly DayAccount[]) {
    this.#accounts = accounts;
  }

  /** `undefined` where an account cannot bear the worst case; what is unpriced fits only where no limit binds. */
  static open(accounts: readonly DayAccount[], worstUsd: number | null): RequestAllowance | undefined {
    const limited = accounts.filter(({ limit }) => limit !== undefined);
    if (!limited.every((account) => account.fits(worstUsd))) return undefined;
    const allowance = new RequestAllowance(accounts);
    for (const account of accounts) account.reserve(worstUsd ?? 0);
    allowance.#free = worstUsd ?? 0;
    return allowance;
  }

  /** Whether a limit on dollars holds for it. */
  get isLimited(): boolean {
    return this.#accounts.some(({ limit }) => limit !== undefined);
  }

  /** Sets a call's worst case aside; false: there is no money for it. */
  admit({ usd }: Reservation): boolean {
    const more = Math.max(0, (usd ?? 0) - this.#free);
    if (usd === null || more > 0) {
      const limited = this.#accounts.filter(({ limit }) => limit !== undefined);
      if (!limited.every((account) => account.fits(usd === null ? null : more))) return false;
    }
    for (const account of this.#accounts) account.reserve(more);
    this.#free += more - (usd ?? 0);
    this.#inUse += usd ?? 0;
    this.calls++;
    return true;
  }

  /** @param actual what an admitted call came to; `null`: it was cut off, and nobody knows. */
  settle(worst: Reservation, actual: { readonly usage?: Usage; readonly usd: number | null } | null): void {
    const usd = actual === null ? worst.usd : actual.usd;
    this.#inUse -= worst.usd ?? 0;
    this.#free += worst.usd ?? 0;
    this.tokensIn += actual === null ? worst.tokensIn : (actual.usage?.inputTokens ?? 0);
    this.tokensOut += actual === null ? worst.tokensOut : (actual.usage?.outputTokens ?? 0);
    this.usd = this.usd === null || usd === null ? null : this.usd + usd;
    const paid = usd ?? 0;
    for (const account of this.#accounts) {
      account.spend(paid);
      account.reserve(-Math.min(paid, this.#free));
    }
    this.#free = Math.max(0, this.#free - paid);
    if (this.#closed) this.#giveBack();
  }

  /** Gives back what was not needed; calls that still run give back theirs as they end. */
  close(): void {
    this.#closed = true;
    this.#giveBack();
  }

  #giveBack(): void {
    for (const account of this.#accounts) account.reserve(-this.#free);
    this.#free = 0;
  }
}
