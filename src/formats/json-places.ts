import type { ValuePath } from '../domain/validation.ts';

interface Frame {
  readonly keys: Set<string> | undefined;
  step: string | number;
  /** An object's next string is a key; a list's next value begins the item. */
  isNext: boolean;
}

/** A member or item of a JSON text: the frames around it (alive: read them before going on) and where it begins. */
interface Place {
  readonly frames: readonly Frame[];
  readonly offset: number;
  readonly isRepeated: boolean;
}

/** Every member and item of a text that `JSON.parse` takes, in order. */
function* placesOf(text: string): Generator<Place, void> {
  const frames: Frame[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (/\s/.test(char)) continue;
    const frame = frames.at(-1);
    if (frame?.keys === undefined && frame?.isNext === true && char !== ']') {
      frame.isNext = false;
      yield { frames, offset: at, isRepeated: false };
    }
    if (char === '{' || char === '[') {
      frames.push({ keys: char === '{' ? new Set() : undefined, step: 0, isNext: true });
    } else if (char === '}' || char === ']') frames.pop();
    else if (char === ',' && frame !== undefined) {
      frame.isNext = true;
      if (typeof frame.step === 'number') frame.step++;
    } else if (char === '"') {
      const end = endOfString(text, at);
      if (frame?.keys !== undefined && frame.isNext) {
        const key = String(JSON.parse(text.slice(at, end + 1)));
        const isRepeated = frame.keys.has(key);
        frame.keys.add(key);
        frame.step = key;
        frame.isNext = false;
        yield { frames, offset: at, isRepeated };
      }
      at = end;
    }
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
const pathOf = (frames: readonly Frame[]): ValuePath => frames.map(({ step }) => step);

/** 1-based line of the value at a path, or of the nearest value around it. */
export function lineInJson(text: string, path: ValuePath): number {
  let best = { depth: 0, offset: 0 };
  for (const { frames, offset } of placesOf(text)) {
    const depth = frames.length;
    if (depth <= best.depth || depth > path.length) continue;
    if (frames.every(({ step }, index) => step === path[index])) best = { depth, offset };
  }
  return lineAt(text, best.offset);
}

/** What no reader may take: a key that stands twice in one object, or nesting that may exhaust the stack. */
export function faultInJson(
  text: string,
  deepest: number,
): { readonly at: ValuePath; readonly found: string; readonly line: number } | undefined {
  for (const { frames, offset, isRepeated } of placesOf(text)) {
    if (!isRepeated && frames.length <= deepest) continue;
    const found = isRepeated ? 'the same key twice in one object' : `more than ${deepest} levels of nesting`;
    return { at: pathOf(frames).slice(0, 12), found, line: lineAt(text, offset) };
  }
  return undefined;
}
