export { moaConfigJsonSchema } from './json-schema.ts';
export { readMixtune, type WriteOptions, writeMixtune } from './mixtune.ts';
export { parseYaml, type YamlDocument } from './yaml.ts';
