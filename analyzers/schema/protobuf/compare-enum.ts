import { compareReserved, isWithin } from './compare-reserved.ts';
import { note, type Comparison } from './comparison.ts';
import type { ProtoEnumValue } from './proto-file.ts';
import type { EnumSymbol } from './proto-tree.ts';

/** Two versions of one enum. A number may have several names, where aliases are allowed. */
export function compareEnum(comparison: Comparison, before: EnumSymbol, after: EnumSymbol): void {
  const earlier = valuesByNumber(before);
  const later = valuesByNumber(after);
  for (const [number, values] of earlier) {
    const others = later.get(number);
    if (others === undefined) noteRemoved(comparison, before, after, values);
    else noteRenamed(comparison, before, after, values, others);
  }
  compareReserved(comparison, before, after);
  compareMeaning(comparison, before, after);
}

function valuesByNumber({ node }: EnumSymbol): Map<number, ProtoEnumValue[]> {
  const values = new Map<number, ProtoEnumValue[]>();
  for (const value of node.values) {
    const known = values.get(value.number);
    if (known === undefined) values.set(value.number, [value]);
    else known.push(value);
  }
  return values;
}

function noteRemoved(
  comparison: Comparison,
  before: EnumSymbol,
  after: EnumSymbol,
  values: readonly ProtoEnumValue[],
): void {
  const [first] = values;
  if (first === undefined) return;
  const { number } = first;
  const reservedNames = new Set(after.node.reservedNames.map(({ name }) => name));
  const isNumberReserved = isWithin(after.node.reservedRanges, number);
  const isNameReserved = values.every(({ name }) => reservedNames.has(name));
  const missing = [...(isNumberReserved ? [] : ['number']), ...(isNameReserved ? [] : ['name'])];
  const unreserved = missing.length === 0 ? '' : `, and its ${missing.join(' and ')} not reserved`;
  note(comparison, {
    rule: 'keep-enum-value',
    level: !isNumberReserved ? 'wire' : !isNameReserved ? 'wire-json' : 'package',
    key: `${after.fullName}#${number}:removed`,
    message: `the value ${namesOf(values)} (number ${number}) of ${after.fullName} is gone${unreserved}`,
    after: { file: after.file, range: after.node.nameRange },
    before: { file: before.file, range: first.range },
    symbol: `${before.fullName}.${first.name}`,
  });
}

function noteRenamed(
  comparison: Comparison,
  before: EnumSymbol,
  after: EnumSymbol,
  values: readonly ProtoEnumValue[],
  others: readonly ProtoEnumValue[],
): void {
  const kept = new Set(others.map(({ name }) => name));
  const lost = values.filter(({ name }) => !kept.has(name));
  const [first] = lost;
  const [other] = others;
  if (first === undefined || other === undefined) return;
  note(comparison, {
    rule: 'keep-enum-value-name',
    level: 'wire-json',
    key: `${after.fullName}#${first.number}:name:${lost.map(({ name }) => name).join(',')}`,
    message: `the number ${first.number} of ${after.fullName} is called ${namesOf(others)}, and no longer ${namesOf(lost)}`,
    after: { file: after.file, range: other.range },
    before: { file: before.file, range: first.range },
    symbol: `${before.fullName}.${first.name}`,
  });
}

function namesOf(values: readonly ProtoEnumValue[]): string {
  return values.map(({ name }) => name).join(', ');
}

function compareMeaning(comparison: Comparison, before: EnumSymbol, after: EnumSymbol): void {
  const places = {
    after: { file: after.file, range: after.node.nameRange },
    before: { file: before.file, range: before.node.nameRange },
    symbol: before.fullName,
  };
  const [first, second] = [before.features, after.features];
  if (first.enumType !== second.enumType) {
    note(comparison, {
      ...places,
      rule: 'keep-enum-type',
      level: 'wire',
      // A number without a name: an open enum keeps it, a closed one drops it, if it is ever sent.
      proof: second.enumType === 'CLOSED' ? 'unproven' : 'none',
      breaksFrom: 'package',
      key: `${after.fullName}:enum_type:${first.enumType}:${second.enumType}`,
      message: `${after.fullName} was ${first.enumType} and is ${second.enumType}: what becomes of a number without a name changes`,
    });
  }
  if (first.jsonFormat === 'ALLOW' && second.jsonFormat !== 'ALLOW') {
    note(comparison, {
      ...places,
      rule: 'keep-json-format',
      level: 'wire-json',
      key: `${after.fullName}:json_format`,
      message: `${after.fullName} no longer promises that its JSON can be read (json_format is ${second.jsonFormat})`,
    });
  }
  const [zero, otherZero] = [before.node.values[0], after.node.values[0]];
  if (zero === undefined || otherZero === undefined || zero.number === otherZero.number) return;
  if (first.enumType !== 'CLOSED' && second.enumType !== 'CLOSED') return;
  note(comparison, {
    rule: 'keep-enum-default',
    level: 'wire',
    // Fields of this tree that have no default of their own are each reported; others may be elsewhere.
    proof: 'none',
    key: `${after.fullName}:first:${zero.number}:${otherZero.number}`,
    message: `a field of type ${after.fullName} that is not sent was read as ${zero.name} and is read as ${otherZero.name}`,
    after: { file: after.file, range: otherZero.range },
    before: { file: before.file, range: zero.range },
    symbol: before.fullName,
  });
}
