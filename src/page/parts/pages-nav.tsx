import { isDark, toggleTheme } from '../state/theme.ts';

const pages = [
  { page: 'runs', title: 'Runs', to: '#/' },
  { page: 'workbench', title: 'Workbench', to: '#//workbench' },
  { page: 'leaderboard', title: 'Leaderboard', to: '#//leaderboard' },
] as const;

/** The pages of `mixtune ui` that are of no run. */
export function PagesNav({ current }: { readonly current: (typeof pages)[number]['page'] }) {
  return (
    <nav aria-label="Pages">
      {pages.map(({ page, title, to }) => (
        <a key={page} href={to} aria-current={page === current ? 'page' : undefined}>
          {title}
        </a>
      ))}
      <ThemeButton />
    </nav>
  );
}

/** Turns the page light or dark. */
export function ThemeButton() {
  return (
    <button type="button" class="quiet theme" onClick={toggleTheme}>
      {isDark.value ? 'Light' : 'Dark'}
    </button>
  );
}
