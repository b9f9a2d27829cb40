/**
 * Does having prompts written by a model pay, and what does it cost where it does not? Tunes shipped tasks with
 * simulated models, with and without drafts, on equal budgets of tokens (what the writer takes included), and measures
 * the front that comes out on the holdout, outside of the budget. Each seed is a world of its own, with the same one
 * for all arms.
 *
 *   npx tsx test/experiments/reflection.ts [tasks] [writers] [seeds] [first seed] >> results.jsonl
 *   npx tsx test/experiments/reflection.ts summary results.jsonl
 *
 * Tasks: name or name:space, comma-separated; the space `poor` is the default one with nothing but bare prompts; `rules` is
 * a made-up world in which prompts decide (rules-world.ts).
 * Writers: `none`; `able`, the simulated ones; `idle`, which add words that change nothing; `refused`, whose answers are
 * no prompts. One JSON line a run.
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
import type { ChatModel } from '../../src/models/chat-model.ts';
import { frontHypervolume } from '../../src/pareto/index.ts';
import { evaluateConfigs } from '../../src/run/evaluate.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneDependencies, TuneSettings } from '../../src/run/types.ts';
import type { SearchSpace } from '../../src/search/space.ts';
import { parseSearchSpace, settleSpace } from '../../src/search/space-file.ts';
import { createStrategy, strategyRecord } from '../../src/search/strategies.ts';
import { readProgram } from '../../src/sim/code-challenge/detector.ts';
import { pointsOfParts } from '../../src/sim/code-challenge/parts.ts';
import { createSimulatedModel, createTextbook, simulatedModels } from '../../src/sim/index.ts';
import { loadTask } from '../../src/tasks/load-task.ts';
import { wilcoxon } from '../bench/search/metric.ts';
import { createRulesWorld } from './rules-world.ts';

const models = ['heron-8b', 'forge-14b', 'otter-32b', 'sage-70b', 'quill-120b', 'atlas-235b'].map(
  (name) => `sim/${name}`,
);
const tokens = Number(process.env.MIXTUNE_TOKENS ?? 500_000);
/** Holdout cells of the best and of each front member, outside of the budget; repeats are far from those of the run. */
const cellsOfBest = 160;
const cellsOfFront = 40;
const strategy = process.env.MIXTUNE_STRATEGY ?? 'auto';

const writers = ['none', 'able', 'idle', 'refused'] as const;
type Writer = (typeof writers)[number];

interface Row {
  readonly task: string;
  readonly writer: Writer;
  readonly seed: number;
  /** Holdout score of the config that scored best in tuning. */
  readonly best: number;
  /** Hypervolume of the recommended front at its holdout values. */
  readonly hypervolume: number;
  readonly trials: number;
  readonly drafts: number;
  readonly written: number;
  /** Tokens that writers took, and that the configs that came of drafts did. */
  readonly writerTokens: number;
  readonly draftTokens: number;
  readonly tokens: number;
  /** Drafts by their operator, and those of the second half of all trials. */
  readonly operators: Readonly<Record<string, number>>;
  readonly lateDrafts: number;
  readonly addedHypervolume: number;
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

interface World {
  readonly task: Task;
  readonly grader: Grader;
  readonly space: SearchSpace;
  readonly model: (clock: VirtualClock) => ChatModel;
}

async function open(named: string, seed: number): Promise<World> {
  if (named === 'rules') return createRulesWorld(seed);
  const [name = '', spaceName = name === 'code-challenge' ? name : 'default'] = named.split(':');
  const task = unwrap(await loadTask(root(`tasks/${name}`), { tasksFolders: [] }));
  const python = { run: () => Promise.reject(new Error('no sandbox here')), close: () => Promise.resolve() };
  const isChallenge = name === 'code-challenge';
  const shipped = spaceName === 'poor' ? 'default' : spaceName;
  const file = unwrap(
    parseYaml(readFileSync(root(`search-spaces/${shipped}.yaml`), 'utf8'), spaceName),
  ).value;
  const whole = settleSpace(unwrap(parseSearchSpace(file, spaceName)), models);
  return {
    task,
    grader: isChallenge
      ? partsGrader
      : unwrap(createGrader(task.grader, { python: python as never, taskFolder: root(`tasks/${name}`) })),
    space: spaceName === 'poor' ? { ...whole, prompts: barePrompts(whole.prompts) } : whole,
    model: (clock) =>
      createSimulatedModel({ clock, seed, ...(isChallenge ? {} : { textbook: createTextbook([task]) }) }),
  };
}

async function play(named: string, writer: Writer, seed: number): Promise<Row> {
  const { task, grader, space, model } = await open(named, seed);
  const dependencies = (clock: VirtualClock): TuneDependencies => ({
    clock,
    model: writingLike(writer, model(clock)),
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
    schedule: strategyRecord(strategy).schedule,
    finishRepeats: task.tuning.length === 1 ? 8 : 1,
    holdoutRepeats: 0,
    concurrency: 8,
    budget: { maxTokens: tokens, maxEvaluations: 400 },
    models: space.models,
    simulated: true,
    ...(writer === 'none' ? {} : { reflection: {} }),
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
    writer,
    seed,
    best: ofBest?.score.mean ?? 0,
    hypervolume: frontHypervolume(ofFront, ['score', 'latency', 'tokens']),
    ...countsOf(journal.written),
    writerTokens: front.writing?.tokens ?? 0,
    draftTokens: front.writing?.trialTokens ?? 0,
    tokens: front.spent.tokensIn + front.spent.tokensOut,
    frontWritten: front.writing?.front ?? 0,
    addedHypervolume: front.writing?.added?.hypervolume ?? 0,
    front: configs.length,
  };
}

function countsOf(
  events: readonly RunEvent[],
): Pick<Row, 'trials' | 'drafts' | 'written' | 'operators' | 'lateDrafts'> {
  const trials = events.filter(({ kind }) => kind === 'trial-started').length;
  const operators: Record<string, number> = {};
  let begun = 0;
  let lateDrafts = 0;
  for (const event of events) {
    if (event.kind === 'trial-started') begun++;
    if (event.kind !== 'draft-started') continue;
    operators[event.of.operator] = (operators[event.of.operator] ?? 0) + 1;
    if (begun > trials / 2) lateDrafts++;
  }
  return {
    trials,
    drafts: events.filter(({ kind }) => kind === 'draft-started').length,
    written: events.filter((event) => event.kind === 'draft-finished' && event.outcome.kind === 'written')
      .length,
    operators,
    lateDrafts,
  };
}

/** One prompt a role, which says nothing that helps. */
function barePrompts(prompts: SearchSpace['prompts']): SearchSpace['prompts'] {
  const bare = Object.entries(prompts).map(([role, texts]) => {
    const names = [...(texts?.[0] ?? '').matchAll(/\{\{\w+\}\}/g)].map(([name]) => name);
    return [role, ['You are one part of a system.', ...new Set(names)].join('\n\n')] as const;
  });
  return Object.fromEntries(bare.map(([role, text]) => [role, [text]])) as unknown as SearchSpace['prompts'];
}

/** A model whose written prompts are of some kind; all else is as it was, what a call costs included. */
function writingLike(writer: Writer, model: ChatModel): ChatModel {
  if (writer === 'none' || writer === 'able') return model;
  let turn = 0;
  return {
    revision: (name) => model.revision(name),
    async complete(request, call) {
      const outcome = await model.complete(request, call);
      if (call?.purpose !== 'prompt-writer' || outcome.kind === 'failed') return outcome;
      const asked = request.messages.map(({ content }) => content).join('\n');
      const old = /<current_prompt>\n([\s\S]*?)\n<\/current_prompt>/.exec(asked)?.[1] ?? '';
      const idle = `<new_prompt>\nThis is version ${turn++}.\n\n${old}\n</new_prompt>`;
      const text = writer === 'idle' ? idle : '';
      return { ...outcome, response: { ...outcome.response, text } };
    },
  };
}

function summary(rows: readonly Row[]): string {
  const lines = [
    '| task | writer | seeds | trials | drafts (accepted; second half) | writing, share of tokens (configs that came of it) | holdout score of the best: without → with | p | hypervolume: without → with | p | written on front |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
  ];
  const groups = new Set(
    rows.filter(({ writer }) => writer !== 'none').map(({ task, writer }) => `${task} ${writer}`),
  );
  for (const group of [...groups].sort()) {
    const [task = '', writer = ''] = group.split(' ');
    const pairs = rows.flatMap((row) => {
      if (row.task !== task || row.writer !== writer) return [];
      const plain = rows.find(
        (each) => each.task === task && each.writer === 'none' && each.seed === row.seed,
      );
      return plain === undefined ? [] : [{ plain, row }];
    });
    const median = (value: (pair: (typeof pairs)[number]) => number): number => {
      const sorted = pairs.map(value).sort((a, b) => a - b);
      const middle = sorted.length / 2;
      return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
    };
    const mean = (value: (pair: (typeof pairs)[number]) => number): number =>
      pairs.reduce((sum, pair) => sum + value(pair), 0) / pairs.length;
    const percent = (value: number): string => `${(100 * value).toFixed(1)}%`;
    const compared = (name: 'best' | 'hypervolume', digits: number): string => {
      const p = wilcoxon(
        pairs.map(({ row }) => row[name]),
        pairs.map(({ plain }) => plain[name]),
      );
      const difference = mean(({ row, plain }) => row[name] - plain[name]);
      return `${median(({ plain }) => plain[name]).toFixed(digits)} → ${median(({ row }) => row[name]).toFixed(digits)} (mean difference ${difference.toFixed(4)}) | ${p?.toFixed(3) ?? '–'}`;
    };
    lines.push(
      `| ${task} | ${writer} | ${pairs.length} | ${mean(({ plain }) => plain.trials).toFixed(0)} → ${mean(({ row }) => row.trials).toFixed(0)} | ` +
        `${mean(({ row }) => row.drafts).toFixed(1)} (${mean(({ row }) => row.written).toFixed(1)}; ${mean(({ row }) => row.lateDrafts).toFixed(1)}) | ` +
        `${percent(mean(({ row }) => row.writerTokens / row.tokens))} (${percent(mean(({ row }) => row.draftTokens / row.tokens))}) | ` +
        `${compared('best', 3)} | ${compared('hypervolume', 4)} | ${mean(({ row }) => row.frontWritten / Math.max(1, row.front)).toFixed(2)} |`,
    );
  }
  return lines.join('\n');
}

const [first = 'support-intent:poor,support-intent', second = writers.join(','), seeds = '10', from = '1'] =
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
      for (const writer of writers.filter((name) => second.split(',').includes(name))) {
        process.stdout.write(`${JSON.stringify(await play(task, writer, seed))}\n`);
      }
    }
  }
}
