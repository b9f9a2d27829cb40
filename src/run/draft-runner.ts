import { elementAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import { configId, type MoaConfig, modelsOf } from '../domain/moa-config.ts';
import type { Task } from '../domain/task.ts';
import type { ChatModel, ChatOutcome, ChatRequest, ModelCard } from '../models/chat-model.ts';
import type { SearchSpace } from '../search/space.ts';
import type { Trial } from '../search/trial.ts';
import type { TrialBook } from '../search/trial-book.ts';
import {
  applyPrompt,
  checkPrompt,
  composeRequest,
  type Draft,
  type DraftOutcome,
  findTarget,
  longestPrompt,
  type OpenDraft,
  readWrittenPrompt,
  type WrittenDraft,
} from '../search/writing/index.ts';
import { gatherEvidence } from './draft-evidence.ts';
import type { EndReason, Reservation } from './events.ts';
import { worstCase } from './ledger.ts';
import type { Recorder } from './recorder.ts';

export interface DraftRunnerOptions {
  readonly recorder: Recorder;
  readonly book: TrialBook;
  /** Where the writer is asked; the run's own desk, so that it is paid for like any other call. */
  readonly desk: ChatModel;
  readonly card: (model: string) => ModelCard | undefined;
  readonly task: Task;
  readonly space: SearchSpace;
  readonly rng: Rng;
  readonly extractAnswer: (text: string) => string | null;
  /** The model that writes; absent: the best single one so far. */
  readonly writer?: string;
  /** The ceiling that a call of this worst case would break. */
  readonly roomFor: (worst: Reservation) => EndReason | undefined;
}

/** Generated tokens of a written prompt, thinking and remarks included. */
const writingTokens = 2048;
const writingTemperature = 0.7;
const lettersOfChoices = [...'ABCDEFGHIJ'];

/**
 * Has prompts written: gathers what there is to learn from, asks the writer, and checks what it wrote. Every step
 * is an event, and each follows from those before it, so that a killed run goes on with its drafts.
 */
export class DraftRunner {
  readonly #options: DraftRunnerOptions;

  constructor(options: DraftRunnerOptions) {
    this.#options = options;
  }

  /**
   * Starts a draft, or refuses it (`undefined`). Waits for nothing but computation, so that nothing else happens
   * in a simulated run meanwhile.
   */
  async begin(of: Draft): Promise<OpenDraft | undefined> {
    const { recorder } = this.#options;
    const draft = recorder.state.drafts.asked;
    const request = await this.#request(of, draft);
    if (typeof request === 'string') {
      recorder.record({ kind: 'draft-refused', draft, of, reason: request });
      return undefined;
    }
    recorder.record({ kind: 'draft-started', draft, of, request });
    return { draft, of, request };
  }

  /** Asks the writer; `undefined` when the run was stopped meanwhile and the draft stays open. */
  async write({ draft, of, request }: OpenDraft): Promise<DraftOutcome | undefined> {
    // Cells are numbered from 0: a number below is no cell's, and goes first where calls must queue.
    const priority = -1 - draft;
    const outcome = await this.#options.desk.complete(request, { purpose: 'prompt-writer', priority });
    if (outcome.kind === 'failed' && outcome.failure.cause === 'aborted') {
      const noRoom = outcome.failure.code.startsWith('budget-');
      return noRoom ? { kind: 'rejected', reason: outcome.failure.message } : undefined;
    }
    return this.#judge(of, draft, outcome);
  }

  /** The config that a written prompt makes of its parent. */
  configOf({ of, prompt, draft }: WrittenDraft): MoaConfig | undefined {
    const { recorder, space, rng } = this.#options;
    const parent = recorder.state.byId.get(of.parent);
    if (parent === undefined) return undefined;
    return applyPrompt(parent.config, of.target, prompt, space, rng.derive('draft', draft, 'apply'));
  }

  async #request(of: Draft, draft: number): Promise<ChatRequest | string> {
    const { recorder, task, desk, card, rng, extractAnswer, roomFor } = this.#options;
    const trial = recorder.state.byId.get(of.parent);
    const target = trial === undefined ? undefined : findTarget(trial.config, of.target);
    if (trial === undefined || target === undefined) return 'there is no such agent';
    const { journal } = recorder;
    const reflects = of.operator === 'reflect-prompt';
    const evidence = { task, journal, extractAnswer, revision: (model: string) => desk.revision(model) };
    const cases = reflects
      ? await gatherEvidence(trial, target, evidence, rng.derive('draft', draft, 'evidence'))
      : [];
    if (reflects && cases.length === 0) return 'no scored tuning cell of it lost points';
    const request: ChatRequest = {
      model: this.#writer(trial),
      messages: composeRequest({ task, config: trial.config, target, cases }),
      temperature: writingTemperature,
      maxTokens: writingTokens,
      sample: { repeat: 0, index: draft },
    };
    const broken = roomFor(worstCase(request, card(request.model)));
    return broken === undefined ? request : `the ceiling on ${broken} leaves no room for it`;
  }

  #writer(parent: Trial): string {
    const { writer, book } = this.#options;
    const best =
      book.baselines().find(({ origin }) => origin.operator === 'baseline')?.config ?? parent.config;
    return writer ?? elementAt(modelsOf(best), 0);
  }

  #judge(of: Draft, draft: number, outcome: ChatOutcome): DraftOutcome {
    const rejected = (reason: string): DraftOutcome => ({ kind: 'rejected', reason });
    if (outcome.kind === 'failed') {
      const { cause, code } = outcome.failure;
      return rejected(`the writer did not answer: ${cause} (${code})`);
    }
    const { recorder, space } = this.#options;
    const target = this.#targetOf(of);
    if (target === undefined) return rejected('there is no such agent');
    const prompt = readWrittenPrompt(outcome.response.text);
    if (prompt === undefined) return rejected('the answer holds no prompt');
    if (outcome.response.finishReason === 'length' && !/<\/new_prompt>/i.test(outcome.response.text)) {
      return rejected('the answer was cut off at its token limit');
    }
    const old = target.agent.prompt;
    const checked = checkPrompt(prompt, {
      old,
      known: [
        ...Object.values(space.prompts).flatMap((texts) => texts ?? []),
        ...recorder.state.drafts.prompts,
      ],
      maxCharacters: longestPrompt(old),
      leaks: this.#leakContext(old),
    });
    if (checked.kind === 'rejected') return checked;
    const config = this.configOf({ draft, of, prompt });
    if (config === undefined) return rejected('no config of the space comes of it');
    return recorder.state.byId.has(configId(config)) ? rejected('the config is known already') : checked;
  }

  #targetOf(of: Draft) {
    const trial = this.#options.recorder.state.byId.get(of.parent);
    return trial === undefined ? undefined : findTarget(trial.config, of.target);
  }

  #leakContext(old: string) {
    const { task } = this.#options;
    const listed: unknown = task.grader.labels;
    const labels: string[] = Array.isArray(listed) ? listed.filter((label) => typeof label === 'string') : [];
    return {
      open: [old, task.description, task.prompt ?? ''],
      labels: task.answer === 'choice' ? [...labels, ...lettersOfChoices] : labels,
      instances: task.tuning,
    };
  }
}
