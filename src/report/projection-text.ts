import type { FrontMember } from '../domain/run-result.ts';
import { modelNames } from '../domain/speed-profile.ts';
import { describeConfig } from './describe.ts';
import { dominatedIds } from './dominated-ids.ts';
import { formatDuration, formatInterval, formatObjective, simulatedSuffix, unknown } from './format.ts';
import { loadText } from './load-text.ts';
import type { ProjectedFront, ProjectedLatency, ProjectedPoint } from './projection.ts';
import { type Column, renderTable, type TableLook } from './table.ts';
import { which, whichNames } from './which.ts';

export function projectionText(front: ProjectedFront, look: TableLook): string {
  const { file, profile } = front;
  const dominated = dominatedIds(file);
  const marksOf = (member: FrontMember): string[] => [
    ...whichNames.filter((name) => which(file, name)?.id === member.id),
    ...(dominated.has(member.id) ? ['dominated'] : []),
  ];
  const rows = file.front.map((member) => ({
    ...member,
    config: describeConfig(member.config),
    marks: marksOf(member).join(' '),
  }));
  const baselines = file.baselines.map((baseline) => ({ ...baseline, config: baseline.label, marks: '' }));
  const columns = columnsOf(front);
  return [
    `Front of ${file.task}${simulatedSuffix(file.simulated)}, latency projected onto ${profile.name}`,
    rows.length === 0 ? 'No points.' : renderTable(columns, rows, look),
    ...(baselines.length === 0 ? [] : ['', 'Baselines', renderTable(columns, baselines, look)]),
    '',
    ...projectionNotes(front),
    ...loadText(file).map((line) => `As measured: ${line}`),
  ].join('\n');
}

interface Row extends Pick<FrontMember, 'id' | 'objectives'> {
  readonly marks: string;
  readonly config: string;
}

function columnsOf({ points }: ProjectedFront): readonly Column<Row>[] {
  return [
    { head: 'id', text: ({ id }) => id },
    { head: 'score', text: ({ objectives }) => formatInterval('score', objectives.score) },
    { head: 'projected', align: 'right', text: ({ id }) => projectedMean(points.get(id)?.tuning) },
    {
      head: 'measured',
      align: 'right',
      text: ({ id }) => formatObjective('latency', points.get(id)?.measured.mean ?? null),
    },
    {
      head: 'tokens',
      align: 'right',
      expendable: 2,
      text: ({ objectives }) => formatObjective('tokens', objectives.tokens.mean),
    },
    { head: '', expendable: 1, text: ({ marks }) => marks },
    { head: 'config', expendable: 3, cut: true, text: ({ config }) => config },
  ];
}

/** `1.20 s`, or what is known of it: `0.42 s + 3 first tokens`. */
function projectedMean(projected: ProjectedLatency | undefined): string {
  const { latency, generation, chainedCalls } = projected ?? nothing;
  if (latency.mean !== null) return formatDuration(latency.mean);
  if (generation.mean === null || chainedCalls === null) return unknown;
  return `${formatDuration(generation.mean)} + ${firstTokens(chainedCalls)}`;
}

function firstTokens(calls: number): string {
  const count = Number.isInteger(calls) ? String(calls) : calls.toFixed(1);
  return `${count} first ${calls === 1 ? 'token' : 'tokens'}`;
}

const noEstimate = { mean: null, low: null, high: null };
const nothing: ProjectedLatency = {
  latency: noEstimate,
  generation: noEstimate,
  chainedCalls: null,
  unknownModels: [],
};

/** One point's projection for `show`. */
export function projectedLine({ tuning }: ProjectedPoint): string {
  if (tuning.latency.mean === null) return projectedMean(tuning);
  return formatInterval('latency', tuning.latency);
}

/** What to know about a projection: where its speeds are from, what is missing, and what it leaves out. */
export function projectionNotes(front: ProjectedFront): string[] {
  const { profile, unknownModels, unplayable, points } = front;
  const date = profile.date === undefined ? '' : `, ${profile.date.slice(0, 10)}`;
  const simulated = profile.simulated === true ? ', simulated' : '';
  const notes = [`Speeds: ${profile.name} (${profile.source}${date}${simulated}).`];
  if (unknownModels.length > 0) {
    const known = modelNames(profile);
    notes.push(
      `No speed in it for ${unknownModels.join(', ')}: say which of its models (${known.join(', ')}) stands for each, ` +
        `e.g. --as ${unknownModels[0]}=${known[0] ?? 'MODEL'}.`,
    );
  }
  const partly = [...points.values()].some(
    ({ tuning }) => tuning.latency.mean === null && tuning.generation.mean !== null,
  );
  if (partly) {
    notes.push(
      'It tells no time to first token: what is shown is the tokens’ time, and how many calls wait for one another. ' +
        'To assume one: --first-token 200ms.',
    );
  }
  if (unplayable.length > 0) {
    notes.push(
      `${unplayable.join(', ')}: the recorded answers do not lead to the measured latency, so nothing is projected.`,
    );
  }
  notes.push(
    'A projection counts times to first token and generated tokens along the critical path; queueing, and that longer prompts take longer to read, is left out.',
  );
  return notes;
}
