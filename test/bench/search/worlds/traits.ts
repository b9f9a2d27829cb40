import type { AgentRole } from '../../../../src/domain/agent.ts';
import { hashText, normalOf, uniformOf } from './hash.ts';

/** What one simulated model is like. Abilities are log-odds-like: 0 solves the middling question half the time. */
export interface ModelTraits {
  readonly skill: number;
  /** Seconds to the first token, tokens written per second, tokens it likes to write. */
  readonly firstToken: number;
  readonly speed: number;
  readonly wordy: number;
  /** Temperature at which it is best. */
  readonly idealTemperature: number;
  /** How much it gains from correct candidates that it reads, and loses by wrong ones. */
  readonly referenceUse: number;
  /** Above 0 it tells right from wrong better than a coin: as critic, and as verifier or ranker. */
  readonly critic: number;
  readonly judge: number;
}

export interface PromptTraits {
  /** Added to the ability of an agent that uses it, by role. */
  readonly worth: number;
  /** Multiplies what the model writes. */
  readonly wordy: number;
  /** Added to the model's use of references. */
  readonly use: number;
  /** Prompt tokens. */
  readonly tokens: number;
}

/** The constants of a simulated world. All are invented; what they lead to is measured, not claimed. */
export interface Traits {
  readonly seed: string;
  readonly models: ReadonlyMap<string, ModelTraits>;
  readonly prompt: (role: AgentRole, prompt: string) => PromptTraits;
  /** Further worth of a prompt with a model. Standard deviation. */
  readonly modelPrompt: number;
  /** Spread of questions' difficulty, of a model's luck with a topic, and the number of topics. */
  readonly difficulty: number;
  readonly topicSpread: number;
  readonly topics: number;
  /** Errors that all samples of a model share on a question; of a model with a prompt; of one sample at temperature 1. */
  readonly modelError: number;
  readonly promptError: number;
  readonly sampleError: number;
  /** Loss by the square of the distance from the ideal temperature. */
  readonly temperatureCurve: number;
  /** What reading n candidates costs: this times ln(1 + n). */
  readonly attention: number;
  /** How far a critic's verdict moves the weight of a candidate for those who read it. */
  readonly critiqueUse: number;
  /** Wrong answers that all models share rather than each its own. */
  readonly misconception: number;
  /** What each further call of a config that a model has to answer at the same time adds to a call's time, as a share of it. */
  readonly queueing: number;
  /** Scores are 11 points of a rubric instead of right or wrong. */
  readonly graded: boolean;
  /** Added to the ability of a fuser by who stands in its config: the rare combination. */
  readonly synergy?: (
    fuser: { model: string; prompt: string },
    proposerPrompts: readonly string[],
    models: readonly string[],
  ) => number;
}

/** Seconds to read a token. */
export const secondsPerInputToken = 1 / 4000;

/** Models with traits drawn by name; `change` states what the world is about. */
export function drawModels(
  seed: string,
  names: readonly string[],
  change: (name: string, index: number, drawn: ModelTraits) => Partial<ModelTraits> = () => ({}),
): ReadonlyMap<string, ModelTraits> {
  return new Map(
    names.map((name, index) => {
      const normal = (trait: string) => normalOf(hashText(`${seed}/${trait}/${name}`));
      const uniform = (trait: string) => uniformOf(hashText(`${seed}/${trait}/${name}`));
      const size = uniform('size');
      const drawn: ModelTraits = {
        // Larger models are better on the whole, slower and wordier, but not strictly.
        skill: -0.9 + 1.5 * size + 0.45 * normal('skill'),
        firstToken: 0.15 + 0.5 * size * uniform('first'),
        speed: 220 / (1 + 6 * size * (0.6 + 0.8 * uniform('speed'))),
        wordy: 120 + 420 * size * (0.5 + uniform('wordy')),
        idealTemperature: 0.1 + 0.8 * uniform('ideal'),
        referenceUse: 0.9 + 0.25 * normal('use'),
        critic: 0.2 + 0.4 * normal('critic'),
        judge: 0.5 + 0.5 * normal('judge'),
      };
      return [name, { ...drawn, ...change(name, index, drawn) }];
    }),
  );
}

/** Prompts with traits drawn by text; `change` states what the world is about. */
export function drawPrompts(
  seed: string,
  spread: number,
  change: (role: AgentRole, prompt: string) => Partial<PromptTraits> = () => ({}),
): Traits['prompt'] {
  return (role, prompt) => {
    const key = `${seed}/prompt/${role}/${prompt}`;
    return {
      worth: spread * normalOf(hashText(key)),
      wordy: Math.exp(0.25 * normalOf(hashText(`${key}/wordy`))),
      use: 0,
      tokens: 15 + Math.ceil(prompt.length / 4),
      ...change(role, prompt),
    };
  };
}

export const ordinary = {
  modelPrompt: 0.15,
  difficulty: 1.1,
  topicSpread: 0.5,
  topics: 5,
  modelError: 0.8,
  promptError: 0.25,
  sampleError: 0.55,
  temperatureCurve: 0.7,
  attention: 0.12,
  critiqueUse: 0.6,
  misconception: 0.2,
  queueing: 0,
  graded: false,
} as const;
