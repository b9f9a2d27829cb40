import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigId } from '../../../src/domain/moa-config.ts';
import { isPeer, type Method } from './methods.ts';
import { fingerprint, type RunResult } from './run.ts';
import type { Truth, World } from './worlds/world.ts';

/**
 * Results on disk, so that peers need not run again when the search changes. A result's place names the world by
 * what it answers and, for methods of ours, the search by its source; peers are kept until `--fresh`.
 */
export class ResultStore {
  readonly #folder: string;
  readonly #source = sourceHash();
  readonly #prints = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A result with at least this budget. */
  find(world: World, method: Method, seed: number, budget: number): RunResult | undefined {
    const folder = this.#place(world, method);
    if (!existsSync(folder)) return undefined;
    for (const file of readdirSync(folder)) {
      const [ofSeed, ofBudget] = file.replace('.json', '').split('-').map(Number);
      if (ofSeed === seed && (ofBudget ?? 0) >= budget) {
        return JSON.parse(readFileSync(join(folder, file), 'utf8')) as RunResult;
      }
    }
    return undefined;
  }

  save(world: World, method: Method, result: RunResult): void {
    const folder = this.#place(world, method);
    mkdirSync(folder, { recursive: true });
    write(join(folder, `${result.seed}-${result.budget}.json`), result);
  }

  /** All that any run in this world recommended, whatever the method or its version. */
  *recommended(world: World): Generator<Readonly<Record<ConfigId, Truth>>, void> {
    const folder = join(this.#folder, this.#nameOf(world));
    if (!existsSync(folder)) return;
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!/\d+-\d+\.json$/.test(file)) continue;
      yield (JSON.parse(readFileSync(join(folder, file), 'utf8')) as RunResult).recommended;
    }
  }

  reference(world: World, make: () => Record<ConfigId, Truth>): Record<ConfigId, Truth> {
    const known = this.knownReference(world);
    if (known !== undefined) return known;
    const made = make();
    mkdirSync(join(this.#folder, this.#nameOf(world)), { recursive: true });
    write(this.#referenceFile(world), made);
    return made;
  }

  knownReference(world: World): Record<ConfigId, Truth> | undefined {
    const file = this.#referenceFile(world);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<ConfigId, Truth>) : undefined;
  }

  #referenceFile(world: World): string {
    return join(this.#folder, this.#nameOf(world), 'reference.json');
  }

  #place(world: World, method: Method): string {
    const version = isPeer(method) ? 'peer' : this.#source;
    return join(this.#folder, this.#nameOf(world), `${method.spec}@${version}`);
  }

  #nameOf(world: World): string {
    let print = this.#prints.get(world.name);
    if (print === undefined) {
      print = fingerprint(world);
      this.#prints.set(world.name, print);
    }
    return `${world.name}-${print}`;
  }
}

/** Whole or not at all: several processes share the folder. */
function write(file: string, value: unknown): void {
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, JSON.stringify(value));
  renameSync(part, file);
}

/** Hash of the search's source. */
function sourceHash(): string {
  const folder = fileURLToPath(new URL('../../../src/search', import.meta.url));
  const hash = createHash('sha256');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (file.endsWith('.ts')) hash.update(file).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex').slice(0, 8);
}
