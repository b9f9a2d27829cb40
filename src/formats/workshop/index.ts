import { isRecord } from '../../core/records.ts';
import type { SystemFormat } from '../format.ts';
import type { JsonRecord } from '../patch.ts';
import { readWorkshop } from './read.ts';
import { aliases } from './read-system.ts';
import { type WorkshopShape, workshopShapes } from './system.ts';
import { writeWorkshop } from './write.ts';

const names = { export: 'workshop', flat: 'workshop-flat', pair: 'workshop-pair', groq: 'groq-moa' } as const;

function shapeOf(document: unknown): WorkshopShape | undefined {
  if (!isRecord(document)) return undefined;
  const has = (key: string): boolean => Object.hasOwn(document, key);
  if (has('ai_configuration')) return 'export';
  if (has('main_config') || has('layer_config')) return 'pair';
  if (has('moa_layer_agent_config')) return 'groq';
  if (has('layer_agent_config')) return 'flat';
  const isMain = has('main_model') || aliases.main_model?.some(has) === true;
  const isLayered = has('cycles') || aliases.layer_agent_config?.some(has) === true;
  return isMain && isLayered ? 'flat' : undefined;
}

/** A shape of the workshop's JSON as a format of its own. */
function format(shape: WorkshopShape): SystemFormat {
  return {
    name: names[shape],
    detects: ({ document }) => shapeOf(document) === shape,
    texts: ['systemPrompt', 'referenceSystemPrompt', 'agentPrompt'],
    read: ({ document }, findings, options) => readWorkshop(document, shape, findings, options),
    write: (config, options) => writeWorkshop(config, shape, options),
    finish: (document, original) => withoutStaleAliases(document, original, shape),
  };
}

/** A key that was written anew takes the place of its other names. */
function withoutStaleAliases(document: JsonRecord, original: JsonRecord, shape: WorkshopShape): JsonRecord {
  if (shape !== 'flat') return document;
  const stale = Object.entries(aliases).flatMap(([key, others]) => {
    const isNew = Object.hasOwn(document, key) && !Object.hasOwn(original, key);
    return isNew ? others : [];
  });
  return Object.fromEntries(Object.entries(document).filter(([key]) => !stale.includes(key)));
}

export const workshopFormats: readonly SystemFormat[] = workshopShapes.map(format);
