import { isObject, pointerTo, valueAt } from '../../document/document.ts';
import { canonicalJson } from '../../containment/statement.ts';
import { validatorOf } from '../../containment/judging/validator.ts';
import { reportOn, type DefinitionPair, type VersionSide } from './comparison.ts';
import { resourceFrom, sourceOf } from './compare-schemas.ts';
import { structureOf, type StructureNode } from './structure.ts';

/** What a structural schema says beside which values it takes: how lists merge, defaults, rules. */
export function compareAnnotations(pair: DefinitionPair, before: VersionSide, after: VersionSide): void {
  if (canonicalJson(before.version.schema ?? null) === canonicalJson(after.version.schema ?? null)) return;
  const earlier = structureOf(before.version.schema);
  const later = structureOf(after.version.schema);
  for (const [place, node] of earlier) {
    const other = later.get(place);
    if (other === undefined) continue;
    compareListType(pair, [before, node], [after, other]);
    compareDefault(pair, [before, node], [after, other]);
  }
  for (const node of later.values()) checkDefault(pair, earlier.get(node.place), [after, node]);
}

type Placed = readonly [VersionSide, StructureNode];

function compareListType(pair: DefinitionPair, [before, was]: Placed, [after, is]: Placed): void {
  for (const keyword of ['x-kubernetes-list-type', 'x-kubernetes-map-type', 'x-kubernetes-list-map-keys']) {
    const otherwise = keyword === 'x-kubernetes-list-type' ? 'atomic' : 'granular';
    const [one, other] = [was, is].map(({ schema }) => {
      const value = schema[keyword];
      if (keyword !== 'x-kubernetes-list-map-keys') return typeof value === 'string' ? value : otherwise;
      return Array.isArray(value) ? value.map(String).sort().join(', ') : undefined;
    });
    // The keys go with the type, which is told already.
    if (one === other || one === undefined || other === undefined) continue;
    const isList = Array.isArray(was.schema['items']) || isObject(was.schema['items']);
    const witness = isList ? duplicatesIn(before, was, is) : undefined;
    const name = keyword.replace('x-kubernetes-', '').replaceAll('-', ' ');
    reportOn(pair, {
      ruleId: 'crd/keep-list-type',
      key: `${before.version.name}:${was.place}:${keyword}`,
      message: `in version ${before.version.name}, the ${name} at ${was.place || 'the top'} was ${one} and is ${other} now`,
      before: `${before.version.schemaPointer}${was.pointer}/${keyword}`,
      after: `${after.version.schemaPointer}${is.pointer}/${keyword}`,
      proof: 'breaking',
      ...(witness !== undefined && { witness }),
    });
  }
}

/** A list in which two entries have the same keys, as far as a plain one is valid where it stands. */
function duplicatesIn(before: VersionSide, was: StructureNode, is: StructureNode): unknown {
  const keys = is.schema['x-kubernetes-list-map-keys'];
  if (is.schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(keys)) return undefined;
  const entry = Object.fromEntries(
    keys.map((key) => [String(key), sampleOf(valueAt(was.schema, `/items/properties/${String(key)}`))]),
  );
  let content: unknown = [entry, entry];
  for (const step of was.steps.toReversed()) content = step === undefined ? [content] : { [step]: content };
  const source = sourceOf(before, 'backward');
  if (source === undefined || !isObject(content)) return undefined;
  const whole = resourceFrom(before, content);
  const validator = validatorOf(source);
  return validator.ok && validator.accepts(whole) ? whole : undefined;
}

function sampleOf(schema: unknown): unknown {
  if (!isObject(schema)) return 'a';
  const { type } = schema;
  const listed: unknown = schema['enum'];
  if (Array.isArray(listed) && listed.length > 0) return listed[0];
  return type === 'integer' || type === 'number' ? 1 : type === 'boolean' ? true : 'a';
}

function compareDefault(pair: DefinitionPair, [before, was]: Placed, [after, is]: Placed): void {
  const [one, other] = [was.schema['default'], is.schema['default']];
  if (canonicalJson(one ?? null) === canonicalJson(other ?? null)) return;
  const what =
    one === undefined
      ? 'is new, and fills in what stored objects leave out'
      : other === undefined
        ? 'is gone, and what stored objects leave out stays open'
        : 'is another one, and stored objects that leave it out mean something else';
  reportOn(pair, {
    ruleId: 'crd/keep-default',
    key: `${before.version.name}:${was.place}:default`,
    message: `in version ${before.version.name}, the default at ${was.place || 'the top'} ${what}`,
    before: `${before.version.schemaPointer}${was.pointer}${one === undefined ? '' : '/default'}`,
    after: `${after.version.schemaPointer}${is.pointer}${other === undefined ? '' : '/default'}`,
    ...(one === undefined && { level: 'note' }),
  });
}

/** The API server refuses a definition whose default is not valid where it stands. */
function checkDefault(pair: DefinitionPair, earlier: StructureNode | undefined, [after, node]: Placed): void {
  const value = node.schema['default'];
  if (value === undefined || canonicalJson(earlier?.schema ?? null) === canonicalJson(node.schema)) return;
  const validator = validatorOf({ root: after.version.schema, pointer: node.pointer, dialect: 'crd' });
  if (!validator.ok || !validator.rejects(value)) return;
  reportOn(pair, {
    ruleId: 'crd/keep-default',
    key: `${after.version.name}:${node.place}:invalid-default`,
    message: `in version ${after.version.name}, the default at ${node.place || 'the top'} is not valid there, and the API server refuses the definition`,
    after: `${after.version.schemaPointer}${pointerTo(node.pointer, 'default')}`,
    level: 'error',
    proof: 'breaking',
    witness: value,
  });
}
