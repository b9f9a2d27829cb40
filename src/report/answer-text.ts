import type { Ablation, Spread } from '../analysis/answer/ablation.ts';
import type { Gain } from '../analysis/answer/gain.ts';
import type { Answer } from '../analysis/answer/index.ts';
import { noticeable, type Outlook, type Prospect } from '../analysis/answer/more.ts';
import { keysOf } from '../core/records.ts';
import { boundsText } from '../domain/bound-text.ts';
import type { Effort } from '../run/run-state.ts';
import {
  formatCount,
  formatCounted,
  formatDuration,
  formatHorizon,
  formatInterval,
  formatObjective,
  formatPercent,
  formatShortCount,
  formatSigned,
  formatUsd,
  simulatedSuffix,
  unknown,
} from './format.ts';
import type { Look } from './look.ts';
import { renderTable } from './table.ts';
import { type WorthShown, worthHead, worthLines } from './worth-text.ts';

export interface AnswerLook extends Look {
  readonly simulated: boolean;
  readonly worth: WorthShown;
}

/** Hours that tuning an MoA system by hand is said to take. */
const claimedHours = { low: 100, high: 1000 };

/** What `mixtune answer` prints for people. */
export function answerText(run: string, answer: Answer, look: AnswerLook): string {
  const { colors, simulated } = look;
  const parts = {
    gain: gainLines(answer),
    still: stillLines(answer, simulated),
    more: moreLines(answer, look),
    hand: handLines(answer, simulated),
    source: sourceLines(answer.ablation, look),
    agents: worthLines(look.worth, { ...look, run }),
  };
  const heads: Record<keyof typeof parts, string> = {
    gain: 'What it was worth (score, 0 to 1)',
    still: 'When the front stopped moving',
    more: 'Would more pay?',
    hand: 'The same by hand',
    source: 'Where the gain came from',
    agents: worthHead,
  };
  const title = `${run}${simulatedSuffix(simulated)}: ${measuredText(answer)}, ${effortText(answer.spent, simulated)}`;
  const blocks = keysOf(heads).map((name) =>
    [colors.bold(heads[name]), ...parts[name].map((line) => `  ${line}`)].join('\n'),
  );
  return [colors.bold(title), ...blocks].join('\n\n');
}

/** `47 of 48 configs tried are measured`, where some were begun and have no answers. */
function measuredText({ evaluations, tried }: Answer): string {
  const configs = formatCounted(tried, 'config');
  return evaluations < tried
    ? `${formatCount(evaluations)} of ${configs} tried are measured`
    : `${configs} measured`;
}

function gainLines(answer: Answer): string[] {
  if (answer.best === null) return ['Nothing was scored.'];
  const { overFirst, overBaseline } = answer;
  return [
    `The best config${withinText(answer)} is ${answer.best.id}: ${bestText(answer.best)}.`,
    ...(overFirst === null ? [] : gainText('over the first config', overFirst)),
    ...(overBaseline === null
      ? ['No single model was scored, so there is no baseline to compare with.']
      : gainText('over the best single model', overBaseline)),
  ];
}

/** The holdout's score first: it is what new questions would get. */
function bestText({ measured, holdout }: NonNullable<Answer['best']>): string {
  const tuning = `${formatObjective('score', measured)} as measured on tuning cells`;
  return holdout === null
    ? `${tuning}, which chose it`
    : `${formatInterval('score', holdout)} on the holdout (${tuning}, which chose it)`;
}

/** ` within latency<=1.2s`. */
function withinText({ within }: Answer): string {
  return keysOf(within).length === 0 ? '' : ` within ${boundsText(within)}`;
}

function gainText(label: string, gain: Gain): string[] {
  if (gain.method === 'the same config') return [`${label}: none, it is that config.`];
  const interval =
    gain.low === null || gain.high === null
      ? 'interval unknown'
      : `95% interval ${formatSigned(gain.low)} to ${formatSigned(gain.high)}`;
  const undecided = gain.low !== null && gain.low <= 0 && (gain.high ?? 0) >= 0 ? '; it may be nothing' : '';
  const asMeasured =
    gain.basis === 'holdout'
      ? 'as measured on tuning cells, which chose the best, so that its luck counts'
      : 'as measured on tuning cells, luck included';
  // Where the luck of both is much alike, nothing of the difference was.
  const isLevel = gain.basis === 'tuning' && formatSigned(gain.mean) === formatSigned(gain.measured);
  const measured = isLevel
    ? 'as measured on tuning cells: the same, so no luck was taken out and it may be too high (mixtune reproduce asks anew)'
    : `${asMeasured}: ${formatSigned(gain.measured)}`;
  return [
    `${label}: ${formatSigned(gain.mean)} (${interval}${undecided}), from ${gain.basis}: ${gain.method}.`,
    ...(gain.high === null ? [] : [`  ${measured}.`]),
  ];
}

function stillLines({ stillness, evaluations }: Answer, simulated: boolean): string[] {
  const { lastMove, nearlyAll, best, evaluationsSince, hypervolume } = stillness;
  if (lastMove === null) return ['There is no front.'];
  const when = (effort: Effort): string =>
    `evaluation ${formatCount(effort.evaluations)} (${effortText(effort, simulated)})`;
  return [
    `The front last moved at ${when(lastMove)}; ${formatCount(evaluationsSince)} of ${formatCount(evaluations)} evaluations came after it.`,
    ...(best === null ? [] : [`The best config came in at ${when(best)}.`]),
    nearlyAll === null
      ? 'The search added nothing to the front of the single models.'
      : `95% of what the search added to the single models' front was there at ${when(nearlyAll)} (hypervolume ${hypervolume.baselines.toFixed(3)} to ${hypervolume.final.toFixed(3)}).`,
  ];
}

function moreLines(answer: Answer, look: AnswerLook): string[] {
  const { outlook } = answer;
  if (outlook.refused !== null) {
    return [`No forecast: ${outlook.refused}.`, ...neededLines(outlook, look), ...paidLines(outlook)];
  }
  const of =
    (text: (expected: Extract<Prospect, { kind: 'expected' }>) => string, otherwise = '') =>
    (prospect: Prospect): string =>
      prospect.kind === 'expected' ? text(prospect) : otherwise;
  const table = renderTable(
    [
      { head: 'budget', text: formatHorizon },
      { head: 'configs', align: 'right', text: of(({ evaluations }) => `+${formatCount(evaluations)}`) },
      { head: 'gain', align: 'right', text: of(({ gain }) => formatSigned(gain), unknown) },
      { head: '80% interval', text: of(({ low, high }) => `${formatSigned(low)} to ${formatSigned(high)}`) },
      { head: `chance of ${noticeable}`, align: 'right', text: of(({ chance }) => formatPercent(chance)) },
    ],
    outlook.prospects,
    { ...look, width: look.width - 2 },
  );
  const curve = outlook.curve.map(
    ({ evaluations, score, part }) =>
      `${formatCount(evaluations)}${part === 'forecast' ? '*' : ''} ${formatObjective('score', score)}`,
  );
  return [
    ...table.split('\n'),
    ...outlook.prospects.flatMap((prospect) =>
      prospect.kind === 'refused'
        ? [`Nothing is said of ${formatHorizon(prospect)}: ${prospect.because}.`]
        : [],
    ),
    ...verdict(outlook),
    ...hindcastText(outlook),
    `Learning curve (configs and true score of the best${withinText(answer)} on tuning questions; * forecast): ${curve.join(', ')}.`,
    ...(answer.best?.holdout == null
      ? []
      : [
          `On the holdout's questions the best scores ${formatInterval('score', answer.best.holdout)}: gains can be read off the curve, not what new questions would score.`,
        ]),
  ];
}

function neededLines({ needed }: Outlook, { simulated }: AnswerLook): string[] {
  if (needed === null) return [];
  const { evaluations, tokens, usd, seconds } = needed;
  const amounts = [
    ...(tokens === null ? [] : [`${formatShortCount(tokens)} tokens`]),
    ...(usd === null || usd === 0 ? [] : [formatUsd(usd)]),
    ...(seconds === null ? [] : [formatDuration(seconds)]),
  ];
  const cost = amounts.length === 0 ? '' : `, about ${amounts.join(', ')}${simulatedSuffix(simulated)}`;
  return [`A run longer by ${formatCounted(evaluations, 'config')} would be long enough for one${cost}.`];
}

/** What a given budget would pay for is known where what that would bring is not. */
function paidLines({ prospects }: Outlook): string[] {
  const paid = prospects.flatMap((prospect) =>
    prospect.amount === undefined || prospect.evaluations === null
      ? []
      : [
          `${formatHorizon(prospect)} would pay for about ${formatShortCount(prospect.evaluations)} further configs`,
        ],
  );
  return paid.length === 0 ? [] : [`At what recent configs took, ${paid.join(', ')} and an end.`];
}

function verdict({ prospects }: Outlook): string[] {
  const [next] = prospects;
  if (next?.kind !== 'expected') return [];
  if (next.high < noticeable)
    return ['Going on as before would hardly pay: find other models, prompts or a wider space.'];
  if (next.low > 0) return ['Going on would very probably pay.'];
  const chance = `the chance that twice the configs bring ${noticeable} or more is ${formatPercent(next.chance)}`;
  return [
    next.chance < 0.5 ? `Going on will more likely not pay: ${chance}.` : `Going on may pay: ${chance}.`,
  ];
}

function hindcastText({ hindcast }: Outlook): string[] {
  if (hindcast === null) return [];
  const { after, gain, low, high, happened } = hindcast;
  const off =
    happened > high
      ? ', more than that: the forecast above may be too low as well'
      : happened < low
        ? ', less than that: the forecast above may be too high as well'
        : '';
  return [
    `Put to the test: after ${formatCount(after)} configs it would have foretold ${formatSigned(gain)} (80%: ${formatSigned(low)} to ${formatSigned(high)}) for the rest; it became ${formatSigned(happened)}${off}.`,
  ];
}

function handLines({ manual, evaluations, spent }: Answer, simulated: boolean): string[] {
  const tries = (hours: number): string => formatCount((hours * 60) / manual.minutesPerTry);
  return [
    `${formatCount(evaluations)} distinct configs at ${manual.minutesPerTry} minutes a try are ${formatHours(manual.hours)} of a person's work; the run took ${formatDuration(spent.seconds)}${simulated ? ' of simulated time' : ''}.`,
    `Tuning by hand is said to take ${claimedHours.low} to ${formatCount(claimedHours.high)} hours: ${tries(claimedHours.low)} to ${tries(claimedHours.high)} tries at this pace. A person may need fewer tries than a search.`,
  ];
}

function sourceLines(ablation: Ablation, look: AnswerLook): string[] {
  if (ablation.kind === 'refused') return [`Not said: ${ablation.because}.`];
  const changeText = ({ change }: Effect['swaps']): string => (change === null ? '' : spreadText(change));
  const improvedText = ({ pairs, improved }: Effect['swaps']): string =>
    pairs === 0 ? '' : formatPercent(improved);
  const table = renderTable<Effect>(
    [
      { head: 'changed', text: ({ group }) => group },
      { head: 'share of the gain (80%)', text: ({ gain }) => spreadText(gain) },
      { head: 'of variance', align: 'right', text: ({ varianceShare }) => formatPercent(varianceShare) },
      { head: 'swaps', align: 'right', expendable: 3, text: ({ swaps }) => formatCount(swaps.pairs) },
      { head: 'mean change', expendable: 2, text: ({ swaps }) => changeText(swaps) },
      { head: 'improved', align: 'right', expendable: 1, text: ({ swaps }) => improvedText(swaps) },
    ],
    ablation.effects,
    { ...look, width: look.width - 2 },
  );
  return [
    ...table.split('\n'),
    `The shares are of the gain on tuning questions with luck taken out: ${formatSigned(ablation.gain)} over the best single model. They add up to ${formatSigned(ablation.explained)}, which is how trees see it (R² ${ablation.fit.toFixed(2)} on configs they had not seen); ${formatPercent(ablation.interactions)} of the variance comes from combinations.`,
  ];
}

type Effect = Extract<Ablation, { kind: 'found' }>['effects'][number];

function spreadText({ mean, low, high }: Spread): string {
  return `${formatSigned(mean)} [${formatSigned(low)}, ${formatSigned(high)}]`;
}

function formatHours(hours: number): string {
  return hours < 10 ? `${hours.toFixed(1)} hours` : `${formatCount(hours)} hours`;
}

function effortText({ tokens, usd, seconds }: Effort, simulated: boolean): string {
  const parts = [`${formatShortCount(tokens)} tokens`, formatDuration(seconds)];
  if (usd !== null && usd > 0) parts.splice(1, 0, formatUsd(usd));
  return `${parts.join(', ')}${simulated ? ' simulated' : ''}`;
}
