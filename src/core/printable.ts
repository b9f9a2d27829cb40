import { randomInt } from 'node:crypto';

/**
 * Stands in the codes of colours that are mixtune's own. No text from outside can carry it, so that a model
 * cannot colour, hide or move what a terminal shows.
 */
const ownMark = Array.from({ length: 4 }, () => randomInt(1000, 10_000)).join(';');

/**
 * What a terminal obeys rather than shows: C0 but newline and tab, DEL, C1, the bidi controls, lone
 * surrogates. Our own colours are matched first.
 */
const obeyed = new RegExp(
  `\\u001b\\[(\\d{1,3});${ownMark}m|[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]`,
  'gu',
);

/**
 * Text that a terminal shows and does not obey: control characters become `\u001b` and the like, which is
 * also how JSON and quoted YAML write them, so that such text keeps its meaning. `\r\n` becomes `\n`.
 */
export function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(obeyed, (found, color?: string) =>
      color === undefined ? `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}` : `\u001b[${color}m`,
    );
}

/** Codes of colours (`ESC [ 1 m`) as {@link printable} lets them through. */
export function ownColors(codes: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they begin with.
  return codes.replace(/\u001b\[(\d{1,3})m/g, `\u001b[$1;${ownMark}m`);
}
