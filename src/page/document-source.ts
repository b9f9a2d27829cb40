import {
  type CellIndex,
  type ConfigTable,
  cellIndexKey,
  partNames,
  unpackConfig,
} from '../report/view-model/document.ts';
import {
  type CellView,
  type ConfigView,
  type MatrixView,
  type RunsView,
  type RunView,
  viewSchema,
  type WhyView,
} from '../report/view-model/schema.ts';
import type { Loaded, Source } from './source.ts';

/** The data of the document: by the name of a part, its base64; `undefined` where there is none. */
export type ReadPart = (name: string) => string | undefined;

/** A report's own data, each part unpacked when it is first asked for. */
export function createDocumentSource(read: ReadPart): Source {
  const opened = new Map<string, Promise<Loaded<unknown>>>();
  const open = <Value>(name: string, absent: string): Promise<Loaded<Value>> => {
    const known = opened.get(name) ?? unpack(read(name), absent);
    opened.set(name, known);
    return known as Promise<Loaded<Value>>;
  };
  return {
    kind: 'document',
    runs: () => open<RunsView>(partNames.runs, 'This page holds no data: it is the template of a report.'),
    run: (run) => open<RunView>(partNames.run(run), `This report does not hold the run ${run}.`),
    matrix: (run) => open<MatrixView>(partNames.matrix(run), 'This report does not hold the matrix.'),
    why: (run) =>
      open<WhyView>(
        partNames.why(run),
        `Not worked out yet: what the tuning was worth, where the gain came from and what each agent adds. The report that a run ends with leaves it out, since it takes some seconds. \`mixtune report ${run}\` writes this report anew with it; \`mixtune answer ${run}\` prints it.`,
      ),
    config: async (run, trial) => {
      const table = await open<ConfigTable>(partNames.configs(run), 'This report holds no configs.');
      return table.kind === 'absent' ? table : configOf(table.value, trial);
    },
    cell: async (run, trial, cell) => {
      const index = await open<CellIndex>(
        partNames.cellIndex(run),
        `This report holds no answers: \`mixtune report ${run} --answers front\` does.`,
      );
      if (index.kind === 'absent') return index;
      const chunk = index.value.chunks[cellIndexKey(trial, cell)];
      if (chunk === undefined) return { kind: 'absent', because: leftOut(run, index.value) };
      const cells = await open<readonly CellView[]>(partNames.cells(run, chunk), 'This report is damaged.');
      if (cells.kind === 'absent') return cells;
      const found = cells.value.find(
        (view) => cellIndexKey(view.trial, view.cell) === cellIndexKey(trial, cell),
      );
      return found === undefined
        ? { kind: 'absent', because: 'This report is damaged: an answer is not where its index says.' }
        : { kind: 'here', value: found };
    },
  };
}

function leftOut(run: string, index: CellIndex): string {
  if (index.leftOut !== null) return `This answer is not in the report: ${index.leftOut}.`;
  return `This report holds answers of the front and the baselines only: \`mixtune report ${run} --answers all\` holds every one.`;
}

function configOf(table: ConfigTable, trial: number): Loaded<ConfigView> {
  const id = table.ids[trial];
  if (id === undefined) return { kind: 'absent', because: `The run has no config number ${trial}.` };
  return {
    kind: 'here',
    value: {
      schema: table.schema,
      trial,
      id,
      config: unpackConfig(table.configs[trial], table.prompts),
      yaml: table.yaml[trial] ?? null,
      shares: table.shares[trial] ?? null,
    },
  };
}

async function unpack(base64: string | undefined, absent: string): Promise<Loaded<unknown>> {
  if (base64 === undefined) return { kind: 'absent', because: absent };
  let value: unknown;
  try {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    value = JSON.parse(await new Response(stream).text());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'absent', because: `A part of this report cannot be read (${why}): write it anew.` };
  }
  const newer = schemaOf(value);
  if (newer !== undefined && newer > viewSchema) {
    return {
      kind: 'absent',
      because: `This data has form ${newer}, and this page knows form ${viewSchema}: a newer mixtune wrote it. Open it with that version.`,
    };
  }
  return { kind: 'here', value };
}

function schemaOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('schema' in value)) return undefined;
  return typeof value.schema === 'number' ? value.schema : undefined;
}
