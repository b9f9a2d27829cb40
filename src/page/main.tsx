import './styles/index.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { createDocumentSource } from './document-source.ts';
import { createHttpSource } from './http-source.ts';
import { connection, whenShown } from './state/live.ts';
import { token } from './state/token.ts';
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
  // A page without data has it from the server that it came from.
  const isServed = parts.size === 0 && location.protocol !== 'file:';
  const source = isServed
    ? createHttpSource({
        base: '',
        token,
        onConnection: (state) => {
          connection.value = state;
        },
        whenShown,
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      })
    : createDocumentSource((name) => parts.get(name)?.textContent ?? undefined);
  place.replaceChildren();
  render(<App source={source} />, place);
}
