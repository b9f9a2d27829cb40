import type { Reservation, RunEventOf } from '../journal/events.ts';

/** Of models whose calls took more than was reserved for them the most that one did, figure by figure. */
export type Overruns = Map<string, Reservation>;

/** Notes where a call took more than was reserved for it. */
export function noteOverrun(
  { overruns }: { readonly overruns: Overruns },
  model: string,
  reserved: Reservation,
  { usage, usd }: RunEventOf<'call-answered'>,
): void {
  const took = { tokensIn: usage.inputTokens, tokensOut: usage.outputTokens, usd };
  const isWithin =
    took.tokensIn <= reserved.tokensIn &&
    took.tokensOut <= reserved.tokensOut &&
    (reserved.usd === null || (usd ?? 0) <= reserved.usd);
  if (!isWithin) overruns.set(model, larger(overruns.get(model) ?? null, took));
}

/** The most that a call may take: its worst case, and no less than what others of its model took beyond theirs. */
export function reservationOf(
  { overruns }: { readonly overruns: Overruns },
  model: string,
  worst: Reservation,
): Reservation {
  const seen = overruns.get(model);
  return seen === undefined ? worst : larger(seen, worst);
}

/** The larger of two, figure by figure. Keeps the object where nothing grows, since this is asked at every call. */
export function larger(known: Reservation | null, next: Reservation): Reservation {
  if (known === null) return next;
  const usd = known.usd === null || next.usd === null ? null : Math.max(known.usd, next.usd);
  const tokensIn = Math.max(known.tokensIn, next.tokensIn);
  const tokensOut = Math.max(known.tokensOut, next.tokensOut);
  const same = usd === known.usd && tokensIn === known.tokensIn && tokensOut === known.tokensOut;
  return same ? known : { tokensIn, tokensOut, usd };
}
