import { formatPercent, formatSigned } from '../../report/format.ts';
import type { WhyView } from '../../report/view-model/schema.ts';
import { Absent, Section, Waiting } from '../parts/controls.tsx';
import { EffectBar, widestOf } from '../parts/effect.tsx';
import { Table } from '../parts/table.tsx';
import { visible } from '../parts/text.tsx';
import type { ViewProps } from '../parts/view-props.ts';
import { useLoaded } from '../state/loaded.ts';
import { AgentsWorth } from './agents-worth.tsx';

export function WhyPage({ source, view }: ViewProps) {
  const { run } = view.head;
  const loaded = useLoaded(run, () => source.why(run));
  if (loaded === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  const why = loaded.value;
  return (
    <>
      <Section title="What the tuning was worth">
        {why.best === null ? <p>Nothing was scored.</p> : <Gains why={why} />}
      </Section>
      <AgentsWorth why={why} head={view.head} agents={agentsOfBest(view, why)} />
      <Section title="Where the gain came from">
        <Sources why={why} />
      </Section>
    </>
  );
}

/** How many agents the best config has; `undefined` without one. */
function agentsOfBest({ trials }: ViewProps['view'], { best }: WhyView): number | undefined {
  return best === null ? undefined : trials.agents[trials.id.indexOf(best.id)];
}

function Gains({ why }: { readonly why: WhyView }) {
  const gains = [
    ['over the best single model', why.overBaseline],
    ['over the first config', why.overFirst],
  ] as const;
  return (
    <Table
      caption="Gains in score"
      rows={gains.flatMap(([name, gain]) => (gain === null ? [] : [{ name, gain }]))}
      keyOf={({ name }) => name}
      columns={[
        { head: 'the best config', cell: ({ name }) => name },
        { head: 'gain in score', isNumber: true, cell: ({ gain }) => <b>{formatSigned(gain.mean)}</b> },
        {
          head: '95% interval',
          isNumber: true,
          cell: ({ gain }) =>
            gain.low === null || gain.high === null
              ? 'unknown'
              : `${formatSigned(gain.low)} to ${formatSigned(gain.high)}`,
        },
        {
          head: 'reading',
          cell: ({ gain }) =>
            gain.low === null
              ? 'nothing is known of the noise'
              : gain.low > 0
                ? 'better, beyond luck'
                : 'not told apart from luck',
        },
        { head: 'as measured', isNumber: true, cell: ({ gain }) => formatSigned(gain.measured) },
        {
          head: 'how',
          cell: ({ gain }) => <div class="shape">{`${gain.basis}: ${visible(gain.method)}`}</div>,
        },
      ]}
    />
  );
}

function Sources({ why }: { readonly why: WhyView }) {
  const { ablation } = why;
  if (ablation.kind === 'refused') return <p>Not said: {visible(ablation.because)}.</p>;
  const widest = widestOf(ablation.effects.map(({ gain }) => gain));
  return (
    <>
      <Table
        caption="Shares of the gain"
        rows={ablation.effects}
        keyOf={({ group }) => group}
        columns={[
          { head: 'what was changed', cell: ({ group }) => <b>{group}</b> },
          {
            head: 'share of the gain (80%)',
            isNumber: true,
            cell: ({ gain }) => <EffectBar effect={gain} widest={widest} />,
          },
          {
            head: 'reading',
            cell: ({ gain }) =>
              gain.low > 0
                ? 'brought something'
                : gain.high < 0
                  ? 'cost something'
                  : 'not told apart from luck',
          },
          {
            head: 'of the variance',
            isNumber: true,
            cell: ({ varianceShare }) => formatPercent(varianceShare),
          },
          { head: 'pairs that differ in it alone', isNumber: true, cell: ({ swaps }) => swaps.pairs },
          {
            head: 'mean change',
            isNumber: true,
            cell: ({ swaps }) => (swaps.change === null ? '' : formatSigned(swaps.change.mean)),
          },
        ]}
      />
      <p class="note">
        The shares are of the gain on tuning questions with luck taken out: {formatSigned(ablation.gain)} over
        the best single model. They add up to {formatSigned(ablation.explained)}, which is how trees see it
        that were fitted to this run (R² {ablation.fit.toFixed(2)} on configs they had not seen);{' '}
        {formatPercent(ablation.interactions)} of the variance comes from combinations.
      </p>
    </>
  );
}
