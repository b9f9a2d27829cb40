import { resolve } from 'node:path';
import { unwrap } from '../../../core/result.ts';
import { type SpeedProfile, shippedProfiles, speedOf } from '../../../domain/speed-profile.ts';
import type { ModelCard } from '../../../models/chat-model.ts';
import { providerOf } from '../../../models/router.ts';
import { readSpeedProfiles } from '../../../models/speed-profile-file.ts';
import type { CliContext } from '../../context.ts';

/** Where measured speed profiles are kept: beside the runs. */
export function speedProfileFile(context: CliContext, runsDir: string): string {
  return resolve(context.cwd, runsDir, 'speed-profiles.json');
}

/** Profiles measured here, then those that come with mixtune. @throws InputError for a damaged file. */
export function allProfiles(context: CliContext, runsDir: string): readonly SpeedProfile[] {
  const measured = unwrap(readSpeedProfiles(speedProfileFile(context, runsDir)));
  const names = new Set(measured.map(({ name }) => name));
  return [...measured, ...shippedProfiles.filter(({ name }) => !names.has(name))];
}

/** Name under which the speeds of a model's place are kept: its provider, or the host of the base URL. */
export function placeOf(model: string, baseUrl: string | undefined): string {
  const provider = providerOf(model);
  if (provider !== 'openai' || baseUrl === undefined) return provider;
  // An address of version 6 has brackets and may begin with colons, which names of profiles do not.
  return new URL(baseUrl).host.replaceAll(/[[\]]/g, '').replace(/^:+/, '');
}

/** Adds what was measured of a model's speed where it runs, for forecasts. A damaged file adds nothing. */
export function withMeasuredSpeeds(
  context: CliContext,
  options: { readonly runsDir?: string; readonly baseUrl?: string },
): (card: ModelCard | undefined) => ModelCard | undefined {
  const { runsDir, baseUrl } = options;
  if (runsDir === undefined) return (card) => card;
  const read = readSpeedProfiles(speedProfileFile(context, runsDir));
  const measured = read.ok ? read.value : [];
  return (card) => {
    // Simulated models keep the speeds that they are simulated with.
    if (card === undefined || card.simulated) return card;
    const profile = measured.find(({ name }) => name === placeOf(card.name, baseUrl));
    const { firstTokenMs = null, tokensPerSecond = null } =
      profile === undefined ? {} : (speedOf(profile, card.name) ?? {});
    return firstTokenMs === null || tokensPerSecond === null
      ? card
      : { ...card, speed: { firstTokenMs, tokensPerSecond } };
  };
}
