import { formatSigned } from '../../report/format.ts';

/** A difference in score with its interval; without one nothing is known of the noise. */
interface Effect {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** How far a scale of effects has to reach to both sides. */
export function widestOf(effects: readonly (Effect | null)[]): number {
  const ends = effects.flatMap((effect) =>
    effect === null ? [] : [effect.mean, effect.low ?? 0, effect.high ?? 0],
  );
  return Math.max(...ends.map(Math.abs), 1e-9);
}

/** A difference as text and as a bar around zero. */
export function EffectBar({ effect, widest }: { readonly effect: Effect; readonly widest: number }) {
  const { mean, low, high } = effect;
  const at = (value: number): number => (value / widest) * 95;
  return (
    <span class="score wide">
      <svg viewBox="-100 0 200 10" aria-hidden="true">
        <line class="track" x1="0" y1="0" x2="0" y2="10" />
        {low !== null && high !== null && <line class="interval" x1={at(low)} y1="5" x2={at(high)} y2="5" />}
        <circle cx={at(mean)} cy="5" r="4" />
      </svg>
      <span>
        {formatSigned(mean)}
        {low !== null && high !== null && ` [${formatSigned(low)}, ${formatSigned(high)}]`}
      </span>
    </span>
  );
}
