import { InvalidArgumentError } from 'commander';
import { suggest } from '../core/suggest.ts';
import { parseBounds } from '../domain/bound-text.ts';
import type { Bounds } from '../domain/bounds.ts';
import { type ObjectiveName, objectiveNames } from '../domain/objective.ts';
import { profileNamePattern } from '../domain/speed-profile.ts';
import { mostRepeats } from '../domain/task.ts';
import { longestCallTimeout } from '../models/limits/call-watch.ts';

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** Of one call, in seconds. */
export function parseCallTimeout(text: string): number {
  const seconds = parseDuration(text);
  if (seconds >= 1 && seconds <= longestCallTimeout) return seconds;
  throw new InvalidArgumentError('Expected 1s to 24h.');
}

/** A time with its unit, since a bare number could mean any: `8h`, `90m`, `1h30m`, `30s`, `500ms`; in seconds. */
export function parseDuration(text: string): number {
  if (/^0+$/.test(text)) return 0;
  if (/^\d+(\.\d+)?$/.test(text)) {
    throw new InvalidArgumentError(`Expected a time with its unit: ${text}s, ${text}m or ${text}h?`);
  }
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    throw new InvalidArgumentError('Expected a time such as 8h, 90m, 1h30m, 30s or 500ms.');
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitSeconds[unit ?? ''] ?? 0), 0);
}

/** A time above 0 in which something can be done, in seconds. */
export function parseTimeLimit(text: string): number {
  const seconds = parseDuration(text);
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError('Expected a time above 0 such as 8h, 90m or 30s.');
}

/** A time with its unit, since a bare number of an age could mean days: `30d`, `12h`; in seconds. */
export function parseAge(text: string): number {
  if (/^[\d.]+$/.test(text))
    throw new InvalidArgumentError('Expected an age with its unit, such as 30d or 12h.');
  return parseDuration(text);
}

const suffixes: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, b: 1e9 };

/** A whole number that is at least 0: `200`, `1_000`, `500k`, `2M`, `1.5M`. */
export function parseCount(text: string): number {
  const match = /^(\d[\d_]*(?:\.\d+)?)([kmgb]?)$/i.exec(text);
  const value = match
    ? Number((match[1] ?? '').replaceAll('_', '')) * (suffixes[(match[2] ?? '').toLowerCase()] ?? 1)
    : Number.NaN;
  // 1.1k is 1100.0000000000002 in floating point.
  const whole = Math.round(value);
  if (!Number.isSafeInteger(whole) || Math.abs(whole - value) > 1e-6) {
    throw new InvalidArgumentError('Expected a whole number such as 200, 500k or 2M.');
  }
  return whole;
}

/** Cells that a search starts on: a count, or `all` for fixed fidelity. */
export function parseStartCells(text: string): number | 'all' {
  if (text === 'all') return 'all';
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('Expected a whole number >= 1 or all.');
  return count;
}

/** A count that must be at least `least`. */
export function parseCountFrom(least: number): (text: string) => number {
  return (text) => {
    const value = parseCount(text);
    if (value < least) throw new InvalidArgumentError(`Expected a whole number from ${least} up.`);
    return value;
  };
}

/** Answers of one config to one question. */
export function parseRepeatsFrom(least: number): (text: string) => number {
  return (text) => {
    const value = parseCount(text);
    if (value >= least && value <= mostRepeats) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${mostRepeats}.`);
  };
}

export function parseSeed(text: string): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('Expected a whole number such as 7.');
  return value;
}

/** US dollars: `5`, `0.50`, `$5`. */
export function parseUsd(text: string): number {
  const match = /^\$?(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) throw new InvalidArgumentError('Expected an amount in US dollars such as 5 or 0.50.');
  return Number(match[1]);
}

/** A number from 0 to 1. */
export function parseShare(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('Expected a number from 0 to 1.');
  return value;
}

/** A factor above 0. */
export function parseFactor(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0)) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}

export function parsePort(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 65_535)) throw new InvalidArgumentError('Expected a port from 0 to 65535.');
  return value;
}

/** Names parted by commas; blanks around them do not count, repeats are taken once. */
export function parseList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '' || /\s/.test(name))) {
    throw new InvalidArgumentError('Expected names parted by commas, such as a,b,c.');
  }
  return [...new Set(names)];
}

export function parseObjectives(text: string): ObjectiveName[] {
  const names = parseList(text).map((name) => {
    const found = objectiveNames.find((known) => known === name);
    if (found !== undefined) return found;
    const meant = suggest(name, objectiveNames);
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
    throw new InvalidArgumentError(`Expected some of ${objectiveNames.join(', ')}, not ${name}.${hint}`);
  });
  if (!names.includes('score')) throw new InvalidArgumentError('Expected score among them.');
  return names;
}

/** `score>=0.8,latency<=3s`. */
export function parseBound(text: string): Bounds {
  const parsed = parseBounds(text);
  if (parsed.ok) return parsed.value;
  const { expected, found } = parsed.error;
  throw new InvalidArgumentError(`Expected ${expected}, found ${found}.`);
}

/** A base URL such as `http://127.0.0.1:8080/v1`, without anything secret in it. */
export function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('Expected a URL such as http://127.0.0.1:8080/v1.');
  }
  // The URL is kept in the run's manifest, where no secret may stand.
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new InvalidArgumentError(
      'Expected a URL without user, password, query or fragment: name the variable that holds the key with --api-key-env.',
    );
  }
  if (/\/chat\/completions\/*$/.test(url.pathname)) {
    throw new InvalidArgumentError(
      'Expected the part of the URL before /chat/completions, such as http://127.0.0.1:8080/v1.',
    );
  }
  return text.replace(/\/+$/, '');
}

/** Whom to tell: a shell command or a webhook. A URL of another kind would be run as a command. */
export function parseNotify(text: string): string {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(text) || isWebhook(text)) return text;
  throw new InvalidArgumentError('Expected a command, or a URL that begins with http:// or https://.');
}

export const isWebhook = (text: string): boolean => /^https?:\/\//i.test(text) && URL.canParse(text);

/** The NAME of an environment variable; refuses what looks like the key itself, without repeating it. */
export function parseVariableName(text: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) {
    throw new InvalidArgumentError('Expected the name of an environment variable, such as MY_API_KEY.');
  }
  return text;
}

/** A run's id: one folder name that cannot lead out of the runs folder. */
export function parseRunId(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)) {
    throw new InvalidArgumentError(
      'Expected letters, digits, dots, hyphens and underscores, starting with a letter or digit.',
    );
  }
  return text;
}

/** The name of a speed profile. */
export function parseProfileName(text: string): string {
  if (!profileNamePattern.test(text)) {
    throw new InvalidArgumentError('Expected a name of letters, digits and . _ : -, such as my-server.');
  }
  return text;
}
