import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { messageOf } from '../../../core/errors.ts';
import { pageDocument } from '../../../report/page-document.ts';
import { lockOwner } from '../../../run/folder/run-lock.ts';
import { RunShelf } from '../../../ui/run-shelf.ts';
import { startUiServer } from '../../../ui/server.ts';
import type { CliContext } from '../../context.ts';
import { askToStop } from '../jobs/stopping.ts';
import { openLeaderboards } from '../leaderboard.ts';
import { portTaken } from '../serve/port-taken.ts';
import { openTask } from '../tasks/tasks.ts';
import { builtPage } from './report.ts';
import { placeOfRun } from './run-views.ts';
import { type OpenWorkbench, openWorkbench, type WorkbenchFlags } from './workbench.ts';

export interface UiOptions {
  readonly port: number;
  readonly host: string;
  /** Where the runs' folders lie. */
  readonly runsFolder: string;
  /** What the workbench may ask. */
  readonly workbench: WorkbenchFlags;
}

export interface OpenUi {
  /** With its token; to be shown to the user only. */
  readonly url: string;
  /** Shows the page in the user's browser. @param run opened at it */
  show(run: string | undefined): void;
  close(): Promise<void>;
}

/** Serves the page of the runs in a folder. */
export async function openUi(
  context: CliContext,
  { port, host, runsFolder, workbench }: UiOptions,
): Promise<OpenUi> {
  const template = await builtPage(context);
  const token = randomBytes(24).toString('base64url');
  const placeOf = (folder: string) => placeOfRun(context, folder);
  let bench: Promise<OpenWorkbench> | undefined;
  const server = await startUiServer({
    workbench: async () => {
      bench ??= openWorkbench(context, { ...workbench, runsDir: runsFolder });
      try {
        return (await bench).workbench;
      } catch (error) {
        // A key or server that is missing may be there next time.
        bench = undefined;
        throw error;
      }
    },
    ...{ port, host, token, clock: context.clock },
    page: pageDocument({ template, title: 'mixtune', connects: 'to its server', parts: [] }),
    shelf: new RunShelf({ runsFolder, version: context.version, placeOf }),
    leaderboards: openLeaderboards(context, runsFolder),
    namedTask: async () => {
      const { task } = workbench;
      // What is wrong with it is said by the workbench.
      const opened = task === undefined ? undefined : await openTask(context, task).catch(() => undefined);
      return opened?.task.name;
    },
    stopRun: async (folder) => {
      const owner = await lockOwner(folder);
      if (owner?.working !== true) return false;
      askToStop(basename(folder), owner);
      return true;
    },
    onBug: (error) => context.notice(`unexpected error: ${messageOf(error)}`),
  }).catch(portTaken);
  const url = `${server.url}#token=${token}`;
  const shown: string[] = [];
  return {
    url,
    show: (run) => {
      const { folder, file } = leadTo(addressOf(url, run));
      shown.push(folder);
      context.showInBrowser?.(file);
    },
    close: async () => {
      for (const folder of shown) rmSync(folder, { recursive: true, force: true });
      await server.close();
      await (await bench?.catch(() => undefined))?.close();
    },
  };
}

/** The page's address, opened at a run. */
export function addressOf(url: string, run: string | undefined): string {
  return run === undefined ? url : `${url}/${run}/front`;
}

/** Everybody on this machine can read with what a browser was started, so the token goes by way of a file. */
function leadTo(address: string): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mixtune-ui-'));
  const file = join(folder, 'open.html');
  const html = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${address}"><title>mixtune</title>`;
  writeFileSync(file, html, { mode: 0o600, flag: 'wx' });
  return { folder, file };
}
