import { defined } from '../../core/defined.ts';
import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import { baseline, cameBy } from '../../domain/headliners.ts';
import { configId, type MoaConfig, modelsOf } from '../../domain/moa-config.ts';
import type { Task } from '../../domain/task.ts';
import type { ChatModel, ChatOutcome, ChatRequest, ModelCard } from '../../models/chat-model.ts';
import type { SearchSpace } from '../../search/space.ts';
import type { Trial } from '../../search/trial.ts';
import type { TrialBook } from '../../search/trial-book.ts';
import {
  applyPrompt,
  betterOn,
  checkPrompt,
  composeRequest,
  type Draft,
  type DraftOutcome,
  findTarget,
  longestPrompt,
  meansByInstance,
  type OpenDraft,
  readWrittenPrompt,
  type TargetAgent,
  type WrittenDraft,
} from '../../search/writing/index.ts';
import { worstCase } from '../calls/ledger.ts';
import type { EndReason, Reservation } from '../journal/events.ts';
import type { Recorder } from '../journal/recorder.ts';
import { gatherEvidence } from './draft-evidence.ts';

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

interface ShownAgent {
  readonly trial: Trial;
  readonly target: TargetAgent;
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

  /**
   * Asks the writer: what came of it and the tokens that it took. `undefined` when the run was stopped meanwhile and
   * the draft stays open.
   */
  async write({
    draft,
    of,
    request,
  }: OpenDraft): Promise<{ readonly outcome: DraftOutcome; readonly tokens: number } | undefined> {
    // Cells are numbered from 0: a number below is no cell's, and goes first where calls must queue.
    const priority = -1 - draft;
    const answer = await this.#options.desk.complete(request, { purpose: 'prompt-writer', priority });
    if (answer.kind === 'failed' && answer.failure.cause === 'aborted') {
      if (!answer.failure.code.startsWith('budget-')) return undefined;
      return { outcome: { kind: 'rejected', reason: answer.failure.message }, tokens: 0 };
    }
    const { usage } = answer.kind === 'failed' ? answer.failure : answer.response;
    const tokens = usage === undefined ? 0 : usage.inputTokens + usage.outputTokens;
    return { outcome: this.#judge(of, draft, answer), tokens };
  }

  /** The config that a written prompt makes of its parent. */
  configOf({ of, prompt, draft }: WrittenDraft): MoaConfig | undefined {
    const { recorder, space, rng } = this.#options;
    const parent = recorder.state.byId.get(of.parent);
    if (parent === undefined) return undefined;
    return applyPrompt(parent.config, of.target, prompt, space, rng.derive('draft', draft, 'apply'));
  }

  async #request(of: Draft, draft: number): Promise<ChatRequest | string> {
    const { task, card, rng, roomFor } = this.#options;
    const shown = this.#find(of);
    const mate = of.other && this.#find(of.other);
    if (shown === undefined || (of.other !== undefined && mate === undefined))
      return 'there is no such agent';
    const { trial, target } = shown;
    const stream = rng.derive('draft', draft, 'evidence');
    const cases = await this.#casesOf(shown, stream, mate);
    if (cases.length === 0) return 'no scored tuning cell of it lost points';
    const other = mate && {
      prompt: mate.target.agent.prompt,
      cases: await this.#casesOf(mate, stream.derive('other'), shown),
    };
    const request: ChatRequest = {
      model: this.#writer(trial),
      messages: composeRequest({ task, config: trial.config, target, cases, ...defined({ other }) }),
      temperature: writingTemperature,
      maxTokens: writingTokens,
      sample: { repeat: 0, index: draft },
    };
    const broken = roomFor(worstCase(request, card(request.model)));
    return broken === undefined ? request : `the ceiling on ${broken} leaves no room for it`;
  }

  /** @param rival only where it did better; absent: anywhere */
  async #casesOf({ trial, target }: ShownAgent, rng: Rng, rival: ShownAgent | undefined) {
    const { recorder, task, desk, extractAnswer } = this.#options;
    const { journal } = recorder;
    const parts = { task, journal, extractAnswer, revision: (model: string) => desk.revision(model) };
    return await gatherEvidence(trial, target, parts, rng, rival && lostTo(rival.trial, trial));
  }

  #writer(parent: Trial): string {
    const { writer, book } = this.#options;
    const best =
      book.baselines().find(({ origin }) => cameBy(baseline, origin.operator))?.config ?? parent.config;
    return writer ?? elementAt(modelsOf(best), 0);
  }

  #judge(of: Draft, draft: number, outcome: ChatOutcome): DraftOutcome {
    const rejected = (reason: string): DraftOutcome => ({ kind: 'rejected', reason });
    if (outcome.kind === 'failed') {
      const { cause, code } = outcome.failure;
      return rejected(`the writer did not answer: ${cause} (${code})`);
    }
    const { recorder, space } = this.#options;
    const target = this.#find(of)?.target;
    if (target === undefined) return rejected('there is no such agent');
    const other = of.other && this.#find(of.other)?.target.agent.prompt;
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
        ...(other === undefined ? [] : [other]),
      ],
      maxCharacters: longestPrompt(old, other),
      leaks: this.#leakContext([old, ...(other === undefined ? [] : [other])]),
    });
    if (checked.kind === 'rejected') return checked;
    const config = this.configOf({ draft, of, prompt });
    if (config === undefined) return rejected('no config of the space comes of it');
    return recorder.state.byId.has(configId(config)) ? rejected('the config is known already') : checked;
  }

  #find({ parent, target }: Pick<Draft, 'parent' | 'target'>): ShownAgent | undefined {
    const trial = this.#options.recorder.state.byId.get(parent);
    const found = trial === undefined ? undefined : findTarget(trial.config, target);
    return trial === undefined || found === undefined ? undefined : { trial, target: found };
  }

  #leakContext(shown: readonly string[]) {
    const { task } = this.#options;
    const listed: unknown = task.grader.labels;
    const labels: string[] = Array.isArray(listed) ? listed.filter((label) => typeof label === 'string') : [];
    return {
      open: [...shown, task.description, task.prompt ?? ''],
      labels: task.answer === 'choice' ? [...labels, ...lettersOfChoices] : labels,
      instances: task.tuning,
    };
  }
}

/** Instances on which the winner did better. */
const lostTo = (winner: Trial, loser: Trial): Set<string> =>
  betterOn(meansByInstance(winner.measurements()), meansByInstance(loser.measurements()));
