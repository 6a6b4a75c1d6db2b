/**
 * Which parts of two descriptions mean the same because they say the same: equal up to the order of keys and to prose,
 * and so is everything that they refer to. One walk over what is asked about; each referenced part is walked once.
 */
import { isObject } from '../../document/document.ts';
import { placeOfReference, valueAtPlace, type Description, type Place } from './description.ts';

/** Keywords whose children are names of the author, not keywords. */
const maps = new Set([
  'properties',
  'patternProperties',
  'definitions',
  '$defs',
  'dependentSchemas',
  'schemas',
  'parameters',
  'headers',
  'responses',
  'requestBodies',
  'callbacks',
  'content',
  'mapping',
  'variables',
  'paths',
  'webhooks',
  'channels',
  'messages',
  'scopes',
  'encoding',
  'examples',
]);
/** Keywords whose value is data. */
const literals = new Set(['default', 'enum', 'const', 'example', 'x-extensible-enum']);
const prose = new Set(['description', 'summary', 'title', 'externalDocs', 'example', 'examples', 'tags']);
/** Nothing that people write is this deep; YAML's anchors can make a value that never ends. */
const maxDepth = 300;

type Mode = 'keywords' | 'names' | 'data';

export interface ChangedParts {
  /** Whether a value of the one description and a value of the other say the same, and so does all they refer to. */
  isUnchanged(before: unknown, beforeUri: string, after: unknown, afterUri: string): boolean;
  /** The same, without a look at what they refer to; the references come along. */
  referencesIfSame(before: unknown, beforeUri: string, after: unknown): readonly string[] | undefined;
  /** Whether a referenced part differs, by itself or in what it refers to. */
  isReferenceChanged(reference: string, uri: string): boolean;
}

export function findChangedParts(before: Description, after: Description): ChangedParts {
  const explored = new Set<string>();
  const changed = new Set<string>();
  const users = new Map<string, string[]>();

  const markChanged = (start: string): void => {
    const pending = [start];
    for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
      if (changed.has(key)) continue;
      changed.add(key);
      pending.push(...(users.get(key) ?? []));
    }
  };
  const explore = (start: Place): void => {
    const pending = [start];
    for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
      const key = keyOf(place);
      if (explored.has(key)) continue;
      explored.add(key);
      const references: string[] = [];
      const [one, other] = [valueAtPlace(before, place), valueAtPlace(after, place)];
      // What leads nowhere on both sides is no difference between them.
      if (!isSame(one, other, 'keywords', references, 0)) markChanged(key);
      for (const reference of references) {
        const target = placeOfReference(reference, place.uri);
        const targetKey = target && keyOf(target);
        if (target === undefined || targetKey === undefined || changed.has(targetKey)) markChanged(key);
        else {
          const known = users.get(targetKey);
          if (known === undefined) users.set(targetKey, [key]);
          else known.push(key);
          pending.push(target);
        }
      }
    }
  };
  const isReferenceChanged = (reference: string, uri: string): boolean => {
    const place = placeOfReference(reference, uri);
    if (place === undefined) return true;
    explore(place);
    return changed.has(keyOf(place));
  };
  // A component is looked at wherever it is used, and its parts wherever it is.
  const compared = new WeakMap<object, { other: unknown; references: readonly string[] | undefined }>();
  const referencesIfSame = (one: unknown, _: string, other: unknown): readonly string[] | undefined => {
    const known = isObject(one) ? compared.get(one) : undefined;
    if (known !== undefined && known.other === other) return known.references;
    const found: string[] = [];
    const references = isSame(one, other, 'keywords', found, 0) ? found : undefined;
    if (isObject(one)) compared.set(one, { other, references });
    return references;
  };
  return {
    referencesIfSame,
    isReferenceChanged,
    isUnchanged: (one, oneUri, other, otherUri) => {
      if (one === undefined && other === undefined) return true;
      const references = referencesIfSame(one, oneUri, other);
      if (references === undefined) return false;
      if (oneUri !== otherUri && references.length > 0) return false;
      return references.every((reference) => !isReferenceChanged(reference, oneUri));
    },
  };
}

function keyOf({ uri, pointer }: Place): string {
  return `${uri}#${pointer}`;
}

function isSame(one: unknown, other: unknown, mode: Mode, references: string[], depth: number): boolean {
  if (one === other && typeof one !== 'object') return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other;
  if (depth > maxDepth) return false;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    const inner = mode === 'data' ? 'data' : 'keywords';
    for (let index = 0; index < one.length; index++) {
      if (!isSame(one[index], other[index], inner, references, depth + 1)) return false;
    }
    return true;
  }
  if (!isObject(one) || !isObject(other)) return false;
  let kept = 0;
  for (const key in one) {
    if (mode === 'keywords' && isProse(key, one[key])) continue;
    if (!Object.hasOwn(other, key)) return false;
    kept++;
    const value = one[key];
    if (mode === 'keywords' && key === '$ref' && typeof value === 'string') {
      if (other[key] !== value) return false;
      references.push(value);
    } else if (!isSame(value, other[key], modeUnder(mode, key), references, depth + 1)) return false;
  }
  for (const key in other) if (mode !== 'keywords' || !isProse(key, other[key])) kept--;
  return kept === 0;
}

function modeUnder(mode: Mode, key: string): Mode {
  if (mode === 'data') return 'data';
  if (mode === 'names') return 'keywords';
  return literals.has(key) ? 'data' : maps.has(key) ? 'names' : 'keywords';
}

// A property may be called "description"; then it is a schema, and stands under `properties` besides.
function isProse(key: string, value: unknown): boolean {
  if (!prose.has(key)) return false;
  return key === 'description' || key === 'summary' || key === 'title' ? typeof value === 'string' : true;
}
