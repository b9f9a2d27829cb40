import { racingRuleNames } from '../search/racing/index.ts';
import { ceilingFlags } from './ceiling-flags.ts';
import {
  choice,
  list,
  type OptionsOf,
  off,
  on,
  onOrOff,
  text,
  textOr,
  value,
  valueOr,
} from './command-line.ts';
import { limitFlags } from './limit-flags.ts';
import {
  parseBaseUrl,
  parseBound,
  parseCountFrom,
  parseDuration,
  parseList,
  parseNotify,
  parseObjectives,
  parseRepeatsFrom,
  parseRunId,
  parseSeed,
  parseStartCells,
  parseUsd,
  parseVariableName,
} from './option-values.ts';

export const whichHelp = 'best, knee, fastest, cheapest, or the start of a config id';
export const taskHelp = 'a name from `mixtune tasks`, or a folder with a task.yaml';
export const taskOrJobHelp = `${taskHelp}; or a job file (job.yaml), whose options those on the line replace`;
export const runHelp = "the run's id, or its folder";

/** Of a data file. */
export const encodingFlags = {
  encoding: text('<name>', 'encoding of the text (default: UTF-8, or UTF-16 by its mark)'),
};

export const jsonFlags = { json: on('print JSON on stdout, everything else on stderr') };
export type JsonOption = OptionsOf<typeof jsonFlags>;

export const runsFlags = {
  runsDir: textOr('<folder>', "folder that holds the runs' folders", 'runs'),
};
export type RunsOption = OptionsOf<typeof runsFlags>;

/** How models are reached. */
export const endpointFlags = {
  baseUrl: value('<url>', 'an OpenAI-compatible endpoint that serves the models', parseBaseUrl),
  apiKeyEnv: value('<name>', "NAME of the variable that holds that endpoint's key", parseVariableName),
};

/** For commands that read runs or locks, which others may have made. */
export const trustFlags = {
  trust: on('use the endpoint that a run or lock not made by you names (docs/security.md)'),
};
export type TrustOption = OptionsOf<typeof trustFlags>;

/** Shared by all commands that call models. */
export const modelFlags = {
  ...endpointFlags,
  prices: text(
    '<file>',
    "US dollars per million tokens, as docs/cache.md has them (default: the run's, else the built-in table's)",
  ),
};

export function modelsFlags(help: string) {
  return { models: list('<a,b,…>', help, parseList) };
}

/** For commands that ask a tuned config something new. */
export const rawFlags = {
  raw: on("send questions as they are, without the task's prompt around them"),
};
export type RawOption = OptionsOf<typeof rawFlags>;

/** Where answers come from that nobody pays for now. */
export const answerFlags = {
  recorded: text('<file>', 'answer from this recording alone, and call nothing'),
  cache: off('neither use nor keep answers that runs share'),
};

/** As commands read them that choose models. */
export type ModelOptions = OptionsOf<typeof modelFlags & ReturnType<typeof modelsFlags>> &
  Pick<OptionsOf<typeof answerFlags>, 'recorded'>;

/** Whether and by whom prompts are written while a run searches. */
export const writingFlags = {
  reflection: onOrOff(
    'have a model improve prompts by the answers that lost points (default: unless models are simulated)',
    'never have a model write prompts',
  ),
  promptWriter: text('<model>', 'the model that writes prompts (default: the best single model so far)'),
};
export type WritingOptions = OptionsOf<typeof writingFlags>;

/** @param help what is done with the bounds */
export function boundFlags(help: string) {
  return {
    bound: list('<bounds>', `${help} ("score>=0.8,latency<=3s,usd<=0.01", in quotes)`, parseBound),
  };
}

export const concurrencyFlags = {
  concurrency: valueOr('<n>', 'model calls in flight at once', parseCountFrom(1), 8),
};

/** For commands that ask before they spend much. */
export const confirmFlags = {
  confirmAbove: valueOr('<usd>', 'ask first above this forecast (on a terminal)', parseUsd, 5),
  yes: on('start without asking'),
};
export type ConfirmOptions = OptionsOf<typeof confirmFlags>;

/** For commands that may work for hours. */
export const notifyFlags = {
  notify: value(
    '<command|url>',
    'command (JSON on stdin) or webhook (POST) to tell when the run ends, pauses or fails',
    parseNotify,
  ),
};
export type NotifyOption = OptionsOf<typeof notifyFlags>;

/** For commands that end a run. */
export const reportFlags = { report: off('write no report.html at the end') };
export type ReportOption = OptionsOf<typeof reportFlags>;

export const insecureFlags = {
  insecure: on('also use a server beyond this machine that has neither password nor TLS'),
};

/** For commands whose calls and gradings may be done by workers. */
export const workersFlags = {
  workers: text(
    '<url>',
    'let workers of this Redis or Valkey server make calls and gradings (docs/many-machines.md)',
  ),
  ...insecureFlags,
};
export type WorkersOptions = OptionsOf<typeof workersFlags>;

export const offlineFlags = { offline: on('contact no endpoint') };

/** How latency is projected onto other speeds. */
export const projectFlags = {
  project: text(
    '<profile>',
    'project latency onto a speed profile (a name, as `mixtune doctor` lists them, or a file)',
  ),
  as: list('<a=b,…>', "models of the profile in place of the run's", parseList),
  firstToken: value('<time>', 'time to first token where the profile tells none', parseDuration),
};
export type ProjectOptions = OptionsOf<typeof projectFlags>;

/** What defines a tuning job; shared by `tune` and `rehearse`. */
export const jobFlags = {
  space: text('<name>', "search space: a name from `mixtune spaces`, or a file (default: the task's)"),
  ...modelFlags,
  ...modelsFlags('models to choose from, as provider/model'),
  strategy: textOr('<name>', 'how new configurations are proposed', 'auto'),
  from: list(
    '<run|config,…>',
    "begin with the front of earlier runs, one point or your own system (run, run:knee, or a config file, mixtune's or another tool's, which is measured as it is, too)",
    parseList,
  ),
  objectives: list('<a,b,…>', "what to trade off (default: the task's)", parseObjectives),
  ...boundFlags('what you can accept'),
  seed: valueOr('<n>', 'seed of all randomness', parseSeed, 1),
  ...ceilingFlags,
  ...concurrencyFlags,
  ...limitFlags,
  ...writingFlags,
  instances: value(
    '<n>',
    'most tuning instances that configs are tried on (default: all; 24 with simulated models)',
    parseCountFrom(1),
  ),
  startCells: value(
    '<n|all>',
    'answers (instances times repeats) that every configuration starts on; the front goes on to more (default: 8 with auto, 16 with others)',
    parseStartCells,
  ),
  racing: choice(
    '<rule>',
    'how a configuration that falls behind is dropped (default: none with auto, bayesian-bootstrap with others)',
    racingRuleNames,
  ),
  judge: text('<model>', "model that judges (where the task has a judge) (default: the task's)"),
  run: value('<id>', "the run's id, which names its folder (default: task and time)", parseRunId),
  repeats: value('<n>', "answers per config and instance (default: the task's)", parseRepeatsFrom(1)),
  finishRepeats: value(
    '<n>',
    'answers per front member and instance at the end (default: 8 over all instances)',
    parseRepeatsFrom(0),
  ),
  holdoutRepeats: value(
    '<n>',
    'fresh answers per front member and holdout instance; 0 for none (default: 8 over all, 24 of singles and mixtures compared)',
    parseRepeatsFrom(0),
  ),
};
/** For commands that take a job file. */
export const jobTaskFlags = {
  task: text('<task>', "the task, in place of the job file's"),
};

/** `recorded` is `tune`'s alone. */
export type JobOptions = OptionsOf<typeof jobFlags> &
  Pick<OptionsOf<typeof answerFlags>, 'recorded'> &
  JsonOption &
  RunsOption;
