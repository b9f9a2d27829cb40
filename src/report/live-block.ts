import { stripVTControlCharacters } from 'node:util';
import { createLogUpdate } from 'log-update';
import sparkly from 'sparkly';
import type { Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import { oneLine } from '../core/one-line.ts';
import { printable } from '../core/printable.ts';
import { shortened } from '../core/shortened.ts';
import {
  type Budget,
  type CeilingName,
  countedBy,
  type Meter,
  metersOf,
  type Spent,
  spendingCeilingsOf,
} from '../domain/budget.ts';
import type { Progress } from '../domain/run-result.ts';
import type { Colors } from './colors.ts';
import {
  formatCount,
  formatDuration,
  formatMeter,
  formatObjective,
  formatPoints,
  simulatedSuffix,
} from './format.ts';
import { frontRow, type PointScale } from './front-columns.ts';
import { renderFrontTable } from './front-table.ts';
import { phaseName } from './progress-lines.ts';
import { marksOf } from './which.ts';
import { wrapText } from './wrap-text.ts';

/** Room and dress of the block. */
export interface LiveBlockLook {
  /** Characters a line may have. */
  readonly columns: number;
  /** Lines the terminal has; the block leaves one free. */
  readonly rows: number;
  readonly colors: Colors;
  readonly scale?: PointScale;
  readonly expected?: ExpectedEnd;
  /** Seconds since the last notice came; absent: just now. */
  readonly noticeAge?: number;
}

/** What a run is forecast to take in all. */
export interface ExpectedEnd {
  readonly calls: number;
  readonly seconds: number;
}

/**
 * Seconds that a run has still to go. One that tries so many configs goes to its forecast number of calls, at the
 * forecast's pace while few are made and at the run's own as they become more; the sooner, the further the two are
 * apart, since a server that is many times as fast as was assumed stays so. Any other goes on until a ceiling ends it:
 * up to its time, unless it uses up another before. `undefined` where that is not known.
 */
export function secondsLeft(
  { spent, budget }: Pick<Progress, 'spent' | 'budget'>,
  expected?: ExpectedEnd,
): number | undefined {
  const made =
    budget.maxEvaluations === undefined
      ? shareUsed(spent, budget)
      : expected && spent.calls / Math.max(1, expected.calls);
  const whole =
    made === undefined || made >= 1 ? undefined : wholeTime(made, expected?.seconds ?? 0, spent.seconds);
  const left = made === undefined || whole === undefined ? undefined : (1 - made) * whole;
  const isTimed =
    budget.maxSeconds !== undefined && (left !== undefined || budget.maxEvaluations === undefined);
  if (!isTimed) return left;
  return Math.max(0, Math.min(left ?? Number.POSITIVE_INFINITY, (budget.maxSeconds ?? 0) - spent.seconds));
}

/** Of the ceiling on calls, tokens or dollars that is nearest to its end; `undefined` where there is none. */
function shareUsed(spent: Spent, budget: Budget): number | undefined {
  const { maxSeconds: _time, ...others } = budget;
  const shares = spendingCeilingsOf(others).flatMap((ceiling) => {
    const used = countedBy(ceiling, spent);
    return used === null ? [] : [used / Math.max(ceiling.limit, Number.MIN_VALUE)];
  });
  return shares.length === 0 ? undefined : Math.max(...shares);
}

/** Seconds of the whole run, by its forecast (0: none) and by what its share of what is to be done has taken. */
function wholeTime(made: number, forecast: number, taken: number): number | undefined {
  if (forecast === 0) return made === 0 ? undefined : taken / made;
  const ratio = made === 0 ? 0 : taken / made / forecast;
  if (ratio === 0) return forecast;
  const doublings = Math.log2(ratio);
  const ownShare = 1 - (1 - made) ** (1 + doublings ** 2);
  return forecast * ratio ** ownShare;
}

/** The block as text; never wider than `columns` nor higher than `rows - 1`. */
export function renderLiveBlock(progress: Progress, look: LiveBlockLook): string {
  const { colors, columns } = look;
  const height = Math.max(1, look.rows - 1);
  const head = `${colors.bold(progress.task)}${simulatedSuffix(progress.simulated)} ${colors.dim('·')} ${phaseName(progress.phase)} ${colors.dim('·')} ${colors.dim(progress.run)}`;
  const meters = meterLines(progress, look);
  const trend = trendLine(progress, look);
  const notice = progress.notices.at(-1);
  const tail = notice === undefined ? [] : noticeLines(notice, look);
  const fixed = [clipStyled(head, plainHead(progress), columns), ...meters, ...trend];
  const room = height - fixed.length - tail.length;
  const lines = [...fixed, ...frontLines(progress, look, room), ...tail];
  // A very low terminal keeps what matters most, from the top.
  return lines.slice(0, height).join('\n');
}

function plainHead(progress: Progress): string {
  return `${progress.task}${simulatedSuffix(progress.simulated)} · ${phaseName(progress.phase)} · ${progress.run}`;
}

/** Cuts by the plain text's width; a line that must be cut loses its dress. */
function clipStyled(styled: string, plain: string, width: number): string {
  return plain.length <= width ? styled : shortened(plain, width);
}

/** Seconds from which on a notice says how old it is: what it tells of, such as a wait, may be over. */
const oldNotice = 10;

/** Two lines at most: many a notice says behind its first what to do. */
function noticeLines(notice: string, { columns, colors, noticeAge = 0 }: LiveBlockLook): string[] {
  const whole = Math.floor(noticeAge);
  const age = whole < oldNotice ? '' : `${whole < 60 ? `${whole} s` : formatDuration(whole)} ago: `;
  const [first = '', ...rest] = wrapText(`! ${age}${oneLine(printable(notice))}`, columns).split('\n');
  const lines = rest.length === 0 ? [first] : [first, `  ${rest.join(' ')}`];
  return lines.map((line) => colors.yellow(shortened(line, columns)));
}

function meterLines(progress: Progress, look: LiveBlockLook): string[] {
  const { spent, budget, evaluations } = progress;
  const notes: Partial<Record<CeilingName, string>> = {
    // Configs that were left with the cells they had stay unconcluded.
    evaluations:
      progress.trialsInFlight > 0 && progress.phase !== 'done' ? `${progress.trialsInFlight} running` : '',
    calls: callsNote(progress),
    time: progress.simulated ? 'simulated' : '',
    usd: progress.simulated ? 'simulated' : '',
  };
  const meters = metersOf({ ...spent, evaluations }, budget);
  return [
    ...meters.map((each) => meterLine(each, notes[each.name] ?? '', look)),
    ...leftLine(progress, look),
  ];
}

function leftLine(progress: Progress, { expected, colors, columns }: LiveBlockLook): string[] {
  const left = progress.phase === 'done' ? undefined : secondsLeft(progress, expected);
  if (left === undefined) return [];
  return [
    `${colors.dim('left'.padEnd(labelWidth))}${shortened(`about ${formatDuration(left)}${simulatedSuffix(progress.simulated)}`, columns - labelWidth)}`,
  ];
}

function callsNote(progress: Progress): string {
  const parts = [
    ...(progress.callsInFlight > 0 ? [`${formatCount(progress.callsInFlight)} in flight`] : []),
    ...(progress.cachedCalls > 0 ? [`${formatCount(progress.cachedCalls)} shared`] : []),
  ];
  return parts.join(', ');
}

const labelWidth = 12;
const valueWidth = 22;

function meterLine(meter: Meter, note: string, look: LiveBlockLook): string {
  const { colors, columns } = look;
  const barWidth = Math.max(0, Math.min(24, columns - labelWidth - valueWidth - 2));
  const label = meter.name.padEnd(labelWidth);
  const value = formatMeter(meter);
  const { used, limit } = meter;
  const bar =
    used === null || limit === undefined || barWidth < 6
      ? ''
      : bars(Math.min(1, limit === 0 ? 1 : used / limit), barWidth);
  const plain = [label, bar, bar === '' ? value : ` ${value}`].join('').trimEnd();
  const rest = columns - plain.length - 2;
  const styledBar = bar === '' ? '' : `${colors.cyan(bar)} `;
  const styled =
    plain.length > columns ? shortened(plain, columns) : `${colors.dim(label)}${styledBar}${value}`;
  return note === '' || note.length > rest ? styled : `${styled}  ${colors.dim(note)}`;
}

/** A bar of full and light blocks; never full before the ceiling is reached. */
function bars(share: number, width: number): string {
  const full = share >= 1 ? width : Math.floor(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

function trendLine(progress: Progress, look: LiveBlockLook): string[] {
  const { colors, columns, scale } = look;
  const best =
    progress.bestScore === null
      ? 'none yet'
      : `${formatObjective('score', progress.bestScore)}${scale === undefined ? '' : ` (${formatPoints(progress.bestScore, scale.max)} of ${scale.max})`}`;
  const lines = [
    `${colors.dim('best score'.padEnd(labelWidth))}${colors.bold(shortened(best, columns - labelWidth))}`,
  ];
  const latest = progress.hypervolumeTrend.at(-1);
  if (latest === undefined) return lines;
  const number = latest.toFixed(3);
  const width = Math.max(1, Math.min(40, columns - labelWidth - number.length - 1));
  const line = sparkly(thin(progress.hypervolumeTrend, width), { minimum: 0 });
  return [...lines, `${colors.dim('hypervolume'.padEnd(labelWidth))}${colors.green(line)} ${number}`];
}

/** At most `width` values at even steps, the last one always among them. */
function thin(values: readonly number[], width: number): number[] {
  if (values.length <= width) return [...values];
  return Array.from(
    { length: width },
    (_, index) => values[Math.floor(((index + 1) * values.length) / width) - 1] ?? 0,
  );
}

/** Rows that a drawn block takes beyond its lines where the terminal has become narrower and broke them. */
function rowsMoreThanLines(block: string, columns: number): number {
  return stripVTControlCharacters(block)
    .split('\n')
    .reduce((rows, { length }) => rows + Math.max(0, Math.ceil(length / columns) - 1), 0);
}

/** Members shown at most; the whole front follows when the run has ended. */
const mostRows = 10;

function frontLines(progress: Progress, look: LiveBlockLook, room: number): string[] {
  // A heading, the table's head and one row at least, or it is not worth its lines.
  if (progress.front.length === 0 || room < 3) return [];
  const most = Math.min(mostRows, room - 2);
  const shown = progress.front.length <= most ? progress.front.length : Math.max(1, Math.min(most, room - 3));
  const marks = marksOf(progress);
  const rows = progress.front.slice(0, shown).map(({ id, config, objectives, cells }) => {
    return frontRow({ id, config, objectives, cells, marks: marks.get(id) ?? [], scale: look.scale });
  });
  const table = renderFrontTable(rows, { width: look.columns, colors: look.colors }, progress.objectives);
  const hidden = progress.front.length - shown;
  return ['', ...table.split('\n'), ...(hidden > 0 ? [look.colors.dim(`and ${hidden} more`)] : [])].slice(
    0,
    room,
  );
}

export interface LiveBlock {
  update(progress: Progress): void;
  /** Draws the last snapshot's meters and leaves them standing. */
  done(): void;
}

/**
 * Keeps one block at the foot of a terminal up to date.
 *
 * @param options.clock throttles drawing; at most one drawing per `everyMs` (default 100).
 */
export function createLiveBlock(
  stream: NodeJS.WritableStream & { readonly columns?: number; readonly rows?: number },
  options: {
    readonly clock: Pick<Clock, 'now'>;
    readonly colors: Colors;
    readonly scale?: PointScale;
    readonly expected?: ExpectedEnd;
    readonly everyMs?: number;
  },
): LiveBlock {
  const { clock, colors, scale, expected, everyMs = 100 } = options;
  const log = createLogUpdate(stream as NodeJS.WriteStream);
  let drawnAt = Number.NEGATIVE_INFINITY;
  let latest: Progress | undefined;
  let noticedAt = clock.now();
  let drawn = '';
  const draw = (progress: Progress): void => {
    // One column stays free: some terminals wrap when the last one is written.
    const noticeAge = (clock.now() - noticedAt) / 1000;
    const look = { columns: (stream.columns ?? 80) - 1, rows: stream.rows ?? 24, colors, noticeAge };
    const text = printable(renderLiveBlock(progress, { ...look, ...defined({ scale, expected }) }));
    const reflowed = rowsMoreThanLines(drawn, stream.columns ?? 80);
    // log-update 7.2 patches between frames; lines put in before equal ones are then left where they were.
    if (reflowed > 0 || text.split('\n').length !== drawn.split('\n').length) log.clear();
    if (reflowed > 0) stream.write(`\u001b[${reflowed}A\u001b[J`);
    drawn = text;
    log(text);
    drawnAt = clock.now();
  };
  return {
    update(progress) {
      if (progress.notices.length !== (latest?.notices.length ?? 0)) noticedAt = clock.now();
      latest = progress;
      if (clock.now() - drawnAt >= everyMs) draw(progress);
    },
    done() {
      // The whole front is printed next, so the block keeps its meters only.
      if (latest !== undefined) draw({ ...latest, front: [] });
      log.done();
    },
  };
}
