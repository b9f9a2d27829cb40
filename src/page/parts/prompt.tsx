import type { StageAgent } from '../../report/view-model/stage-cards.ts';
import { LongText, visible } from './text.tsx';

/** What an agent is told, and how it is asked. */
export function Prompt({ agent }: { readonly agent: StageAgent }) {
  const { name, model, prompt, ...settings } = agent;
  return (
    <div class="prompt" aria-live="polite">
      <h3>
        {visible(name)} <span class="model">{visible(model)}</span>
      </h3>
      <p class="note">
        {Object.entries(settings)
          .map(
            ([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
          )
          .join(', ')}
      </p>
      <LongText text={prompt} label={`Prompt of ${visible(name)}`} />
    </div>
  );
}
