import { readsBefore, writesAfter, type Comparison, type ProtobufLevel } from './comparison.ts';
import { fieldShapeOf, type FieldShape } from './field-shape.ts';
import { isBuiltIn, type EnumSymbol, type MessageSymbol } from './proto-tree.ts';
import type { ResolvedType } from './resolve-type.ts';

/** The least strict level at which two types differ. `unproven` names what cannot be decided there. */
export interface TypeBreak {
  level: ProtobufLevel;
  unproven?: string;
  /** Safe as long as readers are rolled out before writers; said, but no break. */
  caution?: string;
  /** What cannot be decided at the levels that are less strict than `level`. */
  beyond?: string;
}

/** Scalars that read each other's bytes, and each other's JSON (https://protobuf.dev/programming-guides/editions/#updating). */
const wireGroups: readonly (readonly string[])[] = [
  ['int32', 'int64', 'uint32', 'uint64', 'bool'],
  ['sint32', 'sint64'],
  ['fixed32', 'sfixed32'],
  ['fixed64', 'sfixed64'],
];
const jsonGroups: readonly (readonly string[])[] = [
  ['int32', 'uint32'],
  ['int64', 'uint64'],
  ['fixed32', 'sfixed32'],
  ['fixed64', 'sfixed64'],
];
const enumIntegers = ['int32', 'int64', 'uint32', 'uint64'];

/** Undefined where the two types are one and the same. `seen` holds the pairs of messages that are being compared. */
export function findTypeBreak(
  comparison: Comparison,
  before: ResolvedType,
  after: ResolvedType,
  seen: Set<string> = new Set(),
): TypeBreak | undefined {
  if (before.kind === 'scalar' && after.kind === 'scalar') {
    return scalarBreak(comparison, before.name, after.name);
  }
  if (before.kind === 'unknown' || after.kind === 'unknown') return unknownBreak(before, after);
  if (before.kind === 'message' && after.kind === 'message') {
    return messageBreak(comparison, before.symbol, after.symbol, seen);
  }
  if (before.kind === 'enum' && after.kind === 'enum') {
    if (before.name === after.name) return undefined;
    return enumBreak(comparison, before.symbol, after.symbol);
  }
  const scalar = before.kind === 'scalar' ? before.name : after.kind === 'scalar' ? after.name : '';
  const isEnum = before.kind === 'enum' || after.kind === 'enum';
  if (isEnum && enumIntegers.includes(scalar)) {
    const enumIsWritten = before.kind === 'enum' ? !writesAfter(comparison) : !readsBefore(comparison);
    if (enumIsWritten) return { level: 'wire-json' };
    return { level: 'wire', unproven: 'whether every number that is sent is one that the enum knows' };
  }
  return { level: 'wire' };
}

function scalarBreak(comparison: Comparison, before: string, after: string): TypeBreak | undefined {
  if (before === after) return undefined;
  const isWithin = (groups: readonly (readonly string[])[]) =>
    groups.some((group) => group.includes(before) && group.includes(after));
  if (isWithin(wireGroups)) return { level: isWithin(jsonGroups) ? 'package' : 'wire-json' };
  if (before === 'string' && after === 'bytes') {
    if (comparison.direction === 'produced') return { level: 'wire' };
    const caution = 'bytes that are not UTF-8 are refused by readers that still take them for a string';
    return comparison.direction === 'both' ? { level: 'wire-json', caution } : { level: 'wire-json' };
  }
  if (before === 'bytes' && after === 'string' && comparison.direction === 'produced') {
    return { level: 'wire-json' };
  }
  return { level: 'wire' };
}

/** Names that cannot be resolved are the same when one is the end of the other: imports come and go with the tree. */
function unknownBreak(before: ResolvedType, after: ResolvedType): TypeBreak | undefined {
  if (before.kind === 'scalar' || after.kind === 'scalar') return { level: 'wire' };
  const isSame =
    before.name === after.name ||
    before.name.endsWith(`.${after.name}`) ||
    after.name.endsWith(`.${before.name}`);
  if (isSame) return undefined;
  return {
    level: 'wire',
    unproven: `what ${before.name} and ${after.name} hold, as the files that declare them are not there`,
  };
}

function messageBreak(
  comparison: Comparison,
  before: MessageSymbol,
  after: MessageSymbol,
  seen: Set<string>,
): TypeBreak | undefined {
  if (before.fullName === after.fullName) return undefined;
  const pair = `${before.fullName} ${after.fullName}`;
  if (seen.has(pair) || seen.size > maxPairs) {
    return seen.has(pair)
      ? { level: 'package' }
      : {
          level: 'wire',
          unproven: `whether ${before.fullName} and ${after.fullName} agree in all their parts`,
        };
  }
  seen.add(pair);
  // The types of google.protobuf have JSON forms of their own, and a meaning beyond their fields.
  if (isBuiltIn(before) || isBuiltIn(after)) {
    const inside = fieldsBreak(comparison, before, after, seen);
    if (inside?.level === 'wire' && inside.unproven === undefined) return inside;
    if (!before.fullName.endsWith('Value') || !after.fullName.endsWith('Value')) {
      return { level: 'wire', unproven: `whether ${before.fullName} and ${after.fullName} mean the same` };
    }
    return { level: 'wire-json' };
  }
  return {
    ...(fieldsBreak(comparison, before, after, seen) ?? { level: 'package' }),
    beyond: `whether ${before.fullName} and ${after.fullName} stay alike, and whether an Any names one of them,`,
  };
}

const maxPairs = 1000;

/** How two messages of different names differ on the wire, field by field: the worst of them. */
function fieldsBreak(
  comparison: Comparison,
  before: MessageSymbol,
  after: MessageSymbol,
  seen: Set<string>,
): TypeBreak | undefined {
  let worst: TypeBreak | undefined;
  const later = new Map(after.node.fields.map((field) => [field.number, field]));
  const earlierNumbers = new Set(before.node.fields.map(({ number }) => number));
  for (const field of before.node.fields) {
    const other = later.get(field.number);
    const first = fieldShapeOf(comparison.before, before, field);
    if (other === undefined) {
      const isReserved = after.node.reservedRanges.some(
        (range) => range.first <= field.number && range.last >= field.number,
      );
      worst = worseOf(
        worst,
        isReserved && first.cardinality !== 'required' ? { level: 'wire-json' } : { level: 'wire' },
      );
      continue;
    }
    const second = fieldShapeOf(comparison.after, after, other);
    worst = worseOf(worst, findShapeBreak(comparison, first, second, seen));
    if (first.jsonName !== second.jsonName || field.name !== other.name) {
      worst = worseOf(worst, { level: 'wire-json' });
    }
    const isMoved = (first.node.oneof === undefined) !== (second.node.oneof === undefined);
    if (isMoved) worst = worseOf(worst, { level: 'wire' });
  }
  for (const field of after.node.fields) {
    if (earlierNumbers.has(field.number)) continue;
    const added = fieldShapeOf(comparison.after, after, field);
    if (added.cardinality === 'required' && readsBefore(comparison))
      worst = worseOf(worst, { level: 'wire' });
  }
  return worst;
}

/** Type, cardinality and encoding of two fields together. */
function findShapeBreak(
  comparison: Comparison,
  before: FieldShape,
  after: FieldShape,
  seen: Set<string>,
): TypeBreak | undefined {
  let worst = findTypeBreak(comparison, before.type, after.type, seen);
  if (before.keyType && after.keyType) {
    worst = worseOf(worst, findTypeBreak(comparison, before.keyType, after.keyType, seen));
  }
  if (before.isDelimited !== after.isDelimited) worst = worseOf(worst, { level: 'wire' });
  const singular = ['explicit', 'implicit'];
  const isSame =
    before.cardinality === after.cardinality ||
    (singular.includes(before.cardinality) && singular.includes(after.cardinality));
  return isSame ? worst : worseOf(worst, { level: 'wire' });
}

const severity: readonly ProtobufLevel[] = ['file', 'package', 'wire-json', 'wire'];

/** The one that counts at the less strict level; between two at the same, the one that is decided. */
export function worseOf(one: TypeBreak | undefined, other: TypeBreak | undefined): TypeBreak | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const difference = severity.indexOf(one.level) - severity.indexOf(other.level);
  const isFirst = difference === 0 ? one.unproven === undefined : difference > 0;
  const [worst, rest] = isFirst ? [one, other] : [other, one];
  return rest.beyond === undefined || worst.beyond !== undefined ? worst : { ...worst, beyond: rest.beyond };
}

/** By number and by name: every value that is written has to be known to the side that reads it. */
function enumBreak(comparison: Comparison, before: EnumSymbol, after: EnumSymbol): TypeBreak {
  if (before.features.enumType !== after.features.enumType) return { level: 'wire' };
  const numbersOf = ({ node }: EnumSymbol) => new Set(node.values.map(({ number }) => number));
  const valuesOf = ({ node }: EnumSymbol) =>
    new Set(node.values.map(({ name, number }) => `${number} ${name}`));
  // Values that are only added are known to be new: readers of the earlier version meet them in any case.
  const [written, read] = comparison.direction === 'produced' ? [after, before] : [before, after];
  if (!isSubset(numbersOf(written), numbersOf(read))) return { level: 'wire' };
  if (
    written.features.enumType === 'CLOSED' &&
    written.node.values[0]?.number !== read.node.values[0]?.number
  ) {
    return { level: 'wire' };
  }
  const level = isSubset(valuesOf(written), valuesOf(read)) ? 'package' : 'wire-json';
  // Where only the scope changed it is the same enum, moved; of two enums the numbers may mean anything.
  if (lastNameOf(before.fullName) === lastNameOf(after.fullName)) return { level };
  return { level, beyond: `whether the numbers of ${before.fullName} mean the same in ${after.fullName}` };
}

function lastNameOf(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1);
}

function isSubset<Element>(set: ReadonlySet<Element>, of: ReadonlySet<Element>): boolean {
  return [...set].every((element) => of.has(element));
}
