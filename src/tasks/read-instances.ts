import { withoutByteOrderMark } from '../core/byte-order-mark.ts';
import { firstIssues, InputError, type InputIssue } from '../core/errors.ts';
import { parseData } from '../core/json-depth.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type Instance, instanceSchema } from '../domain/task.ts';
import { parseWith } from '../domain/validation.ts';

/**
 * Instances from JSON Lines text. Blank lines are skipped; every faulty line is told with its number.
 * @param needsGold whether an instance without `gold` is a fault.
 */
export function readInstances(
  text: string,
  source: string,
  needsGold: boolean,
): Result<Instance[], InputError> {
  const instances: Instance[] = [];
  const issues: InputIssue[] = [];
  const lineOfId = new Map<string, number>();
  for (const [index, raw] of withoutByteOrderMark(text).split('\n').entries()) {
    if (raw.trim() === '') continue;
    const line = index + 1;
    const parsed = readInstance(raw, source);
    if (!parsed.ok) {
      issues.push(...parsed.error.issues.map((issue) => ({ ...issue, line })));
      continue;
    }
    const instance = parsed.value;
    const earlier = lineOfId.get(instance.id);
    if (earlier !== undefined) {
      issues.push({
        path: 'id',
        line,
        found: JSON.stringify(instance.id),
        expected: `an id not used before (line ${earlier} has it)`,
      });
    }
    if (needsGold && instance.gold === undefined) {
      issues.push({
        path: 'gold',
        line,
        found: 'nothing',
        expected: "the reference that the task's grader needs",
      });
    }
    lineOfId.set(instance.id, earlier ?? line);
    instances.push(instance);
  }
  if (issues.length > 0) return err(new InputError(source, firstIssues(issues)));
  if (instances.length > 0) return ok(instances);
  return err(new InputError(source, { found: 'none', expected: 'at least one instance' }));
}

function readInstance(raw: string, source: string): Result<Instance, InputError> {
  const read = parseData(raw);
  if ('problem' in read)
    return err(new InputError(source, { found: read.problem, expected: 'one JSON object a line' }));
  return parseWith(instanceSchema, read.value, source);
}
