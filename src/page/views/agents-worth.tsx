import {
  formatCount,
  formatDuration,
  formatObjective,
  shortModel,
  simulatedSuffix,
  unknown,
} from '../../report/format.ts';
import type { WhyView } from '../../report/view-model/schema.ts';
import { Section } from '../parts/controls.tsx';
import { EffectBar, widestOf } from '../parts/effect.tsx';
import { Table } from '../parts/table.tsx';
import { Copyable, visible } from '../parts/text.tsx';

type Worth = NonNullable<WhyView['worth']>;

const verdicts: Readonly<Record<Worth['agents'][number]['verdict'], string>> = {
  adds: 'adds, beyond luck',
  harms: 'costs points, beyond luck',
  'not-told-apart': 'not told apart from luck',
  unknown: 'not measured',
};

/** What the best config would be without each of its agents. */
export function AgentsWorth({
  worth,
  run,
  agents,
}: {
  readonly worth: WhyView['worth'];
  readonly run: string;
  /** Of the best config. */
  readonly agents: number | undefined;
}) {
  if (worth === null && (agents === undefined || agents < 2))
    return (
      <Section title="What each agent adds">
        <p>
          {agents === 1 ? 'The best config is one agent, which is all of its worth.' : 'Nothing was scored.'}
        </p>
      </Section>
    );
  if (worth === null)
    return (
      <Section title="What each agent adds">
        <p>
          Not measured yet. This command leaves each agent of the best config out in turn, asks what is not
          recorded, and keeps the result for this page:
        </p>
        <Copyable label="Measure the agents" text={`mixtune answer ${run} --worth`} />
      </Section>
    );
  const widest = widestOf(worth.agents.flatMap(({ leaveOneOut, shapley }) => [leaveOneOut, shapley]));
  return (
    <Section title={`What each agent adds${simulatedSuffix(worth.simulated)}`} note={noteOf(worth)}>
      <div class="effects">
        <Table
          caption="Worth of each agent"
          rows={worth.agents}
          keyOf={({ at }) => at}
          columns={[
            {
              head: 'agent',
              cell: ({ name, role, at }) => (
                <>
                  <b>{visible(name)}</b>
                  <br />
                  <small>{name === role ? at : `${role}, ${at}`}</small>
                </>
              ),
            },
            { head: 'model', cell: ({ model }) => visible(shortModel(model)) },
            {
              head: 'without it',
              cell: ({ without }) =>
                without === null ? (
                  unknown
                ) : (
                  <>
                    <b>{formatObjective('score', without.score)}</b>
                    <br />
                    <small>
                      {without.tokens === null ? unknown : formatCount(without.tokens)} tokens,{' '}
                      {without.latency === null ? unknown : formatDuration(without.latency)}
                    </small>
                  </>
                ),
            },
            {
              head: 'so it adds',
              isNumber: true,
              cell: ({ leaveOneOut }) =>
                leaveOneOut === null ? unknown : <EffectBar effect={leaveOneOut} widest={widest} />,
            },
            { head: 'reading', cell: ({ verdict }) => verdicts[verdict] },
            {
              head: 'Shapley value',
              isNumber: true,
              cell: ({ shapley }) =>
                shapley === null ? unknown : <EffectBar effect={shapley} widest={widest} />,
            },
          ]}
        />
        {worth.shapley.missing !== null && (
          <p class="note">No Shapley values: {visible(worth.shapley.missing)}.</p>
        )}
        <Pruned worth={worth} run={run} />
      </div>
    </Section>
  );
}

function noteOf({ id, whole, cells, questions, split, over, level }: Worth): string {
  const speaks =
    over === 'questions' ? 'further questions of the kind' : 'fresh answers to these few questions';
  const chosen = split === 'tuning' ? ' The config was chosen by these very questions.' : '';
  return `Config ${id} scores ${formatObjective('score', whole.score)} over ${formatCount(cells)} answers to ${questions === 1 ? `one ${split} question` : `${formatCount(questions)} ${split} questions`}. Each agent is left out in turn, paired by question and repeat. Intervals speak of ${speaks}, ${Math.round(level * 100)}% for all agents together.${chosen}`;
}

function Pruned({ worth, run }: { readonly worth: Worth; readonly run: string }) {
  const { pruned } = worth;
  if (pruned === null) return null;
  const names = pruned.without.map((at) => worth.agents.find((agent) => agent.at === at)?.name ?? at);
  const { measured, difference } = pruned;
  return (
    <>
      <p>
        Without <b>{visible(names.join(', '))}</b> the config scores{' '}
        {formatObjective('score', measured.score)} over {formatCount(pruned.cells)} answers, with{' '}
        {measured.tokens === null ? unknown : formatCount(measured.tokens)} tokens and{' '}
        {measured.latency === null ? unknown : formatDuration(measured.latency)} per question. The difference
        to the whole config: <EffectBar effect={difference} widest={widestOf([difference])} />
      </p>
      <Copyable label="The config without them" text={`mixtune show ${run} --pruned`} />
    </>
  );
}
