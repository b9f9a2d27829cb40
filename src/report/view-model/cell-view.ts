import { type PlayedCall, type PlayedCell, timedGroups } from '../../analysis/cell-player.ts';
import { type Cell, cellKey } from '../../domain/cell.ts';
import type { CellResult } from '../../domain/cell-result.ts';

import { rounded } from './columns.ts';
import { type AgentShare, type CallView, type CellView, longestText, viewSchema } from './schema.ts';

export interface CellViewParts {
  readonly trial: number;
  readonly cell: Cell;
  readonly result: CellResult;
  readonly question: string | null;
  readonly played: PlayedCell;
  /** Whether the answer to a call, by its journal key, was there before the cell began. */
  readonly hadBefore: (cell: string, key: string) => boolean;
}

export function cellView({ trial, cell, result, question, played, hadBefore }: CellViewParts): CellView {
  const texts = new TextTable();
  const key = cellKey(cell);
  const calls =
    played.kind === 'unknown'
      ? null
      : timedCalls(played).map(({ call, start, critical }) =>
          callView(call, { start, critical, cached: hadBefore(key, call.record.key), texts }),
        );
  return {
    schema: viewSchema,
    trial,
    cell,
    question: question === null ? null : shortened(question),
    answer: result.answer === null ? null : shortened(result.answer),
    reason: result.reason ?? null,
    grade: result.grade,
    measurement: result.measurement,
    degraded: result.degraded,
    calls,
    callsUnknown: played.kind === 'unknown' ? played.because : null,
    texts: texts.all,
  };
}

interface TimedCall {
  readonly call: PlayedCall;
  /** Seconds. */
  readonly start: number;
  readonly critical: boolean;
}

function timedCalls(played: Extract<PlayedCell, { kind: 'played' }>): TimedCall[] {
  return timedGroups(played).flatMap(({ start, end, calls }) => {
    const slowest = calls.findIndex(({ record }) => start + record.serviceMs === end);
    return calls.map((call, at) => ({ call, start: start / 1000, critical: at === slowest }));
  });
}

interface CallPlace {
  readonly start: number;
  readonly critical: boolean;
  readonly cached: boolean;
  readonly texts: TextTable;
}

function callView({ record, request, response }: PlayedCall, place: CallPlace): CallView {
  const { texts } = place;
  const { usage, failure } = record;
  return {
    stage: record.stage,
    stageKind: record.stageKind,
    round: record.round,
    agent: record.agent,
    model: record.model,
    outcome: record.outcome,
    failure: failure === undefined ? null : `${failure.code}: ${failure.message}`,
    start: rounded(place.start),
    seconds: rounded(record.serviceMs / 1000),
    firstToken: response?.firstTokenMs == null ? null : rounded(response.firstTokenMs / 1000),
    critical: place.critical,
    cached: place.cached,
    inputTokens: usage?.inputTokens ?? null,
    outputTokens: usage?.outputTokens ?? null,
    reasoningTokens: usage?.reasoningTokens ?? null,
    usd: rounded(record.usd),
    messages: request.messages.map(({ role, content }) => [role, texts.rowOf(content)] as const),
    text: response === undefined ? null : texts.rowOf(response.text),
    reasoning: response?.reasoning === undefined ? null : texts.rowOf(response.reasoning),
  };
}

/** Keeps each text once. */
class TextTable {
  readonly all: string[] = [];
  readonly #rows = new Map<string, number>();

  rowOf(text: string): number {
    const known = this.#rows.get(text);
    if (known !== undefined) return known;
    this.#rows.set(text, this.all.length);
    this.all.push(shortened(text));
    return this.all.length - 1;
  }
}

function shortened(text: string): string {
  if (text.length <= longestText) return text;
  const cut = text.length - longestText;
  return `${text.slice(0, longestText)}\n[… ${cut} more characters are in the run's journal only]`;
}

/** What each agent took per question, on average over the cells that could be played again. */
export function agentShares(cells: readonly PlayedCell[]): AgentShare[] | null {
  const played = cells.flatMap((cell) => (cell.kind === 'played' ? [cell] : []));
  if (played.length === 0) return null;
  const shares = new Map<string, { -readonly [Name in keyof AgentShare]: AgentShare[Name] }>();
  for (const { call, critical } of played.flatMap(timedCalls)) {
    const { record } = call;
    const stage = record.stage.replace(/@\d+/, '');
    const key = `${stage}\n${record.agent}\n${record.model}`;
    const zero = { calls: 0, inputTokens: 0, outputTokens: 0, usd: 0, seconds: 0 };
    const share = shares.get(key) ?? { stage, agent: record.agent, model: record.model, ...zero };
    share.calls += 1;
    share.inputTokens += record.usage?.inputTokens ?? 0;
    share.outputTokens += record.usage?.outputTokens ?? 0;
    share.usd = share.usd === null || record.usd === null ? null : share.usd + record.usd;
    share.seconds += critical ? record.serviceMs / 1000 : 0;
    shares.set(key, share);
  }
  const perCell = (value: number): number => rounded(value / played.length);
  return [...shares.values()].map((share) => ({
    ...share,
    calls: perCell(share.calls),
    inputTokens: perCell(share.inputTokens),
    outputTokens: perCell(share.outputTokens),
    usd: share.usd === null ? null : perCell(share.usd),
    seconds: perCell(share.seconds),
  }));
}
