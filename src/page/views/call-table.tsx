import { useMemo } from 'preact/hooks';
import { formatCount, formatDuration, formatObjective, formatUsd, shortModel } from '../../report/format.ts';
import type { CallView } from '../../report/view-model/schema.ts';
import { Beside } from '../parts/controls.tsx';
import { Table } from '../parts/table.tsx';
import { LongText, visible } from '../parts/text.tsx';

export function CallTable({
  calls,
  chosen,
  onChoose,
}: {
  readonly calls: readonly CallView[];
  readonly chosen: CallView | null;
  readonly onChoose: (call: CallView) => void;
}) {
  const rows = useMemo(() => calls.map((call, at) => ({ call, at })), [calls]);
  return (
    <Beside title={`The ${formatCount(calls.length)} calls as a table`}>
      <Table
        caption="Calls of the answer"
        rows={rows}
        keyOf={({ at }) => at}
        perPage={50}
        isMarked={({ call }) => call === chosen}
        columns={[
          {
            head: 'agent',
            sort: ({ call }) => call.agent,
            cell: ({ call }) => (
              <button type="button" class="link" onClick={() => onChoose(call)}>
                {visible(call.agent)}
              </button>
            ),
          },
          {
            head: 'stage',
            sort: ({ call }) => call.stage,
            cell: ({ call }) => <span class="id">{visible(call.stage)}</span>,
          },
          {
            head: 'model',
            sort: ({ call }) => call.model,
            cell: ({ call }) => visible(shortModel(call.model)),
          },
          { head: 'outcome', sort: ({ call }) => call.outcome, cell: ({ call }) => call.outcome },
          {
            head: 'start',
            isNumber: true,
            sort: ({ call }) => call.start,
            cell: ({ call }) => formatDuration(call.start),
          },
          {
            head: 'took',
            isNumber: true,
            sort: ({ call }) => call.seconds,
            cell: ({ call }) => formatDuration(call.seconds),
          },
          { head: 'critical', cell: ({ call }) => (call.critical ? 'yes' : '') },
          { head: 'had before', cell: ({ call }) => (call.cached ? 'yes' : '') },
          {
            head: 'tokens in',
            isNumber: true,
            sort: ({ call }) => call.inputTokens,
            cell: ({ call }) => formatObjective('tokens', call.inputTokens),
          },
          {
            head: 'out',
            isNumber: true,
            sort: ({ call }) => call.outputTokens,
            cell: ({ call }) => formatObjective('tokens', call.outputTokens),
          },
          {
            head: 'usd',
            isNumber: true,
            sort: ({ call }) => call.usd,
            cell: ({ call }) => formatObjective('usd', call.usd),
          },
        ]}
      />
    </Beside>
  );
}

export function CallDetails({ call, texts }: { readonly call: CallView; readonly texts: readonly string[] }) {
  const facts = [
    call.stage,
    `round ${call.round + 1}`,
    `${formatDuration(call.seconds)}${call.firstToken === null ? '' : `, first token after ${formatDuration(call.firstToken)}`}`,
    `${formatObjective('tokens', call.inputTokens)} tokens in, ${formatObjective('tokens', call.outputTokens)} out`,
    ...(call.reasoningTokens === null ? [] : [`${formatCount(call.reasoningTokens)} of them reasoning`]),
    call.usd === null ? 'cost unknown' : formatUsd(call.usd),
    ...(call.cached ? ['had before'] : []),
  ];
  return (
    <div class="details" aria-live="polite">
      <h3>
        {visible(call.agent)} <span class="model">{visible(call.model)}</span>
      </h3>
      <p class="note">{visible(facts.join(' · '))}</p>
      {call.failure !== null && <p class="absent">{visible(call.failure)}</p>}
      <div class="columns even">
        <div>
          {call.messages.map(([role, text], at) => (
            <div key={at}>
              <h4>{visible(role)}</h4>
              <LongText text={texts[text] ?? ''} label={`Message: ${visible(role)}`} />
            </div>
          ))}
        </div>
        <div>
          <h4>answer</h4>
          {call.text === null ? (
            <p class="absent">None.</p>
          ) : (
            <LongText text={texts[call.text] ?? ''} label="Answer of the call" />
          )}
          {call.reasoning !== null && (
            <>
              <h4>reasoning</h4>
              <LongText text={texts[call.reasoning] ?? ''} label="Reasoning" />
            </>
          )}
        </div>
      </div>
    </div>
  );
}
