import { own } from '../core/records.ts';

/** What Optuna, DSPy, promptfoo and Inspect call what `tune` and `rehearse` have under another name. */
const optionsElsewhere: Readonly<Record<string, string>> = {
  ...alike(['--n-trials', '--trials', '--num-trials', '--max-trials'], '--max-evaluations'),
  ...alike(
    ['--n-jobs', '--jobs', '--num-threads', '--max-concurrency', '--max-connections'],
    '--concurrency',
  ),
  ...alike(['--timeout', '--max-seconds', '--time-limit'], '--max-time'),
  ...alike(['--max-cost', '--cost-limit', '--budget'], '--max-usd'),
  ...alike(['--token-limit'], '--max-tokens'),
  ...alike(['--sampler', '--optimizer', '--algorithm'], '--strategy'),
  ...alike(['--pruner'], '--racing'),
  ...alike(['--storage', '--log-dir'], '--runs-dir'),
  ...alike(['--study-name', '--study'], '--run'),
  ...alike(['--directions', '--direction', '--metric'], '--objectives'),
  ...alike(['--temperature', '--prompt', '--prompts', '--system'], '--space'),
  ...alike(['--resume', '--load-if-exists'], 'mixtune resume'),
  ...alike(['--config'], 'mixtune tune job.yaml'),
};

/** A run keeps its ceilings: what goes on from it with others is another run. */
const optionsOfMore: Readonly<Record<string, string>> = alike(
  ['--max-usd', '--max-tokens', '--max-calls', '--max-evaluations', '--max-time'],
  'mixtune tune TASK --from RUN, since a run keeps its ceilings',
);

const commandsElsewhere: Readonly<Record<string, string>> = {
  ...alike(['optimize', 'optimise', 'run', 'search'], 'tune'),
  ...alike(['eval', 'evaluate', 'compare'], 'score'),
  ...alike(['dashboard', 'view'], 'ui'),
  ...alike(['runs', 'list', 'ls', 'studies', 'study', 'logs'], 'status'),
  ...alike(['best', 'best-trial'], 'show'),
  ...alike(['trials', 'pareto'], 'front'),
  ...alike(['cancel', 'kill'], 'stop'),
  ...alike(['worth'], 'answer'),
};

function alike(names: readonly string[], ours: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, ours]));
}

/** Our name for what a line asks for under another tool's, or of another command; `undefined` where none is known. */
export function nameHere(
  kind: 'option' | 'command',
  typed: string,
  argv: readonly string[],
): string | undefined {
  if (kind === 'command') return argv[0] === typed ? own(commandsElsewhere, typed) : undefined;
  if (argv[0] === 'resume') return own(optionsOfMore, typed);
  return argv[0] === 'tune' || argv[0] === 'rehearse' ? own(optionsElsewhere, typed) : undefined;
}
