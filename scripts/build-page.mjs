// Builds src/page into one file, dist/page/index.html: styles and script stand in it, nothing is loaded from
// anywhere. report and ui put data and a content security policy where its two marks are.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const bundled = ['preact', '@preact/signals', '@preact/signals-core', 'echarts', 'zrender', 'tslib', 'diff'];
const mostBytes = 1_000_000;

const result = await build({
  root,
  configFile: false,
  logLevel: 'warn',
  define: { __MIXTUNE_VERSION__: JSON.stringify(version), 'process.env.NODE_ENV': '"production"' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    write: false,
    target: 'es2022',
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: join(root, 'src/page/main.tsx'),
      output: { format: 'iife', entryFileNames: 'page.js', assetFileNames: 'page[extname]' },
    },
  },
});
const { output } = Array.isArray(result) ? result[0] : result;
const scripts = output.filter(({ type }) => type === 'chunk');
const styles = output.filter(({ fileName }) => fileName.endsWith('.css'));
if (scripts.length !== 1 || styles.length !== 1 || output.length !== 2)
  throw new Error(
    `the page is to be one script and one style, not ${output.map(({ fileName }) => fileName)}`,
  );

// Neither ends its element early, whatever strings it holds.
const script = scripts[0].code.replaceAll(/<(?=\/script|!--)/gi, '\\x3c');
const style = String(styles[0].source).replaceAll('</style', '<\\/style');
if (Buffer.byteLength(script) > mostBytes)
  throw new Error(`the page's script is ${Buffer.byteLength(script)} bytes, more than ${mostBytes}`);

const put = (text, mark, value) => {
  if (text.split(mark).length !== 2) throw new Error(`src/page/index.html: expected ${mark} once`);
  return text.replace(mark, () => value);
};
let page = readFileSync(join(root, 'src/page/index.html'), 'utf8');
page = put(page, '<!--style-->', `<style>${style}</style>`);
page = put(page, '<!--script-->', `<!--\n${licences()}\n-->\n<script>${script}</script>`);
mkdirSync(join(root, 'dist/page'), { recursive: true });
writeFileSync(join(root, 'dist/page/index.html'), page);
console.log(
  `dist/page/index.html: ${page.length} characters, script ${script.length}, style ${style.length}`,
);

/** What the packages in the page ask to be kept with them. */
function licences() {
  const lines = bundled.map((name) => {
    const { version, license } = JSON.parse(readFileSync(packageFile(name, 'package.json'), 'utf8'));
    return `${name} ${version}, ${license}`;
  });
  const texts = ['preact', 'zrender', 'diff'].map((name) =>
    readFileSync(packageFile(name, 'LICENSE'), 'utf8'),
  );
  const notice = readFileSync(packageFile('echarts', 'NOTICE'), 'utf8');
  const all = ['The page contains:', ...lines, '', notice, ...texts].join('\n');
  return all.replaceAll('--', '- -');
}

function packageFile(name, file) {
  const places = [
    '',
    'echarts/node_modules/',
    'zrender/node_modules/',
    'echarts/node_modules/zrender/node_modules/',
  ];
  const found = places.map((place) => join(root, 'node_modules', place, name, file)).find(existsSync);
  if (found === undefined) throw new Error(`${name} has no ${file}`);
  return found;
}
