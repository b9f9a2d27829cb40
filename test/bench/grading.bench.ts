import { loadavg } from 'node:os';
import { unwrap } from '../../src/core/result.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import type { Grader } from '../../src/grading/grader.ts';
import { createPythonSandbox, preparePythonSandbox } from '../../src/grading/sandbox/index.ts';
import { against, type Bench, type Measured } from './harness.ts';

const gradings = 600;
const warmUp = 60;
const workers = 2;
/** Enough that no worker waits for us. */
const atOnce = 2 * workers;
const instance = { id: 'code-challenge', input: 'Fix the function.' };

/** The code challenge by workshop scoring: answers differ, nothing is cached, the workers are warm. */
export const benches: readonly Bench[] = [
  { name: 'gradings', run: () => withGrader(workers, measureRate) },
  { name: 'first-grading', run: measureFirst },
];

async function measureRate(grader: Grader, tier: string): Promise<Measured> {
  await gradeMany(grader, warmUp, 'warm-up');
  const load = loadavg()[0] ?? 0;
  const start = performance.now();
  await gradeMany(grader, gradings, 'measured');
  const perSecond = gradings / ((performance.now() - start) / 1000);
  return against(
    perSecond,
    'gradings/s',
    { kind: 'limit', name: 'goal', value: 100 },
    { atLeast: 1 },
    `${gradings} gradings, ${workers} workers, ${tier}; load of the machine before: ${load.toFixed(1)}`,
  );
}

/** From nothing but the cached snapshot to the first grade. */
async function measureFirst(): Promise<Measured> {
  await preparePythonSandbox();
  const load = loadavg()[0] ?? 0;
  const times: number[] = [];
  let where = '';
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    await withGrader(workers, async (grader, tier) => {
      await gradeMany(grader, 1, `first ${round}`);
      times.push(performance.now() - start);
      where = tier;
    });
  }
  times.sort((a, b) => a - b);
  return against(
    times[1] ?? Number.NaN,
    'ms',
    { kind: 'limit', name: 'goal', value: 1_500 },
    { atMost: 1 },
    `median of ${times.length}, ${where}; load of the machine before: ${load.toFixed(1)}`,
  );
}

async function withGrader<Value>(
  count: number,
  use: (grader: Grader, tier: string) => Promise<Value>,
): Promise<Value> {
  const python = await createPythonSandbox({ workers: count });
  try {
    const spec = { name: 'user-metrics-120', timeLimitMs: 60_000 };
    return await use(unwrap(createGrader(spec, { python, taskFolder: '.' })), python.tier);
  } finally {
    await python.close();
  }
}

async function gradeMany(grader: Grader, count: number, series: string): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const answer = answerOf(`${series} ${next++}`);
      const grade = await grader.grade({ answer, instance, question: instance.input });
      if (grade.kind !== 'scored' || grade.points !== 110) throw new Error(JSON.stringify(grade));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** A good answer as models write it; its helper and the mean over all users cost it ten points. */
function answerOf(mark: string): string {
  return `Here is the fixed function (${mark}):

\`\`\`python
from datetime import datetime

def engagement(user):
    total = 0
    for key in ("posts", "comments", "likes"):
        value = user.get(key, 0)
        total += value if isinstance(value, (int, float)) else 0
    days = user.get("days_active", 0)
    return total / days if days else 0

def calculate_user_metrics(users, start_date, end_date):  # ${mark}
    active = [user for user in users if start_date <= user.get("last_login", "") <= end_date]
    scored = [dict(user, engagement_score=engagement(user)) for user in active]
    average = sum(user["engagement_score"] for user in scored) / len(users) if users else 0
    scored.sort(key=lambda user: user["engagement_score"], reverse=True)
    return {"average_engagement": average, "top_performers": scored[:5], "active_count": len(active)}
\`\`\`

It no longer divides by zero, and sorts the right way.`;
}
