import { bisect } from '../core/bisect.ts';
import { elementAt } from '../core/element-at.ts';
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

const pathOf = (frames: readonly Frame[]): ValuePath => frames.map(({ step }) => step);

interface Node {
  readonly offset: number;
  readonly inner: Map<string | number, Node>;
}

/** Finds the 1-based line of the value at a path, or of the nearest value around it; reads the text once, when first asked. */
export function linesInJson(text: string): (path: ValuePath) => number {
  let root: Node | undefined;
  let lineAt: ((offset: number) => number) | undefined;
  return (path) => {
    root ??= treeOf(text);
    lineAt ??= linesOf(text);
    let node = root;
    for (const step of path) {
      const inner = node.inner.get(step);
      if (inner === undefined) break;
      node = inner;
    }
    return lineAt(node.offset);
  };
}

function treeOf(text: string): Node {
  const root: Node = { offset: 0, inner: new Map() };
  const around = [root];
  for (const { frames, offset } of placesOf(text)) {
    const node: Node = { offset, inner: new Map() };
    around[frames.length - 1]?.inner.set(frames.at(-1)?.step ?? '', node);
    around[frames.length] = node;
  }
  return root;
}

/** The 1-based line of an offset. */
function linesOf(text: string): (offset: number) => number {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return (offset) => bisect(ends.length, (index) => elementAt(ends, index) >= offset) + 1;
}

/** What no reader may take: a key that stands twice in one object, or nesting that may exhaust the stack. */
export function faultInJson(
  text: string,
  deepest: number,
): { readonly at: ValuePath; readonly found: string; readonly line: number } | undefined {
  for (const { frames, offset, isRepeated } of placesOf(text)) {
    if (!isRepeated && frames.length <= deepest) continue;
    const found = isRepeated ? 'the same key twice in one object' : `more than ${deepest} levels of nesting`;
    return { at: pathOf(frames).slice(0, 12), found, line: linesOf(text)(offset) };
  }
  return undefined;
}
