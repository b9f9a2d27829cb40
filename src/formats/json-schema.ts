import { z } from 'zod';
import { agentSchema, modelName } from '../domain/agent.ts';
import { moaConfigSchema } from '../domain/moa-config.ts';
import { simpleStageSchema } from '../domain/stages/simple-stages.ts';

/** What editors show on hover, and under which names shared parts appear in `$defs`. */
function annotations() {
  const { shape } = agentSchema;
  const registry = z.registry<{ id?: string; description?: string }>();
  registry.add(agentSchema, { id: 'Agent', description: 'A language model with its prompt and settings.' });
  registry.add(modelName, { id: 'ModelName', description: 'provider/model, e.g. openai/gpt-4o-mini' });
  registry.add(simpleStageSchema, { id: 'StageInLoop', description: 'Any stage but a loop.' });
  registry.add(shape.prompt, {
    description:
      'System message. {{question}}, {{references}}, {{critiques}} and {{task}} are replaced; a prompt with {{question}} is sent as the user message alone.',
  });
  registry.add(shape.temperature, { description: 'Sampling temperature; absent: the provider decides.' });
  registry.add(shape.topP, { description: 'Nucleus sampling; absent: the provider decides.' });
  registry.add(shape.maxTokens, { description: 'Cap on generated tokens of one call.' });
  registry.add(shape.samples, { description: 'Answers asked of this agent; default 1.' });
  registry.add(shape.passReasoning, {
    description: 'Also pass on what the model reasoned before its answer, where the provider tells it.',
  });
  return registry;
}

/** JSON Schema (draft 2020-12) of a MoaConfig, for editors; checked in as docs/moa-config.schema.json. */
export function moaConfigJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(moaConfigSchema, { io: 'input', metadata: annotations() });
  const whole = { $schema, title: 'mixtune MoA configuration (version 1)', ...rest };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
