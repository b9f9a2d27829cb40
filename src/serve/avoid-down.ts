import { modelsOf } from '../domain/moa-config.ts';
import { type Choice, type Member, memberModel } from './catalogue.ts';

/**
 * A choice without the members that ask a model that is down, where others fit, too.
 * @returns `avoided`: the member that would have been chosen, and its model that does not answer
 */
export function avoidDown(
  choice: Choice,
  isDown: (model: string) => boolean,
): { readonly choice: Choice; readonly avoided?: { readonly member: Member; readonly model: string } } {
  const downOf = ({ config }: Member): string | undefined => modelsOf(config).find(isDown);
  const [member] = choice.fitting;
  const [first, ...others] = choice.fitting.filter((one) => downOf(one) === undefined);
  if (first === undefined) return { choice };
  const model = downOf(member);
  const left = { ...choice, fitting: [first, ...others] } as const;
  return model === undefined ? { choice: left } : { choice: left, avoided: { member, model } };
}

/** Why another was taken, behind why that one was. */
export function avoidedText({ member, model }: { readonly member: Member; readonly model: string }): string {
  return `; not ${memberModel(member.id)}, since ${model} does not answer at present`;
}
