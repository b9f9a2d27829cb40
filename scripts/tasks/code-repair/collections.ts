import { between } from '../shipped-task.ts';
import type { Repair, Value } from './repair.ts';

export const mergeIntervals: Repair = {
  name: 'merge-intervals',
  domains: [
    { function: 'merge_bookings', items: 'bookings', item: 'booking' },
    { function: 'join_shifts', items: 'shifts', item: 'shift' },
    { function: 'combine_windows', items: 'windows', item: 'window' },
  ],
  source: `def {function}({items}):
    merged = []
    for start, end in sorted({items}):
        if start > end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged
`,
  bugs: [
    { right: 'in sorted({items}):', wrong: 'in {items}:' },
    { right: 'start <= merged[-1][1]:', wrong: 'start < merged[-1][1]:' },
    { right: '= max(merged[-1][1], end)', wrong: '= end' },
    { right: 'if start > end:', wrong: 'if start >= end:' },
    { right: 'merged.append([start, end])', wrong: 'merged.append([start, end - 1])' },
  ],
  rules: [
    '{items} is a list of [start, end] pairs of whole numbers, in any order.',
    'Return a list of [start, end] lists in rising order in which overlapping {items} are joined into one.',
    'A {item} that starts exactly where another ends is joined with it.',
    'A {item} with start == end is kept; one with start > end is left out.',
    'An empty list gives an empty list.',
  ],
  inputs: (rng) => [
    [[]],
    [
      [
        [5, 9],
        [1, 3],
      ],
    ],
    [
      [
        [1, 4],
        [4, 6],
      ],
    ],
    [
      [
        [1, 10],
        [2, 3],
      ],
    ],
    [
      [
        [7, 7],
        [9, 8],
        [2, 3],
      ],
    ],
    ...[4, 5, 6, 8].map((count) => [
      Array.from({ length: count }, () => {
        const start = between(rng, 0, 30);
        return [start, start + between(rng, -1, 7)];
      }),
    ]),
  ],
  reference: (_words, items: readonly (readonly [number, number])[]): Value => {
    // By doubled positions: n stands for the point, n + 1/2 for the gap behind it.
    const covered = new Set<number>();
    for (const [start, end] of items) for (let at = 2 * start; at <= 2 * end; at++) covered.add(at);
    const points = [...covered].sort((a, b) => a - b);
    const starts = points.filter((at) => !covered.has(at - 1));
    const ends = points.filter((at) => !covered.has(at + 1));
    return starts.map((start, index) => [start / 2, (ends[index] ?? 0) / 2]);
  },
};

export const pageOf: Repair = {
  name: 'page-of-list',
  domains: [
    { function: 'page_of_results', items: 'results' },
    { function: 'show_page', items: 'articles' },
    { function: 'slice_catalogue', items: 'entries' },
  ],
  source: `def {function}({items}, page, size):
    if size < 1:
        size = 1
    pages = max(1, (len({items}) + size - 1) // size)
    page = min(max(page, 1), pages)
    first = (page - 1) * size
    return {
        "{items}": {items}[first:first + size],
        "page": page,
        "pages": pages,
        "has_next": page < pages,
    }
`,
  bugs: [
    { right: '(len({items}) + size - 1) // size', wrong: 'len({items}) // size' },
    { right: 'max(1, (', wrong: 'max(0, (' },
    { right: 'first = (page - 1) * size', wrong: 'first = page * size' },
    { right: 'page < pages', wrong: 'page <= pages' },
    { right: 'page = min(max(page, 1), pages)', wrong: 'page = min(page, pages)' },
  ],
  rules: [
    'Return a dict with the keys "{items}" (the part of the list that is on the page), "page", "pages" and "has_next".',
    'Pages are numbered from 1; each holds size elements, the last one perhaps fewer.',
    'A page below 1 counts as 1, one beyond the last as the last; "page" is the page shown.',
    'An empty list has one page, which is empty. A size below 1 counts as 1.',
    '"has_next" says whether a later page exists.',
  ],
  inputs: (rng) => [
    [[], 1, 5],
    [[1, 2, 3, 4], 2, 2],
    [[1, 2, 3, 4, 5], 3, 2],
    [[1, 2, 3], 0, 2],
    [[1, 2, 3], 9, 2],
    [[7, 8, 9], -2, 0],
    ...[5, 7, 10].map((count) => [
      Array.from({ length: count }, () => between(rng, 10, 99)),
      between(rng, 1, 4),
      between(rng, 2, 4),
    ]),
  ],
  reference: (words, items: readonly Value[], page: number, size: number): Value => {
    const chunks: Value[][] = [[]];
    for (const item of items) {
      if (chunks.at(-1)?.length === Math.max(1, size)) chunks.push([]);
      chunks.at(-1)?.push(item);
    }
    const shown = Math.max(1, Math.min(page, chunks.length));
    return {
      [words.items ?? '']: chunks[shown - 1] ?? [],
      page: shown,
      pages: chunks.length,
      has_next: shown !== chunks.length,
    };
  },
};

export const rotateGrid: Repair = {
  name: 'rotate-grid',
  domains: [
    { function: 'rotate_image', grid: 'image' },
    { function: 'turn_board', grid: 'board' },
    { function: 'spin_tile', grid: 'tile' },
  ],
  source: `def {function}({grid}, turns):
    result = [list(row) for row in {grid}]
    for _ in range(turns % 4):
        result = [list(row) for row in zip(*result[::-1])]
    return result
`,
  bugs: [
    { right: 'zip(*result[::-1])', wrong: 'zip(*result)' },
    { right: 'range(turns % 4)', wrong: 'range(turns)' },
    { right: 'result = [list(row) for row in {grid}]', wrong: 'result = [list(row) for row in {grid}[1:]]' },
    { right: 'range(turns % 4)', wrong: 'range(abs(turns) % 4)' },
    { right: 'list(row) for row in zip', wrong: 'list(row)[::-1] for row in zip' },
  ],
  rules: [
    '{grid} is a list of rows of equal length; turns is a whole number.',
    'Return a new list of lists: {grid} rotated clockwise by 90 degrees, turns times.',
    'Negative turns rotate the other way. Four turns change nothing.',
    'An empty {grid} gives an empty list.',
  ],
  inputs: (rng) => [
    [[], 1],
    [
      [
        [1, 2],
        [3, 4],
      ],
      1,
    ],
    [
      [
        [1, 2],
        [3, 4],
      ],
      -1,
    ],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      1,
    ],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      4,
    ],
    [[[1], [2]], -3],
    ...[2, 3, 5].map((turns) => [
      Array.from({ length: 3 }, () => [between(rng, 1, 9), between(rng, 1, 9)]),
      turns * rng.pick([1, -1]),
    ]),
  ],
  reference: (_words, grid: readonly (readonly Value[])[], turns: number): Value => {
    let result = grid.map((row) => [...row]);
    for (let turn = 0; turn < ((turns % 4) + 4) % 4; turn++) {
      const [height, width] = [result.length, result[0]?.length ?? 0];
      result = Array.from({ length: width }, (_row, y) =>
        Array.from({ length: height }, (_cell, x) => result[height - 1 - x]?.[y] ?? null),
      );
    }
    return result;
  },
};

export const dependencyOrder: Repair = {
  name: 'dependency-order',
  domains: [
    { function: 'order_tasks', needs: 'needs', thing: 'task' },
    { function: 'build_order', needs: 'imports', thing: 'module' },
    { function: 'course_sequence', needs: 'prerequisites', thing: 'course' },
  ],
  source: `def {function}({needs}):
    waiting = {}
    for name, others in {needs}.items():
        waiting.setdefault(name, set()).update(others)
        for other in others:
            waiting.setdefault(other, set())
    order = []
    while waiting:
        ready = sorted(name for name, others in waiting.items() if not others)
        if not ready:
            return []
        first = ready[0]
        order.append(first)
        del waiting[first]
        for others in waiting.values():
            others.discard(first)
    return order
`,
  bugs: [
    { right: '            return []\n', wrong: '            break\n' },
    { right: 'first = ready[0]', wrong: 'first = ready[-1]' },
    { right: '            waiting.setdefault(other, set())\n', wrong: '            pass\n' },
    {
      right: 'ready = sorted(name for name, others in waiting.items() if not others)',
      wrong: 'ready = [name for name, others in waiting.items() if not others]',
    },
    { right: 'if not others)', wrong: 'if len(others) <= 1)' },
  ],
  rules: [
    '{needs} is a dict from the name of a {thing} to the list of names that must come before it.',
    'Return the list of all names, also of those that occur only inside the lists, each after all that it needs.',
    'Where several could come next, take the alphabetically first.',
    'If no such order exists, return an empty list.',
  ],
  inputs: (rng) => [
    [{}],
    [{ c: ['a', 'b'], b: ['a'], a: [] }],
    [{ x: ['y'], y: ['x'] }],
    [{ d: ['z'], b: [] }],
    [{ a: ['b'], b: ['c'], c: ['b'], d: [] }],
    [{ q: [], m: [], z: [], a: ['z'] }],
    ...[4, 5, 6].map((count) => {
      const names = rng.shuffle(['a', 'b', 'c', 'd', 'e', 'f']).slice(0, count);
      return [
        Object.fromEntries(
          names
            .map((name, at) => [name, names.slice(0, at).filter(() => rng.next() < 0.5)] as const)
            .reverse(),
        ),
      ];
    }),
  ],
  reference: (_words, needs: Readonly<Record<string, readonly string[]>>): Value => {
    const names = [...new Set(Object.entries(needs).flatMap(([name, others]) => [name, ...others]))].sort();
    const order: string[] = [];
    while (order.length < names.length) {
      const next = names.find(
        (name) => !order.includes(name) && (needs[name] ?? []).every((other) => order.includes(other)),
      );
      if (next === undefined) return [];
      order.push(next);
    }
    return order;
  },
};
