import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { modelNames, type SpeedProfile, shippedProfiles, speedOf } from '../../src/domain/speed-profile.ts';
import {
  keepSpeedProfile,
  parseSpeedProfile,
  readSpeedProfiles,
} from '../../src/models/speed-profile-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const speed = (tokensPerSecond: number) => ({ firstTokenMs: 100, tokensPerSecond });
const profile: SpeedProfile = {
  name: 'here',
  source: 'a test',
  models: {
    'groq/llama-3.1-8b-instant': speed(1),
    'llama-3.1-8b-instant': speed(2),
    '*llama-3.1-70b*': speed(3),
    'qwen*coder*7b': speed(4),
    'Mixed_Case.Name': speed(5),
    'a*a': speed(6),
  },
};

describe('the speed of a model', () => {
  it.each([
    ['groq/llama-3.1-8b-instant', 1],
    ['other/llama-3.1-8b-instant', 2],
    ['together/meta-llama/Meta-Llama-3.1-70B-Instruct-Turbo', 3],
    ['cerebras/llama3.1-70b', 3],
    ['llama-3.1-70b', 3],
    ['ollama/qwen2.5-coder:7b', 4],
    ['ollama/qwen2.5-coder:7b-q4', undefined],
    ['x/mixed-case-name', 5],
    ['x/a', undefined],
    ['x/aba', 6],
    ['x/llama-3.3-70b', undefined],
    ['x/toString', undefined],
  ])('%s is %s', (model, expected) => {
    expect(speedOf(profile, model)?.tokensPerSecond).toBe(expected);
  });
});

describe('shipped profiles', () => {
  it('say where their figures are from, and leave unknown what nobody published', () => {
    for (const shipped of shippedProfiles) {
      expect(parseSpeedProfile(shipped, 'shipped').ok).toBe(true);
      expect(shipped.source).not.toBe('');
      expect(shipped.date).toBeDefined();
      for (const name of modelNames(shipped)) expect(speedOf(shipped, name)?.note).toBeDefined();
    }
    const wafer = shippedProfiles.find(({ name }) => name === 'wafer-scale') ?? profile;
    expect(speedOf(wafer, 'cerebras/llama3.1-8b')).toMatchObject({
      firstTokenMs: null,
      tokensPerSecond: 1800,
    });
    expect(speedOf(wafer, 'x/Llama-3.1-70B-Instruct')).toMatchObject({
      firstTokenMs: null,
      tokensPerSecond: 450,
    });
    expect(speedOf(wafer, 'cerebras/llama-3.3-70b')).toBeUndefined();
  });
});

describe('the file of measured profiles', () => {
  const file = (): string => join(temporaryFolder('speeds'), 'runs', 'speed-profiles.json');

  it('keeps profiles; models measured anew replace their old figures, others stay', () => {
    const path = file();
    expect(unwrap(readSpeedProfiles(path))).toEqual([]);
    unwrap(
      keepSpeedProfile(path, { name: 'b', source: 's', date: '1', models: { x: speed(1), y: speed(2) } }),
    );
    unwrap(keepSpeedProfile(path, { name: 'a', source: 's', models: { z: speed(9) } }));
    const merged = unwrap(keepSpeedProfile(path, { name: 'b', source: 's2', models: { x: speed(3) } }));
    expect(merged.models).toEqual({ x: speed(3), y: speed(2) });
    expect(unwrap(readSpeedProfiles(path)).map(({ name, source }) => [name, source])).toEqual([
      ['a', 's'],
      ['b', 's2'],
    ]);
  });

  it.each([
    ['{', 'JSON'],
    ['{"version":1,"profiles":[{"name":"a b","source":"s","models":{}}]}', 'profiles.0.name'],
    [
      '{"version":1,"profiles":[{"name":"a","source":"s","models":{"m":{"firstTokenMs":-1,"tokensPerSecond":2}}}]}',
      'profiles.0.models.m.firstTokenMs',
    ],
    [
      '{"version":1,"profiles":[{"name":"a","source":"s","models":{"m":{"firstTokenMs":1,"tokensPerSecond":0}}}]}',
      'tokensPerSecond',
    ],
  ])('that is damaged is named, and never overwritten: %s', (text, told) => {
    const path = join(temporaryFolder('speeds'), 'speed-profiles.json');
    writeFileSync(path, text);
    for (const result of [readSpeedProfiles(path), keepSpeedProfile(path, profile)]) {
      if (result.ok) throw new Error('expected an error');
      expect(result.error.message).toContain(path);
      expect(result.error.message).toContain(told);
    }
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});
