import { MixtuneError } from '../../../core/errors.ts';
import { replacePlainFile } from '../../../models/plain-file.ts';
import { simulatedSuffix } from '../../../report/format.ts';
import { pageDocument } from '../../../report/page-document.ts';
import { type ReportAnswers, reportParts } from '../../../report/report-parts.ts';
import { lockOwner } from '../../../run/folder/run-lock.ts';
import type { CliContext } from '../../context.ts';
import { openRunViews } from './run-views.ts';

export const reportName = 'report.html';

export interface ReportOptions {
  readonly answers: ReportAnswers;
  /** Says what each run was worth too, which takes seconds. */
  readonly withWhy: boolean;
}

/** The page without data. @throws MixtuneError where it is not built */
export async function builtPage(context: CliContext): Promise<string> {
  const page = await context.readPage?.();
  if (page !== undefined) return page;
  throw new MixtuneError(
    'page-not-built',
    'The page is not built in this checkout: run `npm run build` first',
  );
}

/** Writes one HTML file that shows runs and needs nothing else, whole or not at all. */
export async function writeReport(
  context: CliContext,
  folders: readonly string[],
  file: string,
  { answers, withWhy }: ReportOptions,
): Promise<void> {
  const template = await builtPage(context);
  const opened = [];
  try {
    for (const folder of folders) {
      const working = (await lockOwner(folder))?.working === true;
      opened.push({ ...(await openRunViews(context, folder)), working });
    }
    const runs = opened.map(({ record, views, working }) => ({ record, views, working, withWhy }));
    const names = opened.map(({ manifest }) => manifest.run);
    const simulated = opened.some(({ manifest }) => manifest.simulated);
    const html = pageDocument({
      template,
      title: `${names.join(', ')}${simulatedSuffix(simulated)} - mixtune`,
      connects: 'nowhere',
      parts: await reportParts(runs, answers, context.version),
    });
    replacePlainFile(file, html);
  } finally {
    for (const { close } of opened) close();
  }
}
