import type { ProviderLoad } from '../domain/load/slowness.ts';
import type { FrontFile } from '../domain/run-result.ts';

/** At what load latencies are told, where calls slowed each other down: a line, or none. */
export function loadText({ slowdown }: { readonly slowdown?: FrontFile['slowdown'] | undefined }): string[] {
  const providers = Object.entries(slowdown ?? {});
  if (providers.length === 0) return [];
  const alone = providers.filter(([, { statedAt }]) => statedAt === 1);
  const busy = providers.filter(([, { statedAt }]) => statedAt > 1);
  return [
    ...(alone.length === 0
      ? []
      : [
          `Latency is that of one user: what the run's own load added, at the server or on this machine, is taken off (${listed(alone)}).`,
        ]),
    ...busy.map(
      ([provider, { statedAt }]) =>
        `Latency of ${provider}/… is that of ${statedAt} calls in flight: there were never few enough to tell one user's.`,
    ),
  ];
}

/** By what their models' names begin with: `openai/…` may be a server of one's own. */
function listed(providers: readonly (readonly [string, ProviderLoad])[]): string {
  return providers
    .map(([provider, { slowest }]) => `${provider}/…: up to ${timesText(slowest)} times as long`)
    .join(', ');
}

/** A server that answers at once takes any number of times as long on a busy machine. */
const mostTold = 100;

function timesText(factor: number): string {
  return factor > mostTold ? `more than ${mostTold}` : factor.toFixed(1);
}
