import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const plainTask = `version: 1
name: capitals
description: Capitals.
prompt: "Capital of {{input}}?"
grader: { name: contains }
split: { holdout: 0.5 }
`;
const countries = ['fr France Paris', 'it Italy Rome', 'jp Japan Tokyo', 'pe Peru Lima'];

/** Writes the task `capitals` below a folder. @param lines `id country capital` each */
export function writeCapitals(tasksFolder: string, yaml = plainTask, lines = countries): void {
  const folder = join(tasksFolder, 'capitals');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'task.yaml'), yaml);
  const rows = lines.map((line) => {
    const [id, input, gold] = line.split(' ');
    return `${JSON.stringify({ id, input, gold })}\n`;
  });
  writeFileSync(join(folder, 'instances.jsonl'), rows.join(''));
}
