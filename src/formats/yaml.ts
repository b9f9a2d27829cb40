export { parseYaml, type YamlDocument } from '../core/yaml.ts';
