import { fieldShapeOf, type FieldShape } from './field-shape.ts';
import { optionOf } from './proto-file.ts';
import type { EnumSymbol, MessageSymbol, ProtoTree } from './proto-tree.ts';
import type { ResolvedType } from './resolve-type.ts';

/** A message and what its fields need, as a file of edition 2023 in which every feature is written out. */
export interface Probe {
  text: string;
  /** The name of the message in it. */
  messageName: string;
}

const maxMessages = 60;
const maxValues = 5000;

/**
 * Renders a message for a decoder that is asked about it. Names are short ones of its own, but for fields and values,
 * which JSON shows. What lies too deep is an empty message, whose content decoders skip.
 */
export function renderProbe(tree: ProtoTree, message: MessageSymbol): Probe {
  const names = new Map<string, string>();
  const waiting: MessageSymbol[] = [];
  const enums: string[] = [];
  const nameOf = (type: ResolvedType): string => {
    if (type.kind === 'scalar') return type.name;
    if (type.kind === 'unknown') return '.probe.Opaque';
    const known = names.get(type.name);
    if (known !== undefined) return known;
    if (names.size >= maxMessages) return type.kind === 'enum' ? 'int32' : '.probe.Opaque';
    if (type.kind === 'enum') {
      const name = `Scope${names.size}`;
      names.set(type.name, `.probe.${name}.Value`);
      enums.push(renderEnum(name, type.symbol));
      return `.probe.${name}.Value`;
    }
    const name = `.probe.Message${names.size}`;
    names.set(type.name, name);
    waiting.push(type.symbol);
    return name;
  };
  const messageName = nameOf({ kind: 'message', name: message.fullName, symbol: message });
  const messages: string[] = [];
  for (const symbol of waiting) {
    const name = (names.get(symbol.fullName) ?? '').replace('.probe.', '');
    messages.push(renderMessage(name, tree, symbol, nameOf));
  }
  const text = ['edition = "2023";', 'package probe;', 'message Opaque {}', ...enums, ...messages].join('\n');
  return { text, messageName: messageName.slice(1) };
}

// An enum's values are names of the scope around it, so each has a scope of its own.
function renderEnum(scope: string, { node, features }: EnumSymbol): string {
  const seen = new Set<string>();
  const values = node.values.slice(0, maxValues).filter(({ name }) => !seen.has(name) && seen.add(name));
  const lines = values.map(({ name, number }) => `${name} = ${number};`);
  const options = `option features.enum_type = ${features.enumType === 'CLOSED' ? 'CLOSED' : 'OPEN'}; option allow_alias = true;`;
  return `message ${scope} { enum Value { ${options} ${lines.join(' ')} } }`;
}

function renderMessage(
  name: string,
  tree: ProtoTree,
  symbol: MessageSymbol,
  nameOf: (type: ResolvedType) => string,
): string {
  const outside: string[] = [];
  const oneofs = new Map<string, string[]>();
  const numbers = new Set<number>();
  for (const field of symbol.node.fields) {
    if (numbers.has(field.number)) continue;
    numbers.add(field.number);
    const line = renderField(fieldShapeOf(tree, symbol, field), nameOf);
    if (field.oneof === undefined) outside.push(line);
    else oneofs.set(field.oneof, [...(oneofs.get(field.oneof) ?? []), line]);
  }
  const inside = [...oneofs].map(([oneof, lines]) => `oneof ${oneof} { ${lines.join(' ')} }`);
  return `message ${name} {\n${[...outside, ...inside].join('\n')}\n}`;
}

const presences: Readonly<Record<string, string>> = {
  required: 'LEGACY_REQUIRED',
  implicit: 'IMPLICIT',
  explicit: 'EXPLICIT',
};

function renderField(shape: FieldShape, nameOf: (type: ResolvedType) => string): string {
  const { node, cardinality, type, keyType, features } = shape;
  const typeName = nameOf(type);
  const written =
    keyType !== undefined
      ? `map<${nameOf(keyType)}, ${typeName}>`
      : `${cardinality === 'repeated' ? 'repeated ' : ''}${typeName}`;
  const options = [`json_name = ${JSON.stringify(shape.jsonName)}`];
  const presence = presences[cardinality];
  if (presence !== undefined && node.oneof === undefined)
    options.push(`features.field_presence = ${presence}`);
  if (type.name === 'string') options.push(`features.utf8_validation = ${features.utf8Validation}`);
  if (shape.isDelimited) options.push('features.message_encoding = DELIMITED');
  const standard = optionOf(node.options, 'default')?.value;
  if (standard !== undefined && cardinality !== 'repeated') {
    const isText = type.name === 'string' || type.name === 'bytes';
    options.push(`default = ${isText ? JSON.stringify(standard) : standard}`);
  }
  return `${written} ${node.name} = ${node.number} [${options.join(', ')}];`;
}
