import { namedNone } from '../../domain/failed-stages.ts';
import type { Agent, StageOf } from '../../domain/moa-config.ts';
import { shownToRouter } from '../../domain/stages/route.ts';
import type { GroupResult } from '../calls.ts';
import { choiceInstruction, choicesIntroduction } from '../instructions.ts';
import { buildMessages } from '../messages.ts';
import { parseChoice } from '../parse.ts';
import type { Pool } from '../pool.ts';
import { replaced, type StageContext, type StageResult, started, stoppedByAbort } from '../stage.ts';

type RouteStage = StageOf<'route'>;

/** A router names the agents that fit the question; only those answer, in the order of the config. */
export async function runRoute(stage: RouteStage, pool: Pool, context: StageContext): Promise<StageResult> {
  const { calls, question } = context;
  const place = started(context, 'route', [stage.router]);
  const routed = await calls.together({ ...place, stage: `${context.path}.router` }, [
    {
      agent: stage.router,
      messages: buildMessages({
        agent: stage.router,
        question,
        pool,
        appendix: routerAppendix(stage),
      }),
    },
  ]);
  if (routed.aborted) return stoppedByAbort;
  const chosen = chosenAgents(stage, routed, context);
  started(context, 'route', chosen);
  const group = await calls.together(
    place,
    chosen.map((agent) => ({
      agent,
      messages: buildMessages({ agent, question, pool }),
    })),
  );
  return replaced(context, pool, group);
}

function routerAppendix(stage: RouteStage): string[] {
  const lines = stage.agents.map((agent) => `- ${agent.name} ${shownToRouter(agent)}`);
  const list = [choicesIntroduction, ...lines].join('\n');
  return /agents:/i.test(stage.router.prompt) ? [list] : [list, choiceInstruction(stage.choose)];
}

/** Agents named most often by the router's samples; named earlier, then listed earlier, breaks ties. */
function chosenAgents(stage: RouteStage, routed: GroupResult, context: StageContext): Agent[] {
  const names = stage.agents.map((agent) => agent.name);
  const choices = routed.answers.flatMap(({ text }) => {
    const choice = parseChoice(text, names);
    return choice === undefined ? [] : [choice.slice(0, stage.choose)];
  });
  const votes = (name: string): number => choices.filter((choice) => choice.includes(name)).length;
  const mentioned = [...new Set(choices.flat())].sort((first, second) => votes(second) - votes(first));
  const chosen = mentioned.slice(0, stage.choose);
  if (chosen.length < stage.choose) {
    const rest = names.filter((name) => !chosen.includes(name)).slice(0, stage.choose - chosen.length);
    const named = chosen.length === 0 ? namedNone : `the router named only ${chosen.join(', ')}`;
    const note = `${named}; ${rest.join(', ')} took part instead`;
    context.calls.degrade(context.path, 'router-fallback', note, stage.router.name);
    chosen.push(...rest);
  }
  return stage.agents.filter((agent) => chosen.includes(agent.name));
}
