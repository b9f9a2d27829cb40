import type { MoaConfig } from '../../report/view-model/schema.ts';

type Stage = MoaConfig['stages'][number];
type SimpleStage = Exclude<Stage, { kind: 'loop' }>;
export type StageAgent = Extract<Stage, { kind: 'fuse' }>['agent'];

/** A stage as it is drawn. */
export interface StageCard {
  /** `stages[1]`; in a loop `stages[1].stages[0]`, as traces name it. */
  readonly path: string;
  readonly kind: SimpleStage['kind'];
  /** What it does, in words. */
  readonly does: string;
  readonly agents: readonly { readonly agent: StageAgent; readonly role: string }[];
  /** The loop that it stands in: `up to 3 times, until verified`. */
  readonly loop: string | null;
}

export function stageCards(config: MoaConfig): StageCard[] {
  return config.stages.flatMap((stage, at): StageCard[] => {
    if (stage.kind !== 'loop') return [card(stage, `stages[${at}]`, null)];
    const loop =
      stage.until === undefined ? `${stage.times} times` : `up to ${stage.times} times, until ${stage.until}`;
    return stage.stages.map((inner, within) => card(inner, `stages[${at}].stages[${within}]`, loop));
  });
}

function card(stage: SimpleStage, path: string, loop: string | null): StageCard {
  return { path, kind: stage.kind, does: wordsOf(stage), agents: seatsOf(stage), loop };
}

function wordsOf(stage: SimpleStage): string {
  switch (stage.kind) {
    case 'propose':
      return (stage.rounds ?? 1) > 1 ? `answer side by side, ${stage.rounds} rounds` : 'answer side by side';
    case 'route':
      return `a router picks ${stage.choose} of ${stage.agents.length}`;
    case 'critique':
      return 'comment on the candidates';
    case 'verify':
      return 'accept or reject each candidate';
    case 'rank':
      return `order the candidates, keep ${stage.keep ?? 1}`;
    case 'vote':
      return 'the most frequent answer wins';
    case 'fuse':
      return 'write one answer from all';
  }
}

function seatsOf(stage: SimpleStage): StageCard['agents'] {
  switch (stage.kind) {
    case 'vote':
      return [];
    case 'route':
      return [
        { agent: stage.router, role: 'router' },
        ...stage.agents.map((agent) => ({ agent, role: 'agent' })),
      ];
    case 'propose':
    case 'critique':
      return stage.agents.map((agent) => ({ agent, role: stage.kind }));
    default:
      return [{ agent: stage.agent, role: stage.kind }];
  }
}
