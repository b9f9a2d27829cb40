import type { AgentsWorth, AgentWorth, Effect } from '../analysis/worth/schema.ts';
import { formatCount, formatDuration, formatObjective, formatSigned, formatUsd, unknown } from './format.ts';
import type { Look } from './look.ts';
import { renderTable } from './table.ts';

/** What each agent adds, or why that is not said. */
export type WorthShown =
  | {
      readonly kind: 'found';
      readonly worth: AgentsWorth;
      /** Whether it stands in the run's folder, where other commands read it. */
      readonly kept: boolean;
    }
  | { readonly kind: 'refused'; readonly because: string };

export interface WorthLook extends Look {
  /** The run as the command line names it. */
  readonly run: string;
}

export const worthHead = 'What each agent adds';

/** The lines of `mixtune answer` on the agents of the best config. */
export function worthLines(shown: WorthShown, look: WorthLook): string[] {
  if (shown.kind === 'refused') return [`Not said: ${shown.because}.`];
  const { worth } = shown;
  const table = renderTable<AgentWorth>(
    [
      { head: 'agent', text: ({ name }) => name },
      {
        head: 'without it',
        align: 'right',
        text: ({ without }) => formatObjective('score', without?.score ?? null),
      },
      { head: 'answers', align: 'right', text: rowAnswers },
      { head: 'so it adds', text: ({ leaveOneOut }) => effectText(leaveOneOut) },
      { head: 'Shapley value', expendable: 2, text: ({ shapley }) => effectText(shapley) },
      { head: '', text: verdictText },
      { head: 'model', expendable: 3, text: ({ model }) => model },
      { head: 'place', expendable: 4, text: ({ at }) => at },
    ],
    worth.agents,
    { ...look, width: look.width - 2 },
  );
  return [
    `Config ${worth.id} scores ${formatObjective('score', worth.whole.score)} over ${formatCount(worth.cells)} answers to ${worth.questions === 1 ? `one ${worth.split} question` : `${formatCount(worth.questions)} ${worth.split} questions`}; each agent is left out in turn, paired by question and repeat.`,
    ...table.split('\n'),
    ...partLines(worth),
    ...verdictLines(worth),
    ...basisLines(worth, look),
    ...prunedLines(shown, look),
  ];
}

const verdictWords: Readonly<Record<AgentWorth['verdict'], string>> = {
  adds: 'adds',
  harms: 'harms',
  'not-told-apart': 'not told apart from luck',
  unknown: 'not measured',
};

/** That are known without an agent. */
function answersWithout({ evidence }: AgentWorth): number {
  return evidence.recorded + evidence.fresh;
}

function rowAnswers(agent: AgentWorth): string {
  return formatCount(answersWithout(agent));
}

/** Over other answers the config itself may score otherwise. */
function partLines({ agents, cells, whole }: AgentsWorth): string[] {
  if (!agents.some((agent) => agent.leaveOneOut !== null && answersWithout(agent) < cells)) return [];
  return [
    `A row over fewer than ${formatCount(cells)} answers compares with what the whole config scores on these same ones, not with its ${formatObjective('score', whole.score)}.`,
  ];
}

function verdictText({ verdict, leaveOneOut }: AgentWorth): string {
  return verdict === 'unknown' && leaveOneOut !== null ? 'noise unknown' : verdictWords[verdict];
}

function effectText(effect: Effect | null): string {
  if (effect === null) return unknown;
  const { mean, low, high } = effect;
  if (low === null || high === null) return formatSigned(mean);
  return `${formatSigned(mean)} [${formatSigned(low)}, ${formatSigned(high)}]`;
}

function verdictLines({ agents }: AgentsWorth): string[] {
  const named = (verdict: AgentWorth['verdict']): string =>
    agents
      .filter((agent) => agent.verdict === verdict)
      .map(({ name, at }) => `${name} (${at})`)
      .join(', ');
  const [nothing, harm] = [named('not-told-apart'), named('harms')];
  return [
    ...(nothing === '' ? [] : [`Not told apart from luck: ${nothing}.`]),
    ...(harm === '' ? [] : [`The config scores more without: ${harm}.`]),
  ];
}

function basisLines({ over, level, split, evidence, shapley }: AgentsWorth, { run }: WorthLook): string[] {
  const { recorded, fresh, missing, missingCalls } = evidence;
  const speaks =
    over === 'questions' ? 'further questions of the kind' : 'fresh answers to these few questions';
  return [
    `The intervals speak of ${speaks}, ${Math.round(level * 100)}% for all agents together.`,
    ...(split === 'tuning'
      ? ['The config was chosen by these very questions, so its agents look a little better than they are.']
      : []),
    `Of the answers of the config and of its parts ${formatCount(recorded)} were worked out from recorded calls and ${formatCount(fresh)} took fresh ones${missing === 0 ? '.' : `; ${formatCount(missing)} are missing.`}`,
    ...(shapley.missing === null ? [] : [`No Shapley values: ${shapley.missing}.`]),
    ...(missing === 0
      ? []
      : [
          `\`mixtune answer ${run} --worth --max-calls N\` asks for what is missing, with ${formatCount(missingCalls)} calls at most.`,
        ]),
  ];
}

function prunedLines({ worth, kept }: Extract<WorthShown, { kind: 'found' }>, { run }: WorthLook): string[] {
  const { pruned, evidence } = worth;
  if (pruned === null) return [];
  const show = `\`mixtune show ${run} --pruned\``;
  const ceiling = evidence.missing === 0 ? '' : ' --max-calls N';
  return [
    `The config without what is not shown to add something: ${prunedText(pruned)}.`,
    kept
      ? `${show} prints it.`
      : `After \`mixtune answer ${run} --worth${ceiling}\`, which keeps it, ${show} prints it.`,
  ];
}

/** What a config without the agents that add nothing was measured at. */
export function prunedText({ measured, difference, cells }: NonNullable<AgentsWorth['pruned']>): string {
  const { score, tokens, latency, usd } = measured;
  const costs = [
    ...(tokens === null ? [] : [`${formatCount(tokens)} tokens`]),
    ...(latency === null ? [] : [formatDuration(latency)]),
    ...(usd === null ? [] : [formatUsd(usd)]),
  ];
  return `score ${formatObjective('score', score)} (${effectText(difference)} against the whole), ${costs.join(', ')} per question, over ${formatCount(cells)} answers`;
}
