/**
 * The workshop's grader, played by the reference rubric in system Python on the text between fences, and ours
 * in the sandbox: equal points on the same answers. Once more with a package named `dateutil` beside the
 * workshop's: what needs it scores there, and ours says that it is missing.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Grade } from '../../src/domain/grade.ts';
import { createUserMetricsGrader, userMetricsOptions } from '../../src/grading/user-metrics-120/index.ts';
import { python } from '../support/python.ts';
import { hasSystemPython } from '../support/system-python.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

const right = readFileSync(new URL('../fixtures/code-challenge/right.py', import.meta.url), 'utf8');
const start = readFileSync(new URL('../fixtures/code-challenge/buggy-start.py', import.meta.url), 'utf8');
const head = 'def calculate_user_metrics(users, start_date, end_date):\n';
const zero = "{'average_engagement': 0, 'active_count': 0, 'top_performers': []}";
const lines = right.trimEnd().split('\n');
const fenced = (text: string, tag = 'python'): string => `\`\`\`${tag}\n${text}\n\`\`\`\n`;

const answers: Readonly<Record<string, string>> = {
  // Known points: 30, 2, 55, 42, 87.
  'buggy start': start,
  'always raises': `${head}    raise ValueError\n`,
  'empty dict': `${head}    return {}\n`,
  none: `${head}    return None\n`,
  'constant zero': `${head}    return ${zero}\n`,
  right,
  'right, fenced': fenced(right),
  'right, no tag': fenced(right, ''),
  'right, capital tag': fenced(right, 'Python'),
  'right, between prose': `Here it is:\n\n${fenced(right)}\nHope it helps!`,
  'a list': `${head}    return [1]\n`,
  'a number': `${head}    return 5\n`,
  'a text': `${head}    return "active_count"\n`,
  'a tuple': `${head}    return ({}, 0)\n`,
  'a set': `${head}    return {"average_engagement"}\n`,
  'a generator': `${head}    yield {}\n`,
  'one key': `${head}    return {"average_engagement": 2.95}\n`,
  'a wrong average': `${head}    return {"average_engagement": 14.75, "active_count": 0}\n`,
  'not a number': `${head}    return {"average_engagement": float("nan"), "active_count": 0}\n`,
  'true for a count': `${head}    return {"average_engagement": 0, "active_count": False}\n`,
  'performers none': `${head}    return {"top_performers": None, "active_count": 0}\n`,
  'performers a text': `${head}    return {"top_performers": "ab", "active_count": 0}\n`,
  'performers the users': `${head}    return {"top_performers": users[:5], "active_count": len(users)}\n`,
  'performers reversed': `${head}    return {"top_performers": users[::-1][:5], "active_count": len(users)}\n`,
  'empties its input': `${head}    users.clear()\n    return ${zero}\n`,
  'marks its input': `${head}    for user in users:\n        user["engagement_score"] = 1\n    return ${zero}\n`,
  'two parameters': `def calculate_user_metrics(users, start_date):\n    return ${zero}\n`,
  'any parameters': `def calculate_user_metrics(*args):\n    return ${zero}\n`,
  'a lambda': `calculate_user_metrics = lambda users, start, end: ${zero}\n`,
  'a class that can be called': `class Metrics:\n    def __call__(self, users, start, end):\n        return ${zero}\n\ncalculate_user_metrics = Metrics()\n`,
  'a method': `class Metrics:\n    def calculate_user_metrics(self, users, start, end):\n        return ${zero}\n`,
  'another name': `def metrics(users, start, end):\n    return ${zero}\n`,
  'a hint never imported': `def calculate_user_metrics(users: List[dict], start, end):\n    return ${zero}\n`,
  'a hint imported': `from typing import List\ndef calculate_user_metrics(users: List[dict], start, end):\n    return ${zero}\n`,
  'a future import': `from __future__ import annotations\ndef calculate_user_metrics(users: List[dict], start, end):\n    return ${zero}\n`,
  'raises while loading': `${right}\nraise RuntimeError\n`,
  'an undefined call at the end': `${right}\nmain()\n`,
  'a call that prints': `${right}\nprint(calculate_user_metrics([], "", ""))\n`,
  // Broken, with no prose around: the workshop runs the text as it is.
  'a return at the margin': `${head}    active = []\nreturn active\n`,
  'a brace behind': `${right}}\n`,
  'a bracket behind': `${right}\n)\n`,
  'an else without if': `${right}else:\n    pass\n`,
  'a word behind': `${right}\nend\n`,
  'a loop at the margin': `${head}    total = 0\nfor user in users:\n    total += 1\nreturn total\n`,
  'JavaScript in front': `const x = 1;\n${right}`,
  'cut off in the last line': right.trimEnd().slice(0, -20),
  'cut off in the middle': `${lines.slice(0, 14).join('\n')}\n    x = [u for`,
  'cut off behind the function': `${right}\nprint(calculate_user_metrics([{"last_login": "2024`,
  'cut off behind the function, fenced': `\`\`\`python\n${right}\nprint(calculate_user_metrics([{"last_login": "2024`,
  'half an import in front': `import\n${right}`,
  'a lost indentation': right.replace('    active = []', 'active = []'),
  'an open text': `${right}\nx = "abc\n`,
  'an open bracket in front': `x = (1,\n${right}`,
  'an unfinished helper in front': `def helper(:\n    return 1\n\n${right}`,
};

/** What runs in the workshop with `dateutil` beside it, and loads or not in ours. */
const importing: Readonly<Record<string, { readonly text: string; readonly needs: boolean }>> = {
  'an import at the top': { text: `from dateutil import parser\n${right}`, needs: true },
  'a plain import': { text: `import dateutil.parser\n${right}`, needs: true },
  'an import with a way out': {
    text: `try:\n    from dateutil import parser\nexcept ImportError:\n    parser = None\n\n${right}`,
    needs: false,
  },
};

const workshop = fileURLToPath(new URL('../fixtures/rubric-oracle/rubric.py', import.meta.url));
const packages = temporaryFolder('dateutil');

/** The workshop takes what stands between fences, or the whole answer. */
function workshopText(answer: string): string {
  const between = /```\w*\n([\s\S]*?)(?:```|$)/.exec(answer)?.[1];
  return between ?? answer;
}

function byWorkshop(texts: Readonly<Record<string, string>>, withPackages: boolean): Record<string, number> {
  const programs = Object.entries(texts).map(([name, text]) => ({ name, source: workshopText(text) }));
  const run = spawnSync('python3', ['-S', '-s', workshop], {
    input: JSON.stringify(programs),
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...(withPackages ? { PYTHONPATH: packages } : {}) },
  });
  const points = JSON.parse(run.stdout) as Record<string, Record<string, number>>;
  return Object.fromEntries(
    Object.entries(points).map(([name, checks]) => [
      name,
      Object.values(checks).reduce((sum, each) => sum + each, 0),
    ]),
  );
}

describe.skipIf(!hasSystemPython)("the workshop's grader and ours (needs python3)", () => {
  let grade: (answer: string) => Promise<Grade>;
  beforeAll(() => {
    mkdirSync(join(packages, 'dateutil'));
    writeFileSync(join(packages, 'dateutil', '__init__.py'), '');
    writeFileSync(join(packages, 'dateutil', 'parser.py'), 'def parse(text):\n    return text\n');
    const grader = createUserMetricsGrader(userMetricsOptions.parse({ name: 'user-metrics-120' }), python);
    const instance = { id: 'calculate-user-metrics', input: '' };
    grade = (answer) => grader.grade({ answer, instance, question: '' });
  });

  const pointsOf = (verdict: Grade): number | string =>
    verdict.kind === 'scored' ? (verdict.points ?? -1) : verdict.reason;

  it('give equal points', { timeout: 120_000 }, async () => {
    expect(Object.keys(answers).length).toBeGreaterThan(40);
    const played = Object.fromEntries(sampled(Object.entries(answers), 4));
    for (const withPackages of thorough ? [false, true] : [false]) {
      const expected = byWorkshop(played, withPackages);
      const found: Record<string, number | string> = {};
      for (const [name, text] of Object.entries(played)) found[name] = pointsOf(await grade(text));
      expect(found).toEqual(expected);
    }
  });

  it.skipIf(!thorough)('differ by packages alone, and ours says so', async () => {
    const texts = Object.fromEntries(Object.entries(importing).map(([name, { text }]) => [name, text]));
    const without = byWorkshop(texts, false);
    const beside = byWorkshop(texts, true);
    for (const [name, { text, needs }] of Object.entries(importing)) {
      const verdict = await grade(text);
      expect(pointsOf(verdict), name).toBe(without[name]);
      expect(beside[name]).toBe(120);
      expect(without[name]).toBe(needs ? 0 : 120);
      if (!needs) continue;
      expect(verdict).toMatchObject({
        feedback: expect.stringContaining('imports dateutil, which the sandbox does not have'),
      });
    }
    for (const name of ['numpy', 'pandas', 'sqlite3'])
      expect(await grade(`${head}    import ${name}\n    return {}\n`)).toMatchObject({
        feedback: expect.stringContaining(`imports ${name}, which the sandbox does not have`),
      });
  });
});
