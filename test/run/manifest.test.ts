import { expect, it } from 'vitest';
import { parseManifest } from '../../src/run/folder/manifest-schema.ts';
import { worldManifest } from './world-manifest.ts';

const manifest = JSON.parse(JSON.stringify(worldManifest('ours')));
const withKind = (kind: string, mixtune: unknown) => ({
  ...manifest,
  mixtune,
  space: { ...manifest.space, file: { ...manifest.space.file, stages: { kinds: [kind], max: 3 } } },
});
const said = (value: unknown): string => {
  const parsed = parseManifest(value, 'm.json');
  return parsed.ok ? '' : parsed.error.message;
};

it('names the version that made a run of a stage kind unknown here', () => {
  expect(said(withKind('fuse', '9.1.0'))).toBe('');
  expect(said(withKind('filter', '9.1.0'))).toMatch(
    /found "filter"\nm\.json: expected what this version of mixtune knows, found a run that mixtune 9\.1\.0 made$/,
  );
});

it.each([[undefined], [7], ['\u001b[31m9'], [`9${'.1'.repeat(50)}`]])(
  'says nothing of a version that is none: %j',
  (mixtune) => {
    expect(said(withKind('filter', mixtune))).toContain('found "filter"');
    expect(said(withKind('filter', mixtune))).not.toContain('this version of mixtune');
  },
);
