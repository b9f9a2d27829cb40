import type { InputIssue } from '../../core/errors.ts';
import type { Budget, Spent } from '../../domain/budget.ts';
import type { Grade } from '../../domain/grade.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';

/** What the workbench of `mixtune ui` shows and asks. */

/** An agent of a system in the workshop's form. */
export interface BenchAgent {
  readonly name: string;
  /** `provider/model` */
  readonly model: string;
  /** 0..2 */
  readonly temperature: number;
  /** `{helper_response}` stands for what the agents answered in the cycle before. */
  readonly prompt: string;
}

/**
 * A system in the workshop's own JSON (version 2.0), which is what the page edits, sends, imports and exports:
 * layer agents answer side by side, `cycles` times, and the main model writes the answer.
 */
export interface BenchSystem {
  readonly ai_configuration: {
    readonly main_model: string;
    readonly main_temperature: number;
    readonly cycles: number;
    readonly system_prompt: string;
    readonly layer_agents: readonly BenchAgent[];
  };
  readonly version: '2.0';
  readonly description: string;
}

/** What is worked on: a system in the workshop's form, or any config as text (YAML or JSON, also another tool's). */
export type BenchDraft = { readonly system: BenchSystem } | { readonly text: string };

/** A draft as the server reads it. */
export type BenchReading =
  | {
      readonly kind: 'config';
      readonly config: MoaConfig;
      /** The same as a file. */
      readonly yaml: string;
      /** What is worth knowing of it, e.g. prompts without `{helper_response}`. */
      readonly notes: readonly string[];
      /** The same in the workshop's form; `null` where that cannot hold it, as `notInForm` says. */
      readonly form: BenchSystem | null;
      readonly notInForm: readonly string[];
    }
  | { readonly kind: 'wrong'; readonly issues: readonly InputIssue[] };

export interface BenchView {
  readonly schema: number;
  readonly models: readonly string[];
  readonly simulated: boolean;
  readonly task: string;
  /** Tuning questions only: the holdout stays unseen. */
  readonly questions: readonly { readonly id: string; readonly text: string }[];
  /** Systems to start from. */
  readonly presets: readonly { readonly name: string; readonly system: BenchSystem }[];
  /** Stage graphs to start from, as text. */
  readonly graphs: readonly { readonly name: string; readonly text: string }[];
  readonly spent: Spent;
  /** Hard ceilings on everything that is asked here together. */
  readonly ceiling: Budget;
}

export type BenchRequest = BenchDraft & {
  /** Free text, or a question of the task, whose answer is graded. */
  readonly question: { readonly text: string } | { readonly instance: string };
};

/** A tuning job that starts from a draft, within a ceiling: at least one is set. */
export type BenchJob = BenchDraft & { readonly ceiling: Budget };

/** Of several rehearsals. */
interface Outlook {
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

/** What a job is likely to take. */
export interface BenchForecast {
  readonly calls: Outlook;
  readonly tokens: Outlook;
  /** `null`: a model has no price. */
  readonly usd: Outlook | null;
  /** Simulated seconds for simulated models. */
  readonly seconds: Outlook;
  /** Of the calls, about how many measure the result at the end. */
  readonly endCalls: number;
}

/** What happens while an answer is made, in this order; the last is always `end`. */
export type BenchEvent =
  | {
      readonly kind: 'stage';
      readonly stage: string;
      readonly stageKind: string;
      /** 0-based. */
      readonly round: number;
      readonly agents: readonly string[];
    }
  | {
      readonly kind: 'agent';
      readonly stage: string;
      readonly round: number;
      readonly agent: string;
      readonly model: string;
      readonly outcome: 'answered' | 'empty' | 'truncated' | 'failed';
      readonly failure: string | null;
      readonly seconds: number;
      readonly outputTokens: number | null;
      readonly text: string;
    }
  | { readonly kind: 'delta'; readonly text: string }
  /** What was streamed so far does not count. */
  | { readonly kind: 'restart' }
  | { readonly kind: 'grading' }
  | {
      readonly kind: 'end';
      readonly answer: string | null;
      /** Why there is no answer. */
      readonly reason: string | null;
      /** Of this answer; unknown is `null`. */
      readonly calls: number;
      readonly tokens: number;
      readonly usd: number | null;
      readonly seconds: number;
      /** Of a task's question; else `null`. */
      readonly grade: Grade | null;
      /** What is worth knowing of the system, e.g. prompts without `{helper_response}`. */
      readonly notes: readonly string[];
      /** Of everything asked here so far. */
      readonly spent: Spent;
    };
