import { resolve } from 'node:path';
import { evaluatePolicies, type PolicyValue } from '../../adapt/off-policy.ts';
import { exitCodes } from '../../core/errors.ts';
import type { Interval } from '../../core/statistics.ts';
import { type Column, renderTable } from '../../report/table.ts';
import { readValuedDecisions } from '../../serve/valued-decisions.ts';
import { argument, defineCommand, type OptionsOf } from '../command.ts';
import { type CliContext, widthOf, writeJson, writeLine } from '../context.ts';
import { jsonFlags } from '../flags.ts';

const flags = { ...jsonFlags };

export default defineCommand({
  description:
    'Says what requests that somebody valued would have been worth with each config, and with the best known one throughout, from the chances with which each was chosen (docs/adaptation.md).',
  arguments: [argument('log', "a server's state (serve.sqlite beside the runs)")],
  flags,
  examples: ['mixtune serve evaluate runs/serve.sqlite'],
  run: ([file], options, context) => Promise.resolve(evaluate(file, options, context)),
});

function evaluate(file: string, { json }: OptionsOf<typeof flags>, context: CliContext): number {
  const found = evaluatePolicies(readValuedDecisions(resolve(context.cwd, file)));
  if (json === true) {
    writeJson(context.stdout, found);
    return exitCodes.done;
  }
  const { stdout } = context;
  writeLine(stdout, `${found.decisions} valued requests, worth ${shown(found.served)} as served`);
  if (found.decisions === 0) return exitCodes.done;
  const rows = found.policies.map((one: PolicyValue) => ({
    always: one.policy,
    requests: String(one.decisions),
    followed: String(one.followed),
    robust: shown(one.doublyRobust),
    weighted: shown(one.inversePropensity),
  }));
  writeLine(stdout, renderTable(columns, rows, { width: widthOf(stdout) }));
  writeLine(stdout, 'Each row speaks of the requests that could have got it; the interval is 95%.');
  return exitCodes.done;
}

const columns: readonly Column<'always' | 'requests' | 'followed' | 'robust' | 'weighted'>[] = [
  { key: 'always', head: 'always' },
  { key: 'requests', head: 'requests', align: 'right' },
  { key: 'followed', head: 'got it', align: 'right', expendable: 1 },
  { key: 'robust', head: 'value (doubly robust)' },
  { key: 'weighted', head: 'value (inverse propensity)', expendable: 2 },
];

function shown({ mean, low, high }: Interval): string {
  if (mean === null) return '-';
  if (low === null || high === null) return `${mean.toFixed(3)} (too few)`;
  return `${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}
