import { type Command, Option } from 'commander';
import type { CliContext } from './context.ts';
import type { Handlers } from './handlers.ts';
import {
  parseBaseUrl,
  parseCount,
  parseCountFrom,
  parseDuration,
  parseFactor,
  parseList,
  parseObjectives,
  parsePort,
  parseRunId,
  parseSeed,
  parseShare,
  parseUsd,
  parseVariableName,
} from './option-values.ts';

/** What a command's definition gets: the program to hang on, what to do, and where the exit code goes. */
export interface CommandParts {
  readonly program: Command;
  readonly context: CliContext;
  readonly handlers: Handlers;
  readonly finish: (code: number) => void;
}

export function defineTune({ program, context, handlers, finish }: CommandParts): void {
  const command = program
    .command('tune')
    .summary('search MoA configurations for a task and keep the Pareto front')
    .description(
      'Searches Mixture-of-Agents configurations for a task within a budget and keeps the Pareto front of score, latency and tokens.',
    );
  jobOptions(command)
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

export function defineRehearse({ program, context, handlers, finish }: CommandParts): void {
  const command = program
    .command('rehearse')
    .summary('forecast what a tuning job will take, without calling a model')
    .description(
      "Plays a tuning job on a virtual clock with stand-in models and says what calls, tokens, dollars and hours to expect. Takes tune's options.",
    );
  jobOptions(command).option(
    '--rehearsals <n>',
    'times the job is played (default: 19, or 9 where it is long)',
    parseCountFrom(1),
  );
  runsOption(jsonOption(command))
    .addHelpText('after', examples('mixtune rehearse code-challenge --models openai/gpt-4o-mini --max-usd 5'))
    .action(async (task, options) => finish(await handlers.rehearse(task, options, context)));
}

export function defineResume({ program, context, handlers, finish }: CommandParts): void {
  runsOption(jsonOption(program.command('resume')))
    .summary('go on with an interrupted run')
    .description('Goes on with a run from its journal; answers already paid for are not asked again.')
    .argument('<run>', "the run's id, or its folder")
    .option('--notify <command|url>', notifyHelp)
    .addHelpText('after', examples('mixtune resume code-challenge-20260401-220000'))
    .action(async (run, options) => finish(await handlers.resume(run, options, context)));
}

export function defineFront({ program, context, handlers, finish }: CommandParts): void {
  runsOption(jsonOption(program.command('front')))
    .summary("show a run's Pareto front")
    .description("Shows a run's Pareto front, or the part of it that keeps the given limits.")
    .argument('<run>', "the run's id, or its folder")
    .option('--max-latency <time>', 'leave out slower points', parseDuration)
    .option('--max-tokens <n>', 'leave out points that use more tokens per question', parseCount)
    .option('--min-score <s>', 'leave out points that score less (0..1)', parseShare)
    .addOption(new Option('--format <form>', 'form of the output').choices(['table', 'json', 'csv']))
    .addHelpText('after', examples('mixtune front my-run --max-latency 3s --format csv'))
    .action(async (run, options) => finish(await handlers.front(run, options, context)));
}

export function defineShow({ program, context, handlers, finish }: CommandParts): void {
  runsOption(jsonOption(program.command('show')))
    .summary('show one point of a run: its figures and its config')
    .description('Shows one point of a run: its figures, where it came from, and its whole config.')
    .argument('<run>', "the run's id, or its folder")
    .argument('[which]', whichHelp, 'best')
    .addHelpText('after', examples('mixtune show my-run', 'mixtune show my-run knee --json'))
    .action(async (run, which, options) => finish(await handlers.show(run, which, options, context)));
}

export function defineExport({ program, context, handlers, finish }: CommandParts): void {
  runsOption(jsonOption(program.command('export')))
    .summary('write a config to a file')
    .description("Writes a config of a run, or a config file, in mixtune's own format.")
    .argument('<run|config>', "a run's id or folder, or a config file")
    .argument('[which]', whichHelp, 'best')
    .addOption(
      new Option('--format <format>', 'mixtune: the config; lock: it with its claims, hashes and seeds')
        .choices(['mixtune', 'lock'])
        .default('mixtune'),
    )
    .addOption(
      new Option('--syntax <syntax>', "yaml or json (default: by --out's ending, else yaml)").choices([
        'yaml',
        'json',
      ]),
    )
    .option('--out <file>', 'file to write (default: stdout)')
    .addHelpText('after', examples('mixtune export my-run best --out best.yaml'))
    .action(async (source, which, options) => finish(await handlers.export(source, which, options, context)));
}

export function defineScore({ program, context, handlers, finish }: CommandParts): void {
  const command = program
    .command('score')
    .summary('measure given configs side by side')
    .description(
      'Measures configs on a task and prints a scoreboard with 95% intervals. A config is a file, or a run with a point of it (my-run:best). With runs only, task, seed, repeats and models are those of the first run.',
    )
    .argument('<config...>', 'config files, or run:which')
    .option('--task <task>', "a name from `mixtune tasks`, or a folder (default: the run's)")
    .option(
      '--repeats <n>',
      "answers per config and instance (default: the run's or task's)",
      parseCountFrom(1),
    )
    .option('--seed <n>', "seed of all randomness (default: the run's, else 1)", parseSeed)
    .option('--concurrency <n>', 'model calls in flight at once', parseCountFrom(1), 8);
  runsOption(jsonOption(modelOptions(command)))
    .addHelpText(
      'after',
      examples('mixtune score a.yaml b.yaml --task code-challenge --repeats 8', 'mixtune score my-run:best'),
    )
    .action(async (configs, options) => finish(await handlers.score(configs, options, context)));
}

export function defineReproduce({ program, context, handlers, finish }: CommandParts): void {
  const command = program
    .command('reproduce')
    .summary('measure a claim again with fresh samples, and say whether it held')
    .description(
      'Checks what a run or lock claims of a config: hashes first, then every figure against fresh answers, by a stated test. Exit 0 when all claims that could be checked held, 1 when one did not or none could be checked.',
    )
    .argument('<run|lock>', "a run's id or folder, or a lock file (best.json)")
    .argument('[which]', `${whichHelp} (default: best)`)
    .option(
      '--repeats <n>',
      'fresh answers per question (default: 24 for each that the claim rests on)',
      parseCountFrom(1),
    )
    .addOption(
      new Option('--split <split>', 'whose claim (default: holdout, where it was measured)').choices([
        'holdout',
        'tuning',
      ]),
    )
    .option('--draw <n>', 'which set of fresh samples; default 1', parseCountFrom(1))
    .option('--from-cache', "play the run's own answers again instead: all must match to the last bit")
    .option('--task <task>', 'where the task is now (default: where it was)')
    .option('--concurrency <n>', 'model calls in flight at once', parseCountFrom(1), 8);
  callCeilings(runsOption(jsonOption(modelOptions(command))))
    .addHelpText(
      'after',
      examples(
        'mixtune reproduce my-run',
        'mixtune reproduce runs/my-run/best.json --repeats 50 --max-usd 2',
        'mixtune reproduce my-run knee --from-cache',
      ),
    )
    .action(async (source, which, options) =>
      finish(await handlers.reproduce(source, which, options, context)),
    );
}

export function defineAsk({ program, context, handlers, finish }: CommandParts): void {
  const command = program
    .command('ask')
    .summary('have a config answer one question')
    .description('Has a config answer one question; the answer streams to stdout.')
    .argument('<config|run>', 'a config file, or a run with a point of it (my-run, my-run:knee)')
    .argument('[question]', "the question (default: stdin; in a terminal, the run's own task)")
    .option('--trace', 'show the stages and calls on stderr')
    .option('--seed <n>', "seed of simulated models (default: the run's, else 1)", parseSeed);
  runsOption(jsonOption(modelOptions(command)))
    .addHelpText(
      'after',
      examples(
        'mixtune ask my-run "Write a haiku about queues" --trace',
        'mixtune ask best.yaml < question.txt',
      ),
    )
    .action(async (source, question, options) =>
      finish(await handlers.ask(source, question, options, context)),
    );
}

export function defineGrade({ program, context, handlers, finish }: CommandParts): void {
  jsonOption(program.command('grade'))
    .summary('grade one answer')
    .description('Grades one answer as tuning would: extracted, run in the sandbox where it is code, scored.')
    .argument('<task>', 'a name from `mixtune tasks`, or a folder with a task.yaml')
    .argument('<answer-file>', 'file that holds the answer; - for stdin')
    .option('--instance <id>', 'the question that was answered (needed where the task has several)')
    .addOption(new Option('--scoring <scoring>', "of the task's scorings").choices(['workshop', 'strict']))
    .addHelpText('after', examples('mixtune grade code-challenge answer.py --json'))
    .action(async (task, answer, options) => finish(await handlers.grade(task, answer, options, context)));
}

export function defineAnswer({ program, context, handlers, finish }: CommandParts): void {
  runsOption(jsonOption(program.command('answer')))
    .summary('say what a run was worth, and whether more would pay')
    .description(
      "Says from a run's journal what the tuning was worth, when the front stopped moving, what a further budget would probably bring, and where the gain came from. Calls no model.",
    )
    .argument('<run>', "the run's id, or its folder")
    .option('--hours <n>', 'also forecast the gain of so many further hours', parseFactor)
    .option('--usd <x>', 'also forecast the gain of so many further US dollars', parseUsd)
    .option('--tokens <n>', 'also forecast the gain of so many further tokens, e.g. 2M', parseCountFrom(1))
    .option(
      '--minutes-per-try <m>',
      'minutes that a person takes to try one config by hand (default: 20)',
      parseFactor,
    )
    .addHelpText('after', examples('mixtune answer my-run', 'mixtune answer my-run --hours 8 --usd 20'))
    .action(async (run, options) => finish(await handlers.answer(run, options, context)));
}

export function defineLists({ program, context, handlers, finish }: CommandParts): void {
  jsonOption(program.command('models'))
    .summary('list providers and known models')
    .description('Lists providers with the state of their keys, and models with price and speed.')
    .addHelpText('after', examples('mixtune models --json'))
    .action(async (options) => finish(await handlers.models(options, context)));
  jsonOption(program.command('tasks'))
    .summary('list tasks')
    .description('Lists the tasks in ./tasks and those that come with mixtune.')
    .addHelpText('after', examples('mixtune tasks'))
    .action(async (options) => finish(await handlers.tasks(options, context)));
  jsonOption(program.command('spaces'))
    .summary('list search spaces')
    .description('Lists the search spaces in ./search-spaces and those that come with mixtune.')
    .addHelpText('after', examples('mixtune spaces'))
    .action(async (options) => finish(await handlers.spaces(options, context)));
  jsonOption(program.command('doctor'))
    .summary('say what this machine offers')
    .description(
      'Shows Node, the tiers of the Python sandbox and which is used, and which keys are set (names only).',
    )
    .addHelpText('after', examples('mixtune doctor'))
    .action(async (options) => finish(await handlers.doctor(options, context)));
}

export function defineSim({ program, context, handlers, finish }: CommandParts): void {
  jsonOption(program.command('sim'))
    .summary('serve the simulated models over HTTP')
    .description('Serves the simulated models as an OpenAI-compatible endpoint with streaming, until Ctrl-C.')
    .requiredOption('--port <n>', 'port to listen on; 0 for any free one', parsePort)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--seed <n>', "seed of the models' answers", parseSeed, 1)
    .option('--speed <factor>', 'simulated seconds per real second', parseFactor, 1)
    .addHelpText('after', examples('mixtune sim --port 8080 --speed 20'))
    .action(async (options) => finish(await handlers.sim(options, context)));
}

const notifyHelp = 'tell this command (JSON on stdin) or webhook (POST) when the run ends, pauses or fails';
const whichHelp = 'best, knee, fastest, cheapest, or the start of a config id';

/** What defines a tuning job; shared by `tune` and `rehearse`. */
function jobOptions(command: Command): Command {
  command
    .argument('<task>', 'a name from `mixtune tasks`, or a folder with a task.yaml')
    .option('--space <name>', "search space: a name from `mixtune spaces`, or a file (default: the task's)");
  modelOptions(command)
    .addOption(listOption('--models <a,b,…>', 'models to choose from, as provider/model'))
    .option('--strategy <name>', 'how new configurations are proposed', 'evolution')
    .option('--objectives <a,b,…>', "what to trade off (default: the task's)", parseObjectives)
    .option('--seed <n>', 'seed of all randomness', parseSeed, 1);
  return ceilingOptions(command)
    .option('--concurrency <n>', 'model calls in flight at once', parseCountFrom(1), 8)
    .option(
      '--instances <n>',
      'most tuning instances that configs are tried on (default: all; 24 with simulated models)',
      parseCountFrom(1),
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

function modelOptions(command: Command): Command {
  return command
    .option('--base-url <url>', 'an OpenAI-compatible endpoint that serves the models', parseBaseUrl)
    .option('--api-key-env <name>', "NAME of the variable that holds that endpoint's key", parseVariableName);
}

function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseList);
}

function callCeilings(command: Command): Command {
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

export function jsonOption(command: Command): Command {
  return command.option('--json', 'print JSON on stdout, everything else on stderr');
}

function runsOption(command: Command): Command {
  return command.option('--runs-dir <folder>', "folder that holds the runs' folders", 'runs');
}

export function examples(...lines: readonly string[]): string {
  const title = lines.length === 1 ? 'Example:' : 'Examples:';
  return `\n${title}\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
