import { type Command, Option } from 'commander';
import { racingRuleNames } from '../../search/racing/index.ts';
import { limitOptions } from '../limit-options.ts';
import {
  parseBaseUrl,
  parseCount,
  parseCountFrom,
  parseDuration,
  parseList,
  parseObjectives,
  parseRunId,
  parseSeed,
  parseStartCells,
  parseUsd,
  parseVariableName,
} from '../option-values.ts';
import { writingOptions } from '../writing-options.ts';

export const notifyHelp =
  'tell this command (JSON on stdin) or webhook (POST) when the run ends, pauses or fails';
export const whichHelp = 'best, knee, fastest, cheapest, or the start of a config id';

/** What defines a tuning job; shared by `tune` and `rehearse`. */
export function jobOptions(command: Command): Command {
  command
    .argument('<task>', 'a name from `mixtune tasks`, or a folder with a task.yaml')
    .option('--space <name>', "search space: a name from `mixtune spaces`, or a file (default: the task's)");
  modelOptions(command)
    .addOption(listOption('--models <a,b,…>', 'models to choose from, as provider/model'))
    .option('--strategy <name>', 'how new configurations are proposed', 'auto')
    .addOption(
      listOption(
        '--from <run|config,…>',
        'start from the front of earlier runs, one point (run:knee) or a config file',
      ),
    )
    .option('--objectives <a,b,…>', "what to trade off (default: the task's)", parseObjectives)
    .option('--seed <n>', 'seed of all randomness', parseSeed, 1);
  limitOptions(
    ceilingOptions(command).option(
      '--concurrency <n>',
      'model calls in flight at once',
      parseCountFrom(1),
      8,
    ),
  );
  return writingOptions(command)
    .option(
      '--instances <n>',
      'most tuning instances that configs are tried on (default: all; 24 with simulated models)',
      parseCountFrom(1),
    )
    .option(
      '--start-cells <n|all>',
      'answers (instances times repeats) that every configuration starts on; the front goes on to more (default: 8 with auto, 16 with others)',
      parseStartCells,
    )
    .addOption(
      new Option(
        '--racing <rule>',
        'how a configuration that falls behind is dropped (default: none with auto, bayesian-bootstrap with others)',
      ).choices(racingRuleNames),
    )
    .option('--judge <model>', "model that judges, where the task has a judge (default: the task's)")
    .option('--run <id>', "the run's id, which names its folder (default: task and time)", parseRunId)
    .option('--repeats <n>', "answers per config and instance (default: the task's)", parseCountFrom(1))
    .option(
      '--finish-repeats <n>',
      'answers per front member and instance at the end (default: 8 over all instances)',
      parseCount,
    )
    .option(
      '--holdout-repeats <n>',
      'fresh answers per front member and holdout instance; 0 for none (default: 8 over all)',
      parseCount,
    );
}

/** Where answers come from that nobody pays for now. */
export function answerOptions(command: Command): Command {
  return command
    .option('--recorded <file>', 'answer from this recording alone, and call nothing')
    .option('--no-cache', 'neither use nor keep answers that runs share');
}

export function modelOptions(command: Command): Command {
  return endpointOptions(command).option(
    '--prices <file>',
    "US dollars per million tokens, in place of the built-in table's",
  );
}

export function endpointOptions(command: Command): Command {
  return command
    .option('--base-url <url>', 'an OpenAI-compatible endpoint that serves the models', parseBaseUrl)
    .option('--api-key-env <name>', "NAME of the variable that holds that endpoint's key", parseVariableName);
}

/** Of commands that read runs or locks, which others may have made. */
export function trustOption(command: Command): Command {
  return command.option(
    '--trust',
    'use the endpoint that a run or lock not made by you names (docs/security.md)',
  );
}

export function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseList);
}

export function callCeilings(command: Command): Command {
  return command
    .option('--max-calls <n>', 'model calls', parseCount)
    .option('--max-tokens <n>', 'input and output tokens together, e.g. 2M', parseCount)
    .option('--max-tokens-in <n>', 'input tokens', parseCount)
    .option('--max-tokens-out <n>', 'output tokens', parseCount)
    .option('--max-usd <x>', 'US dollars', parseUsd);
}

function ceilingOptions(command: Command): Command {
  command.option(
    '--max-evaluations <n>',
    'configurations (default: 200, unless another ceiling is given)',
    parseCount,
  );
  return callCeilings(command).option(
    '--max-time <time>',
    'time, e.g. 8h, 90m or 30s (simulated time with simulated models)',
    parseDuration,
  );
}

export function offlineOption(command: Command): Command {
  return command.option('--offline', 'contact no endpoint');
}

/** How latency is projected onto other speeds; shared by `front` and `show`. */
export function projectOptions(command: Command): Command {
  return command
    .option(
      '--project <profile>',
      'project latency onto a speed profile: a name (`mixtune doctor` lists them) or a file',
    )
    .addOption(listOption('--as <a=b,…>', "models of the profile that stand for the run's"))
    .option(
      '--first-token <time>',
      'time to first token to assume where the profile tells none',
      parseDuration,
    );
}

export function jsonOption(command: Command): Command {
  return command.option('--json', 'print JSON on stdout, everything else on stderr');
}

export function runsOption(command: Command): Command {
  return command.option('--runs-dir <folder>', "folder that holds the runs' folders", 'runs');
}
