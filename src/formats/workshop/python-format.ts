import { shortened } from '../../core/shortened.ts';

/**
 * The workshop's prompts are templates of Python's `str.format`: a field in braces, doubled braces for braces.
 * mixtune's are texts with `{{references}}` in which all other braces stand for themselves.
 */

export type FormatReading =
  | { readonly kind: 'read'; readonly text: string; readonly fields: number }
  /** What Python would raise on, or mixtune would take for a placeholder of its own. */
  | { readonly kind: 'broken'; readonly found: string; readonly expected: string };

/**
 * @param field the one field that the program fills, `helper_response`
 * @param placeholder what stands for it here, `{{references}}`
 */
export function readFormatString(template: string, field: string, placeholder: string): FormatReading {
  let text = '';
  let fields = 0;
  for (const [token] of template.matchAll(/\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+/g)) {
    if (token === '{{' || token === '}}') text += token[0];
    else if (token === `{${field}}`) {
      text += mark;
      fields++;
    } else if (/[{}]/.test(token)) return braceFault(token, field);
    else text += token;
  }
  const ours = /\{\{[A-Za-z_]\w*\}\}/.exec(text);
  if (ours !== null) {
    return {
      kind: 'broken',
      found: `the text ${ours[0]}`,
      expected: 'no text that mixtune takes for a placeholder',
    };
  }
  return { kind: 'read', text: text.replaceAll(mark, placeholder), fields };
}

/** Stands for the field until the text around it has been checked; no JSON or YAML text holds it unescaped. */
const mark = '\u0000field\u0000';

function braceFault(token: string, field: string): FormatReading {
  return {
    kind: 'broken',
    found: `${shortened(token, 40)}, on which the program stops`,
    expected: `only the field {${field}}; a brace is written twice: {{ and }}`,
  };
}

/** With --lossy: the field is filled, every other brace is text, and nothing looks like a placeholder of ours. */
export function looseText(template: string, field: string, placeholder: string): string {
  return template
    .split(`{${field}}`)
    .map((part) => part.replace(/\{(?=\{[A-Za-z_]\w*\}\})/g, '{ '))
    .join(placeholder);
}

/** The inverse of {@link readFormatString}. */
export function writeFormatString(text: string, field: string, placeholder: string): string {
  return text
    .split(placeholder)
    .map((part) => part.replace(/[{}]/g, '$&$&'))
    .join(`{${field}}`);
}
