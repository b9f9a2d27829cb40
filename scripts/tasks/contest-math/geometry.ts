import { between } from '../shipped-task.ts';
import { gcd, lowestTermsSum, range } from './arithmetic.ts';
import type { Template } from './template.ts';

type Point = readonly [number, number];

function twiceArea([a, b, c]: readonly [Point, Point, Point]): number {
  return Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]));
}

const triples = [
  [3, 4, 5],
  [5, 12, 13],
  [8, 15, 17],
  [7, 24, 25],
  [20, 21, 29],
  [9, 40, 41],
  [12, 35, 37],
] as const;

export const geometry: readonly Template[] = [
  {
    name: 'lattice-points-in-triangle',
    difficulty: 'hard',
    make: (rng) => {
      const corners = [
        [0, 0],
        [between(rng, 8, 25), between(rng, 0, 8)],
        [between(rng, 0, 10), between(rng, 9, 22)],
      ] as const satisfies readonly Point[];
      const [a, b, c] = corners;
      const side = (p: Point, q: Point): number => gcd(p[0] - q[0], p[1] - q[1]);
      const boundary = side(a, b) + side(b, c) + side(c, a);
      const area = twiceArea(corners);
      return {
        question: `How many points with integer coordinates lie strictly inside the triangle with the corners (0, 0), (${b[0]}, ${b[1]}) and (${c[0]}, ${c[1]})?`,
        answer: (area - boundary + 2) / 2,
        check: () => {
          let inside = 0;
          for (const x of range(0, 30)) {
            for (const y of range(0, 30)) {
              const p: Point = [x, y];
              const parts = [twiceArea([p, b, c]), twiceArea([a, p, c]), twiceArea([a, b, p])] as const;
              if (parts[0] + parts[1] + parts[2] === area && parts.every((part) => part > 0)) inside++;
            }
          }
          return inside;
        },
      };
    },
  },
  {
    name: 'right-triangle-circles',
    difficulty: 'easy',
    make: (rng) => {
      const [x, y, z] = rng.pick(triples);
      const scale = 2 * between(rng, 1, 9);
      const [a, b, c] = [x * scale, y * scale, z * scale];
      return {
        question: `The legs of a right triangle are ${a} and ${b} long. Find the sum of the radii of its inscribed circle and its circumscribed circle.`,
        answer: (a + b) / 2,
        check: () => (a * b) / (a + b + c) + Math.hypot(a, b) / 2,
      };
    },
  },
  {
    name: 'box-from-faces',
    difficulty: 'easy',
    make: (rng) => {
      const [a, b, c] = [between(rng, 4, 20), between(rng, 4, 20), between(rng, 4, 20)];
      return {
        question: `Three faces of a box that meet in a corner have the areas ${a * b}, ${b * c} and ${c * a}. Find the volume of the box.`,
        answer: a * b * c,
        check: () => Math.round(Math.sqrt(a * b * (b * c) * (c * a))),
      };
    },
  },
  {
    name: 'rectangles-in-grid',
    difficulty: 'medium',
    make: (rng) => {
      const [m, n] = [between(rng, 4, 9), between(rng, 4, 9)];
      const half = (size: number): number => (size * (size + 1)) / 2;
      const squares = range(1, Math.min(m, n)).reduce((total, k) => total + (m - k + 1) * (n - k + 1), 0);
      return {
        question: `A rectangle of ${m} rows and ${n} columns is divided into ${m * n} unit squares. How many rectangles made of whole unit squares does the figure contain that are not squares?`,
        answer: half(m) * half(n) - squares,
        check: () => {
          let count = 0;
          for (const top of range(0, m - 1)) {
            for (const bottom of range(top + 1, m)) {
              for (const left of range(0, n - 1)) {
                for (const right of range(left + 1, n)) if (bottom - top !== right - left) count++;
              }
            }
          }
          return count;
        },
      };
    },
  },
  {
    name: 'trapezoid-through-diagonals',
    difficulty: 'hard',
    make: (rng) => {
      const [a, b] = [between(rng, 6, 90), between(rng, 6, 90)];
      if (a >= b || (2 * a * b) % (a + b) !== 0) return undefined;
      return {
        question: `In a trapezoid the parallel sides are ${a} and ${b} long. A line parallel to them goes through the point where the diagonals cross. How long is the part of that line that lies inside the trapezoid?`,
        answer: (2 * a * b) / (a + b),
        check: () => {
          // Corners (0,0), (b,0), (0,1), (a,1): the diagonals cross at height b / (a + b).
          const height = b / (a + b);
          return Math.round(b + (a - b) * height);
        },
      };
    },
  },
  {
    name: 'median-length',
    difficulty: 'medium',
    make: (rng) => {
      const [a, b, c] = [between(rng, 5, 30), between(rng, 5, 30), between(rng, 5, 30)];
      if (a >= b + c || b >= a + c || c >= a + b) return undefined;
      const fourSquares = 2 * b * b + 2 * c * c - a * a;
      return {
        question: `A triangle has sides of length ${a}, ${b} and ${c}. The square of the median to the side of length ${a} is m/n, where m and n are positive integers with no common factor. Find m + n.`,
        answer: lowestTermsSum(fourSquares, 4),
        check: () => {
          // The corner opposite that side, from coordinates; the median's foot is the side's midpoint.
          const x = (a * a + b * b - c * c) / (2 * a);
          const square = (x - a / 2) ** 2 + (b * b - x * x);
          return lowestTermsSum(Math.round(square * 4), 4);
        },
      };
    },
  },
];
