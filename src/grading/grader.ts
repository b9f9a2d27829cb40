import type { Grade } from '../domain/grade.ts';
import type { Instance } from '../domain/task.ts';
import type { ChatModel } from '../models/chat-model.ts';

/** One answer to be judged. */
export interface GradeRequest {
  /** The config's whole final answer, as written (graders extract what they need from it). */
  readonly answer: string;
  readonly instance: Instance;
  /** The question as asked, for judges. */
  readonly question: string;
  /** Options that override the grader's own for this grading, e.g. `{ scoring: 'strict' }`. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Aborting it ends the grading. @defaultValue never */
  readonly signal?: AbortSignal;
  /** Cell's repeat, for graders that call models. */
  readonly repeat?: number;
  /** For judges: calls made here are journaled, cached and counted against the run's budget. */
  readonly model?: ChatModel;
}

/** A score of many answers together. */
export interface Aggregate {
  /** `macro-F1` */
  readonly name: string;
  /** 0..1; `null` of no answers. Those that are unscored are left out. */
  of(
    graded: readonly { readonly instance: Instance; readonly answer: string; readonly grade: Grade }[],
  ): number | null;
}

/**
 * Judges answers. Deterministic: equal requests get equal grades. Never throws for what an answer holds:
 * hostile, huge or malformed answers are scored (usually 0) or unscored with a reason.
 */
export interface Grader {
  readonly name: string;
  /** Changes whenever grades may; part of manifests and of the grade cache's key. */
  readonly revision: string;
  /** True for judges: grading takes time on the run's clock, since it waits for {@link GradeRequest.model}. */
  readonly callsModels?: boolean;
  /** What isolates the programs that it runs ({@link PythonSandbox.tier}); absent where it runs none of answers. */
  readonly sandbox?: string;
  grade(request: GradeRequest): Promise<Grade>;
  /**
   * A score of all answers together that the field goes by and that is not the mean of the values. `task check` and
   * `score` tell it: a config's own score is the mean, so that configs can be compared question by question.
   */
  readonly aggregate?: Aggregate;
  /** What was odd about grading so far and shows in no grade; for people. `undefined`: nothing. */
  oddity?(): string | undefined;
  close?(): Promise<void>;
}

/** What graders may use; passed in where graders are built. */
export interface GraderDependencies {
  readonly python: PythonSandbox;
  /** For judges. */
  readonly model?: ChatModel;
  /** Folder of the task's files; a user's grader module or executable must lie inside it. */
  readonly taskFolder: string;
}

/** Plain data that crossed the sandbox's border, tagged with what Python said it is. */
export type PythonValue =
  | { readonly type: 'none' }
  | { readonly type: 'bool'; readonly value: boolean }
  /** Decimal digits: Python's integers have no limit. A `className` here and below marks a subclass. */
  | { readonly type: 'int'; readonly value: string; readonly className?: string }
  /** `repr` of the float: `0.1`, `nan`, `inf`, `-0.0`. */
  | { readonly type: 'float'; readonly value: string; readonly className?: string }
  | { readonly type: 'str'; readonly value: string; readonly className?: string }
  | {
      readonly type: 'list' | 'tuple' | 'set';
      readonly items: readonly PythonValue[];
      readonly className: string;
    }
  /** `className` is `dict` or a subclass's name; entries were read with dict's own methods. */
  | {
      readonly type: 'dict';
      readonly entries: readonly (readonly [PythonValue, PythonValue])[];
      readonly className: string;
    }
  /** Anything else: generators, iterators, user classes, … `repr` only for Decimal, complex, bytes, range. */
  | { readonly type: 'object'; readonly className: string; readonly repr?: string }
  /** Cut because it was too deep, too large or cyclic. */
  | { readonly type: 'cut'; readonly reason: string };

/** Runs a program, then calls functions it defines with fresh arguments each. */
export interface PythonJob {
  readonly source: string;
  readonly calls: readonly {
    readonly function: string;
    readonly args: readonly PythonValue[];
    /** False where nobody asks what became of the arguments: then `argsAfter` is empty. @defaultValue true */
    readonly argsAfter?: boolean;
  }[];
  /**
   * Milliseconds of the program's own time for the whole job: counted in steps of the interpreter, so that
   * it ends at the same step on every machine, however busy. Default 5,000.
   */
  readonly timeLimitMs?: number;
}

/** A job with tests that are Python themselves. */
export interface PythonScriptJob extends PythonJob {
  /**
   * Expressions or statements (`solution(3)`, `assert f(1) == 2`) run in the program's namespace after the
   * calls; their outcomes follow those of the calls, with no `argsAfter`. What is written here is inside the
   * interpreter: a hostile program can make any assertion in it pass, so a grader that must not be gamed
   * asks for values and compares them outside.
   */
  readonly expressions?: readonly string[];
}

export type PythonCallOutcome =
  | {
      readonly kind: 'returned';
      readonly value: PythonValue;
      /** The arguments as the call left them. */
      readonly argsAfter: readonly PythonValue[];
    }
  | { readonly kind: 'raised'; readonly exception: string; readonly message: string };

export type PythonOutcome =
  /** The program loaded; one outcome per call, in order. */
  | { readonly kind: 'ran'; readonly calls: readonly PythonCallOutcome[] }
  /** Loading raised, or a function asked for does not exist. */
  | { readonly kind: 'not-loaded'; readonly exception: string; readonly message: string }
  /** Stopped by the sandbox: the config's own doing, so it is scored. `afterCalls` calls had ended before. */
  | {
      readonly kind: 'stopped';
      readonly cause: 'time' | 'memory' | 'output' | 'violation' | 'crash';
      readonly message: string;
      readonly calls: readonly PythonCallOutcome[];
    }
  /** The sandbox itself failed, or the machine was too busy to tell: unscored. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Isolation for model-written Python. No verdict, expected answer or grader code ever goes inside. */
export interface PythonSandbox {
  /** What isolates: e.g. `pyodide`, `pyodide+permissions`, `pyodide+bubblewrap`. */
  readonly tier: string;
  run(job: PythonScriptJob, options?: { readonly signal?: AbortSignal }): Promise<PythonOutcome>;
  close(): Promise<void>;
}
