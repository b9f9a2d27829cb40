import { resolve } from 'node:path';
import { evaluatePolicies, type PolicyValue } from '../../adapt/off-policy.ts';
import type { Interval } from '../../core/statistics.ts';
import { formatCounted } from '../../report/format.ts';
import { type Column, renderTable } from '../../report/table.ts';
import { readValuedDecisions } from '../../serve/valued-decisions.ts';
import { defineCommand } from '../command.ts';
import { argument } from '../command-line.ts';
import { tell } from '../context.ts';
import { jsonFlags } from '../flags.ts';

export default defineCommand({
  description:
    'Says what requests that somebody valued would have been worth with each config, and with the best known one throughout, from the chances with which each was chosen (docs/adaptation.md).',
  arguments: [argument('log', "a server's state (serve.sqlite beside the runs)")],
  flags: jsonFlags,
  examples: ['mixtune serve evaluate runs/serve.sqlite'],
  run: async ([file], options, context) => {
    const found = evaluatePolicies(readValuedDecisions(resolve(context.cwd, file)));
    tell(context, options, found, (look) =>
      [
        `${formatCounted(found.decisions, 'valued request')}, worth ${shown(found.served)} as served`,
        ...(found.decisions === 0
          ? []
          : [
              renderTable(columns, found.policies, look),
              'Each row speaks of the requests that could have got it; the interval is 95%.',
            ]),
      ].join('\n'),
    );
  },
});

const columns: readonly Column<PolicyValue>[] = [
  { head: 'always', text: ({ policy }) => policy },
  { head: 'requests', align: 'right', text: ({ decisions }) => String(decisions) },
  { head: 'got it', align: 'right', expendable: 1, text: ({ followed }) => String(followed) },
  { head: 'value (doubly robust)', text: ({ doublyRobust }) => shown(doublyRobust) },
  {
    head: 'value (inverse propensity)',
    expendable: 2,
    text: ({ inversePropensity }) => shown(inversePropensity),
  },
];

function shown({ mean, low, high }: Interval): string {
  if (mean === null) return '-';
  if (low === null || high === null) return `${mean.toFixed(3)} (too few)`;
  return `${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}
