/**
 * Does having prompts written by a model pay? Tunes shipped tasks with simulated models, with and without drafts,
 * on equal budgets of tokens (what the writer takes included), and measures the front that comes out on the
 * holdout, outside of the budget. Each seed is a world of its own, with the same one for all arms.
 *
 *   npx tsx test/experiments/reflection.ts [tasks] [shares] [seeds] [first seed] >> results.jsonl
 *   npx tsx test/experiments/reflection.ts summary results.jsonl
 *
 * Tasks: name or name:space, comma-separated. One JSON line a run.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { unwrap } from '../../src/core/result.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { parseYaml } from '../../src/core/yaml.ts';
import type { MoaConfig } from '../../src/domain/moa-config.ts';
import type { Estimates } from '../../src/domain/objective.ts';
import type { Task } from '../../src/domain/task.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import { createAnswerExtractor } from '../../src/grading/extract.ts';
import type { Grader } from '../../src/grading/grader.ts';
import { frontHypervolume } from '../../src/pareto/index.ts';
import { evaluateConfigs } from '../../src/run/evaluate.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { createMemoryJournal } from '../../src/run/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneDependencies, TuneSettings } from '../../src/run/types.ts';
import { levelledSchedule } from '../../src/search/scheduling/levelled-scheduler.ts';
import { parseSearchSpace, settleSpace } from '../../src/search/space-file.ts';
import { createStrategy } from '../../src/search/strategies.ts';
import { readProgram } from '../../src/sim/code-challenge/detector.ts';
import { pointsOfParts } from '../../src/sim/code-challenge/parts.ts';
import { createSimulatedModel, createTextbook, simulatedModels, type Textbook } from '../../src/sim/index.ts';
import { loadTask } from '../../src/tasks/load-task.ts';
import { wilcoxon } from '../bench/search/metric.ts';

const models = ['heron-8b', 'forge-14b', 'otter-32b', 'sage-70b', 'quill-120b', 'atlas-235b'].map(
  (name) => `sim/${name}`,
);
const tokens = Number(process.env.MIXTUNE_TOKENS ?? 500_000);
/** Holdout cells of the best and of each front member, outside of the budget; repeats are far from those of the run. */
const cellsOfBest = 160;
const cellsOfFront = 40;
const strategy = process.env.MIXTUNE_STRATEGY ?? 'evolution';

interface Row {
  readonly task: string;
  readonly share: number;
  readonly seed: number;
  /** Holdout score of the config that scored best in tuning. */
  readonly best: number;
  /** Hypervolume of the recommended front at its holdout values. */
  readonly hypervolume: number;
  readonly trials: number;
  readonly drafts: number;
  readonly written: number;
  /** Tokens that writers took. */
  readonly writerTokens: number;
  /** Members of the front with a written prompt, and all. */
  readonly frontWritten: number;
  readonly front: number;
}

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** As the challenge's grader words its feedback, from the parts of the program instead of running it. */
const partsGrader: Grader = {
  name: 'parts',
  revision: '1',
  grade: async ({ answer }) => {
    const program = readProgram(answer);
    if (program === null)
      return { kind: 'scored', value: 0, feedback: '0 of 120 points: the program does not load.' };
    const { parts } = program;
    const lost: readonly (readonly [string, boolean])[] = [
      ['handles_division_by_zero', parts.zeroDays],
      ['handles_empty_users_list', parts.emptyInput || parts.noActive],
      ['handles_missing_keys', parts.missingKeys],
      ['correct_average_calculation', parts.averageActive],
      ['correct_sorting_direction', parts.sortOrder],
      ['handles_no_active_users', parts.noActive],
      ['doesnt_mutate_input', parts.noMutation],
      ['handles_less_than_5_users', parts.fewerThanFive],
      ['handles_invalid_dates', parts.dateRange],
      ['robust_error_handling', parts.textValues],
      ['efficient_implementation', parts.topFive],
    ];
    const points = pointsOfParts(parts, program.defaultDays);
    const lines = lost.filter(([, right]) => !right).map(([name]) => `- ${name}: points lost`);
    return {
      kind: 'scored',
      value: points / 120,
      feedback: [`${points} of 120 points.`, ...lines].join('\n'),
    };
  },
};

async function open(name: string): Promise<{ task: Task; grader: Grader; textbook?: Textbook }> {
  const loaded = unwrap(await loadTask(root(`tasks/${name}`), { tasksFolders: [] }));
  if (name === 'code-challenge') return { task: loaded, grader: partsGrader };
  const python = { run: () => Promise.reject(new Error('no sandbox here')), close: () => Promise.resolve() };
  const grader = unwrap(
    createGrader(loaded.grader, { python: python as never, taskFolder: root(`tasks/${name}`) }),
  );
  return { task: loaded, grader, textbook: createTextbook([loaded]) };
}

async function play(named: string, share: number, seed: number): Promise<Row> {
  const [name = '', spaceName = name === 'code-challenge' ? name : 'default'] = named.split(':');
  const { task, grader, textbook } = await open(name);
  const file = unwrap(
    parseYaml(readFileSync(root(`search-spaces/${spaceName}.yaml`), 'utf8'), spaceName),
  ).value;
  const space = settleSpace(unwrap(parseSearchSpace(file, spaceName)), models);
  const dependencies = (clock: VirtualClock): TuneDependencies => ({
    clock,
    model: createSimulatedModel({ clock, seed, ...(textbook === undefined ? {} : { textbook }) }),
    card: (model) => simulatedModels.find((card) => card.name === model),
    task,
    space,
    grader,
    extractAnswer: createAnswerExtractor(task),
    createStrategy: (context) => createStrategy(strategy, context),
    signal: new AbortController().signal,
  });
  const settings: TuneSettings = {
    strategy,
    objectives: ['score', 'latency', 'tokens'],
    seed,
    repeats: task.repeats,
    schedule: levelledSchedule,
    finishRepeats: task.tuning.length === 1 ? 8 : 1,
    holdoutRepeats: 0,
    concurrency: 8,
    budget: { maxTokens: tokens },
    models,
    simulated: true,
    ...(share === 0 ? {} : { reflection: { share } }),
  };
  const journal = createMemoryJournal();
  const clock = new VirtualClock();
  const front = await clock.run(() =>
    new TuningRun('reflection', journal, settings, dependencies(clock)).run(),
  );
  const judge = async (configs: readonly MoaConfig[], cells: number): Promise<Estimates[]> => {
    const clock = new VirtualClock();
    const holdout = task.holdout.slice(0, cells);
    const repeats = Math.max(1, Math.round(cells / holdout.length));
    const judged = { split: 'holdout', repeats, firstRepeat: 10_000_000, concurrency: 8, seed } as const;
    const found = await evaluateConfigs(configs, judged, {
      ...dependencies(clock),
      task: { ...task, holdout },
    });
    return found.map(({ estimates }) => estimates);
  };
  const configs = front.front.map(({ config }) => config);
  const [best] = front.front.toSorted(
    (a, b) => (b.objectives.score.mean ?? -1) - (a.objectives.score.mean ?? -1),
  );
  const [ofBest] = best === undefined ? [] : await judge([best.config], cellsOfBest);
  const ofFront = await judge(configs, cellsOfFront);
  return {
    task: named,
    share,
    seed,
    best: ofBest?.score.mean ?? 0,
    hypervolume: frontHypervolume(ofFront, ['score', 'latency', 'tokens']),
    ...countsOf(journal.written, configs),
  };
}

function countsOf(
  events: readonly RunEvent[],
  front: readonly MoaConfig[],
): Omit<Row, 'task' | 'share' | 'seed' | 'best' | 'hypervolume'> {
  const writers = new Set<number>();
  let writerTokens = 0;
  const prompts: string[] = [];
  for (const event of events) {
    if (event.kind === 'call-dispatched' && event.purpose === 'prompt-writer') writers.add(event.call);
    if (event.kind === 'call-answered' && writers.has(event.call)) {
      writerTokens += event.usage.inputTokens + event.usage.outputTokens;
    }
    if (event.kind === 'draft-finished' && event.outcome.kind === 'written')
      prompts.push(event.outcome.prompt);
  }
  const holds = (config: unknown): boolean => {
    const text = JSON.stringify(config);
    return prompts.some((prompt) => text.includes(JSON.stringify(prompt)));
  };
  return {
    trials: events.filter(({ kind }) => kind === 'trial-started').length,
    drafts: events.filter(({ kind }) => kind === 'draft-started').length,
    written: prompts.length,
    writerTokens,
    frontWritten: front.filter(holds).length,
    front: front.length,
  };
}

function summary(rows: readonly Row[]): string {
  const lines = [
    '| task | share | seeds | trials | drafts (accepted) | writer’s tokens | holdout score of the best: without → with | p | hypervolume: without → with | p | written on front |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
  ];
  const groups = new Set(rows.filter(({ share }) => share > 0).map(({ task, share }) => `${task} ${share}`));
  for (const group of [...groups].sort()) {
    const [task = '', share = ''] = group.split(' ');
    const pairs = rows.flatMap((row) => {
      if (row.task !== task || row.share !== Number(share)) return [];
      const plain = rows.find((other) => other.task === task && other.share === 0 && other.seed === row.seed);
      return plain === undefined ? [] : [{ plain, row }];
    });
    const median = (value: (pair: (typeof pairs)[number]) => number): number => {
      const sorted = pairs.map(value).sort((a, b) => a - b);
      const middle = sorted.length / 2;
      return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
    };
    const mean = (value: (pair: (typeof pairs)[number]) => number): number =>
      pairs.reduce((sum, pair) => sum + value(pair), 0) / pairs.length;
    const p = (name: 'best' | 'hypervolume'): string =>
      wilcoxon(
        pairs.map(({ row }) => row[name]),
        pairs.map(({ plain }) => plain[name]),
      )?.toFixed(4) ?? '–';
    lines.push(
      `| ${task} | ${share} | ${pairs.length} | ${mean(({ plain }) => plain.trials).toFixed(0)} → ${mean(({ row }) => row.trials).toFixed(0)} | ` +
        `${mean(({ row }) => row.drafts).toFixed(1)} (${mean(({ row }) => row.written).toFixed(1)}) | ${mean(({ row }) => row.writerTokens).toFixed(0)} | ` +
        `${median(({ plain }) => plain.best).toFixed(3)} → ${median(({ row }) => row.best).toFixed(3)} (mean difference ${mean(({ row, plain }) => row.best - plain.best).toFixed(4)}) | ${p('best')} | ` +
        `${median(({ plain }) => plain.hypervolume).toFixed(4)} → ${median(({ row }) => row.hypervolume).toFixed(4)} (${mean(({ row, plain }) => row.hypervolume - plain.hypervolume).toFixed(4)}) | ${p('hypervolume')} | ` +
        `${mean(({ row }) => row.frontWritten / Math.max(1, row.front)).toFixed(2)} |`,
    );
  }
  return lines.join('\n');
}

const [first = 'code-challenge,support-intent', second = '0,0.1', seeds = '20', from = '1'] =
  process.argv.slice(2);
if (first === 'summary') {
  const rows = readFileSync(second, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  process.stdout.write(`${summary(rows)}\n`);
} else {
  for (let seed = Number(from); seed < Number(from) + Number(seeds); seed++) {
    for (const task of first.split(',')) {
      for (const share of second.split(',').map(Number)) {
        process.stdout.write(`${JSON.stringify(await play(task, share, seed))}\n`);
      }
    }
  }
}
