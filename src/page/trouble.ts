let isShown = false;

/** A bug of the page: says so, with what a report of it needs, in place of a page that stands still. */
export function showTrouble(error: unknown): void {
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // Told by browsers when a chart is drawn anew while its place changes; nothing is lost.
  if (told.includes('ResizeObserver loop') || isShown) return;
  isShown = true;
  const box = document.createElement('div');
  box.className = 'trouble';
  box.setAttribute('role', 'alert');
  const title = document.createElement('h2');
  title.textContent = 'This page has made a mistake';
  const text = document.createElement('pre');
  text.textContent = `mixtune ${__MIXTUNE_VERSION__}\n${navigator.userAgent}\n${location.hash}\n\n${told}`;
  const hint = document.createElement('p');
  hint.textContent =
    'Your run is not touched. Please report this text to the makers of mixtune; opening another view may help.';
  box.append(title, hint, text);
  document.body.prepend(box);
}
