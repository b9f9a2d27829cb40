import { useState } from 'preact/hooks';
import { formatObjective, formatPoints, simulatedSuffix } from '../../report/format.ts';
import type { ConfigView as ConfigData, RunView } from '../../report/view-model/schema.ts';
import { type StageAgent, stageCards } from '../../report/view-model/stage-cards.ts';
import { Absent, Section, Waiting } from '../parts/controls.tsx';
import { Score } from '../parts/figures.tsx';
import { Prompt } from '../parts/prompt.tsx';
import { StageDiagram } from '../parts/stage-diagram.tsx';
import { Copyable } from '../parts/text.tsx';
import { TrialHead, trialOfRoute } from '../parts/trial-head.tsx';
import { estimateAt, figure } from '../parts/trials.ts';
import type { ViewProps } from '../parts/view-props.ts';
import { draft } from '../state/bench.ts';
import { useLoaded } from '../state/loaded.ts';
import { Shares } from './agent-shares.tsx';
import { Answers } from './config-answers.tsx';

export function ConfigView({ source, view }: ViewProps) {
  const trial = trialOfRoute(view);
  if (trial === null) return <Absent because="The run has not begun any config yet." />;
  return <OneConfig key={trial} source={source} view={view} trial={trial} />;
}

function OneConfig({ source, view, trial }: Pick<ViewProps, 'source' | 'view'> & { readonly trial: number }) {
  const { run } = view.head;
  const loaded = useLoaded(`${run} ${trial}`, () => source.config(run, trial));
  return (
    <>
      <TrialHead view={view} trial={trial} to="config" />
      <FigureCards view={view} trial={trial} />
      {loaded === null ? (
        <Waiting />
      ) : loaded.kind === 'absent' ? (
        <Absent because={loaded.because} />
      ) : (
        <Inside data={loaded.value} view={view} canEdit={source.bench !== undefined} />
      )}
      <Answers source={source} view={view} trial={trial} />
      <Commands view={view} trial={trial} />
    </>
  );
}

function FigureCards({ view, trial }: { readonly view: RunView; readonly trial: number }) {
  const { trials, head, front } = view;
  const holdout = estimateAt(trials.holdout.score, trial);
  const at = front.members.indexOf(trial);
  const standing = at < 0 ? 'not on the front' : 'on the front';
  const { scale } = head;
  const score = trials.tuning.score.mean[trial] ?? null;
  return (
    <dl class="cards">
      <div>
        <dt>Score on tuning questions</dt>
        <dd>
          <b>{formatObjective('score', score)}</b>
          <Score columns={trials.tuning.score} trial={trial} isBrief />
          {scale !== null && score !== null && (
            <span>
              {formatPoints(score, scale.max)} of {scale.max} points
            </span>
          )}
        </dd>
      </div>
      <div>
        <dt>Score on the holdout</dt>
        <dd>
          <b>{holdout.mean === null ? 'not measured' : formatObjective('score', holdout.mean)}</b>
          {holdout.mean !== null && <Score columns={trials.holdout.score} trial={trial} isBrief />}
        </dd>
      </div>
      {(['latency', 'tokens', 'usd'] as const).map((name) => (
        <div key={name}>
          <dt>{{ latency: 'Latency', tokens: 'Tokens', usd: 'US dollars' }[name]} per question</dt>
          <dd>
            <b>{figure(view, 'tuning', name, trial)}</b>
            <Spread view={view} name={name} trial={trial} />
          </dd>
        </div>
      ))}
      <div>
        <dt>Standing{simulatedSuffix(head.simulated)}</dt>
        <dd>
          <b class="word">{standing}</b>
          <span>
            {trials.cells[trial]} answers, {trials.status[trial]}
          </span>
        </dd>
      </div>
    </dl>
  );
}

function Spread({
  view,
  name,
  trial,
}: {
  readonly view: RunView;
  readonly name: 'latency' | 'tokens' | 'usd';
  readonly trial: number;
}) {
  const { low, high } = estimateAt(view.trials.tuning[name], trial);
  if (low === null || high === null) return null;
  return (
    <span>
      {formatObjective(name, Math.max(0, low))} to {formatObjective(name, high)}
    </span>
  );
}

function Inside({
  data,
  view,
  canEdit,
}: {
  readonly data: ConfigData;
  readonly view: RunView;
  /** There is a workbench. */
  readonly canEdit: boolean;
}) {
  const cards = stageCards(data.config);
  const text = data.yaml ?? JSON.stringify(data.config, null, 2);
  const [chosen, choose] = useState<StageAgent | null>(cards[0]?.agents[0]?.agent ?? null);
  return (
    <>
      <Section title="From question to answer" note="Choose an agent to read its prompt.">
        <StageDiagram cards={cards} chosen={chosen} onChoose={choose} />
        {chosen !== null && <Prompt agent={chosen} />}
      </Section>
      {data.shares !== null && data.shares.length > 0 && (
        <Shares shares={data.shares} simulated={view.head.simulated} />
      )}
      <Section title="The config as a file">
        <Copyable
          label={data.yaml === null ? 'the config as JSON, which is YAML too' : 'the config as YAML'}
          text={text}
        />
        {canEdit && (
          <p>
            <button
              type="button"
              onClick={() => {
                draft.value = { text };
                location.hash = '#//workbench';
              }}
            >
              Edit it in the workbench
            </button>
          </p>
        )}
      </Section>
    </>
  );
}

function Commands({ view, trial }: { readonly view: RunView; readonly trial: number }) {
  const { run, simulated } = view.head;
  const id = view.trials.id[trial] ?? '';
  const commands = [
    ['Ask it', `mixtune ask ${run}:${id} "your question" --trace`],
    ['Measure it again', `mixtune reproduce ${run} ${id}`],
    ['Take it along', `mixtune export ${run} ${id} --out ${id}.yaml`],
  ] as const;
  return (
    <Section title={`Use it${simulatedSuffix(simulated)}`}>
      <dl class="commands">
        {commands.map(([title, command]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>
              <Copyable label={title} text={command} />
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
