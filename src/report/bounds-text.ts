import { boundsText } from '../domain/bound-text.ts';
import {
  type Bounds,
  byNearness,
  judgedBy,
  listBounds,
  type Standing,
  standingOf,
} from '../domain/bounds.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import { type FrontFile, type FrontMember, memberOfFile } from '../domain/run-result.ts';
import { describeConfig } from './describe.ts';
import { formatInterval, simulatedSuffix } from './format.ts';

/** What a run says of its bounds, in sentences; none where it has no bounds or nothing was measured. */
export function boundsSentences(file: FrontFile): string[] {
  const { bounds, front } = file;
  if (bounds === undefined || front.length === 0) return [];
  const best = file.best === undefined ? undefined : memberOfFile(file, file.best);
  const told = [...new Set([...front, ...(best === undefined ? [] : [best])])];
  const standings = told.map((member) => ({ member, standing: standingOf(bounds, member) }));
  const suffix = simulatedSuffix(file.simulated);
  const text = boundsText(bounds);
  const count = (wanted: readonly Standing[]): number =>
    standings.filter(({ standing }) => wanted.includes(standing)).length;
  const met = count(['met', 'met?']);
  if (met === 0) return noneMeets(file, told, count(['missed?']));
  const unsure = count(['met?']);
  const noise = unsure === 0 ? '' : `, ${unsure === met ? '' : `${unsure} of them `}within noise (met?)`;
  return [
    `Bounds ${text}: ${met} of ${told.length} points ${met === 1 ? 'meets' : 'meet'} them${noise}${suffix}.`,
  ];
}

function noneMeets(
  { bounds = {}, simulated }: FrontFile,
  told: readonly FrontMember[],
  unsure: number,
): string[] {
  const noise =
    unsure === 0 ? '' : ` ${unsure === 1 ? 'One misses' : `${unsure} miss`} them within noise (missed?).`;
  return [
    `No point that was measured meets the bounds ${boundsText(bounds)}${simulatedSuffix(simulated)}, so the best is chosen without them. ${nearestText(told, bounds)}${noise}`,
  ];
}

/** Which of several configs is the nearest to bounds that none of them meets, in costs first. @param told at least one */
export function nearestText(told: readonly FrontMember[], bounds: Bounds): string {
  const valuesOf = (member: FrontMember) => {
    const judged = judgedBy(member);
    return (name: ObjectiveName): number | null => judged[name].mean;
  };
  const nearer = byNearness(bounds);
  const nearest = told.reduce((best, member) =>
    nearer(valuesOf(member), valuesOf(best)) < 0 ? member : best,
  );
  const judged = judgedBy(nearest);
  const figures = listBounds(bounds).map(({ name }) => `${name} ${formatInterval(name, judged[name])}`);
  return `Nearest is ${nearest.id} (${describeConfig(nearest.config)}): ${figures.join(', ')}.`;
}
