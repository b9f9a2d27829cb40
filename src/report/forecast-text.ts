import type {
  AmountsOutlook,
  Beliefs,
  CeilingOutlook,
  Forecast,
  ModelBelief,
  Quantiles,
  QuickForecast,
} from '../analysis/rehearse/index.ts';
import { unitOf } from '../domain/budget.ts';
import {
  formatAmount,
  formatCount,
  formatCounted,
  formatDuration,
  formatPercent,
  formatShortCount,
  formatUsd,
  simulatedSuffix,
  unknown,
} from './format.ts';
import type { Look } from './look.ts';
import { renderTable } from './table.ts';

/**
 * `tune`'s forecast in one line.
 * @param job `writes`: whether models write prompts in it; `models`: what is believed of them
 */
export function forecastLine(
  { total, end, speedUnknown }: QuickForecast,
  job: { readonly simulated: boolean; readonly writes: boolean } & Pick<Beliefs, 'models'>,
): string {
  const { simulated, writes, models } = job;
  const usd = total.usd === null ? 'dollars unknown (a model has no price)' : spread(total.usd, formatUsd);
  const amounts = [
    `${spread(total.calls, formatShortCount)} calls`,
    `${spread(total.tokens, formatShortCount)} tokens`,
    usd,
    spread(total.seconds, formatDuration),
  ];
  return [
    `Forecast${simulatedSuffix(simulated)}, typical (8 in 10 runs between): ${amounts.join(', ')}`,
    `about ${formatShortCount(end.calls.median)} of the calls measure the result at the end`,
    lengthsTaken(models),
    ...(speedUnknown
      ? ['how fast the models are is not known, and fast ones may spend the other ceilings before --max-time']
      : []),
    ...(writes ? ['those by which a model writes prompts are counted (none with --no-reflection)'] : []),
    'a rough forecast: `mixtune rehearse` plays the whole job',
  ].join('; ');
}

const lengthSources: Readonly<Record<ModelBelief['lengthFrom'], string>> = {
  assumed: 'assumed',
  'gold-answers': 'by the gold answers',
  'other-task': 'by runs of other tasks',
  'earlier-runs': 'as in earlier runs',
};

/** How long answers are taken to be, and why. */
function lengthsTaken(models: Beliefs['models']): string {
  const lengths = models.map(({ outputTokens }) => outputTokens.median);
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)].map(formatCount);
  const sources = [...new Set(models.map(({ lengthFrom }) => lengthSources[lengthFrom]))];
  return `answers taken to be ${least === most ? `about ${least}` : `${least} to ${most}`} tokens long (${sources.join('; ')})`;
}

function spread({ p10, median, p90 }: Quantiles, format: (value: number) => string): string {
  return `${format(median)} (${format(p10)} to ${format(p90)})`;
}

function pair({ median, p90 }: Quantiles, format: (value: number) => string): string {
  return `${format(median)} (${format(p90)})`;
}

export interface RehearsalView {
  readonly task: string;
  readonly simulated: boolean;
  readonly forecast: Forecast;
  readonly assumptions: readonly string[];
}

/** A rehearsal for people. */
export function rehearsalText(view: RehearsalView, look: Look): string {
  const { forecast, task, simulated, assumptions } = view;
  return [
    `Rehearsal of ${task}${simulatedSuffix(simulated)}: the job played ${forecast.rehearsals} times with stand-in models; no model was called.`,
    '',
    amountTable(forecast, look),
    '',
    ...limitLines(forecast),
    '',
    ...concurrencyLines(forecast),
    '',
    'Assumed:',
    ...assumptions.map((line) => `- ${line}`),
  ].join('\n');
}

function amountTable({ total, byPhase, byStage }: Forecast, look: Look): string {
  type Part = AmountsOutlook & { readonly part: string; readonly seconds?: Quantiles };
  const parts: Part[] = [
    { part: 'whole job', ...total },
    ...Object.entries(byPhase).map(([phase, amounts]) => ({ part: `  ${phase}`, ...amounts })),
    // Stages overlap, so a time of their own would mislead.
    ...Object.entries(byStage).map(([stage, amounts]) => ({ part: `  stage ${stage}`, ...amounts })),
  ];
  return renderTable<Part>(
    [
      { head: 'typical (9 in 10 below)', text: ({ part }) => part },
      { head: 'calls', align: 'right', text: ({ calls }) => pair(calls, formatShortCount) },
      { head: 'tokens', align: 'right', text: ({ tokens }) => pair(tokens, formatShortCount) },
      { head: 'usd', align: 'right', text: ({ usd }) => (usd === null ? unknown : pair(usd, formatUsd)) },
      { head: 'time', align: 'right', text: ({ seconds }) => (seconds ? pair(seconds, formatDuration) : '') },
    ],
    parts,
    look,
  );
}

function limitLines({ evaluations, endings, ceilings, slotsUsed }: Forecast): string[] {
  const reached =
    evaluations.p10 === evaluations.p90
      ? formatCount(evaluations.median)
      : `${formatCount(evaluations.median)} (${formatCount(evaluations.p10)} to ${formatCount(evaluations.p90)} in 8 of 10)`;
  const ended = Object.entries(endings)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, share]) => `${reason} ${formatPercent(share)}`);
  return [
    `Evaluations reached: ${reached}. What ends the search: ${ended.join(', ')}.`,
    ...ceilings.map(ceilingLine),
    `Call slots in use: ${formatPercent(slotsUsed)} of the time.`,
  ];
}

function ceilingLine({ ceiling, limit, ends, used }: CeilingOutlook): string {
  const share = used === null ? unknown : formatPercent(used);
  const isReserved = ceiling === 'usd' || ceiling === 'tokens';
  const why =
    isReserved && ends > 0 && used !== null && used < 1 ? ' (each call sets its worst case aside)' : '';
  return `Ceiling on ${ceiling} (${formatAmount(unitOf(ceiling), limit)}): ends the search in ${formatPercent(ends)} of the rehearsals; typically ${share} is used at the end${why}.`;
}

function concurrencyLines({ concurrency, total, evaluations }: Forecast): string[] {
  return concurrency.map((other) => {
    const change =
      other.evaluations === evaluations.median ? '' : `, ${formatCounted(other.evaluations, 'evaluation')}`;
    return `With --concurrency ${other.concurrency}: ${formatDuration(other.seconds)}${change} (typically; now ${formatDuration(total.seconds.median)}).`;
  });
}

/** What the rehearsal took for granted, in sentences. */
export function assumptionLines(
  beliefs: Beliefs,
  facts: {
    readonly learnedFrom: readonly string[];
    readonly unpriced: readonly string[];
    readonly grader: string;
    /** The model that judges, where one does. */
    readonly judge?: string | undefined;
    /** Whether prompts are written by a model, and by which; no name: by the best single one so far. */
    readonly reflection?: { readonly writer?: string } | undefined;
  },
): string[] {
  const { models, failureRate } = beliefs;
  const named = (list: readonly { readonly model: string }[]): string =>
    list.length > 4 ? `${list.length} models` : list.map(({ model }) => model).join(', ');
  const isGuess = ({ lengthFrom }: ModelBelief): boolean =>
    lengthFrom === 'assumed' || lengthFrom === 'gold-answers';
  const learned = models.filter((model) => !isGuess(model));
  const guessed = models.filter(isGuess);
  const unprofiled = models.filter((model) => model.speedFrom === 'assumed');
  const profiled = models.filter((model) => model.speedFrom === 'profile');
  const lines: string[] = [];
  if (learned.length > 0) {
    const calls = learned.reduce((sum, model) => sum + model.learnedCalls, 0);
    lines.push(
      `${named(learned)}: lengths and times learned from ${formatCount(calls)} calls of earlier runs (${facts.learnedFrom.join(', ')})`,
    );
  }
  const [first] = guessed;
  if (first !== undefined) {
    const { median, unsure } = first.outputTokens;
    const wide = Math.exp(1.28 * Math.hypot(unsure, beliefs.taskLengthUnsure));
    const by = first.lengthFrom === 'gold-answers' ? 'by the gold answers; no earlier run' : 'no earlier run';
    lines.push(
      `${named(guessed)}: answers of about ${formatCount(median)} tokens, ${formatCount(median / wide)} to ${formatCount(median * wide)} in 8 of 10 (${by} to learn from)`,
    );
  }
  const [slow] = unprofiled;
  if (slow !== undefined) {
    lines.push(
      `${named(unprofiled)}: no speed profile; taken to be about ${formatCount(slow.tokensPerSecond.median)} tokens/s after ${formatDuration(slow.firstTokenMs.median / 1000)}, with a wide spread`,
    );
  }
  if (profiled.length > 0) lines.push(`${named(profiled)}: speed as in the model's card`);
  if (facts.unpriced.length > 0)
    lines.push(`no price known for ${facts.unpriced.join(', ')}: dollars are unknown`);
  lines.push(
    `about ${(failureRate.median * 100).toFixed(1)}% of the calls fail and are made again`,
    facts.judge === undefined
      ? `grades are drawn, the grader ${facts.grader} is not run, and its own time and calls are not in the figures`
      : `grades are drawn; the judge ${facts.judge} is asked twice for each answer, which is in the figures`,
    writingLine(facts.reflection),
    'no answer comes from the cache, and no rate limit of a provider is met',
  );
  return lines;
}

function writingLine(reflection: { readonly writer?: string } | undefined): string {
  if (reflection === undefined) return 'no prompt is written by a model';
  const { writer = 'the best single model so far' } = reflection;
  return `prompts are written by ${writer}, whose calls for it are in the figures (stage prompt writer; none with --no-reflection)`;
}
