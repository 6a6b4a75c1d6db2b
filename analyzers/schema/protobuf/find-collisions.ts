import type { Place } from './comparison.ts';
import { isWithin } from './compare-reserved.ts';
import { maxFieldNumber, optionOf, type ProtoField } from './proto-file.ts';
import { isBuiltIn, type EnumSymbol, type MessageSymbol, type ProtoTree } from './proto-tree.ts';
import { hasAllImports, resolveType } from './resolve-type.ts';

/** Something for which protoc refuses a file. */
export interface Collision {
  rule: 'forbid-collision' | 'resolve-type';
  key: string;
  message: string;
  place: Place;
  symbol: string;
  proof: 'breaking' | 'unproven';
}

/** What protoc would refuse in the files of a tree that are not the very same in the other one. */
export function* collisionsOf(tree: ProtoTree, other: ProtoTree): Generator<Collision> {
  const isSame = new Set([...tree.files.values()].filter((file) => other.files.get(file.path) === file));
  for (const message of tree.messages.values()) {
    if (isBuiltIn(message)) continue;
    if (!isSame.has(message.file)) yield* messageCollisions(message);
    yield* unresolvedTypes(tree, message);
  }
  for (const declared of tree.enums.values()) {
    if (!isBuiltIn(declared) && !isSame.has(declared.file)) yield* enumCollisions(declared);
  }
}

function* messageCollisions({ fullName, file, node }: MessageSymbol): Generator<Collision> {
  const report = (field: ProtoField, key: string, message: string): Collision => ({
    rule: 'forbid-collision',
    key: `${fullName}:${key}`,
    message: `field ${field.name} (number ${field.number}) of ${fullName} ${message}`,
    place: { file, range: field.range },
    symbol: `${fullName}.${field.name}`,
    proof: 'breaking',
  });
  const numbers = new Map<number, string>();
  const names = new Set<string>();
  const reservedNames = new Set(node.reservedNames.map(({ name }) => name));
  for (const field of node.fields) {
    const { name, number } = field;
    const taken = numbers.get(number);
    if (taken !== undefined) yield report(field, `number:${number}`, `has the number of ${taken}`);
    if (names.has(name)) yield report(field, `name:${name}`, 'has the name of another field');
    if (number < 1 || number > maxFieldNumber || (number >= 19000 && number <= 19999)) {
      yield report(field, `impossible:${number}`, 'has a number that no field can have');
    }
    if (isWithin(node.reservedRanges, number))
      yield report(field, `reserved:${number}`, 'has a reserved number');
    if (isWithin(node.extensionRanges, number)) {
      yield report(field, `extension:${number}`, 'has a number that is left to extensions');
    }
    if (reservedNames.has(name)) yield report(field, `reserved:${name}`, 'has a reserved name');
    numbers.set(number, taken ?? name);
    names.add(name);
  }
}

function* enumCollisions({ fullName, file, node, features }: EnumSymbol): Generator<Collision> {
  const report = (key: string, message: string, range = node.nameRange): Collision => ({
    rule: 'forbid-collision',
    key: `${fullName}:${key}`,
    message: `${fullName} ${message}`,
    place: { file, range },
    symbol: fullName,
    proof: 'breaking',
  });
  const [first] = node.values;
  if (first === undefined) yield report('empty', 'has no value');
  else if (features.enumType === 'OPEN' && first.number !== 0) {
    yield report('zero', 'is open, and its first value is not zero', first.range);
  }
  const mayRepeat = optionOf(node.options, 'allow_alias')?.value === 'true';
  const numbers = new Set<number>();
  const names = new Set<string>();
  const reservedNames = new Set(node.reservedNames.map(({ name }) => name));
  for (const { name, number, range } of node.values) {
    if (!mayRepeat && numbers.has(number)) {
      yield report(`number:${number}`, `has the number ${number} twice, without allow_alias`, range);
    }
    if (names.has(name)) yield report(`name:${name}`, `has the value ${name} twice`, range);
    if (isWithin(node.reservedRanges, number))
      yield report(`reserved:${number}`, `uses the reserved number ${number}`, range);
    if (reservedNames.has(name)) yield report(`reserved:${name}`, `uses the reserved name ${name}`, range);
    numbers.add(number);
    names.add(name);
  }
}

/** Only where every import can be followed and every file could be read: otherwise the type may well be elsewhere. */
function* unresolvedTypes(tree: ProtoTree, { fullName, file, node }: MessageSymbol): Generator<Collision> {
  if (tree.problems.size > 0 || !hasAllImports(tree, file)) return;
  for (const field of node.fields) {
    const type = resolveType(tree, file, fullName, field.typeName);
    if (type.kind !== 'unknown' || type.name.startsWith('google.protobuf.')) continue;
    yield {
      rule: 'resolve-type',
      key: `${fullName}#${field.number}:type`,
      message: `field ${field.name} of ${fullName} is of type ${type.name}, which no file declares`,
      place: { file, range: field.typeRange },
      symbol: `${fullName}.${field.name}`,
      proof: 'unproven',
    };
  }
}
