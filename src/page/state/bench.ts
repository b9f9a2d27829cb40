import { signal } from '@preact/signals';
import type { BenchDraft, BenchEvent } from '../../report/view-model/workbench.ts';

type BenchEnd = Extract<BenchEvent, { kind: 'end' }>;
type BenchCall = Extract<BenchEvent, { kind: 'agent' }>;

/** A stage that has begun, with its agents' calls as they end. */
export interface BenchStage {
  readonly title: string;
  readonly waiting: readonly string[];
  readonly calls: readonly BenchCall[];
}

/** One answer, as far as it is. */
export interface BenchAnswer {
  readonly question: string;
  readonly stages: readonly BenchStage[];
  /** As it is written. */
  readonly text: string;
  readonly isGrading: boolean;
  readonly end: BenchEnd | null;
  /** Why it broke off. */
  readonly trouble: string | null;
}

/** What is edited; `null` until there is something. Kept while other views are looked at. */
export const draft = signal<BenchDraft | null>(null);
/** Answers so far, newest first. */
export const answers = signal<readonly BenchAnswer[]>([]);

export function newAnswer(question: string): BenchAnswer {
  return { question, stages: [], text: '', isGrading: false, end: null, trouble: null };
}

/** An answer after something has happened. */
export function advanced(answer: BenchAnswer, event: BenchEvent): BenchAnswer {
  switch (event.kind) {
    case 'stage': {
      const round = event.stageKind === 'propose' ? `, cycle ${event.round + 1}` : '';
      const stage = { title: `${event.stageKind}${round}`, waiting: event.agents, calls: [] };
      return { ...answer, stages: [...answer.stages, stage] };
    }
    case 'agent': {
      const last = answer.stages.at(-1);
      if (last === undefined) return answer;
      const at = last.waiting.indexOf(event.agent);
      const waiting = last.waiting.filter((_, index) => index !== at);
      const stage = { ...last, waiting, calls: [...last.calls, event] };
      return { ...answer, stages: [...answer.stages.slice(0, -1), stage] };
    }
    case 'delta':
      return { ...answer, text: answer.text + event.text };
    case 'restart':
      return { ...answer, text: '' };
    case 'grading':
      return { ...answer, isGrading: true };
    case 'end':
      return { ...answer, isGrading: false, text: event.answer ?? '', end: event };
  }
}

/** A file as a draft: the workshop's JSON in the form, all others as text. The server says what is wrong with it. */
export function draftOfFile(text: string): BenchDraft {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { text };
  }
  const given = (document as { ai_configuration?: Record<string, unknown> } | null)?.ai_configuration;
  if (typeof given !== 'object' || given === null) return { text };
  const number = (value: unknown, usual: number): number => (typeof value === 'number' ? value : usual);
  const word = (value: unknown): string => (typeof value === 'string' ? value : '');
  const agents = Array.isArray(given.layer_agents) ? (given.layer_agents as Record<string, unknown>[]) : [];
  return {
    system: {
      ai_configuration: {
        main_model: word(given.main_model),
        main_temperature: number(given.main_temperature, 0.1),
        cycles: number(given.cycles, 1),
        system_prompt: word(given.system_prompt),
        layer_agents: agents.map((agent) => ({
          name: word(agent.name),
          model: word(agent.model),
          temperature: number(agent.temperature, 0.1),
          prompt: word(agent.prompt),
        })),
      },
      version: '2.0',
      description: word((document as { description?: unknown }).description),
    },
  };
}
