import type { MoaEvent, Trace } from '../moa/types.ts';
import {
  formatCost,
  formatCount,
  formatCounted,
  formatDuration,
  shortModel,
  simulatedSuffix,
} from '../report/format.ts';
import type { CliContext } from './context.ts';
import { WordWrap } from './word-wrap.ts';

/** An answer on stdout, piece by piece as it comes; on a terminal broken between words. */
export class ShownAnswer {
  readonly #context: Pick<CliContext, 'stdout' | 'stderr'>;
  readonly #restarted: string;
  /** What stands there and is not void. */
  text = '';
  /** Whether the cursor of a terminal stands behind the answer's text. */
  #isOpen = false;
  /** `undefined`: stdout is no terminal, and holds the answer as it is. */
  readonly #wrap: WordWrap | undefined;

  /** @param restarted said where what stands there is void and the whole answer follows */
  constructor(context: Pick<CliContext, 'stdout' | 'stderr'>, restarted: string) {
    this.#context = context;
    this.#restarted = restarted;
    const { stdout } = context;
    this.#wrap = stdout.isTTY === true ? new WordWrap(stdout.columns ?? 80) : undefined;
  }

  take(event: MoaEvent): void {
    if (event.kind === 'answer-delta') {
      this.text += event.text;
      this.#isOpen = !this.text.endsWith('\n');
      this.#write(event.text);
    } else if (event.kind === 'answer-restarted') {
      if (this.text !== '') this.#write(`\n\n[${this.#restarted}]\n\n`);
      this.text = '';
    }
  }

  /** Writes what is held back of an answer that came in pieces; of one that did not, the whole where it is given. */
  finish(answer = ''): void {
    if (this.text === '') this.#write(answer);
    this.#flush();
  }

  #write(text: string): void {
    this.#context.stdout.write(this.#wrap?.take(text) ?? text);
  }

  #flush(): void {
    const held = this.#wrap?.end() ?? '';
    if (held !== '') this.#context.stdout.write(held);
  }

  /** Begins a line for what stderr shows next, where both streams are the same terminal. What stdout holds is the same. */
  leaveLine(): void {
    const { stdout, stderr } = this.#context;
    this.#flush();
    if (this.#isOpen && stdout.isTTY && stderr.isTTY) stderr.line();
    this.#isOpen = false;
  }
}

/** Shows a stage or a call of a config at work, on stderr, beside the answer that it may write. */
export function traceLine(context: CliContext, event: MoaEvent, shown: ShownAnswer): void {
  if (event.kind === 'agent-finished') shown.leaveLine();
  if (event.kind === 'stage-started') {
    context.stderr.line(
      `> ${event.stage} ${event.stageKind}, round ${event.round + 1}: ${event.agents.join(', ')}`,
    );
  } else if (event.kind === 'agent-finished') {
    const { agent, model, outcome, usage, serviceMs, failure } = event.call;
    const tokens = usage === null ? '' : `, ${formatCount(usage.outputTokens)} tokens`;
    const why = failure === undefined ? '' : `: ${failure.message}`;
    context.stderr.line(
      `  ${agent} (${shortModel(model)}) ${outcome}${tokens}, ${formatDuration(serviceMs / 1000)}${why}`,
    );
  } else if (event.kind === 'stage-finished') {
    context.stderr.line(`  ${event.candidates} ${event.candidates === 1 ? 'candidate' : 'candidates'} left`);
  }
}

/** Shows what an answer took, and what did not go as configured, on stderr. */
export function traceSummary(context: CliContext, trace: Trace, simulated: boolean): void {
  for (const { stage, code, note } of trace.degraded) context.stderr.line(`! ${stage} ${code}: ${note}`);

  context.stderr.line(
    `${formatCounted(trace.calls.length, 'call')}, ${formatCount(trace.inputTokens)} tokens in, ${formatCount(trace.outputTokens)} out, ${formatCost(trace.usd)}, latency ${formatDuration(trace.latencyMs / 1000)}${simulatedSuffix(simulated)}`,
  );
}
