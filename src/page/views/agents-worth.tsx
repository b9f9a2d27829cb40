import {
  formatCount,
  formatDuration,
  formatObjective,
  shortModel,
  simulatedSuffix,
  unknown,
} from '../../report/format.ts';
import type { RunView, WhyView } from '../../report/view-model/schema.ts';
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
  why: { worth, isWorthUnreadable, best },
  head: { run, simulated },
  agents,
}: {
  readonly why: WhyView;
  readonly head: RunView['head'];
  /** Of the best config. */
  readonly agents: number | undefined;
}) {
  if (worth === null)
    return (
      <Section title="What each agent adds">
        {agents === undefined || agents < 2 ? (
          <p>
            {agents === 1
              ? 'The best config is one agent, which is all of its worth.'
              : 'Nothing was scored.'}
          </p>
        ) : (
          <NothingKept run={run} simulated={simulated} isUnreadable={isWorthUnreadable} />
        )}
      </Section>
    );
  const widest = widestOf(worth.agents.flatMap(({ leaveOneOut, shapley }) => [leaveOneOut, shapley]));
  return (
    <Section
      title={`What each agent adds${simulatedSuffix(worth.simulated)}`}
      note={noteOf(worth, worth.id === best?.id)}
    >
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
                      {without.tokens === null ? unknown : formatCount(without.tokens)} tokens
                      <br />
                      {without.latency === null ? unknown : formatDuration(without.latency)}
                    </small>
                  </>
                ),
            },
            {
              head: 'answers',
              title: 'that are known of the config without the agent',
              isNumber: true,
              cell: ({ evidence }) => formatCount(evidence.recorded + evidence.fresh),
            },
            {
              head: 'so it adds',
              isNumber: true,
              cell: ({ leaveOneOut }) =>
                leaveOneOut === null ? unknown : <EffectBar effect={leaveOneOut} widest={widest} />,
            },
            { head: 'reading', cell: readingOf },
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

/** The page does not work it out: for that the task's grader runs, and models may be asked. */
function NothingKept({
  run,
  simulated,
  isUnreadable,
}: {
  readonly run: string;
  readonly simulated: boolean;
  readonly isUnreadable: boolean;
}) {
  return (
    <>
      {isUnreadable ? (
        <p>
          What was measured of it was kept in worth.json, which cannot be read: it is damaged, or of another
          version.
        </p>
      ) : (
        <>
          <p>
            Nothing is kept of it for this page. The calls that the run made may tell some of it already; this
            says what, and asks no model:
          </p>
          <Copyable label="What the recorded calls tell of the agents" text={`mixtune answer ${run}`} />
        </>
      )}
      <p>
        This leaves each agent of the best config out in turn, asks models for the answers that are missing
        {simulated ? '' : ', in N calls at most'}, and keeps the result for this page and for reports that are
        made from then on:
      </p>
      <Copyable
        label="Measure the agents"
        text={`mixtune answer ${run} --worth${simulated ? '' : ' --max-calls N'}`}
      />
    </>
  );
}

function readingOf({ verdict, leaveOneOut }: Worth['agents'][number]): string {
  return verdict === 'unknown' && leaveOneOut !== null ? 'nothing is known of the noise' : verdicts[verdict];
}

function noteOf({ id, whole, cells, questions, split, over, level }: Worth, isBest: boolean): string {
  const speaks =
    over === 'questions' ? 'further questions of the kind' : 'fresh answers to these few questions';
  const chosen = split === 'tuning' ? ' The config was chosen by these very questions.' : '';
  const which = isBest ? `Config ${id}` : `Config ${id}, which is not the best one now,`;
  return `${which} scores ${formatObjective('score', whole.score)} over ${formatCount(cells)} answers to ${questions === 1 ? `one ${split} question` : `${formatCount(questions)} ${split} questions`}. Each agent is left out in turn, paired by question and repeat. Intervals speak of ${speaks}, ${Math.round(level * 100)}% for all agents together.${chosen}`;
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
