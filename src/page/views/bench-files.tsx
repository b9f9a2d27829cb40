import type { BenchDraft, BenchView } from '../../report/view-model/workbench.ts';
import { draftOfFile, draft as edited } from '../state/bench.ts';

/** Where a draft comes from, and where it goes. */
export function DraftFiles({ view, draft }: { readonly view: BenchView; readonly draft: BenchDraft }) {
  return (
    <div class="controls">
      <label>
        Start from{' '}
        <select
          value=""
          onChange={({ currentTarget }) => {
            const start = startOf(view, currentTarget.value);
            if (start !== undefined) edited.value = start;
            currentTarget.value = '';
          }}
        >
          <option value="">a preset …</option>
          <optgroup label="in the workshop's form">
            {view.presets.map(({ name }) => (
              <option key={name} value={`form ${name}`}>
                {name}
              </option>
            ))}
          </optgroup>
          <optgroup label="stage graphs, as text">
            {view.graphs.map(({ name }) => (
              <option key={name} value={`text ${name}`}>
                {name}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      <button type="button" onClick={() => save(draft)}>
        {'text' in draft ? 'Export the text' : 'Export JSON'}
      </button>
      <label>
        Import{' '}
        <input
          type="file"
          accept=".json,.yaml,.yml,application/json"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file === undefined) return;
            void file.text().then((text) => {
              edited.value = draftOfFile(text);
              // A browser does not tell of the same file chosen again.
              currentTarget.value = '';
            });
          }}
        />
      </label>
    </div>
  );
}

function startOf(view: BenchView, choice: string): BenchDraft | undefined {
  const preset = view.presets.find(({ name }) => choice === `form ${name}`);
  if (preset !== undefined) return { system: preset.system };
  const graph = view.graphs.find(({ name }) => choice === `text ${name}`);
  return graph && { text: graph.text };
}

/** The form as the workshop's JSON, a text as it is. */
function save(draft: BenchDraft): void {
  const now = new Date().toISOString().replace('T', ' ').slice(0, 19);
  const [name, text] =
    'text' in draft
      ? [/^\s*\{/.test(draft.text) ? 'config.json' : 'config.yaml', draft.text]
      : ['ai_configuration.json', `${JSON.stringify({ ...draft.system, exported_at: now }, null, 2)}\n`];
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
