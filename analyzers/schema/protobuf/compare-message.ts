import { compareField } from './compare-field.ts';
import { compareReserved, isWithin, rangesNotIn, rangeText } from './compare-reserved.ts';
import { note, readsBefore, writesAfter, type Comparison } from './comparison.ts';
import { fieldShapeOf, type FieldShape } from './field-shape.ts';
import { optionOf, type ProtoField } from './proto-file.ts';
import type { MessageSymbol } from './proto-tree.ts';

/** Two versions of one message; what is nested in it is compared by itself. */
export function compareMessage(comparison: Comparison, before: MessageSymbol, after: MessageSymbol): void {
  const later = new Map<number, ProtoField>();
  for (const field of after.node.fields) if (!later.has(field.number)) later.set(field.number, field);
  const laterByName = new Map(after.node.fields.map((field) => [field.name, field]));
  const earlier = new Set<number>();
  for (const field of before.node.fields) {
    if (earlier.has(field.number)) continue;
    earlier.add(field.number);
    const shape = fieldShapeOf(comparison.before, before, field);
    const other = later.get(field.number);
    if (other === undefined) noteRemoved(comparison, before, after, shape, laterByName.get(field.name));
    else {
      const owners = { before, after };
      const shapes = { before: shape, after: fieldShapeOf(comparison.after, after, other) };
      compareField(comparison, { ...shapes, owners, ownerName: after.fullName });
    }
  }
  for (const field of later.values()) {
    if (!earlier.has(field.number)) noteRequired(comparison, before, after, field);
  }
  compareOneofs(comparison, before, after);
  compareReserved(comparison, before, after);
  compareExtensionRanges(comparison, before, after);
  compareMessageOptions(comparison, before, after);
}

function noteRemoved(
  comparison: Comparison,
  before: MessageSymbol,
  after: MessageSymbol,
  shape: FieldShape,
  renumbered: ProtoField | undefined,
): void {
  const { name, number, nameRange, range } = shape.node;
  const { fullName } = after;
  const isNumberReserved = isWithin(after.node.reservedRanges, number);
  const isNameReserved = after.node.reservedNames.some((reserved) => reserved.name === name);
  const claim = {
    encoding: 'bytes',
    attempt: 'value',
    writer: 'before',
    before: { tree: comparison.before, message: before, field: shape },
    after: { tree: comparison.after, message: after },
  } as const;
  const wasAt = { file: before.file, range };
  const symbol = shape.fullName;
  if (shape.cardinality === 'required') {
    note(comparison, {
      rule: 'keep-required-fields',
      level: writesAfter(comparison) ? 'wire' : 'package',
      key: `${fullName}#${number}:removed`,
      message: `the required field ${name} (number ${number}) of ${fullName} is gone, so messages without it are refused by readers that require it`,
      after: { file: after.file, range: after.node.nameRange },
      before: wasAt,
      symbol,
      ...(writesAfter(comparison) && { claim: { ...claim, attempt: 'empty', writer: 'after' } }),
    });
  }
  if (renumbered !== undefined) {
    note(comparison, {
      rule: 'keep-field-number',
      level: isNumberReserved ? 'wire-json' : 'wire',
      key: `${fullName}.${name}:number:${number}:${renumbered.number}`,
      message: `field ${name} of ${fullName} had number ${number} and has ${renumbered.number}`,
      after: { file: after.file, range: renumbered.numberRange },
      before: { file: before.file, range: shape.node.numberRange },
      symbol,
      claim,
    });
    return;
  }
  const level = !isNumberReserved ? 'wire' : !isNameReserved ? 'wire-json' : 'package';
  const missing = [...(isNumberReserved ? [] : ['number']), ...(isNameReserved ? [] : ['name'])];
  const unreserved = missing.length === 0 ? '' : `, and its ${missing.join(' and ')} not reserved`;
  note(comparison, {
    rule: 'keep-field',
    level,
    key: `${fullName}#${number}:removed:${name}`,
    message: `field ${name} (number ${number}) of ${fullName} is gone${unreserved}`,
    after: { file: after.file, range: after.node.nameRange },
    before: { file: before.file, range: level === 'package' ? nameRange : range },
    symbol,
    ...(level === 'wire' && { claim }),
    ...(level === 'wire-json' && { claim: { ...claim, encoding: 'json' } }),
  });
}

function noteRequired(
  comparison: Comparison,
  before: MessageSymbol,
  after: MessageSymbol,
  field: ProtoField,
): void {
  const shape = fieldShapeOf(comparison.after, after, field);
  if (shape.cardinality !== 'required') return;
  const isRefused = readsBefore(comparison);
  note(comparison, {
    rule: 'keep-required-fields',
    level: isRefused ? 'wire' : 'package',
    key: `${after.fullName}#${field.number}:added`,
    message: `the new field ${field.name} (number ${field.number}) of ${after.fullName} is required, so every message written before is refused`,
    after: { file: after.file, range: field.range },
    before: { file: before.file, range: before.node.nameRange },
    symbol: before.fullName,
    ...(isRefused && {
      claim: {
        encoding: 'bytes',
        attempt: 'empty',
        writer: 'before',
        before: { tree: comparison.before, message: before },
        after: { tree: comparison.after, message: after, field: shape },
      },
    }),
  });
}

function compareOneofs(comparison: Comparison, before: MessageSymbol, after: MessageSymbol): void {
  const kept = new Set(after.node.oneofs.map(({ name }) => name));
  for (const { name, nameRange } of before.node.oneofs) {
    if (kept.has(name)) continue;
    note(comparison, {
      rule: 'keep-oneof',
      level: 'package',
      key: `${after.fullName}.${name}:removed`,
      message: `the oneof ${name} of ${after.fullName} is gone`,
      after: { file: after.file, range: after.node.nameRange },
      before: { file: before.file, range: nameRange },
      symbol: `${before.fullName}.${name}`,
    });
  }
}

function compareExtensionRanges(comparison: Comparison, before: MessageSymbol, after: MessageSymbol): void {
  for (const range of rangesNotIn(before.node.extensionRanges, after.node.extensionRanges)) {
    note(comparison, {
      rule: 'keep-extension-range',
      level: 'package',
      key: `${after.fullName}:extensions:${range.first}:${range.last}`,
      message: `${after.fullName} no longer leaves ${rangeText(range)} to extensions`,
      after: { file: after.file, range: after.node.nameRange },
      before: { file: before.file, range: range.range },
      symbol: `${before.fullName}:extensions ${rangeText(range)}`,
    });
  }
}

function compareMessageOptions(comparison: Comparison, before: MessageSymbol, after: MessageSymbol): void {
  const isSet = ({ node }: MessageSymbol, name: string) => optionOf(node.options, name)?.value === 'true';
  const places = {
    after: { file: after.file, range: after.node.nameRange },
    before: { file: before.file, range: before.node.nameRange },
    symbol: before.fullName,
  };
  const setBefore = isSet(before, 'message_set_wire_format');
  if (setBefore !== isSet(after, 'message_set_wire_format')) {
    note(comparison, {
      ...places,
      rule: 'keep-message-option',
      level: 'wire',
      key: `${after.fullName}:message_set_wire_format`,
      message: `${after.fullName} is ${setBefore ? 'no longer' : 'now'} written in the MessageSet format`,
    });
  }
  const accessor = 'no_standard_descriptor_accessor';
  if (!isSet(before, accessor) && isSet(after, accessor)) {
    note(comparison, {
      ...places,
      rule: 'keep-message-option',
      level: 'package',
      key: `${after.fullName}:${accessor}`,
      message: `${after.fullName} no longer has the standard accessor for its descriptor`,
    });
  }
  if (before.features.jsonFormat === 'ALLOW' && after.features.jsonFormat !== 'ALLOW') {
    note(comparison, {
      ...places,
      rule: 'keep-json-format',
      level: 'wire-json',
      key: `${after.fullName}:json_format`,
      message: `${after.fullName} no longer promises that its JSON can be read (json_format is ${after.features.jsonFormat})`,
    });
  }
}
