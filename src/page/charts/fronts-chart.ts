import { dominates, objectiveDirections } from '../../report/view-model/choice.ts';
import type { RunView } from '../../report/view-model/schema.ts';
import { planeOf } from './axes.ts';
import {
  type ChartPoint,
  type FrontSettings,
  frontPoints,
  stepLine,
  tipOf,
  whiskers,
} from './front-chart.ts';
import { type ChartLook, tipsIn } from './look.ts';

/** A point of one of two fronts that lie in one plane. */
export interface FrontsPoint extends ChartPoint {
  /** Whether one of the other run is as good in all objectives that both runs have, and better in one, by their means. */
  readonly isDominated: boolean;
  /** Whether it is on its run's front, as a single model may be, too. */
  readonly isMember: boolean;
}

/** The points of each of two fronts, and their single models of as many answers. */
export function frontsPoints(
  views: readonly [RunView, RunView],
  settings: FrontSettings,
): readonly [FrontsPoint[], FrontsPoint[]] {
  const [first, second] = views;
  const shared = first.head.objectives.filter((name) => second.head.objectives.includes(name));
  const directions = shared.map((name) => objectiveDirections[name]);
  const pointsOf = (view: RunView) =>
    frontPoints(view, settings).filter(
      ({ kind, hasFewer }) => !hasFewer && (kind === 'front' || kind === 'baseline'),
    );
  const against = (view: RunView, other: RunView): FrontsPoint[] => {
    const vector = ({ trials }: RunView, trial: number) =>
      shared.map((name) => trials[settings.basis][name].mean[trial] ?? null);
    const rivals = pointsOf(other).map(({ trial }) => vector(other, trial));
    return pointsOf(view).map((point) => ({
      ...point,
      isMember: view.front.members.includes(point.trial),
      isDominated: rivals.some((rival) => dominates(rival, vector(view, point.trial), directions)),
    }));
  };
  return [against(first, second), against(second, first)];
}

/** Two fronts in one plane as options of ECharts: the first in circles, the second in triangles, single models small. */
export function frontsChart(views: readonly [RunView, RunView], settings: FrontSettings, look: ChartLook) {
  const both = frontsPoints(views, settings);
  const all = both.flat();
  const { x, y } = settings;
  const seriesOf = (at: 0 | 1) => {
    const [view, points] = [views[at], both[at]];
    const color = at === 0 ? look.accent : look.second;
    return [
      { ...stepLine(points, settings, color), id: `best-${at}` },
      { ...whiskers(points, color), id: `intervals-${at}` },
      {
        id: `front-${at}`,
        type: 'scatter' as const,
        symbol: at === 0 ? 'circle' : 'triangle',
        z: 3,
        cursor: 'pointer',
        emphasis: { scale: 1.5 },
        data: points.map(({ trial, kind, x, y }) => ({
          value: [x, y],
          trial,
          run: view.head.run,
          symbolSize: kind === 'front' ? 12 : 7,
          tip: `${at === 0 ? 'first' : 'second'}: ${tipOf(view, trial, settings)}`,
          itemStyle: { color, borderColor: look.surface, borderWidth: 1 },
        })),
      },
    ];
  };
  return {
    ...planeOf(
      { name: x, values: all.map((point) => point.x) },
      { name: y, values: all.flatMap((point) => [point.y, point.low ?? [], point.high ?? []].flat()) },
      { look },
    ),
    tooltip: tipsIn(look),
    series: [...seriesOf(0), ...seriesOf(1)],
  };
}
