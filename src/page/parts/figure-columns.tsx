import { formatInterval } from '../../report/format.ts';
import { standings } from '../../report/view-model/choice.ts';
import type { ObjectiveName, RunView } from '../../report/view-model/schema.ts';
import { ConfigLink, Score } from './figures.tsx';
import type { Column } from './table.tsx';
import { estimateAt, figure, points, standing } from './trials.ts';

/** The figures of a config, as every table of configs has them. */
export function figureColumns(view: RunView): Column<{ readonly trial: number }>[] {
  const { tuning, holdout } = view.trials;
  const hasHoldout = holdout.score.mean.some((value) => value !== null);
  const cost = (name: ObjectiveName): Column<{ readonly trial: number }> => ({
    head: name,
    isNumber: true,
    sort: ({ trial }) => tuning[name].mean[trial] ?? null,
    cell: ({ trial }) => figure(view, 'tuning', name, trial),
  });
  return [
    { head: 'config', cell: ({ trial }) => <ConfigLink view={view} trial={trial} /> },
    {
      head: hasHoldout ? 'tuning' : 'score',
      isNumber: true,
      sort: ({ trial }) => tuning.score.mean[trial] ?? null,
      cell: ({ trial }) => <Score columns={tuning.score} trial={trial} />,
    },
    ...(view.head.scale === null
      ? []
      : [
          {
            head: `of ${view.head.scale.max}`,
            isNumber: true,
            cell: ({ trial }: { readonly trial: number }) => points(view, trial),
          },
        ]),
    ...(hasHoldout
      ? [
          {
            head: 'holdout',
            isNumber: true,
            sort: ({ trial }: { readonly trial: number }) => holdout.score.mean[trial] ?? null,
            // With its interval: of two answers a mean of 1 would make the true best look worst.
            cell: ({ trial }: { readonly trial: number }) =>
              holdout.score.mean[trial] === null
                ? ''
                : formatInterval('score', estimateAt(holdout.score, trial)),
          },
        ]
      : []),
    cost('latency'),
    cost('tokens'),
    cost('usd'),
    ...(view.head.bounds === null ? [] : [boundsColumn(view)]),
  ];
}

function boundsColumn(view: RunView): Column<{ readonly trial: number }> {
  return {
    head: 'bounds',
    sort: ({ trial }) => {
      const found = standing(view, trial);
      return found === undefined ? null : standings.indexOf(found);
    },
    cell: ({ trial }) => standing(view, trial) ?? '',
  };
}
