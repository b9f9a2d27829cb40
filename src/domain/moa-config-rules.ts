import type { InputError } from '../core/errors.ts';
import { err, type Result } from '../core/result.ts';
import { suggest } from '../core/suggest.ts';
import { outcomesOf } from './candidate-count.ts';
import { type Agent, type MoaConfig, moaConfigSchema, placeholders, type Stage } from './moa-config.ts';
import { type Fault, inputError, type LineOf, parseWith, shortly, type ValuePath } from './validation.ts';

/**
 * A config from outside, checked for shape and for every rule that needs no model: all faults of shape
 * are reported together, or else all broken rules.
 * @param source what holds the config, for error texts: a file's path, `config`.
 */
export function validateMoaConfig(
  value: unknown,
  source: string,
  lineOf?: LineOf,
): Result<MoaConfig, InputError> {
  const parsed = parseWith(moaConfigSchema, value, source, lineOf);
  if (!parsed.ok) return parsed;
  const faults = brokenRules(parsed.value);
  return faults.length === 0 ? parsed : err(inputError(source, faults, lineOf));
}

/** The rules that a well-formed config breaks; empty when it is sound. */
export function brokenRules(config: MoaConfig): Fault[] {
  return [...agentFaults(config.stages, ['stages']), ...flowFaults(config.stages)];
}

/** The config, or a throw of what is wrong with it: for configs that code has written. */
export function checkedMoaConfig(config: MoaConfig): MoaConfig {
  const faults = brokenRules(config);
  if (faults.length > 0) throw inputError(config.name, faults);
  return config;
}

function agentFaults(stages: readonly Stage[], base: ValuePath): Fault[] {
  return stages.flatMap((stage, index) => stageFaults(stage, [...base, index]));
}

function stageFaults(stage: Stage, at: ValuePath): Fault[] {
  switch (stage.kind) {
    case 'propose':
    case 'critique':
      return listedAgents(stage.agents, [...at, 'agents']);
    case 'route':
      return [
        ...promptFaults(stage.router, [...at, 'router']),
        ...listedAgents(stage.agents, [...at, 'agents']),
        ...chooseFaults(stage.choose, stage.agents.length, at),
      ];
    case 'verify':
    case 'rank':
    case 'fuse':
      return promptFaults(stage.agent, [...at, 'agent']);
    case 'vote':
      return [];
    case 'loop':
      return [...loopFaults(stage, at), ...agentFaults(stage.stages, [...at, 'stages'])];
  }
}

function listedAgents(agents: readonly Agent[], base: ValuePath): Fault[] {
  const seen = new Map<string, number>();
  return agents.flatMap((agent, index) => {
    const at = [...base, index];
    const faults = promptFaults(agent, at);
    const first = seen.get(agent.name);
    if (first === undefined) seen.set(agent.name, index);
    else {
      const expected = `a name that no other agent of the stage has (agents[${first}] has it)`;
      faults.push({ at: [...at, 'name'], found: shortly(agent.name), expected });
    }
    return faults;
  });
}

/** Placeholders look like `{{word}}`; all other braces (JSON, code, LaTeX) are text. */
function promptFaults(agent: Agent, at: ValuePath): Fault[] {
  const known: readonly string[] = placeholders;
  const unknown = [...agent.prompt.matchAll(/\{\{([A-Za-z_]\w*)\}\}/g)]
    .map((match) => match[1] ?? '')
    .filter((word) => !known.includes(word));
  return [...new Set(unknown)].map((word) => {
    const suggestion = suggest(word, known);
    return {
      at: [...at, 'prompt'],
      found: `unknown placeholder "{{${word}}}"`,
      expected: `only the placeholders ${known.map((name) => `{{${name}}}`).join(', ')}`,
      ...(suggestion === undefined ? {} : { suggestion: `{{${suggestion}}}` }),
    };
  });
}

function chooseFaults(choose: number, agents: number, at: ValuePath): Fault[] {
  if (choose <= agents) return [];
  return [
    {
      at: [...at, 'choose'],
      found: String(choose),
      expected: `at most ${agents}, the number of agents to choose from`,
    },
  ];
}

function loopFaults(stage: Extract<Stage, { kind: 'loop' }>, at: ValuePath): Fault[] {
  if (stage.until === undefined && stage.times === undefined) {
    return [{ at, found: 'neither', expected: '"times" or "until" in a loop' }];
  }
  if (stage.until !== undefined && !stage.stages.some((inner) => inner.kind === 'verify')) {
    return [
      {
        at: [...at, 'until'],
        found: 'none',
        expected: 'a verify stage inside a loop that runs until verified',
      },
    ];
  }
  return [];
}

/** What each stage is handed and what comes out at the end, counted at its most. */
function flowFaults(stages: readonly Stage[]): Fault[] {
  const { left, starved, overKept } = outcomesOf(stages);
  if (starved !== undefined) {
    const kind = starved.stage.kind;
    return [
      {
        at: starved.at,
        found: kind,
        expected: `a propose or route stage before the ${kind} stage, which needs candidate answers`,
      },
    ];
  }
  const faults: Fault[] = overKept.map(({ at, keep, candidates }) => ({
    at: [...at, 'keep'],
    found: String(keep),
    expected: `at most ${candidates}, the number of candidates that reach this stage`,
  }));
  if (left !== 1) {
    const lastIndex = stages.length - 1;
    faults.push({
      at: ['stages', lastIndex],
      found: `${left} candidates after the last stage (${stages[lastIndex]?.kind})`,
      expected: 'an end with exactly one candidate answer: add a fuse or vote stage, or rank with keep 1',
    });
  }
  return faults;
}
