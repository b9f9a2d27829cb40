import { isDark, toggleTheme } from '../state/theme.ts';

const pages = { runs: '#/', workbench: '#//workbench', leaderboard: '#//leaderboard' } as const;
const titles = { runs: 'Runs', workbench: 'Workbench', leaderboard: 'Leaderboard' } as const;

/** The pages of `mixtune ui` that are of no run. */
export function PagesNav({ current }: { readonly current: keyof typeof pages }) {
  return (
    <nav aria-label="Pages">
      {(Object.keys(pages) as (keyof typeof pages)[]).map((page) => (
        <a key={page} href={pages[page]} aria-current={page === current ? 'page' : undefined}>
          {titles[page]}
        </a>
      ))}
      <button type="button" class="quiet theme" onClick={toggleTheme}>
        {isDark.value ? 'Light' : 'Dark'}
      </button>
    </nav>
  );
}
