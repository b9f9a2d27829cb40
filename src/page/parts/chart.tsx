import type { ECharts, EChartsCoreOption } from 'echarts/core';
import { useEffect, useRef } from 'preact/hooks';
import { init } from '../charts/echarts.ts';

export interface ChartProps {
  readonly option: EChartsCoreOption;
  /** What it shows, for those who do not see it; the same stands in a table beside it. */
  readonly label: string;
  /** CSS pixels. */
  readonly height: number;
  /** Called with the data of a point that was clicked. */
  readonly onData?: (data: { readonly [key: string]: unknown }) => void;
  /** Called when ranges were brushed on parallel axes, with the positions of the data in all of them. */
  readonly onBrushed?: (positions: readonly number[] | null) => void;
}

export function Chart({ option, label, height, onData, onBrushed }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const handlers = useRef({ onData, onBrushed });
  handlers.current = { onData, onBrushed };
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = init(element, null, { renderer: 'canvas' });
    chart.current = made;
    made.on('click', ({ data }) => {
      if (typeof data === 'object' && data !== null)
        handlers.current.onData?.(data as { [key: string]: unknown });
    });
    made.on('axisareaselected', () => handlers.current.onBrushed?.(brushedOf(made)));
    const observer = new ResizeObserver(() => {
      // The first call tells of the size that the chart was made with: to draw it all again would double the work.
      const isSame = made.getWidth() === element.clientWidth && made.getHeight() === element.clientHeight;
      if (!isSame) made.resize();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      // ECharts draws many shapes over several frames, and throws in one that comes after its end: a drawing of nothing
      // takes the place of the one under way.
      made.clear();
      made.getZr().refreshImmediately();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(option, { notMerge: true });
  }, [option]);
  return (
    <figure class="chart">
      <div ref={place} role="img" aria-label={label} style={{ height: `${height}px` }} />
    </figure>
  );
}

/** Positions of the data within all brushed ranges; `null`: nothing is brushed. */
function brushedOf(chart: ECharts): readonly number[] | null {
  // ECharts tells them of its model only, which its types leave out.
  const { getModel } = chart as unknown as {
    getModel(): {
      getSeries(): readonly { getRawIndicesByActiveState(state: 'active' | 'normal'): readonly number[] }[];
    };
  };
  const [series] = getModel.call(chart).getSeries();
  const active = series?.getRawIndicesByActiveState('active') ?? [];
  const normal = series?.getRawIndicesByActiveState('normal') ?? [];
  return normal.length > 0 ? null : active;
}
