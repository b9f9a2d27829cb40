import { sha256 } from '../../src/core/canonical-json.ts';
import { createRng } from '../../src/core/rng.ts';
import type { MoaConfig } from '../../src/domain/moa-config.ts';
import type { Progress } from '../../src/domain/run-result.ts';
import type { CallOptions, ChatOutcome, ChatRequest } from '../../src/models/chat-model.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { levelledSchedule } from '../../src/search/scheduling/levelled-scheduler.ts';
import type { Strategy } from '../../src/search/strategy.ts';
import { worldDependencies, worldSettings } from '../run/world.ts';
import { against, type Bench, type Measured } from './harness.ts';

/** A job's shape: how many slots, how many trials, what a config looks like and how long its calls take. */
interface Shape {
  readonly name: string;
  readonly concurrency: number;
  readonly trials: number;
  /** Answers per config and instance while searching; default 4. Twice as many at the end, and 8 of the holdout. */
  readonly repeats?: number;
  /** Proposers side by side, and rounds one after the other, before the fuser. */
  readonly width: number;
  readonly rounds: number;
  readonly serviceMs: (draw: number) => number;
  /** What the key is said to allow; default: no limit. */
  readonly requestsPerMinute?: number;
}

const evenly = (): number => 1000;
const mixed = (draw: number): number => (draw < 0.9 ? 200 + 1000 * draw : 5000 + 20_000 * (draw - 0.9));

const shapes: readonly Shape[] = [
  { name: 'one-slot', concurrency: 1, trials: 40, width: 2, rounds: 1, serviceMs: mixed },
  { name: 'four-slots', concurrency: 4, trials: 120, width: 3, rounds: 1, serviceMs: mixed },
  { name: 'sixteen-slots', concurrency: 16, trials: 300, width: 3, rounds: 1, serviceMs: mixed },
  { name: 'sixty-four-slots', concurrency: 64, trials: 800, width: 3, rounds: 1, serviceMs: mixed },
  {
    name: 'rate-limited',
    concurrency: 16,
    trials: 240,
    width: 3,
    rounds: 1,
    serviceMs: mixed,
    requestsPerMinute: 300,
  },
  { name: 'long-chains', concurrency: 16, trials: 200, width: 1, rounds: 9, serviceMs: evenly },
  { name: 'one-long-trial', concurrency: 16, trials: 1, repeats: 200, width: 3, rounds: 1, serviceMs: mixed },
  // With a few such cells only, the last steps of the last one have no work beside them whatever the order.
  { name: 'one-wide-trial', concurrency: 64, trials: 1, repeats: 40, width: 60, rounds: 3, serviceMs: mixed },
];

function strategyOf({ width, rounds }: Shape): Strategy {
  let asked = 0;
  return {
    name: 'shape',
    ask: (rng) => {
      const agent = (name: string): MoaConfig['stages'][number] & { kind: 'propose' } => ({
        kind: 'propose',
        agents: [
          {
            name,
            model: 'sim/one',
            prompt: 'Answer.',
            temperature: rng.next(),
            maxTokens: 50,
            samples: width,
          },
        ],
        rounds,
      });
      const fuser = { name: 'fuser', model: 'sim/one', prompt: 'Fuse {{references}}', maxTokens: 50 };
      const operator = asked++ < 3 ? 'baseline' : 'random';
      const config: MoaConfig = {
        version: 1,
        name: `shape ${asked}`,
        stages: [agent('proposer'), { kind: 'fuse', agent: fuser }],
      };
      return { config, origin: { operator, parents: [] } };
    },
    asked: () => undefined,
    tell: () => undefined,
  };
}

/** Plays the job and holds its time against what no schedule can beat. */
async function play(shape: Shape): Promise<Measured> {
  const base = worldDependencies();
  const { clock } = base;
  const phases = new Map<string, PhaseWork>();
  let phase = 'search';
  const dependencies = {
    ...base,
    createStrategy: () => strategyOf(shape),
    onProgress: (progress: Progress) => {
      phase = progress.phase === 'baselines' ? 'search' : progress.phase;
    },
    model: Object.assign(base.model, {
      async complete(request: ChatRequest, call: CallOptions = {}): Promise<ChatOutcome> {
        const serviceMs = Math.round(shape.serviceMs(createRng(sha256(request)).next()));
        addCall(phases, phase, serviceMs, `${call.priority}`, sha256(request.messages));
        await clock.sleep(serviceMs, call.signal);
        return {
          kind: 'answered',
          response: {
            text: `yes ${serviceMs}`,
            finishReason: 'stop',
            usage: { inputTokens: 10, outputTokens: 10, estimated: false },
            serviceMs,
            firstTokenMs: serviceMs,
            usd: 0,
          },
        };
      },
    }),
  };
  const repeats = shape.repeats ?? 4;
  const { schedule: _small, ...fixed } = worldSettings;
  const settings = {
    ...fixed,
    // A single trial has nobody to race against, and shows its slots with all cells at once.
    ...(shape.trials === 1 ? {} : { schedule: levelledSchedule }),
    concurrency: shape.concurrency,
    repeats,
    finishRepeats: 2 * repeats,
    holdoutRepeats: 8,
    budget: { maxEvaluations: shape.trials },
    ...(shape.requestsPerMinute === undefined
      ? {}
      : { limits: { sim: { requestsPerMinute: shape.requestsPerMinute } } }),
  };
  const front = await clock.run(() =>
    new TuningRun('slots', createMemoryJournal(), settings, dependencies).run(),
  );
  const bound = lowerBound(phases, shape);
  const { seconds, calls } = front.spent;
  return against(
    seconds,
    's',
    { kind: 'limit', name: 'lower bound', value: bound },
    { atMost: 1.05 },
    `${calls} calls of ${shape.trials} trials over ${shape.concurrency} slots, on the virtual clock`,
  );
}

/** Milliseconds of all calls of a phase, and of the slowest call of each step of each cell. */
interface PhaseWork {
  total: number;
  calls: number;
  readonly steps: Map<string, Map<string, number>>;
}

/** @param cell the cell's number; @param step what its calls of one step have in common: their messages. */
function addCall(
  phases: Map<string, PhaseWork>,
  phase: string,
  ms: number,
  cell: string,
  step: string,
): void {
  const work = phases.get(phase) ?? { total: 0, calls: 0, steps: new Map<string, Map<string, number>>() };
  phases.set(phase, work);
  work.total += ms;
  work.calls++;
  const steps = work.steps.get(cell) ?? new Map<string, number>();
  work.steps.set(cell, steps);
  steps.set(step, Math.max(steps.get(step) ?? 0, ms));
}

/**
 * Seconds that no schedule can beat: each phase takes at least its calls spread over all slots, and its
 * longest cell, and its calls at the pace of the key's limit. Phases follow one another because each measures what the one before has chosen.
 */
function lowerBound(
  phases: ReadonlyMap<string, PhaseWork>,
  { concurrency, requestsPerMinute = Number.POSITIVE_INFINITY }: Shape,
): number {
  let bound = 0;
  for (const { total, calls, steps } of phases.values()) {
    const chains = [...steps.values()].map((cell) => [...cell.values()].reduce((sum, ms) => sum + ms, 0));
    bound += Math.max(total / concurrency, (calls * 60_000) / requestsPerMinute, ...chains) / 1000;
  }
  return bound;
}

export const benches: readonly Bench[] = shapes.map((shape) => ({
  name: `slots-${shape.name}`,
  run: () => play(shape),
}));
