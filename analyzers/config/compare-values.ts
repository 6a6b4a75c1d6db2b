import { entriesOf, isObject, maxDepth, pointerTo, valueAt, type Document } from '../document/document.ts';

/** Where a value stands in one revision. */
export interface Place {
  documentIndex: number;
  pointer: string;
  value: unknown;
  /** The object or list that holds it. */
  parent: unknown;
}

/** One value at the same structural place in both revisions, and not the same any more. */
export interface Move {
  /** The keys on the way, without positions in lists; the last one names the value. */
  names: readonly string[];
  /** Names the place by structure: list entries by what identifies them, not by their position. */
  label: string;
  before: Place;
  after: Place;
}

/** A key, an entry of a list or a whole document that only one revision has. */
export interface LoneValue {
  names: readonly string[];
  label: string;
  place: Place;
  kind: 'key' | 'entry' | 'document';
  /** Where its parent stands in the other revision. */
  otherParent: Place | undefined;
}

export interface Difference {
  moves: Move[];
  removed: LoneValue[];
  added: LoneValue[];
  /** False: there was more than could be looked at in bounded time. */
  isComplete: boolean;
}

/** More values than people write in one file: beyond it aliases expand, or the file is data. */
const maxValues = 500_000;
/** Longer lists of entries without a name are paired by position. */
const maxMatchedEntries = 200;

interface Walk extends Difference {
  left: number;
  /** In XML one element alone, and the first of several, are written alike. */
  isXml: boolean;
}

interface Spot {
  names: readonly string[];
  label: string;
  before: Place;
  after: Place;
  depth: number;
}

/**
 * What became of every value. Entries of a list are matched by what identifies them (`name`, `id`, …) or by being
 * equal, so that an entry put before them, or another order, moves nothing.
 */
export function compareValues(before: Document, after: Document): Difference {
  const isXml = before.format === 'xml' && after.format === 'xml';
  const walk: Walk = { moves: [], removed: [], added: [], isComplete: true, left: maxValues, isXml };
  const place = (document: Document, index: number): Place => ({
    documentIndex: index,
    pointer: '',
    value: document.documents[index],
    parent: undefined,
  });
  const pairs = pairEntries(before.documents, after.documents, documentIdentity);
  for (const [from, to, identity] of pairs.matched) {
    const label = before.documents.length > 1 ? `[${identity}]` : '';
    compareSpot(walk, { names: [], label, before: place(before, from), after: place(after, to), depth: 0 });
  }
  for (const index of pairs.onlyBefore) {
    walk.removed.push({ ...lone('document'), label: `[document ${index}]`, place: place(before, index) });
  }
  for (const index of pairs.onlyAfter) {
    walk.added.push({ ...lone('document'), label: `[document ${index}]`, place: place(after, index) });
  }
  return walk;
}

function lone(kind: LoneValue['kind']): Pick<LoneValue, 'names' | 'kind' | 'otherParent'> {
  return { names: [], kind, otherParent: undefined };
}

function compareSpot(walk: Walk, spot: Spot): void {
  const { before, after, depth } = spot;
  if (before.value === after.value) return;
  if (--walk.left < 0 || depth > maxDepth) {
    walk.isComplete = false;
    return;
  }
  if (isObject(before.value) && isObject(after.value)) compareObjects(walk, spot, before.value, after.value);
  else if (Array.isArray(before.value) && Array.isArray(after.value)) {
    compareLists(walk, spot, before.value, after.value);
  } else if (walk.isXml && Array.isArray(before.value)) {
    compareLists(walk, spot, before.value, [after.value]);
  } else if (walk.isXml && Array.isArray(after.value)) {
    compareLists(walk, spot, [before.value], after.value);
  } else if (!isSameScalar(before.value, after.value)) {
    walk.moves.push({ names: spot.names, label: spot.label, before, after });
  }
}

// Dates and big integers of TOML are objects or bigints; what they print tells them apart.
function isSameScalar(a: unknown, b: unknown): boolean {
  if (typeof a === 'bigint' || typeof b === 'bigint') return String(a) === String(b) && typeof a === typeof b;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  return Object.is(a, b) || (a === 0 && b === 0);
}

function compareObjects(
  walk: Walk,
  spot: Spot,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): void {
  const inside = (place: Place, key: string, value: unknown): Place => ({
    documentIndex: place.documentIndex,
    pointer: pointerTo(place.pointer, key),
    value,
    parent: place.value,
  });
  const namesOf = (key: string): readonly string[] => [...spot.names, nameOf(key, before, after)];
  for (const [key, value] of Object.entries(before)) {
    const from = inside(spot.before, key, value);
    const label = pointerTo(spot.label, key);
    if (Object.hasOwn(after, key)) {
      const to = inside(spot.after, key, after[key]);
      compareSpot(walk, { names: namesOf(key), label, before: from, after: to, depth: spot.depth + 1 });
    } else
      walk.removed.push({ names: namesOf(key), label, place: from, kind: 'key', otherParent: spot.after });
  }
  for (const [key, value] of Object.entries(after)) {
    if (Object.hasOwn(before, key)) continue;
    const label = pointerTo(spot.label, key);
    const place = inside(spot.after, key, value);
    walk.added.push({ names: namesOf(key), label, place, kind: 'key', otherParent: spot.before });
  }
}

// `{ name: TIMEOUT, value: 30 }` is about a timeout.
function nameOf(
  key: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string {
  if (key !== 'value' && key !== 'default' && key !== 'defaultValue') return key;
  for (const field of ['name', 'key']) {
    const name = before[field];
    if (typeof name === 'string' && name === after[field]) return name;
  }
  return key;
}

function compareLists(walk: Walk, spot: Spot, before: readonly unknown[], after: readonly unknown[]): void {
  const inside = (place: Place, index: number, value: unknown): Place =>
    Array.isArray(place.value)
      ? {
          documentIndex: place.documentIndex,
          pointer: pointerTo(place.pointer, index),
          value,
          parent: place.value,
        }
      : place;
  const pairs = pairEntries(before, after, identityOf);
  for (const [from, to, identity] of pairs.matched) {
    compareSpot(walk, {
      names: spot.names,
      label: `${spot.label}[${identity}]`,
      before: inside(spot.before, from, before[from]),
      after: inside(spot.after, to, after[to]),
      depth: spot.depth + 1,
    });
  }
  const report = (list: LoneValue[], place: Place, otherParent: Place): void => {
    list.push({ names: spot.names, label: `${spot.label}[]`, place, kind: 'entry', otherParent });
  };
  for (const index of pairs.onlyBefore) {
    report(walk.removed, inside(spot.before, index, before[index]), spot.after);
  }
  for (const index of pairs.onlyAfter) {
    report(walk.added, inside(spot.after, index, after[index]), spot.before);
  }
}

interface Pairs {
  matched: (readonly [from: number, to: number, identity: string])[];
  onlyBefore: number[];
  onlyAfter: number[];
}

type Identity = (
  before: readonly unknown[],
  after: readonly unknown[],
) => ((entry: unknown) => string) | undefined;

function pairEntries(before: readonly unknown[], after: readonly unknown[], identity: Identity): Pairs {
  const nameOfEntry = identity(before, after);
  if (nameOfEntry !== undefined) {
    const places = new Map(after.map((entry, index) => [nameOfEntry(entry), index]));
    const pairs: Pairs = { matched: [], onlyBefore: [], onlyAfter: [] };
    const taken = new Set<number>();
    for (const [from, entry] of before.entries()) {
      const name = nameOfEntry(entry);
      const to = places.get(name);
      if (to === undefined) pairs.onlyBefore.push(from);
      else {
        pairs.matched.push([from, to, name]);
        taken.add(to);
      }
    }
    pairs.onlyAfter = [...after.keys()].filter((index) => !taken.has(index));
    return pairs;
  }
  return pairByContent(before, after);
}

/** Takes away what both lists hold; what is left belongs together in its order, the most alike first where counts differ. */
function pairByContent(before: readonly unknown[], after: readonly unknown[]): Pairs {
  const byText = new Map<string, number[]>();
  for (const [index, entry] of after.entries()) {
    const text = textOf(entry);
    const known = byText.get(text);
    if (known === undefined) byText.set(text, [index]);
    else known.push(index);
  }
  for (const indices of byText.values()) indices.reverse();
  const restBefore: number[] = [];
  const alike: (readonly [from: number, to: number, identity: string])[] = [];
  const taken = new Set<number>();
  for (const [index, entry] of before.entries()) {
    const same = byText.get(textOf(entry))?.pop();
    if (same === undefined) restBefore.push(index);
    else {
      taken.add(same);
      if (typeof entry === 'object') alike.push([index, same, String(index)]);
    }
  }
  const restAfter = [...after.keys()].filter((index) => !taken.has(index));
  if (restBefore.length === restAfter.length) {
    const matched = restBefore.map((from, at) => [from, restAfter[at] ?? from, String(from)] as const);
    return { matched: [...alike, ...matched], onlyBefore: [], onlyAfter: [] };
  }
  const rest = pairByLikeness(before, after, restBefore, restAfter);
  return { ...rest, matched: [...alike, ...rest.matched] };
}

function pairByLikeness(
  before: readonly unknown[],
  after: readonly unknown[],
  restBefore: number[],
  restAfter: number[],
): Pairs {
  const pairs: Pairs = { matched: [], onlyBefore: [], onlyAfter: [] };
  const open = new Set(restAfter);
  for (const from of restBefore) {
    let best: number | undefined;
    let most = 0;
    if (restBefore.length <= maxMatchedEntries && restAfter.length <= maxMatchedEntries) {
      for (const to of open) {
        const likeness = likenessOf(before[from], after[to]);
        if (likeness > most) [best, most] = [to, likeness];
      }
    } else if (open.has(from)) best = from;
    if (best === undefined) pairs.onlyBefore.push(from);
    else {
      pairs.matched.push([from, best, String(from)]);
      open.delete(best);
    }
  }
  pairs.onlyAfter = [...open];
  return pairs;
}

function likenessOf(a: unknown, b: unknown): number {
  return entriesOf(a)
    .slice(0, 50)
    .filter(([key, value]) => isObject(b) && Object.hasOwn(b, key) && textOf(b[key]) === textOf(value))
    .length;
}

const identifyingKeys = [
  'name id key metadata hostname host path url topic alert record job_name service domain address',
  'username user email title image containerPort port target pattern prefix',
].flatMap((line) => line.split(' '));

/** The first key whose value tells every entry of both lists apart, and that at least one entry has in common. */
function identityOf(
  before: readonly unknown[],
  after: readonly unknown[],
): ((entry: unknown) => string) | undefined {
  if (before.length === 0 || after.length === 0) return undefined;
  if (![...before, ...after].every(isObject)) return undefined;
  for (const key of identifyingKeys) {
    const read = (entry: unknown): string => {
      const value = isObject(entry) && Object.hasOwn(entry, key) ? entry[key] : undefined;
      const named = key === 'metadata' ? valueAt(value, '/name') : value;
      return typeof named === 'string' || typeof named === 'number' ? `${key}=${named}` : '';
    };
    if (isTellingApart(before, after, read)) return read;
  }
  return undefined;
}

/** Kubernetes objects, and whatever else says its kind and name. */
function documentIdentity(
  before: readonly unknown[],
  after: readonly unknown[],
): ((entry: unknown) => string) | undefined {
  if (before.length === 1 && after.length === 1) return undefined;
  const read = (entry: unknown): string => {
    const parts = ['/kind', '/metadata/namespace', '/metadata/name'].map((pointer) =>
      valueAt(entry, pointer),
    );
    return typeof parts[2] === 'string' ? JSON.stringify(parts) : '';
  };
  return isTellingApart(before, after, read) ? read : undefined;
}

function isTellingApart(
  before: readonly unknown[],
  after: readonly unknown[],
  read: (entry: unknown) => string,
): boolean {
  const [a, b] = [before.map(read), after.map(read)];
  if (a.includes('') || b.includes('')) return false;
  const [known, later] = [new Set(a), new Set(b)];
  return known.size === a.length && later.size === b.length && b.some((name) => known.has(name));
}

/** Enough of a value to tell it from its neighbours, in bounded time; whoever is alike is still compared in full. */
function textOf(value: unknown, budget = { left: 500 }): string {
  if (--budget.left < 0) return '';
  if (Array.isArray(value))
    return `[${value.map((item) => (budget.left > 0 ? textOf(item, budget) : '')).join(',')}]`;
  if (isObject(value) && !(value instanceof Date)) {
    const parts: string[] = [];
    for (const key of Object.keys(value).sort()) {
      if (budget.left <= 0) break;
      parts.push(`${key}=${textOf(value[key], budget)}`);
    }
    return `{${parts.join(',')}}`;
  }
  return `${typeof value}:${String(value)}`;
}
