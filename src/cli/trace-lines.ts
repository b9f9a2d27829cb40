import type { MoaEvent, Trace } from '../moa/types.ts';
import { formatCost, formatCount, formatDuration, shortModel, simulatedSuffix } from '../report/format.ts';
import type { CliContext } from './context.ts';
import type { CliStream } from './output.ts';

/** An answer on a stream, piece by piece as it comes. */
export class ShownAnswer {
  readonly #stream: CliStream;
  readonly #restarted: string;
  /** What stands there and is not void. */
  text = '';

  /** @param restarted said where what stands there is void and the whole answer follows */
  constructor(stream: CliStream, restarted: string) {
    this.#stream = stream;
    this.#restarted = restarted;
  }

  take(event: MoaEvent): void {
    if (event.kind === 'answer-delta') {
      this.text += event.text;
      this.#stream.write(event.text);
    } else if (event.kind === 'answer-restarted') {
      if (this.text !== '') this.#stream.write(`\n\n[${this.#restarted}]\n\n`);
      this.text = '';
    }
  }
}

/** Shows a stage or a call of a config at work, on stderr. */
export function traceLine(context: CliContext, event: MoaEvent): void {
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
    `${formatCount(trace.calls.length)} calls, ${formatCount(trace.inputTokens)} tokens in, ${formatCount(trace.outputTokens)} out, ${formatCost(trace.usd)}, latency ${formatDuration(trace.latencyMs / 1000)}${simulatedSuffix(simulated)}`,
  );
}
