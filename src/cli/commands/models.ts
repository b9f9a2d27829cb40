import { defined } from '../../core/defined.ts';
import type { ModelCard, ModelPrice } from '../../models/chat-model.ts';
import { knownModels, modelCard, priceTableSource } from '../../models/prices.ts';
import { type ProviderInfo, providers } from '../../models/provider-list.ts';
import { formatShortCount } from '../../report/format.ts';
import type { Look } from '../../report/look.ts';
import { type Column, renderTable } from '../../report/table.ts';
import { simulatedModels } from '../../sim/index.ts';
import { defineCommand } from '../command.ts';
import type { OptionsOf } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import { jsonFlags, modelFlags, offlineFlags, runsFlags } from '../flags.ts';
import { type EndpointReport, lookAround, modelsAt } from '../wiring/models/endpoints.ts';
import { installedModels, localCards } from '../wiring/models/local.ts';
import { cardOf, pricedCard } from '../wiring/models/models.ts';
import { openPrices } from '../wiring/models/prices.ts';
import { withMeasuredSpeeds } from '../wiring/models/speeds.ts';

const flags = { ...modelFlags, ...jsonFlags, ...runsFlags, ...offlineFlags };
type ModelsOptions = OptionsOf<typeof flags>;

export default defineCommand({
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
  run: async (_values, options, context) => {
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
    const file = list && { name: options.prices, checked: list.checked };
    const prices = { checked: priceTableSource.checked, ...defined({ file }) };
    const cards = [...served.flatMap((each) => each.cards), ...known];
    tell(context, options, { providers: listed, endpoints, models: cards, prices }, (look) =>
      [
        look.colors.bold('Providers'),
        renderTable(providerColumns, listed, look),
        ...served.flatMap(({ report, cards }) => servedLines(report, cards, look)),
        `\n${look.colors.bold('Known models')} (price in US dollars per million tokens, as of ${prices.checked}${prices.file === undefined ? '' : `; those of ${prices.file.name} as of ${prices.file.checked}`})`,
        renderTable(modelColumns, known, look),
        '\nAny other model of a provider works too; its price is then unknown.',
      ].join('\n'),
    );
  },
});

/** Models of one endpoint that a table shows; `--json` has them all. */
const shownModels = 40;

/** What an endpoint that answers serves; one that is not there is left to `mixtune doctor`. */
function servedLines(
  { provider, baseUrl, state }: EndpointReport,
  cards: readonly ModelCard[],
  look: Look,
): string[] {
  if (state.kind === 'unreachable') return [];
  if (state.kind !== 'listed')
    return [`\n${provider} at ${baseUrl} does not say what it serves (${state.status}).`];
  const head = `\n${look.colors.bold(`Served by ${provider} at ${baseUrl}`)}`;
  if (cards.length === 0) return [head, 'nothing'];
  const more = cards.length - shownModels;
  return [
    head,
    renderTable(modelColumns, cards.slice(0, shownModels), look),
    ...(more > 0 ? [look.colors.dim(`… and ${more} more (--json lists all)`)] : []),
  ];
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

const providerColumns: readonly Column<ProviderInfo & { readonly key: string }>[] = [
  { head: 'provider', text: ({ name }) => name },
  { head: 'key', text: ({ key, apiKeyEnv }) => (apiKeyEnv === null ? key : `${apiKeyEnv} ${key}`) },
  { head: 'base URL', cut: true, expendable: 1, text: ({ baseUrl }) => baseUrl },
];

const priceColumn = (head: string, name: keyof ModelPrice): Column<ModelCard> => ({
  ...{ head, align: 'right' },
  text: ({ price }) => (price === null ? '?' : `$${price[name]}`),
});

const modelColumns: readonly Column<ModelCard>[] = [
  { head: 'model', text: ({ name }) => name },
  priceColumn('input', 'inputPerMillion'),
  priceColumn('output', 'outputPerMillion'),
  {
    ...{ head: 'speed', align: 'right', expendable: 1 },
    text: ({ speed }) => (speed === null ? '?' : `${speed.tokensPerSecond} tok/s`),
  },
  {
    ...{ head: 'first token', align: 'right', expendable: 2 },
    text: ({ speed }) => (speed === null ? '?' : `${speed.firstTokenMs} ms`),
  },
  {
    ...{ head: 'context', align: 'right', expendable: 3 },
    text: ({ contextTokens }) => (contextTokens === null ? '?' : formatShortCount(contextTokens)),
  },
  { head: 'about', cut: true, expendable: 4, text: ({ description = '' }) => description },
];
