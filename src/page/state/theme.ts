import { computed, effect, signal } from '@preact/signals';
import { darkLook, lightLook } from '../charts/look.ts';

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(prefersDark.matches);
prefersDark.addEventListener('change', () => {
  systemDark.value = prefersDark.matches;
});

/** What the user chose over the system's. */
const chosenTheme = signal<'light' | 'dark' | null>(null);

export const isDark = computed(() =>
  chosenTheme.value === null ? systemDark.value : chosenTheme.value === 'dark',
);

/** Charts are drawn and have to be told. */
export const look = computed(() => (isDark.value ? darkLook : lightLook));

export function toggleTheme(): void {
  chosenTheme.value = isDark.value ? 'light' : 'dark';
}

effect(() => {
  document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light';
});
