import { exitCodes } from '../../core/errors.ts';
import type { ModelCard } from '../../models/chat-model.ts';
import { knownModels, modelCard, priceTableSource } from '../../models/prices.ts';
import { type ProviderInfo, providers } from '../../models/provider-list.ts';
import { formatShortCount } from '../../report/format.ts';
import { renderTable, type TableOptions } from '../../report/table.ts';
import { simulatedModels } from '../../sim/index.ts';
import { defineCommand, type OptionsOf } from '../command.ts';
import { type CliContext, colorsOn, tableLook, writeJson, writeLine } from '../context.ts';
import { jsonFlags, modelFlags, offlineFlags, runsFlags } from '../flags.ts';
import { type EndpointReport, lookAround, modelsAt } from '../wiring/endpoints.ts';
import { installedModels, localCards } from '../wiring/local.ts';
import { cardOf, pricedCard } from '../wiring/models.ts';
import { openPrices } from '../wiring/prices.ts';
import { withMeasuredSpeeds } from '../wiring/speeds.ts';

const flags = { ...modelFlags, ...jsonFlags, ...runsFlags, ...offlineFlags };
type ModelsOptions = OptionsOf<typeof flags>;

const modelsCommand = defineCommand({
  description:
    'Lists providers with the state of their keys, the models that endpoints with a key (and those on this machine) serve, and what is known of models: price and speed. Asks endpoints for their lists only; no tokens are used.',
  flags,
  examples: [
    'mixtune models --json',
    'mixtune models --base-url http://127.0.0.1:8080/v1',
    'mixtune models probe --models groq/llama-3.1-8b-instant',
    'mixtune models pull smollm2-135m-instruct',
  ],
  subcommands: [
    { name: 'probe', summary: 'measure how fast models answer', load: () => import('./models-probe.ts') },
    {
      name: 'pull',
      summary: 'fetch a small model that runs on this machine',
      load: () => import('./models-pull.ts'),
    },
    {
      name: 'add-local',
      summary: 'install what runs local models',
      load: () => import('./models-add-local.ts'),
    },
  ],
  run: (_values, options, context) => models(options, context),
});
// By name: tsc leaves the endings of imports inside an "export default" expression as they are.
export default modelsCommand;

/** Models of one endpoint that a table shows; `--json` has them all. */
const shownModels = 40;

async function models(options: ModelsOptions, context: CliContext): Promise<number> {
  const listed = providers.map((provider) => ({ ...provider, key: keyStatus(context, provider) }));
  const list = await openPrices(context, options.prices);
  const priced = (card: ModelCard): ModelCard => pricedCard(card, list?.prices.get(card.name)) ?? card;
  const endpoints = options.offline === true ? [] : await lookAround(context, options);
  const served = endpoints.map((report) => ({
    report,
    cards: servedCards(report, options, context).map(priced),
  }));
  const names = new Set(served.flatMap(({ cards }) => cards.map(({ name }) => name)));
  const local = installedModels(context);
  const known = [
    ...localCards(context, local).values(),
    ...providers.flatMap(({ name }) => knownModels(name).map(modelCard)),
    ...simulatedModels,
  ]
    .map(priced)
    .filter(({ name }) => !names.has(name));
  const all = new Set([...names, ...known.map(({ name }) => name)]);
  for (const name of list?.prices.keys() ?? []) if (!all.has(name)) known.push(priced(modelCard(name)));
  if (options.json === true) {
    const cards = [...served.flatMap((each) => each.cards), ...known];
    writeJson(context.stdout, {
      providers: listed,
      endpoints,
      models: cards,
      prices: { checked: list?.checked ?? priceTableSource.checked },
    });
    return exitCodes.done;
  }
  const colors = colorsOn(context.stdout, context.env);
  const look = tableLook(context);
  printProviders(context, listed, look);
  for (const { report, cards } of served) printServed(context, report, cards, look);
  const when = `price in US dollars per million tokens, as of ${list?.checked ?? priceTableSource.checked}`;
  writeLine(context.stdout, `\n${colors.bold('Known models')} (${when})`);
  writeLine(context.stdout, renderTable(modelColumns, known.map(modelRow), look));
  writeLine(context.stdout, '\nAny other model of a provider works too; its price is then unknown.');
  return exitCodes.done;
}

function printProviders(
  context: CliContext,
  listed: readonly (ProviderInfo & { readonly key: string })[],
  look: TableOptions,
): void {
  const colors = colorsOn(context.stdout, context.env);
  writeLine(context.stdout, colors.bold('Providers'));
  const rows = listed.map(({ name, key, apiKeyEnv, baseUrl }) => ({
    name,
    key: apiKeyEnv === null ? key : `${apiKeyEnv} ${key}`,
    baseUrl,
  }));
  const columns = [
    { key: 'name', head: 'provider' },
    { key: 'key', head: 'key' },
    { key: 'baseUrl', head: 'base URL', cut: true, expendable: 1 },
  ] as const;
  writeLine(context.stdout, renderTable(columns, rows, look));
}

/** What an endpoint that answers serves; one that is not there is left to `mixtune doctor`. */
function printServed(
  context: CliContext,
  { provider, baseUrl, state }: EndpointReport,
  cards: readonly ModelCard[],
  look: TableOptions,
): void {
  if (state.kind !== 'listed') {
    if (state.kind !== 'unreachable') {
      writeLine(context.stdout, `\n${provider} at ${baseUrl} does not say what it serves (${state.status}).`);
    }
    return;
  }
  const colors = colorsOn(context.stdout, context.env);
  writeLine(context.stdout, `\n${colors.bold(`Served by ${provider} at ${baseUrl}`)}`);
  if (cards.length === 0) {
    writeLine(context.stdout, 'nothing');
    return;
  }
  writeLine(context.stdout, renderTable(modelColumns, cards.slice(0, shownModels).map(modelRow), look));
  const more = cards.length - shownModels;
  if (more > 0) writeLine(context.stdout, colors.dim(`… and ${more} more (--json lists all)`));
}

/** What is known of the models that an endpoint lists, with the speeds measured here. */
function servedCards(report: EndpointReport, options: ModelsOptions, context: CliContext): ModelCard[] {
  if (report.state.kind !== 'listed') return [];
  const custom = report.baseUrl === options.baseUrl;
  const measured = withMeasuredSpeeds(context, {
    runsDir: options.runsDir,
    ...(custom ? { baseUrl: report.baseUrl } : {}),
  });
  const simulated = new Set(report.state.models.flatMap((model) => (model.simulated ? [model.id] : [])));
  return modelsAt(report).map((name) => {
    const card = cardOf(name, custom ? report.baseUrl : undefined) ?? modelCard(name);
    return { ...(measured(card) ?? card), simulated: simulated.has(name.slice(name.indexOf('/') + 1)) };
  });
}

function keyStatus(
  context: CliContext,
  provider: (typeof providers)[number],
): 'set' | 'missing' | 'not needed' {
  const set = provider.apiKeyEnv !== null && (context.env[provider.apiKeyEnv]?.trim() ?? '') !== '';
  if (set) return 'set';
  return provider.keyRequired ? 'missing' : 'not needed';
}

function modelRow(card: ModelCard) {
  return {
    name: card.name,
    input: card.price === null ? '?' : `$${card.price.inputPerMillion}`,
    output: card.price === null ? '?' : `$${card.price.outputPerMillion}`,
    speed: card.speed === null ? '?' : `${card.speed.tokensPerSecond} tok/s`,
    firstToken: card.speed === null ? '?' : `${card.speed.firstTokenMs} ms`,
    context: card.contextTokens === null ? '?' : formatShortCount(card.contextTokens),
    description: card.description ?? '',
  };
}

const modelColumns = [
  { key: 'name', head: 'model' },
  { key: 'input', head: 'input', align: 'right' },
  { key: 'output', head: 'output', align: 'right' },
  { key: 'speed', head: 'speed', align: 'right', expendable: 1 },
  { key: 'firstToken', head: 'first token', align: 'right', expendable: 2 },
  { key: 'context', head: 'context', align: 'right', expendable: 3 },
  { key: 'description', head: 'about', cut: true, expendable: 4 },
] as const;
