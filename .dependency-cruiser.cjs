/**
 * The layering of docs/architecture.md, enforced by `npm run lint`.
 * Each layer may import from the layers listed for it, from itself, and from packages.
 */
const layers = {
  core: [],
  domain: ['core'],
  pareto: ['core', 'domain'],
  models: ['core', 'domain'],
  local: ['core', 'domain', 'models'],
  moa: ['core', 'domain', 'models'],
  grading: ['core', 'domain', 'models'],
  sim: ['core', 'domain', 'models', 'grading'],
  tasks: ['core', 'domain', 'grading'],
  search: ['core', 'domain', 'pareto', 'models'],
  run: ['core', 'domain', 'pareto', 'models', 'moa', 'grading', 'tasks', 'search'],
  formats: ['core', 'domain'],
  analysis: ['core', 'domain', 'pareto', 'models', 'moa', 'grading', 'tasks', 'search', 'run'],
  report: ['core', 'domain', 'pareto', 'formats', 'run', 'analysis'],
  workers: ['core', 'domain', 'models', 'grading', 'run'],
  ui: ['core', 'domain', 'models', 'moa', 'grading', 'formats', 'run', 'analysis', 'report'],
  adapt: ['core', 'domain', 'search'],
  serve: ['core', 'domain', 'pareto', 'models', 'moa', 'search', 'run', 'adapt'],
};

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(layers).map(([layer, allowed]) => ({
      name: `layer-${layer}`,
      severity: 'error',
      comment: `${layer} may import only: ${[layer, ...allowed].join(', ')}`,
      from: { path: `^src/${layer}/` },
      to: { path: '^src/', pathNot: `^src/(${[layer, ...allowed].join('|')})/` },
    })),
    {
      name: 'models-port-only',
      severity: 'error',
      comment:
        'moa, grading and search know the ChatModel port, never a concrete provider (index.ts exports those)',
      from: { path: '^src/(moa|grading|search)/' },
      to: { path: '^src/models/', pathNot: '^src/models/(chat-model|call-key)\\.ts$' },
    },
    {
      name: 'page-view-model-only',
      severity: 'error',
      comment: 'the page knows the view model and what formats figures, and runs in a browser',
      from: { path: '^src/page/' },
      to: {
        path: ['^src/', '^(node:)?(fs|path|process|crypto|buffer|url)$'],
        pathNot:
          '^src/(page/|report/view-model/(schema|api|choice|join|compare|config-changes|stage-cards|document|leaderboard|workbench)\\.ts$|report/format\\.ts$)',
      },
    },
    {
      name: 'pure-layers',
      severity: 'error',
      comment: 'core, domain, pareto, moa, search, formats and adapt do no I/O',
      from: { path: '^src/(core|domain|pareto|moa|search|formats|adapt)/' },
      to: { path: '^(node:)?(fs|fs/promises|child_process|net|http|https|worker_threads|process)$' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] },
    doNotFollow: { path: 'node_modules' },
  },
};
