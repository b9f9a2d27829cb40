/** The isolation to ask for. `auto`: bubblewrap where it works, else Node's permission flag alone. */
export type SandboxTier = 'auto' | 'permissions' | 'bubblewrap';

export interface PythonSandboxOptions {
  /** Processes kept warm, each with one interpreter (about 150 MB). @defaultValue cores, at most 2 */
  readonly workers?: number;
  /** Cap on an interpreter's memory in megabytes, its own 20 included; at least 64. @defaultValue 256 */
  readonly memoryMb?: number;
  readonly tier?: SandboxTier;
  /** Where the memory snapshot (20 MB) is kept. @defaultValue `node_modules/.cache/mixtune`, else the temp folder */
  readonly cacheFolder?: string;
}

export type SandboxSettings = Required<Omit<PythonSandboxOptions, 'cacheFolder'>> & {
  readonly cacheFolder: string | null;
};

/** @throws RangeError on a number out of its range, naming what was expected and found. */
export function resolveOptions(options: PythonSandboxOptions, cores: number): SandboxSettings {
  return {
    workers: integer('workers', options.workers ?? Math.min(2, cores), 1, 64),
    memoryMb: integer('memoryMb', options.memoryMb ?? 256, 64, 2_048),
    tier: options.tier ?? 'auto',
    cacheFolder: options.cacheFolder ?? null,
  };
}

function integer(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new RangeError(`sandbox option ${name}: expected an integer from ${low} to ${high}, found ${value}`);
}
