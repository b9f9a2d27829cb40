import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { partType } from './view-model/document.ts';

export interface PageDocumentOptions {
  /** `dist/page/index.html`. */
  readonly template: string;
  readonly title: string;
  /** Where the page may send requests: nowhere, or to the server that it came from. */
  readonly connects: 'nowhere' | 'to its server';
  /** Data by the name of its part; each becomes JSON. */
  readonly parts: Iterable<readonly [name: string, value: unknown]>;
}

/**
 * The page as one HTML file with its data in it. Its content security policy names script and style by their
 * hashes and forbids everything else, so that a text of a model that got out of its place could do nothing.
 */
export function pageDocument({ template, title, connects, parts }: PageDocumentOptions): string {
  const script = /<script>([\s\S]*)<\/script>/.exec(template)?.[1];
  const style = /<style>([\s\S]*?)<\/style>/.exec(template)?.[1];
  if (script === undefined || style === undefined) throw new Error('the page has no script or no style');
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    ...(connects === 'nowhere' ? [] : ["connect-src 'self'"]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const data = [...parts].map(([name, value]) => partElement(name, value)).join('\n');
  return [
    ['<!--csp-->', `<meta http-equiv="Content-Security-Policy" content="${policy}">`],
    ['<title>mixtune</title>', `<title>${escaped(title)}</title>`],
    ['<!--data-->', data],
  ].reduce((page, [mark = '', text = '']) => page.replace(mark, () => text), template);
}

function partElement(name: string, value: unknown): string {
  return `<script type="${partType}" data-part="${escaped(name)}">${packed(JSON.stringify(value))}</script>`;
}

/** A text as the document holds it. */
export function packed(text: string): string {
  return gzipSync(text, { level: 9 }).toString('base64');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
}
