/** A place where two texts differ: these lines of the one stand for those of the other. */
export interface Hunk {
  /** Lines before it in the first text. */
  readonly at: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** The line that both texts have before the place, and the one behind it; none at an end. */
  readonly around: { readonly before: readonly string[]; readonly after: readonly string[] };
}

/** The hunks that turn one list of lines into another, by a longest common subsequence. */
export function diffLines(before: readonly string[], after: readonly string[]): Hunk[] {
  const lengths = commonLengths(before, after);
  const length = (row: number, column: number): number => lengths[row]?.[column] ?? 0;
  const hunks: { at: number; before: string[]; after: string[] }[] = [];
  let open: { at: number; before: string[]; after: string[] } | undefined;
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const [left, right] = [before[row], after[column]];
    if (left !== undefined && left === right) {
      open = undefined;
      row++;
      column++;
      continue;
    }
    if (open === undefined) {
      open = { at: row, before: [], after: [] };
      hunks.push(open);
    }
    if (right === undefined || (left !== undefined && length(row + 1, column) >= length(row, column + 1))) {
      open.before.push(left ?? '');
      row++;
    } else {
      open.after.push(right);
      column++;
    }
  }
  return hunks.map((hunk) => {
    const end = hunk.at + hunk.before.length;
    return {
      ...hunk,
      around: { before: before.slice(Math.max(0, hunk.at - 1), hunk.at), after: before.slice(end, end + 1) },
    };
  });
}

/** The first list with the chosen hunks applied. */
export function applyHunks(
  before: readonly string[],
  hunks: readonly Hunk[],
  chosen: (index: number) => boolean,
): string[] {
  const lines: string[] = [];
  let row = 0;
  for (const [index, hunk] of hunks.entries()) {
    lines.push(...before.slice(row, hunk.at), ...(chosen(index) ? hunk.after : hunk.before));
    row = hunk.at + hunk.before.length;
  }
  return [...lines, ...before.slice(row)];
}

/** `lengths[i][j]`: longest common subsequence of what follows line i of the one and line j of the other. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () =>
    new Array<number>(after.length + 1).fill(0),
  );
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const same = before[row] === after[column];
      const [here, below] = [lengths[row], lengths[row + 1]];
      if (here === undefined || below === undefined) continue;
      here[column] = same
        ? (below[column + 1] ?? 0) + 1
        : Math.max(below[column] ?? 0, here[column + 1] ?? 0);
    }
  }
  return lengths;
}
