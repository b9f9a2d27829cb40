/**
 * False drops, power and savings of the racing rules:
 *   npx tsx test/experiments/racing-rules.ts [runs=60] [first-seed=1] [filter of rules]
 * on simulated item-response worlds and, where the data are there, on majority votes over recorded answers
 * of real models. One line a rule, world and level; see test/experiments/results.md.
 */
import { argv, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { createRacingRule, type RacingRuleName } from '../../src/search/racing/index.ts';
import type { RacingSettings } from '../../src/search/racing/rule.ts';
import { matrixWorld, readMatrix } from '../search/racing/matrices.ts';
import { looksOf, noRaces, type RaceWorld, race } from '../search/racing/race.ts';
import { simulateWorld, worlds } from '../search/racing/worlds.ts';

interface Setting {
  readonly rule: RacingRuleName;
  readonly options: Partial<RacingSettings>;
}
interface Schedule {
  readonly first: number;
  readonly block: number | 'double';
  readonly level: number;
}

const settings: readonly Setting[] = [
  ...[0.05, 0.5].map((alpha): Setting => ({ rule: 'e-process', options: { alpha } })),
  ...[0.02, 0.05, 0.1, 0.15].map((alpha): Setting => ({ rule: 'bayesian-bootstrap', options: { alpha } })),
  { rule: 'bayesian-bootstrap', options: { alpha: 0.1, costTolerance: 0.1 } },
  { rule: 'bayesian-bootstrap', options: { alpha: 0.1, scoreTolerance: 0 } },
];
const schedules: readonly Schedule[] = [
  { first: 8, block: 'double', level: 16 },
  { first: 8, block: 'double', level: 32 },
  { first: 8, block: 'double', level: 128 },
  { first: 16, block: 'double', level: 128 },
  { first: 8, block: 8, level: 128 },
];

function main(): void {
  const runs = Number(argv[2] ?? 60);
  const first = Number(argv[3] ?? 1);
  const filter = argv[4] ?? '';
  const seeds = Array.from({ length: runs }, (_, index) => first + index);
  const kinds: [string, (seed: number) => RaceWorld][] = worlds.map((world) => [
    world.name,
    (seed) => simulateWorld(world, seed),
  ]);
  for (const name of ['zeroeval_gsm', 'zeroeval_math_l5'] as const) {
    const matrix = readMatrix(name);
    if (matrix !== undefined) kinds.push([name, (seed) => matrixWorld(matrix, 120, 128, seed)]);
  }
  stdout.write(
    `${'rule'.padEnd(30)}${'looks'.padEnd(19)}${'world'.padEnd(28)}front false-drops losses | power cells tokens mean-look\n`,
  );
  for (const [name, make] of kinds) {
    const played = seeds.map(make);
    for (const schedule of schedules)
      for (const setting of settings) report(setting, schedule, name, played, filter);
  }
}

function report(
  setting: Setting,
  schedule: Schedule,
  name: string,
  played: readonly RaceWorld[],
  filter: string,
): void {
  const label = `${setting.rule} ${Object.values(setting.options).join(' ')}`;
  if (!label.includes(filter)) return;
  const rule = createRacingRule(setting.rule, setting.options);
  const looks = looksOf(schedule.first, schedule.block, schedule.level);
  const count = noRaces();
  for (const world of played) race(world, rule, looks, schedule.level, count);
  const percent = (part: number, whole: number): string =>
    `${((100 * part) / whole).toFixed(1)}%`.padStart(7);
  const dropped = count.falseDrops + count.trueDrops;
  const times = (whole: number, part: number): string => `${(whole / part).toFixed(2)}×`.padStart(7);
  stdout.write(
    `${label.padEnd(30)}${`${schedule.first}+${schedule.block} of ${schedule.level}`.padEnd(19)}${name.padEnd(28)}` +
      `${String(count.front).padStart(5)}${percent(count.falseDrops, count.front)}${percent(count.losses, count.front)} |` +
      `${percent(count.trueDrops, count.others)}${times(count.allCells, count.cells)}${times(count.allTokens, count.tokens)}` +
      `${(count.cellsOfDropped / dropped).toFixed(1).padStart(7)}\n`,
  );
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) main();
