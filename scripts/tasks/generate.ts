/** Writes the instances of the shipped tasks: `npx tsx scripts/tasks/generate.ts`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generatedTasks } from './generated-tasks.ts';
import { instancesText } from './shipped-task.ts';

for (const task of generatedTasks) {
  const folder = join(import.meta.dirname, '../../tasks', task.name);
  const instances = task.generate();
  const text = instancesText(instances);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'instances.jsonl'), text);
  console.log(`${task.name}: ${instances.length} instances, ${Math.ceil(text.length / 1024)} KiB`);
}
