import fc from 'fast-check';

/**
 * Texts of any characters but halves of pairs. fast-check's own `unit: 'binary'` are the same ones, and take
 * each process a second to list.
 */
export function anyText(constraints: Omit<fc.StringConstraints, 'unit'> = {}): fc.Arbitrary<string> {
  return fc.string({ ...constraints, unit: character });
}

const halves = { from: 0xd800, count: 0x800 };
const character = fc
  .nat({ max: 0x10ffff - halves.count })
  .map((at) => String.fromCodePoint(at < halves.from ? at : at + halves.count));
