/**
 * Is everything that one schema accepts still accepted by another? The two expanded schemas are walked side by side
 * down to the parts that differ. Each differing keyword ends as one of three:
 *   breaking    a witness was found: ajv confirms, on the whole schemas, that it passed before and does not now; or
 *               json-schema-diff finds a removal in a part that holds nothing but what it supports;
 *   compatible  proved: the keyword is gone or an obvious superset, or json-schema-diff finds no removal in such a part;
 *   unproven    everything else, with the keyword's name. Never silently compatible.
 * The walk descends only through places where "each part is contained" implies "the whole is contained" (properties,
 * items, additionalProperties); a difference under anyOf, oneOf, not or if belongs to that keyword as a whole.
 */
import type { ErrorObject } from 'ajv';
import { entriesOf, isObject, pointerTo } from '../document/document.ts';
import type { Direction } from '../scope.ts';
import { canonical, isSchema, type ExpandedSchema, type Schema, type SchemaObject } from './expand-schema.ts';
import { findsRemoval } from './second-opinion.ts';
import { edgeValues, sampleAround, type Step } from './sample-values.ts';

/** One side of a comparison: its expanded form, and how a value is checked against it. */
export interface ComparedSchema {
  expanded: ExpandedSchema;
  /** ajv on the schema as written; undefined when it does not compile, so that nothing can be confirmed. */
  errorsOf: ((value: unknown) => readonly ErrorObject[]) | undefined;
}

export interface Difference {
  outcome: 'breaking' | 'unproven';
  keyword: string;
  /** The property that it is about, for `required`, `properties` and the like. */
  name?: string;
  /** Where in an instance; `*` stands for every element. */
  place: string;
  /** Pointers into the documents: the keyword where it is written, otherwise the schema object that it is missing from. */
  afterPointer: string;
  beforePointer: string;
  /** Who is hurt: consumers send what is refused now, or receive what they refuse. */
  direction: 'consumed' | 'produced';
  witness?: unknown;
}

const maxCandidates = 300;
/** A rewrite that differs in more places than these is one for a person, and is not searched any further. */
const maxSearches = 500;

/** Compares in the direction(s) given; `consumed` is what others send to the service, `produced` what it sends to them. */
export async function compareSchemas(
  before: ComparedSchema,
  after: ComparedSchema,
  direction: Direction,
): Promise<Difference[]> {
  if (canonical(before.expanded.schema) === canonical(after.expanded.schema)) return [];
  const differences: Difference[] = [];
  if (direction !== 'produced') {
    for (const found of await compareOneWay(before, after)) {
      differences.push(toDifference(found, 'consumed', before, after));
    }
  }
  if (direction !== 'consumed') {
    const removed = removedProperties(before, after);
    const isRemoved = (pair: Pair, name: string | undefined) =>
      removed.some((other) => other.name === name && canonical(other.pair.steps) === canonical(pair.steps));
    for (const found of [...removed, ...(await compareOneWay(after, before))]) {
      const isRepeat = !removed.includes(found) && isRemoved(found.pair, found.name);
      if (!isRepeat) differences.push(toDifference(found, 'produced', before, after));
    }
  }
  return differences;
}

/** Properties that consumers could read and that are no longer promised, whether or not they were required. */
function removedProperties(before: ComparedSchema, after: ComparedSchema): Found[] {
  const found: Found[] = [];
  for (const pair of differingPairs(after.expanded.schema, before.expanded.schema, [])) {
    const [later, earlier] = [pair.accepting, pair.rejecting];
    if (!isObject(later) || !isObject(earlier)) continue;
    for (const [name, schema] of entriesOf(earlier['properties'])) {
      if (schema === false || propertyOf(later, name) !== undefined) continue;
      found.push({ keyword: 'properties', name, pair, outcome: 'breaking' });
    }
  }
  return found;
}

/** A pair of schema objects at the same place whose own keywords differ. */
interface Pair {
  accepting: Schema;
  rejecting: Schema;
  steps: readonly Step[];
}

interface Suspect {
  keyword: string;
  name?: string;
}

interface Found extends Suspect {
  pair: Pair;
  outcome: 'breaking' | 'unproven';
  witness?: unknown;
}

async function compareOneWay(accepting: ComparedSchema, rejecting: ComparedSchema): Promise<Found[]> {
  const found: Found[] = [];
  let unexplained: Found | undefined;
  let searches = 0;
  for (const pair of differingPairs(accepting.expanded.schema, rejecting.expanded.schema, [])) {
    const suspects = suspectsOf(pair);
    if (suspects.length === 0) continue;
    if (++searches > maxSearches) {
      found.push(...suspects.map((suspect): Found => ({ ...suspect, pair, outcome: 'unproven' })));
      continue;
    }
    const { witnesses, stray } = findWitnesses(pair, suspects, accepting, rejecting);
    if (stray !== undefined) unexplained ??= { pair, outcome: 'breaking', ...stray };
    for (const suspect of suspects) {
      const witness = witnesses.get(labelOf(suspect));
      if (witness !== undefined) {
        const outcome = isNewlyRead(suspect, pair) ? 'unproven' : 'breaking';
        found.push({ ...suspect, pair, outcome, witness: witness.value });
        continue;
      }
      const removal = await findsRemoval(pair.accepting, pair.rejecting, suspect.keyword);
      if (removal === 'none') continue;
      found.push({ ...suspect, pair, outcome: removal === 'found' ? 'breaking' : 'unproven' });
    }
  }
  // A confirmed witness counts even when the walk cannot say which keyword it is about.
  if (unexplained !== undefined && !found.some(({ witness }) => witness !== undefined))
    found.push(unexplained);
  return found;
}

function* differingPairs(accepting: Schema, rejecting: Schema, steps: readonly Step[]): Generator<Pair> {
  if (canonical(accepting) === canonical(rejecting)) return;
  if (typeof accepting === 'boolean' || typeof rejecting === 'boolean') {
    if (accepting !== false && rejecting !== true) yield { accepting, rejecting, steps };
    return;
  }
  yield { accepting, rejecting, steps };
  for (const [name, schema] of entriesOf(accepting['properties'])) {
    const other = propertyOf(rejecting, name);
    if (isSchema(schema) && other !== undefined) {
      yield* differingPairs(schema, other, [...steps, { property: name }]);
    }
  }
  for (const keyword of descended) {
    const [one, other] = [accepting[keyword], rejecting[keyword]];
    if (!isObject(one) || !isObject(other)) continue;
    const step: Step = keyword === 'items' ? 'element' : { property: unlistedName(accepting, rejecting) };
    yield* differingPairs(one, other, [...steps, step]);
  }
}

const descended: readonly string[] = ['items', 'additionalProperties'];
/** Keywords that only ever refuse: where the rejecting side has none of them, it refuses no more than before. */
const onlyRefuse = new Set([
  ...['type', 'enum', 'const', 'not', 'allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', 'format'],
  ...['multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'],
  ...['maxLength', 'minLength', 'pattern', 'items', 'additionalItems', 'maxItems', 'minItems', 'uniqueItems'],
  ...['contains', 'maxContains', 'maxProperties', 'minProperties', 'required', 'additionalProperties'],
  ...['propertyNames', 'dependencies', 'dependentRequired', 'dependentSchemas'],
]);

/** The keywords at this very pair by which the rejecting side may refuse something that the accepting side takes. */
function suspectsOf({ accepting, rejecting }: Pair): Suspect[] {
  if (typeof accepting === 'boolean' || typeof rejecting === 'boolean') {
    if (rejecting === false) return [{ keyword: 'false' }];
    return isObject(rejecting) ? suspectsOf({ accepting: {}, rejecting, steps: [] }) : [];
  }
  const suspects = suspectProperties(accepting, rejecting);
  for (const keyword of new Set([...Object.keys(accepting), ...Object.keys(rejecting)])) {
    const [one, other] = [accepting[keyword], rejecting[keyword]];
    if (keyword === 'properties' || canonical(one) === canonical(other)) continue;
    if (keyword === 'required') suspects.push(...addedNames(one, other).map((name) => ({ keyword, name })));
    else if (descended.includes(keyword) && isObject(one) && isObject(other)) continue;
    else if (other === undefined && onlyRefuse.has(keyword)) continue;
    else if (!isSuperset(keyword, one, other)) suspects.push({ keyword });
  }
  // What counts as unevaluated depends on every other keyword of the object.
  const unevaluated = ['unevaluatedProperties', 'unevaluatedItems'].filter(
    (name) => rejecting[name] !== undefined,
  );
  const isElsewhere = (name: string) => !suspects.some(({ keyword }) => keyword === name);
  if (hasOwnDifference(accepting, rejecting)) {
    suspects.push(...unevaluated.filter(isElsewhere).map((keyword) => ({ keyword })));
  }
  return suspects;
}

function hasOwnDifference(one: SchemaObject, other: SchemaObject): boolean {
  const names = (schema: SchemaObject) =>
    canonical(
      entriesOf(schema['properties'])
        .map(([name]) => name)
        .sort(),
    );
  const rest = (schema: SchemaObject) =>
    canonical(Object.fromEntries(entriesOf(schema).filter(([keyword]) => keyword !== 'properties')));
  return names(one) !== names(other) || rest(one) !== rest(other);
}

// A property on one side only meets whatever the other side says about properties that it does not list.
function suspectProperties(accepting: SchemaObject, rejecting: SchemaObject): Suspect[] {
  const listed = (schema: SchemaObject) => entriesOf(schema['properties']).map(([name]) => name);
  const suspects: Suspect[] = [];
  for (const name of listed(accepting)) {
    const isOpen = ['additionalProperties', 'patternProperties', 'unevaluatedProperties'].every(
      (keyword) => rejecting[keyword] === undefined,
    );
    if (propertyOf(rejecting, name) === undefined && !isOpen) suspects.push({ keyword: 'properties', name });
  }
  for (const name of listed(rejecting)) {
    if (propertyOf(accepting, name) !== undefined || propertyOf(rejecting, name) === true) continue;
    const isClosed =
      accepting['additionalProperties'] === false && accepting['patternProperties'] === undefined;
    if (!isClosed) suspects.push({ keyword: 'properties', name });
  }
  return suspects;
}

/**
 * In an open object a name that was not listed could hold anything, so listing it refuses something in theory. People
 * add properties that way every day: it asks for a second look and does not block.
 */
function isNewlyRead(suspect: Suspect, { accepting }: Pair): boolean {
  if (suspect.keyword !== 'properties' || suspect.name === undefined || !isObject(accepting)) return false;
  return propertyOf(accepting, suspect.name) === undefined;
}

function addedNames(before: unknown, after: unknown): string[] {
  const known = new Set(Array.isArray(before) ? before : []);
  return (Array.isArray(after) ? after : []).filter(
    (name): name is string => typeof name === 'string' && !known.has(name),
  );
}

const lowerBounds = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const upperBounds = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];

/** Containment that can be read off the two values of one keyword. */
function isSuperset(keyword: string, one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') {
    if (lowerBounds.includes(keyword)) return other <= one;
    if (upperBounds.includes(keyword)) return other >= one;
    const areWhole = Number.isInteger(one) && Number.isInteger(other) && other > 0;
    return keyword === 'multipleOf' && areWhole && one % other === 0;
  }
  if (keyword === 'type') {
    const allowed = new Set([other].flat());
    return [one].flat().every((type) => allowed.has(type) || (type === 'integer' && allowed.has('number')));
  }
  if (keyword !== 'enum' || !Array.isArray(one) || !Array.isArray(other)) return false;
  const allowed = new Set(other.map(canonical));
  return one.every((value) => allowed.has(canonical(value)));
}

interface Witnesses {
  /** By the label of the suspect that ajv blames. */
  witnesses: Map<string, { value: unknown }>;
  /** A confirmed witness for something else. */
  stray?: { keyword: string; witness: unknown };
}

function findWitnesses(
  pair: Pair,
  suspects: readonly Suspect[],
  accepting: ComparedSchema,
  rejecting: ComparedSchema,
): Witnesses {
  const result: Witnesses = { witnesses: new Map() };
  const [accepts, rejects] = [accepting.errorsOf, rejecting.errorsOf];
  if (accepts === undefined || rejects === undefined) return result;
  const place = pair.steps.map((step) => (step === 'element' ? '/0' : pointerTo('', step.property))).join('');
  let tried = 0;
  for (const value of edgeValues(pair.accepting, pair.rejecting)) {
    if (++tried > maxCandidates || result.witnesses.size === suspects.length) break;
    const candidate = sampleAround(accepting.expanded.schema, pair.steps, value);
    const errors = rejects(candidate);
    if (errors.length === 0 || accepts(candidate).length > 0) continue;
    const here = errors.filter(({ instancePath }) => `${instancePath}/`.startsWith(`${place}/`));
    const blamed = suspects.filter((suspect) => here.some((error) => isAbout(error, suspect)));
    for (const suspect of blamed) {
      if (!result.witnesses.has(labelOf(suspect)))
        result.witnesses.set(labelOf(suspect), { value: candidate });
    }
    const [first] = errors;
    if (blamed.length === 0 && first !== undefined)
      result.stray ??= { keyword: first.keyword, witness: candidate };
  }
  return result;
}

function isAbout(error: ErrorObject, suspect: Suspect): boolean {
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (suspect.keyword) {
    case 'required':
      return params['missingProperty'] === suspect.name;
    case 'properties':
      return (
        params['additionalProperty'] === suspect.name ||
        params['unevaluatedProperty'] === suspect.name ||
        error.instancePath.split('/').includes(suspect.name ?? '')
      );
    case 'enum':
      return error.keyword === 'enum' || error.keyword === 'const';
    case 'false':
      return error.keyword === 'false schema';
    default:
      return error.keyword === suspect.keyword || error.schemaPath.split('/').includes(suspect.keyword);
  }
}

function labelOf(suspect: Suspect): string {
  return `${suspect.keyword}:${suspect.name ?? ''}`;
}

function toDifference(
  { pair, keyword, name, outcome, witness }: Found,
  direction: 'consumed' | 'produced',
  before: ComparedSchema,
  after: ComparedSchema,
): Difference {
  const [earlier, later] =
    direction === 'consumed' ? [pair.accepting, pair.rejecting] : [pair.rejecting, pair.accepting];
  return {
    outcome,
    keyword,
    ...(name !== undefined && { name }),
    place: pair.steps.map((step) => (step === 'element' ? '/*' : pointerTo('', step.property))).join(''),
    beforePointer: pointerIn(before.expanded, earlier, keyword, name),
    afterPointer: pointerIn(after.expanded, later, keyword, name),
    direction,
    ...(witness !== undefined && { witness }),
  };
}

function pointerIn(
  expanded: ExpandedSchema,
  part: Schema,
  keyword: string,
  name: string | undefined,
): string {
  const origin = expanded.originOf(part) ?? '';
  const holder = isObject(part) && Object.hasOwn(part, keyword) ? pointerTo(origin, keyword) : origin;
  if (keyword !== 'properties' || name === undefined) return holder;
  return isObject(part) && propertyOf(part, name) !== undefined ? pointerTo(holder, name) : origin;
}

function propertyOf(schema: SchemaObject, name: string): Schema | undefined {
  const properties = schema['properties'];
  if (!isObject(properties) || !Object.hasOwn(properties, name)) return undefined;
  const property = properties[name];
  return isSchema(property) ? property : undefined;
}

function unlistedName(one: SchemaObject, other: SchemaObject): string {
  let name = 'other';
  while (propertyOf(one, name) !== undefined || propertyOf(other, name) !== undefined) name += '-other';
  return name;
}
