import type { CallView } from '../../report/view-model/schema.ts';

/** The calls of one agent in one stage, on the time axis of an answer. */
export interface Lane {
  readonly key: string;
  /** The agent. */
  readonly title: string;
  readonly model: string;
  readonly stageKind: string;
  /** Calls that overlap lie in rows below each other. */
  readonly rows: readonly (readonly CallView[])[];
  /** Calls that are not drawn, because nobody could tell them apart. */
  readonly hidden: number;
}

const mostRows = 8;
const mostInRow = 150;

/** Lanes in the order of the stages; a loop's stage is one lane over all of its iterations. */
export function lanesOf(calls: readonly CallView[]): {
  readonly lanes: readonly Lane[];
  readonly end: number;
} {
  const byLane = new Map<string, [CallView, ...CallView[]]>();
  let end = 0;
  for (const call of calls) {
    const key = `${stageOf(call)}\n${call.agent}\n${call.model}`;
    const lane = byLane.get(key);
    if (lane === undefined) byLane.set(key, [call]);
    else lane.push(call);
    end = Math.max(end, call.start + call.seconds);
  }
  const lanes = [...byLane].map(([key, all]): Lane => {
    const rows = rowsOf(all);
    const [first] = all;
    const drawn = rows.reduce((sum, row) => sum + row.length, 0);
    const { agent: title, model, stageKind } = first;
    return { key, title, model, stageKind, rows, hidden: all.length - drawn };
  });
  return { lanes, end };
}

/** A loop's stage without its iteration. */
function stageOf({ stage }: CallView): string {
  return stage.replace(/@\d+/, '');
}

/** Puts each call into the first row that is free when it starts. */
function rowsOf(calls: readonly CallView[]): CallView[][] {
  const rows: { free: number; readonly calls: CallView[] }[] = [];
  for (const call of calls) {
    // Times were rounded.
    const row = rows.find(({ free }) => free <= call.start + 1e-6);
    if (row === undefined) {
      if (rows.length < mostRows) rows.push({ free: call.start + call.seconds, calls: [call] });
    } else {
      row.free = call.start + call.seconds;
      row.calls.push(call);
    }
  }
  return rows.map((row) => thinned(row.calls));
}

/** Evenly over the row, so that its end is seen too. */
function thinned(calls: CallView[]): CallView[] {
  if (calls.length <= mostInRow) return calls;
  const step = calls.length / mostInRow;
  return Array.from({ length: mostInRow }, (_, at) => calls[Math.floor(at * step)] as CallView);
}
