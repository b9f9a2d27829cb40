import type { BenchAgent, BenchSystem, BenchView } from '../../report/view-model/workbench.ts';
import { draft } from '../state/bench.ts';

type Configuration = BenchSystem['ai_configuration'];

/** A system in the workshop's form, to be changed. */
export function SystemForm({ view, system }: { readonly view: BenchView; readonly system: BenchSystem }) {
  const { ai_configuration: own } = system;
  const change = (changes: Partial<Configuration>): void => {
    draft.value = { system: { ...system, ai_configuration: { ...own, ...changes } } };
  };
  const changeAgent = (at: number, changes: Partial<BenchAgent>): void =>
    change({
      layer_agents: own.layer_agents.map((agent, index) => (index === at ? { ...agent, ...changes } : agent)),
    });
  return (
    <>
      <fieldset>
        <legend>Main model</legend>
        <ModelChoice
          view={view}
          label="Model"
          model={own.main_model}
          onChoose={(model) => change({ main_model: model })}
        />
        <NumberField
          label="Temperature"
          {...{ value: own.main_temperature, step: 0.1, most: 2, least: 0 }}
          onChange={(main_temperature) => change({ main_temperature })}
        />
        <NumberField
          label="Cycles"
          {...{ value: own.cycles, step: 1, most: 16, least: 1 }}
          onChange={(cycles) => change({ cycles })}
        />
        <PromptField
          label="System prompt"
          value={own.system_prompt}
          onChange={(system_prompt) => change({ system_prompt })}
        />
      </fieldset>
      {own.layer_agents.map((agent, at) => (
        // Its place is what an agent is known by: its name is being typed.
        <fieldset key={`agent ${at}`}>
          <legend>Layer agent {at + 1}</legend>
          <label>
            Name{' '}
            <input
              type="text"
              value={agent.name}
              onInput={({ currentTarget }) => changeAgent(at, { name: currentTarget.value })}
            />
          </label>
          <ModelChoice
            view={view}
            label="Model"
            model={agent.model}
            onChoose={(model) => changeAgent(at, { model })}
          />
          <NumberField
            label="Temperature"
            {...{ value: agent.temperature, step: 0.1, most: 2, least: 0 }}
            onChange={(temperature) => changeAgent(at, { temperature })}
          />
          <button
            type="button"
            class="quiet"
            onClick={() => change({ layer_agents: own.layer_agents.filter((_, index) => index !== at) })}
          >
            Remove {agent.name}
          </button>
          <PromptField
            label="Prompt"
            value={agent.prompt}
            onChange={(prompt) => changeAgent(at, { prompt })}
          />
        </fieldset>
      ))}
      <button
        type="button"
        onClick={() => change({ layer_agents: [...own.layer_agents, anotherAgent(own)] })}
      >
        Add an agent
      </button>
    </>
  );
}

function anotherAgent({ layer_agents: agents, main_model: model }: Configuration): BenchAgent {
  const names = new Set(agents.map(({ name }) => name));
  let number = agents.length + 1;
  while (names.has(`layer_agent_${number}`)) number++;
  const prompt = 'Think this through step by step. {helper_response}';
  return { name: `layer_agent_${number}`, model, temperature: 0.5, prompt };
}

function ModelChoice({
  view,
  label,
  model,
  onChoose,
}: {
  readonly view: BenchView;
  readonly label: string;
  readonly model: string;
  readonly onChoose: (model: string) => void;
}) {
  const isKnown = view.models.includes(model);
  return (
    <label>
      {label}{' '}
      <select value={model} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {!isKnown && <option value={model}>{model} (not among the models of this server)</option>}
        {view.models.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function NumberField({
  label,
  value,
  least,
  most,
  step,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}) {
  return (
    <label>
      {label}{' '}
      <input
        type="number"
        {...{ value, step, min: least, max: most }}
        onChange={({ currentTarget }) => {
          const given = currentTarget.valueAsNumber;
          if (!Number.isNaN(given)) onChange(Math.min(most, Math.max(least, given)));
        }}
      />
    </label>
  );
}

function PromptField({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <label class="prompt-field">
      {label}
      <textarea rows={4} value={value} onInput={({ currentTarget }) => onChange(currentTarget.value)} />
    </label>
  );
}
