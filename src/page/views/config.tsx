import { useState } from 'preact/hooks';
import {
  formatCount,
  formatDuration,
  formatObjective,
  formatPercent,
  formatPoints,
  formatUsd,
  shortModel,
  simulatedSuffix,
  unknown,
} from '../../report/format.ts';
import type { AgentShare, ConfigView as ConfigData, RunView } from '../../report/view-model/schema.ts';
import { Absent, Section, Waiting } from '../parts/controls.tsx';
import { Marks, Score } from '../parts/figures.tsx';
import { cellAt, rowsOfTrial, tracePlace } from '../parts/matrix-cells.ts';
import { StageDiagram } from '../parts/stage-diagram.tsx';
import { type StageAgent, stageCards } from '../parts/stages.ts';
import { Table } from '../parts/table.tsx';
import { Copyable, LongText, visible } from '../parts/text.tsx';
import { estimateAt, figure, frontAndBaselines, nameOf } from '../parts/trials.ts';
import type { ViewProps } from '../parts/view-props.ts';
import { useLoaded } from '../state/loaded.ts';
import { goTo, linkTo, route, type ViewName } from '../state/route.ts';

/** The trial that the address names; else the best one. */
export function trialOfRoute({ front, trials }: RunView): number | null {
  const given = Number(route.value.rest[0] ?? Number.NaN);
  if (Number.isInteger(given) && given >= 0 && given < trials.id.length) return given;
  return front.members[0] ?? (trials.id.length > 0 ? 0 : null);
}

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
        <Inside data={loaded.value} view={view} />
      )}
      <Answers source={source} view={view} trial={trial} />
      <Commands view={view} trial={trial} />
    </>
  );
}

/** Which config is shown, and others to go to. */
export function TrialHead({
  view,
  trial,
  to,
}: {
  readonly view: RunView;
  readonly trial: number;
  readonly to: ViewName;
}) {
  const { front, trials } = view;
  const others = [...new Set([trial, ...frontAndBaselines(view)])];
  return (
    <section class="trial-head">
      <h2>
        Config <span class="id">{trials.id[trial]}</span> <Marks view={view} trial={trial} />
      </h2>
      <p class="shape">{visible(nameOf(view, trial))}</p>
      <div class="controls">
        <span class="control">
          <label for="trial">Show</label>
          <select
            id="trial"
            value={String(trial)}
            onChange={({ currentTarget }) => goTo(to, [currentTarget.value])}
          >
            {others.map((other) => (
              <option key={other} value={String(other)}>
                {trials.id[other]} · {figure(view, 'tuning', 'score', other)} ·{' '}
                {figure(view, 'tuning', 'latency', other)} · {visible(nameOf(view, other)).slice(0, 60)}
              </option>
            ))}
          </select>
        </span>
        <a href={linkTo('lineage', [trial])}>how it came to be</a>
        {to !== 'config' && <a href={linkTo('config', [trial])}>config</a>}
        {front.members[0] !== undefined && front.members[0] !== trial && (
          <a href={linkTo('compare', [front.members[0], trial])}>compare with the best</a>
        )}
      </div>
    </section>
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

function Inside({ data, view }: { readonly data: ConfigData; readonly view: RunView }) {
  const cards = stageCards(data.config);
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
          text={data.yaml ?? JSON.stringify(data.config, null, 2)}
        />
      </Section>
    </>
  );
}

function Prompt({ agent }: { readonly agent: StageAgent }) {
  const { name, model, prompt, ...settings } = agent;
  return (
    <div class="prompt" aria-live="polite">
      <h3>
        {visible(name)} <span class="model">{visible(model)}</span>
      </h3>
      <p class="note">
        {Object.entries(settings)
          .map(
            ([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
          )
          .join(', ')}
      </p>
      <LongText text={prompt} label={`Prompt of ${visible(name)}`} />
    </div>
  );
}

function Shares({
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

function Answers({ source, view, trial }: Pick<ViewProps, 'source' | 'view'> & { readonly trial: number }) {
  const { run } = view.head;
  const loaded = useLoaded(run, () => source.matrix(run));
  if (loaded === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  const matrix = loaded.value;
  const rows = rowsOfTrial(matrix, trial).map((row) => ({ row, cell: cellAt(matrix, row) }));
  return (
    <Section title={`Its ${rows.length} answers`} note="The poorest answers tell most: order by score.">
      <Table
        caption="Answers of this config"
        rows={rows}
        keyOf={({ row }) => row}
        perPage={12}
        columns={[
          {
            head: 'question',
            sort: ({ cell }) => cell.instance,
            cell: ({ cell }) => (
              <a href={linkTo('trace', tracePlace(trial, cell))}>{visible(cell.instance)}</a>
            ),
          },
          { head: 'of', sort: ({ cell }) => cell.split, cell: ({ cell }) => cell.split },
          {
            head: 'repeat',
            isNumber: true,
            sort: ({ cell }) => cell.repeat,
            cell: ({ cell }) => cell.repeat + 1,
          },
          {
            head: 'score',
            isNumber: true,
            sort: ({ row }) => matrix.score[row] ?? null,
            cell: ({ row }) =>
              matrix.score[row] === null ? 'unscored' : formatObjective('score', matrix.score[row] ?? null),
          },
          ...(['latency', 'tokens', 'usd'] as const).map((name) => ({
            head: name,
            isNumber: true,
            sort: ({ row }: { readonly row: number }) => matrix[name][row] ?? null,
            cell: ({ row }: { readonly row: number }) => formatObjective(name, matrix[name][row] ?? null),
          })),
          {
            head: 'degraded',
            isNumber: true,
            sort: ({ row }) => matrix.degraded[row] ?? 0,
            cell: ({ row }) => (matrix.degraded[row] === 0 ? '' : matrix.degraded[row]),
          },
        ]}
      />
    </Section>
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
