import { extname, resolve } from 'node:path';
import { callPaths } from '../../../analysis/call-paths.ts';
import { openEvidence } from '../../../analysis/reproduce/run-evidence.ts';
import { InputError } from '../../../core/errors.ts';
import { unwrap } from '../../../core/result.ts';
import { unknownName } from '../../../core/unknown-name.ts';
import { parseYaml } from '../../../core/yaml.ts';
import { modelsOf } from '../../../domain/moa-config.ts';
import { modelNames, type SpeedProfile, speedOf } from '../../../domain/speed-profile.ts';
import { createAnswerExtractor } from '../../../grading/extract.ts';
import { parseSpeedProfile } from '../../../models/speed-profile-file.ts';
import { type ProjectedFront, projectFront } from '../../../report/projection.ts';
import type { OpenRun } from '../../../run/folder/run-folder.ts';
import type { CliContext } from '../../context.ts';
import type { ProjectOptions } from '../../flags.ts';
import { provenanceOfRun } from '../configs/own-runs.ts';
import { readInputFile } from '../library.ts';
import { allProfiles } from '../models/speeds.ts';
import { openTaskOfRun } from '../tasks/tasks.ts';

/** A profile by name or by file. @throws InputError */
async function openProfile(context: CliContext, nameOrFile: string, runsDir: string): Promise<SpeedProfile> {
  if (/^\.(?:ya?ml|json)$/.test(extname(nameOrFile))) {
    const text = await readInputFile(resolve(context.cwd, nameOrFile), nameOrFile);
    return unwrap(parseSpeedProfile(unwrap(parseYaml(text, nameOrFile)).value, nameOrFile));
  }
  const profiles = allProfiles(context, runsDir);
  const names = profiles.map(({ name }) => name);
  const found = profiles.find(({ name }) => name === nameOrFile);
  if (found !== undefined) return found;
  const expected = `a speed profile: one of ${names.join(', ')}, a file, or one made with \`mixtune models probe\``;
  throw unknownName('--project', expected, nameOrFile, names);
}

/**
 * The run's front with latency projected onto the profile that the options name.
 * @param wanted ids of the points to project; the others keep what was measured.
 * @throws InputError where there is no such profile, or the task is not the one that the run had.
 */
export async function projectRun(
  context: CliContext,
  run: OpenRun & { readonly front: NonNullable<OpenRun['front']> },
  options: ProjectOptions & { readonly project: string; readonly runsDir: string },
): Promise<ProjectedFront> {
  const profile = await openProfile(context, options.project, options.runsDir);
  const { manifest } = run;
  const { task } = await openTaskOfRun(context, manifest.task, provenanceOfRun(manifest.run, manifest));
  if (task.hash !== run.manifest.task.hash) {
    throw new InputError(run.manifest.task.folder ?? run.manifest.task.name, {
      expected: `the task as the run saw it (hash ${run.manifest.task.hash.slice(0, 12)}), from which the calls of each answer follow`,
      found: `one that has changed since (${task.hash.slice(0, 12)})`,
    });
  }
  const { front } = run;
  const evidence = await openEvidence(run.folder);
  try {
    const ids = [...new Set([...front.front, ...front.baselines].map(({ id }) => id))];
    const extractAnswer = createAnswerExtractor(task);
    const paths = await callPaths(ids, { evidence, task, extractAnswer });
    return projectFront(front, paths, {
      profile,
      standIns: standInsOf(options.as ?? [], front, profile),
      ...(options.firstToken === undefined ? {} : { assumedFirstTokenMs: options.firstToken * 1000 }),
    });
  } finally {
    evidence.journal.close();
  }
}

/** `sim/sage-70b=llama-3.1-70b` for each model that another one of the profile stands for. */
function standInsOf(
  pairs: readonly string[],
  front: NonNullable<OpenRun['front']>,
  profile: SpeedProfile,
): Map<string, string> {
  const members = [...front.front, ...front.baselines];
  const used = new Set(members.flatMap(({ config }) => modelsOf(config)));
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      const from = pair.slice(0, at);
      const to = pair.slice(at + 1);
      if (used.has(from) && speedOf(profile, to) !== undefined) return [from, to] as const;
      throw new InputError('--as', {
        expected: `MODEL=MODEL: one that the front uses, and one of ${modelNames(profile).join(', ')}`,
        found: JSON.stringify(pair),
      });
    }),
  );
}

/** What `--json` says of a projection. */
export function projectionJson(projected: ProjectedFront, options: ProjectOptions) {
  const { profile, points, unknownModels, unplayable } = projected;
  const { name, source, date = null, simulated = false } = profile;
  return {
    profile: { name, source, date, simulated },
    standIns: options.as ?? [],
    assumedFirstToken: options.firstToken ?? null,
    unknownModels,
    unplayable,
    points: Object.fromEntries(
      [...points].map(([id, { measured, tuning }]) => {
        const { latency, generation, chainedCalls } = tuning;
        return [id, { measured, latency, generation, chainedCalls }];
      }),
    ),
  };
}
