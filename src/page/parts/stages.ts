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
    const most = stage.times === undefined ? '' : `up to ${stage.times} times, `;
    const loop = stage.until === undefined ? `${stage.times} times` : `${most}until ${stage.until}`;
    return stage.stages.map((inner, within) => card(inner, `stages[${at}].stages[${within}]`, loop));
  });
}

function card(stage: SimpleStage, path: string, loop: string | null): StageCard {
  return { path, kind: stage.kind, does: wordsOf(stage), agents: seatsOf(stage), loop };
}

type Words<Kind extends SimpleStage['kind']> = (stage: Extract<SimpleStage, { kind: Kind }>) => string;

const words: { readonly [Kind in SimpleStage['kind']]: Words<Kind> } = {
  propose: ({ rounds = 1 }) => (rounds > 1 ? `answer side by side, ${rounds} rounds` : 'answer side by side'),
  route: ({ choose, agents }) => `a router picks ${choose} of ${agents.length}`,
  critique: () => 'comment on the candidates',
  verify: () => 'accept or reject each candidate',
  rank: ({ keep }) => `order the candidates, keep ${keep}`,
  vote: () => 'the most frequent answer wins',
  fuse: () => 'write one answer from all',
};

function wordsOf<Kind extends SimpleStage['kind']>(stage: Extract<SimpleStage, { kind: Kind }>): string {
  return (words[stage.kind as Kind] as Words<Kind>)(stage);
}

function seatsOf(stage: SimpleStage): StageCard['agents'] {
  const routes = 'router' in stage;
  return [
    ...(routes ? [{ agent: stage.router, role: 'router' }] : []),
    ...('agents' in stage ? stage.agents : 'agent' in stage ? [stage.agent] : []).map((agent) => {
      return { agent, role: routes ? 'agent' : stage.kind };
    }),
  ];
}
