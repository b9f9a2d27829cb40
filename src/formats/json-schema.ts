import { z } from 'zod';
import { agentSchema, modelName } from '../domain/agent.ts';
import { moaConfigSchema } from '../domain/moa-config.ts';
import { referencesSchema } from '../domain/references.ts';
import { simpleStageSchema } from '../domain/stages/simple-stages.ts';
import { taskWordingSchema } from '../domain/task-wording.ts';

/** What editors show on hover, and under which names shared parts appear in `$defs`. */
function annotations() {
  const registry = z.registry<{ id?: string; description?: string }>();
  registry.add(agentSchema, { id: 'Agent', description: 'A language model with its prompt and settings.' });
  registry.add(modelName, { id: 'ModelName', description: 'provider/model, e.g. openai/gpt-4o-mini' });
  registry.add(simpleStageSchema, { id: 'StageInLoop', description: 'Any stage but a loop.' });
  registry.add(referencesSchema, { id: 'References', description: 'How an agent is shown earlier answers.' });
  const described = [agentSchema, referencesSchema, taskWordingSchema].flatMap(({ shape }) =>
    Object.values(shape),
  );
  for (const field of [...described, moaConfigSchema.shape.task]) {
    if (field.description !== undefined) registry.add(field, { description: field.description });
  }
  return registry;
}

/** Where the schema of configs is published: the package's own file. */
export const moaConfigSchemaId = 'https://unpkg.com/mixtune/docs/moa-config.schema.json';

/** JSON Schema (draft 2020-12) of a MoaConfig, for editors; checked in as docs/moa-config.schema.json. */
export function moaConfigJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(moaConfigSchema, { io: 'input', metadata: annotations() });
  const whole = { $schema, $id: moaConfigSchemaId, title: 'mixtune MoA configuration (version 1)', ...rest };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
