import { stringify } from 'yaml';

/** A search space of prompts alone, for `tune --space`: each asked once or in a vote. */
export function writePromptSpace(
  name: string,
  source: string,
  prompts: readonly { readonly text: string }[],
): string {
  const slug =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'imported';
  return stringify(
    {
      version: 1,
      name: slug,
      description: `Prompts of ${source}, best first where it says which is.`,
      temperatures: [0, 0.4, 0.7, 1],
      samples: { min: 1, max: 4 },
      agents: { min: 1, max: 3 },
      stages: { kinds: ['vote'], max: 1 },
      prompts: { single: prompts.map(({ text }) => text) },
    },
    { lineWidth: 0 },
  );
}
