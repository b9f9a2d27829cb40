import { exitCodes } from '../../core/errors.ts';
import { describePythonTiers } from '../../grading/sandbox/index.ts';
import { providers } from '../../models/index.ts';
import { type CliContext, writeJson, writeLine } from '../context.ts';
import type { JsonOption } from '../options.ts';

/** What this machine offers, and what to do about what it lacks. Keys are told by name only. */
export async function doctor(options: JsonOption, context: CliContext): Promise<number> {
  const tiers = await describePythonTiers();
  const sandbox = tiers.find((tier) => tier.available);
  const keys = providers
    .flatMap(({ name, apiKeyEnv }) => (apiKeyEnv === null ? [] : [{ provider: name, variable: apiKeyEnv }]))
    .map((each) => ({ ...each, found: (context.env[each.variable] ?? '') !== '' }));
  const found = keys.filter((key) => key.found);
  if (options.json === true) {
    writeJson(context.stdout, {
      node: process.version,
      sandbox: { used: sandbox?.tier ?? null, tiers },
      keys,
    });
    return sandbox === undefined ? exitCodes.failed : exitCodes.done;
  }
  writeLine(context.stdout, `Node.js          ${process.version} (20.19 or later is needed)`);
  for (const { tier, available, reason } of tiers) {
    const state = tier === sandbox?.tier ? 'used' : available ? 'available' : 'not available';
    const why = available || reason === undefined ? '' : `: ${reason.split('\n')[0]}`;
    writeLine(context.stdout, `Python sandbox   ${tier}: ${state}${why}`);
  }
  if (sandbox === undefined) {
    writeLine(context.stdout, '                 No code can be graded here; the reasons are above.');
  }
  const names = found.map((key) => `${key.provider} (${key.variable})`).join(', ');
  writeLine(context.stdout, `Keys found       ${names === '' ? 'none' : names}`);
  if (found.length === 0) {
    writeLine(
      context.stdout,
      '                 Simulated models are used until a key is set (mixtune models lists the variables) or --base-url is given.',
    );
  }
  return sandbox === undefined ? exitCodes.failed : exitCodes.done;
}
