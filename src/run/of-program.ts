import { functionGrader } from '../grading/create-grader.ts';
import type { Manifest } from './types.ts';

/** Revision of a model that is a function of the program that tunes. */
export const functionRevision = 'own';

/** Name of a strategy that is a function of the program that tunes. */
export const functionStrategy = 'own';

/** How a run of a program's own functions goes on: that program calls this. */
export function resumeCall({ run }: Pick<Manifest, 'run'>): string {
  return `tune({ …, run: '${run}', resume: true })`;
}

/** Whether a run calls functions of the program that began it, so that no command can go on with it. */
export function needsProgram({ models = {}, grader, settings }: Manifest): boolean {
  return (
    grader.name === functionGrader ||
    settings.strategy === functionStrategy ||
    Object.values(models).some(({ revision }) => revision === functionRevision)
  );
}
