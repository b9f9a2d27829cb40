/** The engine's own words in prompts. Few and fixed: they are part of what a config's calls are. */

export const referencesIntroduction =
  'These are candidate answers to the question, by number. Some may be wrong or incomplete.';
export const critiquesIntroduction = 'These are comments on the candidate answers, by number.';
export const choicesIntroduction = 'These agents can answer the question:';

export const verdictInstruction =
  'Decide whether the candidate answer is correct and complete. End with one line: "VERDICT: ACCEPT" or "VERDICT: REJECT".';

export const rankingInstruction =
  'Order the candidate answers from best to worst. End with one line that holds their numbers, best first, like "RANKING: 2, 1, 3".';

export function choiceInstruction(choose: number): string {
  const whom = choose === 1 ? 'the agent' : `the ${choose} agents`;
  return `Choose ${whom} best suited to this question, without answering it. End with one line that holds the chosen names, like "AGENTS: name, name".`;
}

/** For a critic or an aggregator whose prompt is empty; without them it would not know its part. */
export const defaultCriticPrompt =
  'Point out the errors and the merits of each candidate answer. Do not write an answer of your own.';
export const defaultFuserPrompt =
  'Write one answer to the question, using what is right in the candidate answers.';
