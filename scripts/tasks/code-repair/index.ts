import type { Rng } from '../../../src/core/rng.ts';
import type { Instance } from '../../../src/domain/task.ts';
import { between, filled, type GeneratedTask, numberedId, sample, taskRng } from '../shipped-task.ts';
import { dependencyOrder, mergeIntervals, pageOf, rotateGrid } from './collections.ts';
import { accountBalance, splitAmount } from './money.ts';
import { literal, type Repair } from './repair.ts';
import { compareVersions, durationSeconds, monthlyTotals, topWords } from './texts.ts';

export const repairs: readonly Repair[] = [
  mergeIntervals,
  pageOf,
  rotateGrid,
  dependencyOrder,
  topWords,
  durationSeconds,
  compareVersions,
  monthlyTotals,
  accountBalance,
  splitAmount,
];

const variantsPerRepair = 13;

/** Small functions with bugs in different combinations and under different names, with tests. */
export const codeRepair: GeneratedTask = { name: 'code-repair', generate: () => repairs.flatMap(variantsOf) };

/** A variant with the buggy function apart, for tests of the generator. */
export interface RepairVariant {
  readonly instance: Instance;
  readonly buggy: string;
}

export function repairVariants(): readonly RepairVariant[] {
  return repairs.flatMap(buggyVariantsOf);
}

function variantsOf(repair: Repair): Instance[] {
  return buggyVariantsOf(repair).map(({ instance }) => instance);
}

function buggyVariantsOf(repair: Repair): RepairVariant[] {
  const rng = taskRng('code-repair').derive(repair.name);
  const variants: RepairVariant[] = [];
  for (let draw = 0; variants.length < variantsPerRepair; draw++) {
    if (draw === 500) throw new Error(`${repair.name}: too few different variants`);
    const id = numberedId(repair.name, variants.length);
    const variant = variantOf(repair, id, variants.length, rng.derive(draw));
    if (variant !== undefined && variants.every(({ buggy }) => buggy !== variant.buggy))
      variants.push(variant);
  }
  return variants;
}

function variantOf(repair: Repair, id: string, number: number, rng: Rng): RepairVariant | undefined {
  const words = repair.domains[number % repair.domains.length];
  if (words === undefined) return undefined;
  const bugs = sample(rng, repair.bugs, between(rng, 1, 3));
  let broken = repair.source;
  for (const { right, wrong } of bugs) {
    // Two bugs of the same piece exclude each other.
    if (broken.split(right).length !== 2) return undefined;
    broken = broken.replace(right, () => wrong);
  }
  const [source, buggy] = [filled(repair.source, words), filled(broken, words)];
  const tests = repair.inputs(rng.derive('inputs'), words).map((args) => {
    const expected = repair.reference(words, ...(args as readonly never[]));
    return `assert ${words.function}(${args.map(literal).join(', ')}) == ${literal(expected)}`;
  });
  return {
    buggy,
    instance: {
      id,
      input: `\`\`\`python\n${buggy}\`\`\`\n\nWhat it must do:\n${repair.rules.map((rule) => `- ${filled(rule, words)}`).join('\n')}`,
      gold: { tests, entry_point: words.function },
      label: repair.name,
      reference: source,
    },
  };
}
