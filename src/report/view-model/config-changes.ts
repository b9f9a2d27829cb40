import { shortModel } from '../format.ts';
import type { MoaConfig } from './schema.ts';
import { type StageAgent, stageCards } from './stage-cards.ts';

export interface PromptChange {
  /** The agent, and its stage. */
  readonly where: string;
  readonly before: string;
  readonly now: string;
}

export interface ConfigChanges {
  /** In words. */
  readonly facts: readonly string[];
  readonly prompts: readonly PromptChange[];
}

/** What differs between two configs, agent by agent where their stages correspond. */
export function changesBetween(before: MoaConfig, now: MoaConfig): ConfigChanges {
  const facts: string[] = [];
  const prompts: PromptChange[] = [];
  const [old, fresh] = [stageCards(before), stageCards(now)];
  const [kindsBefore, kindsNow] = [old, fresh].map((cards) => cards.map(({ kind }) => kind).join(' > '));
  if (kindsBefore !== kindsNow) facts.push(`stages: ${kindsBefore} became ${kindsNow}`);
  const free = [...old];
  for (const card of fresh) {
    const at = free.findIndex(({ kind }) => kind === card.kind);
    const counterpart = at < 0 ? undefined : free.splice(at, 1)[0];
    if (counterpart === undefined) continue;
    if (counterpart.does !== card.does) facts.push(`${card.kind}: ${counterpart.does} became ${card.does}`);
    if (counterpart.loop !== card.loop)
      facts.push(`${card.kind}: loop ${counterpart.loop ?? 'none'} became ${card.loop ?? 'none'}`);
    const size = Math.max(counterpart.agents.length, card.agents.length);
    for (let seat = 0; seat < size; seat++) {
      const [from, to] = [counterpart.agents[seat]?.agent, card.agents[seat]?.agent];
      if (from === undefined && to !== undefined)
        facts.push(`${card.kind}: ${to.name} (${shortModel(to.model)}) came in`);
      else if (to === undefined && from !== undefined)
        facts.push(`${card.kind}: ${from.name} (${shortModel(from.model)}) went`);
      else if (from !== undefined && to !== undefined) compareAgents(card.kind, from, to, facts, prompts);
    }
  }
  return { facts, prompts };
}

function compareAgents(
  kind: string,
  from: StageAgent,
  to: StageAgent,
  facts: string[],
  prompts: PromptChange[],
): void {
  const names = new Set([...Object.keys(from), ...Object.keys(to)]) as Set<keyof StageAgent>;
  for (const name of names) {
    if (name === 'name' || name === 'prompt') continue;
    const [old, fresh] = [from[name], to[name]];
    if (JSON.stringify(old) !== JSON.stringify(fresh)) {
      facts.push(`${kind}, ${to.name}: ${name} ${shown(old)} became ${shown(fresh)}`);
    }
  }
  if (from.prompt !== to.prompt)
    prompts.push({ where: `${to.name} (${kind})`, before: from.prompt, now: to.prompt });
}

function shown(value: unknown): string {
  return value === undefined ? 'unset' : typeof value === 'string' ? value : JSON.stringify(value);
}
