import { hypervolume } from '../../../src/pareto/index.ts';
import { quantileOf, shareAt, trueHypervolume, unitsToClose, wilcoxon } from './metric.ts';
import type { RunResult } from './run.ts';
import type { Truth, World } from './worlds/world.ts';

export interface WorldReport {
  readonly world: World;
  /** Tokens of one evaluation's worth. */
  readonly unit: number;
  /** Later moments of runs that had more are left out, so that all are judged alike. */
  readonly budget: number;
  readonly configs: string;
  readonly singles: number;
  readonly best: number;
  /** Runs by method, in the order of the methods. */
  readonly methods: readonly { readonly spec: string; readonly runs: readonly RunResult[] }[];
}

const moments = [20, 50, 200, 1000, 5000];

/** Markdown: for each world a table of all methods against the first one, then the ratios over all worlds. */
export function renderReport(reports: readonly WorldReport[]): string {
  return [...reports.map(worldSection), ...nearSections(reports), ratioSection(reports)].join('\n\n');
}

/** A gap smaller than this is less than what luck with the questions moves: shares of it say nothing. */
const smallGap = 0.01;
const distances = [0.02, 0.01, 0.005];

/** Where the singles' front is nearly the best there is: how soon a search comes near that, in hypervolume. */
function nearSections(reports: readonly WorldReport[]): string[] {
  return reports
    .filter(({ singles, best }) => best - singles < smallGap)
    .map(({ world, best, budget, methods }) => {
      const rows = methods.flatMap(({ spec, runs }) => {
        if (runs.length === 0) return [];
        const to = distances.map((distance) =>
          units(
            runs.map(
              ({ checkpoints }) =>
                checkpoints.find((point) => point.units <= budget && point.hypervolume >= best - distance)
                  ?.units ?? Number.POSITIVE_INFINITY,
            ),
          ),
        );
        return [[spec, runs.length, ...to]];
      });
      const heads = ['method', 'seeds', ...distances.map((distance) => `units to within ${distance}`)];
      return [`### ${world.name}: nearness to the best known front`, '', table(heads, rows)].join('\n');
    });
}

function worldSection(report: WorldReport): string {
  const { world, unit, configs, singles, best } = report;
  const methods = report.methods.filter(({ runs }) => runs.length > 0);
  const reached = moments.filter(
    (moment) =>
      moment <= report.budget && methods.some(({ runs }) => runs.some((run) => run.budget >= moment)),
  );
  const [first] = methods;
  const rows = methods.map(({ spec, runs }) => {
    const half = unitsOf(report, runs, 0.5);
    const most = unitsOf(report, runs, 0.8);
    const p = first === undefined || spec === first.spec ? null : pairedP(report, first.runs, runs, 0.5);
    const shares = reached.map((moment) => {
      const values = runs.flatMap((run) =>
        run.budget < moment && !endedEarly(run)
          ? []
          : (shareAt(run.checkpoints, singles, best, moment) ?? []),
      );
      return values.length === 0 ? '' : spread(values, (value) => value.toFixed(2));
    });
    const seconds = quantileOf(
      runs.map((run) => run.seconds),
      0.5,
    );
    return [
      spec,
      runs.length,
      units(half),
      units(most),
      p === null ? '' : p.toPrecision(2),
      ...shares,
      seconds.toFixed(1),
    ];
  });
  const heads = [
    'method',
    'seeds',
    'units to half the gap',
    'units to 80%',
    'p (half)',
    ...reached.map((moment) => `share at ${moment}`),
    's/run',
  ];
  return [
    `### ${world.name}`,
    '',
    `${world.description}. ${configs} configs; one evaluation = ${Math.round(unit)} tokens; hypervolume of the singles ${singles.toFixed(4)}, best known ${best.toFixed(4)}.`,
    '',
    table(heads, rows),
  ].join('\n');
}

/** A run that used up its space or its ideas stays at what it had. */
const endedEarly = (run: RunResult): boolean => (run.checkpoints.at(-1)?.units ?? 0) < run.budget * 0.99;

const unitsOf = (
  { singles, best, budget }: WorldReport,
  runs: readonly RunResult[],
  share: number,
): number[] =>
  runs.map(({ checkpoints }) =>
    unitsToClose(
      checkpoints.filter(({ units }) => units <= budget),
      singles,
      best,
      share,
    ),
  );

function pairedP(
  report: WorldReport,
  first: readonly RunResult[],
  second: readonly RunResult[],
  share: number,
): number | null {
  const pairs = first.flatMap((run) => {
    const other = second.find(({ seed }) => seed === run.seed);
    return other === undefined ? [] : [[run, other] as const];
  });
  const of = (index: 0 | 1) =>
    unitsOf(
      report,
      pairs.map((pair) => pair[index]),
      share,
    );
  return wilcoxon(of(0), of(1));
}

/** Tokens of the first method over those of each other one, world by world, and the median of the worlds. */
function ratioSection(reports: readonly WorldReport[]): string {
  const lines = ['### Ratios', ''];
  const [first] = reports[0]?.methods ?? [];
  if (first === undefined) return lines.join('\n');
  lines.push(
    `Median tokens of \`${first.spec}\` over those of the method, to close half and 80% of the gap; the median leaves out worlds where neither has. \`< x\`: the other has not within the budget.`,
    '',
  );
  const specs = (reports[0]?.methods ?? []).slice(1).map(({ spec }) => spec);
  const rowOf = (name: string, members: readonly string[]): string[] => {
    const cells = reports.map((report) =>
      [0.5, 0.8].map((share) => {
        const own = report.methods[0]?.runs ?? [];
        const ratios = members.flatMap((spec) => {
          const other = report.methods.find((method) => method.spec === spec)?.runs ?? [];
          return ratio(report, own, other, share) ?? [];
        });
        // Against the best of several: where the ratio is largest.
        return ratios.sort((x, y) => place(y) - place(x))[0];
      }),
    );
    const medians = [0, 1].map((index) => {
      const values = cells
        .flatMap((cell) => cell[index] ?? [])
        .map(({ value }) => value)
        .filter((value) => !Number.isNaN(value));
      return values.length === 0 ? '' : short(quantileOf(values, 0.5));
    });
    return [
      name,
      ...cells.map((cell) => cell.map((value) => value?.text ?? '').join(' / ')),
      medians.join(' / '),
    ];
  };
  const groups = ['helped', 'plain'].map((group) => {
    const members = specs.filter((spec) => spec.split('+')[0]?.endsWith(`-${group}`));
    return { name: `best ${group} peer of each world`, members };
  });
  const rows = [
    ...specs.map((spec) => rowOf(spec, [spec])),
    ...groups.filter(({ members }) => members.length > 1).map(({ name, members }) => rowOf(name, members)),
  ];
  lines.push(table(['method', ...reports.map(({ world }) => world.name), 'median'], rows));
  return lines.join('\n');
}

/** Neither of two having reached it says least. */
const place = ({ value }: { readonly value: number }): number => (Number.isNaN(value) ? -1 : value);

function ratio(
  report: WorldReport,
  own: readonly RunResult[],
  other: readonly RunResult[],
  share: number,
): { value: number; text: string } | undefined {
  if (own.length === 0 || other.length === 0) return undefined;
  const mine = quantileOf(unitsOf(report, own, share), 0.5);
  const theirs = quantileOf(unitsOf(report, other, share), 0.5);
  if (Number.isFinite(theirs)) {
    return { value: mine / theirs, text: Number.isFinite(mine) ? short(mine / theirs) : 'not reached' };
  }
  // Not reached within its budget: the ratio is at most that of the budget.
  return Number.isFinite(mine)
    ? { value: mine / report.budget, text: `< ${short(mine / report.budget)}` }
    : { value: Number.NaN, text: 'neither' };
}

const units = (values: readonly number[]): string =>
  spread(values, (value) => (Number.isFinite(value) ? short(value) : 'never'));

/** Median with the quartiles in brackets. */
function spread(values: readonly number[], text: (value: number) => string): string {
  if (values.length === 0) return '';
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => text(quantileOf(values, share)));
  return low === high ? `${middle}` : `${middle} [${low}–${high}]`;
}

const short = (value: number): string =>
  value >= 100 ? Math.round(value).toString() : Number(value.toPrecision(2)).toString();

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

/** Hypervolume of the best known front: of everything that the reference and all runs found. */
export function bestHypervolume(world: World, sources: Iterable<Readonly<Record<string, Truth>>>): number {
  const all = new Map<string, Truth>();
  for (const source of sources) for (const [id, truth] of Object.entries(source)) all.set(id, truth);
  return all.size === 0 ? hypervolume([], [1, 1, 1]) : trueHypervolume([...all.values()], world.objectives);
}
