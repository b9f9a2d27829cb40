import { type PlayedCall, type PlayedCell, timedGroups } from '../analysis/cell-player.ts';
import { sha256 } from '../core/canonical-json.ts';
import { wellFormed } from '../core/well-formed.ts';
import { configId, type MoaConfig } from '../domain/moa-config.ts';

type Played = Extract<PlayedCell, { kind: 'played' }>;

/** An answer with its calls, as it is to be told as spans. */
export interface TracedAnswer extends Pick<Played, 'trace' | 'calls'> {
  readonly config: MoaConfig;
  readonly question: string;
  readonly answer: string | null;
  /** Milliseconds since 1970 when it was asked. */
  readonly startedAt: number;
  /** What tells it from other answers of the config at that moment: equal ones get equal ids. */
  readonly identity: string;
  /** 0..1; `null`: not graded. */
  readonly score: number | null;
  /** Further facts on the whole answer: `mixtune.run`, `mixtune.task`, … */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

/* The names of OTLP's JSON (opentelemetry-proto, with ids as hex digits and 64-bit numbers as strings). */
type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } };
interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}
interface SpanEvent {
  readonly timeUnixNano: string;
  readonly name: string;
  readonly attributes: readonly KeyValue[];
}
export interface OtlpSpan {
  /** 32 and 16 hex digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 1: inside this process; 3: a call to another. */
  readonly kind: 1 | 3;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly events: readonly SpanEvent[];
  /** 2: failed. */
  readonly status: { readonly code?: 2; readonly message?: string };
}

/** What an OTLP receiver takes at `/v1/traces`. */
export interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly OtlpSpan[];
    }[];
  }[];
}

/**
 * Answers as OpenTelemetry spans, by the conventions for generative AI: one `invoke_workflow` for the answer, in it a
 * span for each stage (and round), in these a `chat` for each call. Own queueing is left out, as in latencies.
 * @param version mixtune's own
 */
export function otlpTraces(answers: readonly TracedAnswer[], version: string): OtlpTraces {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes({ 'service.name': 'mixtune', 'service.version': version }) },
        scopeSpans: [{ scope: { name: 'mixtune', version }, spans: answers.flatMap(spansOf) }],
      },
    ],
  };
}

function spansOf(traced: TracedAnswer): OtlpSpan[] {
  const { config, question, answer, trace, startedAt, score, facts } = traced;
  const id = configId(config);
  const traceId = sha256([id, startedAt, traced.identity]).slice(0, 32);
  const idOf = (...place: readonly (string | number)[]): string => sha256([traceId, ...place]).slice(0, 16);
  const nano = (ms: number): string =>
    String(BigInt(Math.round(startedAt)) * 1_000_000n + BigInt(Math.round(ms * 1_000_000)));
  const root = { traceId, spanId: idOf('answer') };
  const told = new Set<number>();
  /** What did not go as configured, on the span of its stage; what no call was made for on that of the answer. */
  const degraded = (isIts: (stage: string) => boolean, at: number): SpanEvent[] =>
    trace.degraded.flatMap(({ stage, agent, code, note }, index) => {
      if (told.has(index) || !isIts(stage)) return [];
      told.add(index);
      const facts = { 'mixtune.stage': stage, 'gen_ai.agent.name': agent, 'mixtune.note': note };
      return [{ timeUnixNano: nano(at), name: `mixtune.${code}`, attributes: attributes(facts) }];
    });
  const groups = timedGroups(traced);
  const inner = groups.flatMap(({ start, end, calls }, at): OtlpSpan[] => {
    const [first] = calls;
    if (first === undefined) return [];
    const { stage, stageKind, round } = first.record;
    const isLast = !groups.slice(at + 1).some((group) => group.calls[0]?.record.stage === stage);
    const spanId = idOf('stage', at);
    return [
      {
        ...{ traceId, spanId, parentSpanId: root.spanId, name: `${stageKind} ${stage}`, kind: 1 },
        startTimeUnixNano: nano(start),
        endTimeUnixNano: nano(end),
        attributes: attributes({
          'mixtune.stage': stage,
          'mixtune.stage.kind': stageKind,
          'mixtune.round': round,
        }),
        events: isLast ? degraded((its) => its === stage, end) : [],
        status: {},
      },
      ...calls.map((call, index) => ({
        ...{ traceId, spanId: idOf('call', at, index), parentSpanId: spanId },
        startTimeUnixNano: nano(start),
        endTimeUnixNano: nano(start + call.record.serviceMs),
        ...callParts(call),
      })),
    ];
  });
  return [
    {
      ...{ ...root, name: `invoke_workflow ${config.name}`, kind: 1 },
      startTimeUnixNano: nano(0),
      endTimeUnixNano: nano(trace.latencyMs),
      attributes: attributes({
        'gen_ai.operation.name': 'invoke_workflow',
        'gen_ai.workflow.name': config.name,
        'gen_ai.input.messages': messages([{ role: 'user', content: question }]),
        'gen_ai.output.messages':
          answer === null
            ? null
            : JSON.stringify([{ role: 'assistant', parts: [textPart(answer)], finish_reason: 'stop' }]),
        'mixtune.config': id,
        'mixtune.usd': double(trace.usd),
        'mixtune.score': double(score),
        ...facts,
      }),
      events: degraded(() => true, trace.latencyMs),
      status: answer === null ? { code: 2, message: 'no answer' } : {},
    },
    ...inner,
  ];
}

function callParts({
  record,
  request,
  response,
}: PlayedCall): Pick<OtlpSpan, 'name' | 'kind' | 'attributes' | 'events' | 'status'> {
  const { usage, failure } = record;
  const slash = record.model.indexOf('/');
  const model = record.model.slice(slash + 1);
  const { responseFormat } = request;
  return {
    name: `chat ${model}`,
    kind: 3,
    attributes: attributes({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': record.model.slice(0, slash),
      'gen_ai.request.model': model,
      'gen_ai.agent.name': record.agent,
      'gen_ai.request.temperature': double(request.temperature),
      'gen_ai.request.top_p': double(request.topP),
      'gen_ai.request.max_tokens': request.maxTokens,
      'gen_ai.request.stop_sequences': request.stop,
      'gen_ai.output.type': responseFormat === undefined ? null : responseFormat === 'text' ? 'text' : 'json',
      'gen_ai.response.finish_reasons': response && [response.finishReason],
      'gen_ai.usage.input_tokens': usage?.inputTokens,
      'gen_ai.usage.output_tokens': usage?.outputTokens,
      'gen_ai.usage.cache_read.input_tokens': usage?.cachedInputTokens,
      'gen_ai.usage.reasoning.output_tokens': usage?.reasoningTokens,
      'gen_ai.input.messages': messages(request.messages),
      'gen_ai.output.messages': response && outputOf(response),
      'error.type': failure?.code,
      'mixtune.usd': double(record.usd),
      'mixtune.cached': record.cached ? true : null,
      'mixtune.outcome': record.outcome,
    }),
    events: [],
    status: failure === undefined ? {} : { code: 2, message: wellFormed(failure.message) },
  };
}

const textPart = (content: string) => ({ type: 'text', content: wellFormed(content) });

function messages(list: readonly { readonly role: string; readonly content: string }[]): string {
  return JSON.stringify(list.map(({ role, content }) => ({ role, parts: [textPart(content)] })));
}

function outputOf({ text, reasoning, finishReason }: NonNullable<PlayedCall['response']>): string {
  const thought = reasoning === undefined ? [] : [{ type: 'reasoning', content: wellFormed(reasoning) }];
  return JSON.stringify([
    { role: 'assistant', parts: [...thought, textPart(text)], finish_reason: finishReason },
  ]);
}

/** A number that is told as a fraction even where it is whole. */
class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

function double(value: number | null | undefined): Double | null {
  return value == null ? null : new Double(value);
}

type Told = string | number | boolean | Double | readonly string[] | null | undefined;

/** What is not known is not told. */
function attributes(facts: Readonly<Record<string, Told>>): KeyValue[] {
  return Object.entries(facts).flatMap(([key, value]) =>
    value == null ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: NonNullable<Told>): AnyValue {
  if (typeof value === 'string') return { stringValue: wellFormed(value) };
  if (typeof value === 'boolean') return { boolValue: value };
  if (value instanceof Double) return { doubleValue: value.value };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map((each) => ({ stringValue: wellFormed(each) })) } };
}
