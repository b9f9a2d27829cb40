import {
  formatCount,
  formatDuration,
  formatPercent,
  formatUsd,
  shortModel,
  simulatedSuffix,
  unknown,
} from '../../report/format.ts';
import type { AgentShare } from '../../report/view-model/schema.ts';
import { Section } from '../parts/controls.tsx';
import { Table } from '../parts/table.tsx';
import { visible } from '../parts/text.tsx';

export function Shares({
  shares,
  simulated,
}: {
  readonly shares: readonly AgentShare[];
  readonly simulated: boolean;
}) {
  const total = (of: (share: AgentShare) => number): number =>
    shares.reduce((sum, share) => sum + of(share), 0);
  const [seconds, tokens] = [
    total((share) => share.seconds),
    total((share) => share.inputTokens + share.outputTokens),
  ];
  const usd = shares.some((share) => share.usd === null) ? null : total((share) => share.usd ?? 0);
  return (
    <Section
      title={`What each agent takes per question${simulatedSuffix(simulated)}`}
      note="On average over all answers; seconds count where the agent was the slowest of those side by side."
    >
      <Table
        caption="Share of each agent"
        rows={shares}
        keyOf={({ stage, agent, model }) => `${stage} ${agent} ${model}`}
        columns={[
          { head: 'stage', cell: ({ stage }) => <span class="id">{visible(stage)}</span> },
          { head: 'agent', cell: ({ agent }) => visible(agent) },
          { head: 'model', cell: ({ model }) => visible(shortModel(model)) },
          { head: 'calls', isNumber: true, cell: ({ calls }) => Number(calls.toFixed(2)) },
          {
            head: 'seconds',
            isNumber: true,
            cell: (share) => (
              <Bar part={share.seconds} whole={seconds} text={formatDuration(share.seconds)} />
            ),
          },
          {
            head: 'tokens',
            isNumber: true,
            cell: (share) => {
              const used = share.inputTokens + share.outputTokens;
              return <Bar part={used} whole={tokens} text={formatCount(used)} />;
            },
          },
          {
            head: 'usd',
            isNumber: true,
            cell: (share) =>
              share.usd === null || usd === null ? (
                unknown
              ) : (
                <Bar part={share.usd} whole={usd} text={formatUsd(share.usd)} />
              ),
          },
        ]}
      />
    </Section>
  );
}

function Bar({
  part,
  whole,
  text,
}: {
  readonly part: number;
  readonly whole: number;
  readonly text: string;
}) {
  const share = whole === 0 ? 0 : part / whole;
  return (
    <span class="bar">
      <span>
        {text} <small>{formatPercent(share)}</small>
      </span>
      <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="4" />
        <rect width={100 * share} height="4" />
      </svg>
    </span>
  );
}
