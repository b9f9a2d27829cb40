import { InvalidArgumentError } from 'commander';
import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import {
  changeKeys,
  hashOfKey,
  type KeyEntry,
  keyNameExpected,
  keyNamePattern,
  makeKey,
  readKeys,
} from '../../serve/keys.ts';
import { defineCommand } from '../command.ts';
import { argument, argumentOr, type OptionsOf, value } from '../command-line.ts';
import type { CliContext } from '../context.ts';
import { jsonFlags } from '../flags.ts';
import { parseCountFrom, parseUsd } from '../option-values.ts';
import { keysFile, keysFlags } from '../wiring/serve/serve-keys.ts';

const flags = {
  rpm: value('<n>', 'requests in a minute', parseCountFrom(1)),
  tpm: value('<n>', 'input and output tokens in a minute, e.g. 200k', parseCountFrom(1)),
  usdDay: value('<x>', 'US dollars in a day (UTC)', parsePositiveUsd),
  models: value('<a,b,…>', 'models that it may ask for (default: all)', parseModelNames),
  ...keysFlags,
  ...jsonFlags,
};
type KeyOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Makes, lists and removes the keys with which clients ask a server. A new key is shown once; what is kept is its SHA-256. A running server takes a changed list within a second.',
  arguments: [argument('add|list|remove', 'what to do'), argumentOr('name', 'whose key', '')],
  flags,
  examples: ['mixtune serve key add website --rpm 60 --usd-day 5', 'mixtune serve key remove website'],
  run: async ([action, name], options, context) => {
    const file = keysFile(context, options.keys);
    if (action === 'list') return list(readKeys(file) ?? [], options, context);
    if (action !== 'add' && action !== 'remove') {
      throw new InputError('serve key', { expected: 'add, list or remove', found: `"${action}"` });
    }
    if (!keyNamePattern.test(name)) {
      const expected = `a name of ${keyNameExpected}`;
      throw new InputError('name', { expected, found: JSON.stringify(name) });
    }
    return action === 'add' ? add(file, name, options, context) : remove(file, name, context);
  },
});

function add(file: string, name: string, options: KeyOptions, context: CliContext): number {
  const made = makeKey();
  const { rpm, tpm, usdDay, models } = options;
  changeKeys(file, (known) => {
    if (known.some((entry) => entry.name === name))
      throw oddName('a name that is not taken (remove it first)', name);
    return [...known, { name, sha256: hashOfKey(made), ...defined({ rpm, tpm, usdDay, models }) }];
  });
  if (options.json === true) context.stdout.json({ name, key: made, file });
  else {
    context.stdout.line(made);
    context.notice(`the key of "${name}", shown this once; ${file} holds its SHA-256`);
  }
  return exitCodes.done;
}

function remove(file: string, name: string, context: CliContext): number {
  changeKeys(file, (known) => {
    if (!known.some((entry) => entry.name === name)) throw oddName(`a name in ${file}`, name);
    return known.filter((entry) => entry.name !== name);
  });
  context.notice(`removed "${name}" from ${file}`);
  return exitCodes.done;
}

function oddName(expected: string, name: string): InputError {
  return new InputError('name', { expected, found: `"${name}"` });
}

function list(known: readonly KeyEntry[], { json }: KeyOptions, { stdout }: CliContext): number {
  const shown = known.map(({ sha256: _hash, ...entry }) => entry);
  if (json === true) stdout.json(shown);
  else for (const entry of shown) stdout.line(JSON.stringify(entry));
  return exitCodes.done;
}

function parsePositiveUsd(text: string): number {
  const usd = parseUsd(text);
  if (!(usd > 0)) throw new InvalidArgumentError('Expected an amount above 0.');
  return usd;
}

function parseModelNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === ''))
    throw new InvalidArgumentError('Expected names such as best,mixtune/3fa9c1.');
  return [...new Set(names)];
}
