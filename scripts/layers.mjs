// Draws the layers from what src really imports, into docs/architecture.md (--check: compares instead).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');
const page = join(root, 'docs', 'architecture.md');
const marks = /(<!-- layers:start[^>]*-->\n)[\s\S]*?(<!-- layers:end -->)/;
const specifiers = /\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

/** The folder of src that a file stands in; `index` for the library's entry. */
const layerOf = (path) => (path.includes(sep) ? path.slice(0, path.indexOf(sep)) : 'index');

/** Each layer with the layers that it imports, types included. */
function importedLayers() {
  const layers = new Map();
  const files = readdirSync(src, { recursive: true }).filter((name) => /\.(ts|mjs)$/.test(name));
  for (const file of files.sort()) {
    const layer = layerOf(file);
    const imported = layers.get(layer) ?? new Set();
    layers.set(layer, imported);
    for (const [, specifier] of readFileSync(join(src, file), 'utf8').matchAll(specifiers)) {
      const target = relative(src, join(src, file, '..', specifier));
      if (!target.startsWith('..') && layerOf(target) !== layer) imported.add(layerOf(target));
    }
  }
  return layers;
}

/** All that a layer reaches. Throws where layers import each other in a circle. */
function reachable(layers, layer, path = []) {
  if (path.includes(layer)) throw new Error(`layers in a circle: ${[...path, layer].join(' -> ')}`);
  const direct = [...(layers.get(layer) ?? [])];
  return new Set(direct.flatMap((to) => [to, ...reachable(layers, to, [...path, layer])]));
}

/** A mermaid graph without the arrows that follow from others: of a -> b -> c and a -> c the last is left out. */
function drawn(layers) {
  const lines = [...layers.keys()].sort().flatMap((from) => {
    const direct = [...layers.get(from)].sort();
    const needed = direct.filter((to) => !direct.some((by) => by !== to && reachable(layers, by).has(to)));
    return needed.length === 0 ? [`  ${from}`] : needed.map((to) => `  ${from}-->${to}`);
  });
  return ['```mermaid', 'graph TD', ...lines, '```', ''].join('\n');
}

const text = readFileSync(page, 'utf8');
if (!marks.test(text)) throw new Error('docs/architecture.md: expected <!-- layers:start --> and layers:end');
const wanted = text.replace(marks, `$1${drawn(importedLayers())}$2`);
if (!process.argv.includes('--check')) writeFileSync(page, wanted);
else if (wanted !== text) {
  console.error('The picture of layers in docs/architecture.md is not what src imports: run npm run layers.');
  process.exitCode = 1;
}
