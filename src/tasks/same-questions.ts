import { canonicalJson } from '../core/canonical-json.ts';
import { elementAt } from '../core/element-at.ts';
import { groupBy } from '../core/group-by.ts';
import { shortened } from '../core/shortened.ts';
import type { Instance } from '../domain/task.ts';

/** Equal for instances that ask the same: inputs with runs of white space alike. Single spaces stay untouched. */
function questionKey({ input }: Pick<Instance, 'input'>): string {
  return input
    .normalize('NFC')
    .replaceAll(/\s{2,}|[^\S ]/g, ' ')
    .trim();
}

/**
 * Instances grouped by what they ask, in the order of first appearance. Those without a text of their own
 * (a grader may put the question) are each by themselves.
 */
export function groupedByQuestion(instances: readonly Instance[]): Instance[][] {
  const groups = groupBy(instances, (instance) => {
    const text = questionKey(instance);
    return text === '' ? `/${instance.id}` : `=${text}`;
  });
  return [...groups.values()];
}

/** What people should know of questions that come more than once: how many, and whose gold answers differ. */
export function sameQuestionNotes(instances: readonly Instance[]): string[] {
  const several = groupedByQuestion(instances).filter((group) => group.length > 1);
  if (several.length === 0) return [];
  const involved = several.reduce((sum, group) => sum + group.length, 0);
  const contradictory = several.filter((group) => new Set(group.map(goldKey)).size > 1);
  const [example] = contradictory;
  return [
    `${counted(several.length, 'question comes', 'questions come')} more than once (${involved} instances); each stays on one side of the split`,
    ...(example === undefined
      ? []
      : [
          `${counted(contradictory.length, 'of them has', 'of them have')} different gold answers, so no answer is right each time: ${example
            .slice(0, 2)
            .map((instance) => `${instance.id} ${shown(instance.gold)}`)
            .join(', ')} for ${shown(questionKey(elementAt(example, 0)))}`,
        ]),
  ];
}

function goldKey({ gold }: Instance): string {
  return canonicalJson(typeof gold === 'string' ? gold.trim().toLowerCase() : (gold ?? null));
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return shortened(text, 58);
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
