import { request } from 'node:http';
import { defaultsOf } from '../../src/cli/command-line.ts';
import type { ProcessContext } from '../../src/cli/context.ts';
import { openUi } from '../../src/cli/wiring/page/ui.ts';
import { type WorkbenchFlags, workbenchFlags } from '../../src/cli/wiring/page/workbench.ts';
import { commandContext } from './cli.ts';

/** As much of the page as the server needs. */
export const pageTemplate =
  '<html><head><!--csp--><title>mixtune</title><style>p{}</style></head><body><!--data--><script>1</script></body></html>';

export interface UiUnderTest {
  /** `http://127.0.0.1:8123` */
  readonly base: string;
  readonly token: string;
  /** What is printed: with the token. */
  readonly url: string;
  /** Asks with the token, and with headers that no browser script may set. */
  ask(path: string, changes?: AskOptions): Promise<UiAnswer>;
  close(): Promise<void>;
}

interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface UiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export async function startUi(
  runsFolder: string,
  options: Partial<WorkbenchFlags> = {},
  readPage = async () => pageTemplate,
  changes: Partial<Pick<ProcessContext, 'startSelf' | 'clock'>> = {},
): Promise<UiUnderTest> {
  const context = commandContext({ readPage, ...changes });
  const { url, close } = await openUi(context, {
    ...{ port: 0, host: '127.0.0.1', runsFolder },
    workbench: { ...defaultsOf(workbenchFlags), ...options },
  });
  const [base = '', token = ''] = url.split('/#token=');
  return {
    base,
    token,
    url,
    close,
    ask: (path, { method = 'GET', headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const all = { authorization: `Bearer ${token}`, ...headers };
        const asked = request(`${base}${path}`, { method, headers: all }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece: string) => {
            text += piece;
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          );
        });
        asked.on('error', reject);
        asked.end(body);
      }),
  };
}
