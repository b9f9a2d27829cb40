import { shortModel } from '../../report/format.ts';
import type { StageAgent, StageCard } from '../../report/view-model/stage-cards.ts';
import { visible } from './text.tsx';

/** The stages of a config from question to answer; a click on an agent chooses it. */
export function StageDiagram({
  cards,
  chosen,
  onChoose,
}: {
  readonly cards: readonly StageCard[];
  readonly chosen: StageAgent | null;
  readonly onChoose: (agent: StageAgent) => void;
}) {
  return (
    <ol class="stages">
      <li class="end">question</li>
      {cards.map(({ path, kind, does, agents, loop }) => (
        <li key={path} class="stage">
          <div class="head">
            <b>{kind}</b>
            {loop !== null && <span class="loop">↻ {loop}</span>}
          </div>
          <p>{does}</p>
          {agents.map(({ agent, role }) => (
            <button
              key={`${role} ${agent.name}`}
              type="button"
              class={`agent${agent === chosen ? ' chosen' : ''}`}
              aria-pressed={agent === chosen}
              onClick={() => onChoose(agent)}
            >
              <span class="name">{visible(agent.name)}</span>
              <span class="model">{visible(shortModel(agent.model))}</span>
              <span class="facts">{factsOf(agent)}</span>
            </button>
          ))}
        </li>
      ))}
      <li class="end">answer</li>
    </ol>
  );
}

function factsOf(agent: StageAgent): string {
  return [
    ...(agent.temperature === undefined ? [] : [`T ${agent.temperature}`]),
    ...((agent.samples ?? 1) > 1 ? [`×${agent.samples}`] : []),
    ...(agent.reasoningEffort === undefined ? [] : [`thinks: ${agent.reasoningEffort}`]),
    ...(agent.passReasoning === true ? ['passes reasoning'] : []),
  ].join(' · ');
}
