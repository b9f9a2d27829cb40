import { shortened } from '../../core/shortened.ts';
import { fieldsIn, filled } from './question-text.ts';
import { stepsOf } from './values.ts';

export interface FilePrompt {
  /** With `{{input}}` in it; undefined where none of the file's fits. */
  readonly prompt?: string;
  readonly notes: readonly string[];
}

/** The task's prompt out of the file's own, where it has one that asks for the one field of the question. */
export function promptOfFile(prompts: readonly string[], fields: readonly string[]): FilePrompt {
  const [only = '', ...others] = prompts;
  if (prompts.length === 0) return { notes: [] };
  const [field = '', ...further] = fields;
  const names = [field, stepsOf(field).at(-1)];
  const asked = fieldsIn(only);
  const isFit = asked.length > 0 && asked.every((name) => names.includes(name));
  if (others.length === 0 && further.length === 0 && isFit) {
    return {
      prompt: filled(only, () => '{{input}}'),
      notes: ["the prompt is the file's own (--prompt takes another)"],
    };
  }
  const shown = shortened(only, 58);
  const which =
    others.length > 0
      ? `none of the file's ${prompts.length} prompts is used`
      : `the file's prompt ${JSON.stringify(shown)} is not used`;
  return { notes: [`${which}: --prompt '… {{input}}' takes one, --template one with several fields`] };
}
