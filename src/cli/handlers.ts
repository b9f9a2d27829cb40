import type { CliContext } from './context.ts';
import type { ModelsAddLocalOptions } from './handlers/models-add-local.ts';
import type { ModelsPullOptions } from './handlers/models-pull.ts';
import type {
  AnswerOptions,
  AskOptions,
  CacheExportOptions,
  CachePruneOptions,
  CacheStatsOptions,
  DoctorOptions,
  ExportOptions,
  FrontOptions,
  GradeOptions,
  JsonOption,
  ModelsOptions,
  ModelsProbeOptions,
  RehearseOptions,
  RepeatOptions,
  ReproduceOptions,
  ResumeOptions,
  ScoreOptions,
  ShowOptions,
  SimOptions,
  StatusOptions,
  StopOptions,
  TaskCheckOptions,
  TaskImportOptions,
  TuneOptions,
} from './options.ts';

/** What each command does, apart from how its command line is read. Each resolves to the exit code. */
export interface Handlers {
  tune(task: string, options: TuneOptions, context: CliContext): Promise<number>;
  rehearse(task: string, options: RehearseOptions, context: CliContext): Promise<number>;
  resume(run: string, options: ResumeOptions, context: CliContext): Promise<number>;
  status(run: string, options: StatusOptions, context: CliContext): Promise<number>;
  stop(run: string, options: StopOptions, context: CliContext): Promise<number>;
  front(run: string, options: FrontOptions, context: CliContext): Promise<number>;
  show(run: string, which: string, options: ShowOptions, context: CliContext): Promise<number>;
  export(source: string, which: string, options: ExportOptions, context: CliContext): Promise<number>;
  score(configs: readonly string[], options: ScoreOptions, context: CliContext): Promise<number>;
  reproduce(
    source: string,
    which: string | undefined,
    options: ReproduceOptions,
    context: CliContext,
  ): Promise<number>;
  ask(
    source: string,
    question: string | undefined,
    options: AskOptions,
    context: CliContext,
  ): Promise<number>;
  grade(task: string, answer: string, options: GradeOptions, context: CliContext): Promise<number>;
  answer(run: string, options: AnswerOptions, context: CliContext): Promise<number>;
  models(options: ModelsOptions, context: CliContext): Promise<number>;
  modelsProbe(options: ModelsProbeOptions, context: CliContext): Promise<number>;
  modelsPull(name: string | undefined, options: ModelsPullOptions, context: CliContext): Promise<number>;
  modelsAddLocal(options: ModelsAddLocalOptions, context: CliContext): Promise<number>;
  taskImport(file: string, options: TaskImportOptions, context: CliContext): Promise<number>;
  taskCheck(task: string, options: TaskCheckOptions, context: CliContext): Promise<number>;
  tasks(options: JsonOption, context: CliContext): Promise<number>;
  spaces(options: JsonOption, context: CliContext): Promise<number>;
  doctor(options: DoctorOptions, context: CliContext): Promise<number>;
  sim(options: SimOptions, context: CliContext): Promise<number>;
  repeat(recording: string, options: RepeatOptions, context: CliContext): Promise<number>;
  cacheStats(options: CacheStatsOptions, context: CliContext): Promise<number>;
  cachePrune(options: CachePruneOptions, context: CliContext): Promise<number>;
  cacheExport(options: CacheExportOptions, context: CliContext): Promise<number>;
}

/** The real handlers, each loaded when its command is given, so that `--help` costs nothing. */
export const handlers: Handlers = {
  tune: async (...given) => (await import('./handlers/tune.ts')).tune(...given),
  rehearse: async (...given) => (await import('./handlers/rehearse.ts')).rehearse(...given),
  resume: async (...given) => (await import('./handlers/resume.ts')).resume(...given),
  status: async (...given) => (await import('./handlers/status.ts')).status(...given),
  stop: async (...given) => (await import('./handlers/stop.ts')).stop(...given),
  front: async (...given) => (await import('./handlers/front.ts')).front(...given),
  show: async (...given) => (await import('./handlers/show.ts')).show(...given),
  export: async (...given) => (await import('./handlers/export.ts')).exportConfig(...given),
  score: async (...given) => (await import('./handlers/score.ts')).score(...given),
  reproduce: async (...given) => (await import('./handlers/reproduce.ts')).reproduceClaims(...given),
  ask: async (...given) => (await import('./handlers/ask.ts')).ask(...given),
  grade: async (...given) => (await import('./handlers/grade.ts')).grade(...given),
  answer: async (...given) => (await import('./handlers/answer.ts')).answer(...given),
  models: async (...given) => (await import('./handlers/models.ts')).models(...given),
  modelsProbe: async (...given) => (await import('./handlers/models-probe.ts')).modelsProbe(...given),
  modelsPull: async (...given) => (await import('./handlers/models-pull.ts')).modelsPull(...given),
  modelsAddLocal: async (...given) =>
    (await import('./handlers/models-add-local.ts')).modelsAddLocal(...given),
  taskImport: async (...given) => (await import('./handlers/task-import.ts')).taskImport(...given),
  taskCheck: async (...given) => (await import('./handlers/task-check.ts')).taskCheck(...given),
  tasks: async (...given) => (await import('./handlers/tasks.ts')).tasks(...given),
  spaces: async (...given) => (await import('./handlers/spaces.ts')).spaces(...given),
  doctor: async (...given) => (await import('./handlers/doctor.ts')).doctor(...given),
  sim: async (...given) => (await import('./handlers/sim.ts')).sim(...given),
  repeat: async (...given) => (await import('./handlers/repeat.ts')).repeat(...given),
  cacheStats: async (...given) => (await import('./handlers/cache.ts')).cacheStats(...given),
  cachePrune: async (...given) => (await import('./handlers/cache.ts')).cachePrune(...given),
  cacheExport: async (...given) => (await import('./handlers/cache-export.ts')).cacheExport(...given),
};
