// The pages of docs/ as a site: npm run docs writes it to node_modules/.cache/docs. VitePress (75 MB, Vite 5) is fetched
// when the site is built, so that npm install need not.
import { readFileSync } from 'node:fs';

const index = readFileSync(new URL('../../docs/README.md', import.meta.url), 'utf8');

/** The order of reading of docs/README.md: a group for each of its headings. */
const sidebar = index
  .split(/^## /m)
  .slice(1)
  .map((part) => ({
    text: part.slice(0, part.indexOf('\n')),
    items: [...part.matchAll(/\[([^\]]+)\]\(([\w-]+)\.md\)/g)].map(([, text, page]) => ({
      text,
      link: `/${page}`,
    })),
  }));

export default {
  title: 'mixtune',
  srcDir: '../docs',
  outDir: '../node_modules/.cache/docs',
  cacheDir: '../node_modules/.cache/vitepress',
  rewrites: { 'README.md': 'index.md' },
  // Files beside docs/, which the repository has and the site has not; all others are checked.
  ignoreDeadLinks: [/^\.\.?\/(\.\.\/)?(README|CONTRIBUTING|CHANGELOG)/, /\/Dockerfile$/],
  markdown: {
    // `{{question}}` is text, not an expression of Vue's; pictures in HTML are named as GitHub takes them.
    config: ({ renderer }) => {
      for (const kind of ['text', 'code_inline']) {
        const render = renderer.rules[kind];
        renderer.rules[kind] = (...given) => render(...given).replaceAll('{{', '&#123;&#123;');
      }
      for (const kind of ['html_inline', 'html_block']) {
        const render = renderer.rules[kind];
        renderer.rules[kind] = (...given) => render(...given).replaceAll('"images/', '"./images/');
      }
    },
  },
  themeConfig: { sidebar, search: { provider: 'local' }, outline: [2, 3] },
};
