import type { z } from 'zod';
import type { MoaConfig } from './moa-config.ts';
import type { TaskWording } from './task-wording.ts';

type ReadOnly<T> = T extends MoaConfig | TaskWording
  ? T
  : T extends readonly (infer Item)[]
    ? readonly ReadOnly<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: ReadOnly<T[Key]> }
      : T;

/** What a schema reads, as nobody may change it: the fields of what files keep are said by their schema alone. */
export type Stored<Schema extends z.ZodType> = ReadOnly<z.output<Schema>>;
