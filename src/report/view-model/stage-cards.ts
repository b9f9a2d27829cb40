import type { MoaConfig } from './schema.ts';

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
  return { path, kind: stage.kind, loop, ...shownOf(stage) };
}

type Shown<Stage> = (stage: Stage) => Pick<StageCard, 'does' | 'agents'>;

/** What each kind does, and who does it. */
const shown: { readonly [Kind in SimpleStage['kind']]: Shown<Extract<SimpleStage, { kind: Kind }>> } = {
  propose: ({ agents, rounds = 1 }) => ({
    does: rounds > 1 ? `answer side by side, ${rounds} rounds` : 'answer side by side',
    agents: seated('propose', agents),
  }),
  route: ({ router, agents, choose }) => ({
    does: `a router picks ${choose} of ${agents.length}`,
    agents: [...seated('router', [router]), ...seated('agent', agents)],
  }),
  critique: ({ agents }) => ({ does: 'comment on the candidates', agents: seated('critique', agents) }),
  verify: ({ agent }) => ({ does: 'accept or reject each candidate', agents: seated('verify', [agent]) }),
  rank: ({ agent, keep }) => ({
    does: `order the candidates, keep ${keep}`,
    agents: seated('rank', [agent]),
  }),
  vote: () => ({ does: 'the most frequent answer wins', agents: [] }),
  fuse: ({ agent }) => ({ does: 'write one answer from all', agents: seated('fuse', [agent]) }),
};

/** `Kind` is that of the stage, so that what is looked up by it takes the stage. */
function shownOf<Kind extends SimpleStage['kind']>(
  stage: { readonly kind: Kind } & Extract<SimpleStage, { kind: Kind }>,
): ReturnType<Shown<SimpleStage>> {
  return shown[stage.kind](stage);
}

function seated(role: string, agents: readonly StageAgent[]): StageCard['agents'] {
  return agents.map((agent) => ({ agent, role }));
}
