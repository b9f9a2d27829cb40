export {
  defaultPresetPrompts,
  type Preset,
  type PresetModels,
  type PresetName,
  type PresetPrompts,
  presetNames,
  presets,
} from '../domain/presets.ts';
export { runMoa } from './engine.ts';
export * from './types.ts';
