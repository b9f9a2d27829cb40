import { describe, expect, it } from 'vitest';
import type { AgentsWorth } from '../../src/analysis/worth/schema.ts';
import { createColors } from '../../src/report/colors.ts';
import { worthLines } from '../../src/report/worth-text.ts';

const none = { mean: 0, low: -0.4, high: 0.4 };
const measured = { score: 2 / 3, latency: 4.5, tokens: 2_400, usd: null };

/** The router's answers without it are known to so many of 40. */
function worthOver(recorded: number): AgentsWorth {
  return {
    version: 1,
    ...{ id: '12ce0a3faa01', simulated: true, split: 'holdout', over: 'questions', questions: 20, cells: 40 },
    ...{ level: 0.95, whole: { ...measured, score: 0.775 } },
    agents: [
      {
        ...{ at: 'stages[0].router', role: 'router', name: 'router', model: 'sim/a', leaveOneOut: none },
        ...{ shapley: null, verdict: 'not-told-apart', without: measured },
        evidence: { recorded, fresh: 0, missing: 40 - recorded },
      },
    ],
    shapley: { systems: 0, cells: 0, missing: 'not recorded' },
    pruned: {
      ...{
        id: 'ca4e59a97c59',
        config: { version: 1, name: 'rest', stages: [] },
        without: ['stages[0].router'],
      },
      ...{ cells: recorded, measured, difference: none },
    },
    evidence: { recorded: 40 + recorded, fresh: 0, missing: 40 - recorded, missingCalls: 62 },
  };
}

const linesOf = (recorded: number, kept: boolean): string =>
  worthLines(
    { kind: 'found', worth: worthOver(recorded), kept },
    { colors: createColors(false), width: 100, paragraphs: 100, run: 'big' },
  ).join('\n');

describe('what each agent adds, in words', () => {
  it('names what a row rests on, and that its difference is not to the whole score', () => {
    expect(linesOf(9, false)).toMatch(/\n\s*router +0\.667 +9 +0\.000 \[/);
    expect(linesOf(9, false)).toContain('A row over fewer than 40 answers');
    expect(linesOf(40, false)).not.toContain('A row over fewer');
  });

  it('names `show --pruned` behind the command without which it fails', () => {
    expect(linesOf(9, false)).toContain(
      'After `mixtune answer big --worth --max-calls N`, which keeps it, `mixtune show big --pruned` prints it.',
    );
    expect(linesOf(40, false)).toContain('After `mixtune answer big --worth`, which');
    expect(linesOf(9, true)).toContain('\n`mixtune show big --pruned` prints it.');
  });
});
