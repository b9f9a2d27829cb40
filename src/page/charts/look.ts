export type ColorScale = readonly [string, ...string[]];

/** Colours of charts; the style sheet has the same by the same names. */
export interface ChartLook {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  readonly second: string;
  readonly band: string;
  readonly outage: string;
  /** From little to much, evenly spaced for the eye. */
  readonly scale: ColorScale;
  /** Of scores: little is dark in the dark and light in the light, so that what is wrong recedes. */
  readonly scoreScale: ColorScale;
}

export const lightLook: ChartLook = {
  ink: '#1b2330',
  muted: '#5b6675',
  line: '#dfe4ea',
  surface: '#ffffff',
  accent: '#2456c7',
  second: '#b4500f',
  band: 'rgba(36, 86, 199, 0.06)',
  outage: 'rgba(190, 40, 40, 0.16)',
  scale: ['#d8b400', '#5ea53b', '#1f8f8a', '#2f6aa8', '#40347c', '#3a0f4f'],
  scoreScale: ['#f3e3d3', '#9db7e8', '#2456c7'],
};

export const darkLook: ChartLook = {
  ink: '#e6eaf0',
  muted: '#9aa6b5',
  line: '#2b3441',
  surface: '#151b24',
  accent: '#7fa8ff',
  second: '#f0a15e',
  band: 'rgba(127, 168, 255, 0.07)',
  outage: 'rgba(255, 110, 110, 0.20)',
  scale: ['#fde725', '#8fd744', '#35b779', '#26a0a0', '#5a8fd0', '#9a86e8'],
  scoreScale: ['#2b3441', '#3c5f9f', '#7fa8ff'],
};

/** Every chart's tooltip: text only, never HTML. */
export function tooltipIn({ surface, line, ink }: ChartLook) {
  return {
    renderMode: 'richText' as const,
    confine: true,
    backgroundColor: surface,
    borderColor: line,
    textStyle: { color: ink, fontSize: 12 },
  };
}

/** A tooltip that shows the `tip` of a point's data. */
export function tipsIn(look: ChartLook) {
  return {
    ...tooltipIn(look),
    formatter: ({ data }: { readonly data?: { readonly tip?: string } }) => data?.tip ?? '',
  };
}

/** A text of others for a tooltip: what lies in braces would be taken for a style by ECharts. */
export function tooltipText(text: string): string {
  const plain = text.replaceAll(/[{}|]/g, ' ');
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain;
}

/** The colour of a share, 0..1, of a scale, between its neighbours. */
export function colorAt(scale: ColorScale, share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const below = scale[Math.floor(place)] ?? scale[0];
  const above = scale[Math.ceil(place)] ?? below;
  const part = place - Math.floor(place);
  const mixed = [1, 3, 5].map((at) => {
    const [from, to] = [below, above].map((color) => Number.parseInt(color.slice(at, at + 2), 16));
    return Math.round((from ?? 0) + part * ((to ?? 0) - (from ?? 0)))
      .toString(16)
      .padStart(2, '0');
  });
  return `#${mixed.join('')}`;
}
