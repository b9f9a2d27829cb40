import './style.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { createDocumentSource } from './document-source.ts';
import { showTrouble } from './trouble.ts';

addEventListener('error', ({ message, error }) => showTrouble(error ?? message));
addEventListener('unhandledrejection', ({ reason }) => showTrouble(reason));

const place = document.getElementById('page');
if (place !== null) {
  const parts = new Map(
    [...document.querySelectorAll<HTMLElement>('script[data-part]')].map((element) => [
      element.dataset.part ?? '',
      element,
    ]),
  );
  const source = createDocumentSource((name) => parts.get(name)?.textContent ?? undefined);
  place.replaceChildren();
  render(<App source={source} />, place);
}
