import { listIn } from '../fields.ts';
import type { SystemFormat } from '../format.ts';
import { readArchon } from './read.ts';
import { archonTextNames } from './texts.ts';
import { writeArchon } from './write.ts';

export const archon: SystemFormat = {
  name: 'archon',
  detects: ({ document }) => listIn(document, 'layers') !== undefined,
  texts: archonTextNames,
  read: ({ document }, findings, options) => readArchon(document, findings, options),
  write: (config, options) => writeArchon(config, options),
};
