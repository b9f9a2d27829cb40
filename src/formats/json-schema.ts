import { z } from 'zod';
import { moaConfigSchema } from '../domain/moa-config.ts';

/** JSON Schema (draft 2020-12) of a MoaConfig, for editors; checked in as docs/moa-config.schema.json. */
export function moaConfigJsonSchema(): string {
  const schema = z.toJSONSchema(moaConfigSchema, { io: 'input', reused: 'ref' });
  const { $schema, ...rest } = schema;
  const whole = { $schema, title: 'mixtune MoA configuration (version 1)', ...rest };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
