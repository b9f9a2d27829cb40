import { z } from 'zod';
import { taskFileSchema } from '../domain/task.ts';
import { extendingSpaceSchema } from '../search/extend-space.ts';
import { searchSpaceSchema } from '../search/space.ts';
import { jobFileSchema } from './job-file.ts';

/** JSON Schema (draft 2020-12) of a job file, for editors; checked in as docs/job.schema.json. */
export function jobFileJsonSchema(): string {
  return published(jobFileSchema, 'job', 'mixtune tuning job (version 1)');
}

/** JSON Schema of a search space's file; checked in as docs/search-space.schema.json. */
export function searchSpaceJsonSchema(): string {
  const either = z.union([searchSpaceSchema, extendingSpaceSchema]);
  return published(either, 'search-space', 'mixtune search space (version 1)');
}

/** JSON Schema of `task.yaml`; checked in as docs/task.schema.json. */
export function taskFileJsonSchema(): string {
  return published(taskFileSchema, 'task', 'mixtune task (version 1)');
}

/** The schema is published as the package's own file. */
function published(schema: z.ZodType, name: string, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  const $id = `https://unpkg.com/mixtune/docs/${name}.schema.json`;
  return `${JSON.stringify({ $schema, $id, title, ...rest }, null, 2)}\n`;
}
