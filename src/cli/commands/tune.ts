import { parseUsd } from '../option-values.ts';
import { type CommandParts, examples } from './parts.ts';
import { answerOptions, jobOptions, jsonOption, notifyHelp, runsOption } from './shared-options.ts';

export function defineTune({ program, context, handlers, finish }: CommandParts): void {
  const command = program
    .command('tune')
    .summary('search MoA configurations for a task and keep the Pareto front')
    .description(
      'Searches Mixture-of-Agents configurations for a task within a budget and keeps the Pareto front of score, latency and tokens.',
    );
  answerOptions(jobOptions(command))
    .option(
      '--confirm-above <usd>',
      'ask first where the forecast may exceed this (on a terminal)',
      parseUsd,
      5,
    )
    .option('--yes', 'start without asking')
    .option('--notify <command|url>', notifyHelp);
  runsOption(jsonOption(command))
    .addHelpText(
      'after',
      examples(
        'mixtune tune code-challenge',
        'mixtune tune code-challenge --models groq/llama-3.3-70b-versatile,openai/gpt-4o-mini --max-usd 5 --max-time 8h',
        'mixtune tune code-challenge --base-url http://127.0.0.1:8080/v1 --models a,b,c --max-tokens 2M',
      ),
    )
    .action(async (task, options) => finish(await handlers.tune(task, options, context)));
}
