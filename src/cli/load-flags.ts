import { InvalidArgumentError } from 'commander';
import { defined } from '../core/defined.ts';
import type { ServerLoadOptions } from '../sim/index.ts';
import { type OptionsOf, value } from './command-line.ts';
import { parseCountFrom, parseFactor } from './option-values.ts';

/** The size of the server that simulated models answer on. */
export const serverFlags = {
  slots: value('<n>', 'calls served at once; others wait (default: no limit)', parseCountFrom(1)),
  load: value(
    '<share>',
    'how much slower each further call makes all, e.g. 0.02 (default: none)',
    parseFactor,
  ),
  rpm: value('<n>', 'calls a minute; more are refused with 429', parseCountFrom(1)),
  tpm: value('<n>', 'input and output tokens a minute; more are refused with 429', parseCountFrom(1)),
};

/** What the options say; `undefined` where they say nothing. */
export function serverLoadOf({
  slots,
  load,
  rpm,
  tpm,
}: OptionsOf<typeof serverFlags>): ServerLoadOptions | undefined {
  const options = defined({ slots, growth: load, requestsPerMinute: rpm, tokensPerMinute: tpm });
  return Object.keys(options).length === 0 ? undefined : options;
}

/** For jobs whose models are simulated in this process. */
export const simLoadFlags = {
  simLoad: value(
    '<slots=…,load=…,rpm=…,tpm=…>',
    'simulated models answer on a server of this size (see `mixtune sim --help`)',
    parseSimLoad,
  ),
};

/** `slots=32,load=0.02,rpm=600,tpm=200k`; all may be left out but one. */
export function parseSimLoad(text: string): ServerLoadOptions {
  const found: { [name in keyof typeof serverFlags]?: number } = {};
  for (const part of text.split(',')) {
    const [name = '', amount = ''] = part.split('=').map((piece) => piece.trim());
    if (name === 'load') found.load = parseFactor(amount);
    else if (name === 'slots' || name === 'rpm' || name === 'tpm') found[name] = parseCountFrom(1)(amount);
    else throw new InvalidArgumentError(`Expected slots=, load=, rpm= or tpm=, found "${part}".`);
  }
  return serverLoadOf(found) as ServerLoadOptions;
}
