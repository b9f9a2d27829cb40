import { type ColorScale, colorAt } from '../charts/look.ts';

const steps = 12;

/** A scale of colours from little to much, for a chart's legend. */
export function ColorScaleBar({ scale }: { readonly scale: ColorScale }) {
  return (
    <svg viewBox="0 0 120 10" aria-hidden="true">
      {Array.from({ length: steps }, (_, at) => (
        <rect key={String(at)} x={at * 10} width="10.5" height="10" fill={colorAt(scale, at / (steps - 1))} />
      ))}
    </svg>
  );
}
