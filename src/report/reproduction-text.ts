import type { Reproduction } from '../analysis/reproduce/reproduce.ts';
import { type ClaimVerdict, freshPerClaimed, overallLevel } from '../analysis/reproduce/verdicts.ts';
import { groupBy } from '../core/group-by.ts';
import type { Estimate, ObjectiveName } from '../domain/objective.ts';
import type { ReplayResult, ReplayVerdict } from '../run/calls/replay.ts';
import type { BestFile } from '../run/folder/lock-schema.ts';
import { formatCount, formatCounted, formatInterval, formatObjective, simulatedSuffix } from './format.ts';
import { spentLine } from './front-view.ts';
import { loadText } from './load-text.ts';
import type { Look } from './look.ts';
import { cutOffText } from './measuring-text.ts';
import { renderTable } from './table.ts';

const verdictWords = { held: 'held', 'not-held': 'DID NOT HOLD', unchecked: 'not checked' } as const;

/** What came of measuring the claims of a lock again. */
export function reproductionText(
  label: string,
  lock: BestFile,
  reproduction: Reproduction,
  notes: readonly string[],
  look: Look,
): string {
  const { split, claims, answers, spent, troubles, cutOff } = reproduction;
  const lines = [look.colors.bold(title(label, lock)), ...notes];
  if (answers.planned > 0)
    lines.push(measuredLine(lock, reproduction), `Spent: ${spentLine(spent, lock.simulated)}.`);
  if (cutOff !== undefined)
    lines.push(cutOffText(cutOff, answers.scored + answers.unscored, answers.planned));
  lines.push(...loadText(reproduction));
  for (const trouble of troubles) lines.push(`Unscored: ${trouble}`);
  lines.push('', claimTable(claims, look));
  const others = claims.filter(({ verdict }) => verdict !== 'held');
  if (others.length > 0) lines.push('');
  for (const [why, alike] of groupBy(
    others,
    ({ verdict, reason }) => `${verdictWords[verdict]}: ${reason}`,
  )) {
    lines.push(`${alike.map(({ split, objective }) => `${split} ${objective}`).join(', ')} ${why}.`);
  }
  const tested = claims.filter(({ p }) => p !== null);
  if (tested.length > 0) lines.push('', ...testLines(tested));
  lines.push('', look.colors.bold(verdictLine(reproduction, split)));
  return lines.join('\n');
}

function title(label: string, lock: BestFile): string {
  return `Claims of ${label} (${lock.member.id}) on ${lock.task}${simulatedSuffix(lock.simulated)}`;
}

function measuredLine(lock: BestFile, { split, answers }: Reproduction): string {
  const { scored, unscored } = answers;
  const lost = unscored === 0 ? '' : `, ${formatCount(unscored)} unscored`;
  const claimed = formatCount(lock.claims[split]?.cells ?? 0);
  return `${formatCount(scored)} fresh ${split} answers scored${lost}; the claim rests on ${claimed}.`;
}

function claimTable(claims: readonly ClaimVerdict[], look: Look): string {
  return renderTable<ClaimVerdict>(
    [
      { head: 'claim', text: ({ split, objective }) => `${split} ${objective}` },
      { head: 'claimed', text: ({ objective, claimed }) => formatInterval(objective, claimed) },
      { head: 'fresh', text: ({ objective, fresh }) => (fresh ? formatInterval(objective, fresh) : '') },
      { head: 'p', align: 'right', expendable: 1, text: ({ p }) => p?.toFixed(4) ?? '' },
      { head: 'verdict', text: ({ verdict }) => verdictWords[verdict] },
    ],
    claims,
    look,
  );
}

function testLines(tested: readonly ClaimVerdict[]): string[] {
  const levels = [
    ...new Set(
      tested.map(
        ({ objective, level }) =>
          `${objective === 'score' ? 'score' : 'costs together'} ${percent(level ?? 0)}`,
      ),
    ),
  ];
  const size = tested.flatMap(({ objective, detectable }) => {
    const least = formatObjective(objective, detectable);
    // What rounds to nothing would read as a claim that is true.
    return detectable === null || least === formatObjective(objective, 0) ? [] : [`${objective} ${least}`];
  });
  const score = tested.find(({ objective }) => objective === 'score')?.power ?? null;
  return [
    `Test: one-sided permutation test within questions; an honest lock fails it in at most ${percent(overallLevel)} of cases (${levels.join(', ')}).`,
    ...(size.length === 0
      ? []
      : [`Found out in 80% of cases where a claim is too good by: ${size.join(', ')}.`]),
    ...(score === null
      ? []
      : [
          `A score claimed two of its standard errors too high is found out in ${percent(Math.round(100 * score) / 100)}.`,
        ]),
  ];
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))}%`;
}

/** A test that finds out fewer of the false claims says little where it finds nothing. */
const littlePower = 0.5;

function verdictLine({ claims, verdict }: Reproduction, split: string): string {
  if (verdict === 'unchecked') return 'No claim could be checked.';
  const score = claims.find(({ objective, p }) => objective === 'score' && p !== null);
  const power = score?.power ?? 1;
  // A claim with little spread has little power however many answers are measured.
  const areFew = score !== undefined && score.cells.fresh < freshPerClaimed * score.cells.claimed;
  if (verdict === 'held' && areFew && power < littlePower)
    return `Too few fresh answers to tell: nothing speaks against the ${split} claims, and a score two standard errors too high would be found out in ${percent(Math.round(100 * power) / 100)} of cases only.`;
  const unchecked = claims.filter((claim) => claim.split === split && claim.verdict === 'unchecked').length;
  const failed = claims.filter((claim) => claim.verdict === 'not-held').length;
  if (verdict === 'held') {
    return unchecked === 0
      ? `All ${split} claims held.`
      : `All ${split} claims that could be checked held; ${unchecked} could not.`;
  }
  return `${failed === 1 ? 'One claim' : `${failed} claims`} did not hold.`;
}

/** What came of playing a run's own answers again. */
export function replayText(
  label: string,
  lock: BestFile,
  verdicts: readonly ReplayVerdict[],
  result: ReplayResult,
  notes: readonly string[],
): string {
  const table = renderTable<ReplayVerdict>(
    [
      { head: 'claim', text: ({ split, objective }) => `${split} ${objective}` },
      { head: 'claimed', text: ({ objective, claimed, replayed }) => shown(objective, claimed, replayed) },
      { head: 'replayed', text: ({ objective, claimed, replayed }) => shown(objective, replayed, claimed) },
      { head: 'verdict', text: ({ verdict }) => (verdict === 'held' ? 'equal' : 'DIFFERS') },
    ],
    verdicts,
    { width: 120 },
  );
  const different = verdicts.filter(({ verdict }) => verdict !== 'held').length;
  const lines = [
    title(label, lock),
    ...notes,
    `${formatCount(result.cells)} answers played again from the run's journal through engine and grader, without a call.`,
    '',
    table,
    '',
  ];
  for (const { cell, what } of result.differences.slice(0, 10)) {
    lines.push(`${cell.split} ${cell.instance} repeat ${cell.repeat}: ${what}`);
  }
  if (result.differences.length > 10)
    lines.push(`… and ${formatCounted(result.differences.length - 10, 'more answer')}.`);
  if (result.missingCalls > 0) {
    lines.push(`The journal does not hold ${formatCount(result.missingCalls)} of the calls that were asked.`);
  }
  const equal = different === 0 && result.differences.length === 0;
  lines.push(
    equal
      ? 'Everything matches to the last bit.'
      : `${different} figures and ${result.differences.length} answers differ.`,
  );
  return lines.join('\n');
}

/** In full where the shown digits would hide the difference. */
function shown(objective: ObjectiveName, estimate: Estimate, other: Estimate): string {
  const text = formatInterval(objective, estimate);
  if (text !== formatInterval(objective, other)) return text;
  return estimate.mean === other.mean ? text : String(estimate.mean ?? formatObjective(objective, null));
}
