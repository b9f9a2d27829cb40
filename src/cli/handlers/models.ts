import { exitCodes } from '../../core/errors.ts';
import { knownModels, type ModelCard, modelCard, providers } from '../../models/index.ts';
import { simulatedModels } from '../../models/sim/index.ts';
import { createColors } from '../../report/colors.ts';
import { formatShortCount } from '../../report/format.ts';
import { renderTable } from '../../report/table.ts';
import { type CliContext, wantsColor, widthOf, writeJson, writeLine } from '../context.ts';
import type { JsonOption } from '../options.ts';

export async function models(options: JsonOption, context: CliContext): Promise<number> {
  const listed = providers.map((provider) => ({ ...provider, key: keyStatus(context, provider) }));
  const cards = [...providers.flatMap(({ name }) => knownModels(name).map(modelCard)), ...simulatedModels];
  if (options.json === true) {
    writeJson(context.stdout, { providers: listed, models: cards });
    return exitCodes.done;
  }
  const colors = createColors(wantsColor(context.stdout, context.env));
  const look = { width: widthOf(context.stdout), styleHead: colors.dim };
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
  writeLine(context.stdout, `\n${colors.bold('Models')} (price in US dollars per million tokens)`);
  writeLine(context.stdout, renderTable(modelColumns, cards.map(modelRow), look));
  writeLine(context.stdout, '\nAny other model of a provider works too; its price is then unknown.');
  return exitCodes.done;
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
