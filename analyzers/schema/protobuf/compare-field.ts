import {
  counts,
  note,
  readsBefore,
  writesAfter,
  type Comparison,
  type Difference,
  type ProtobufLevel,
} from './comparison.ts';
import type { Cardinality, FieldShape } from './field-shape.ts';
import { compareFieldOptions, findDefaultBreak } from './field-options.ts';
import { findTypeBreak, worseOf, type TypeBreak } from './field-type.ts';
import type { Range } from './proto-file.ts';
import type { MessageSymbol } from './proto-tree.ts';
import { resolveType } from './resolve-type.ts';
import type { WireClaim } from './wire-claim.ts';

/** Two fields of the same number in what both versions call the same message, or extend. */
export interface FieldPair {
  before: FieldShape;
  after: FieldShape;
  /** The messages that they are in; an extension is in none that could be decoded by itself. */
  owners?: { before: MessageSymbol; after: MessageSymbol };
  /** The name of the message, or of what is extended, by which findings name the place. */
  ownerName: string;
}

export function compareField(comparison: Comparison, pair: FieldPair): void {
  compareName(comparison, pair);
  compareType(comparison, pair);
  compareCardinality(comparison, pair);
  compareOneof(comparison, pair);
  if (findDefaultBreak(pair.before, pair.after)) {
    noteField(comparison, pair, {
      rule: 'keep-field-default',
      level: 'wire',
      detail: 'default',
      message: `has another default than before, so a message without it now means something else`,
      claim: claimOf(pair, 'empty', 'either'),
    });
  }
  compareFieldOptions(pair.before, pair.after, (detail, what) => {
    noteField(comparison, pair, { rule: 'keep-field-option', level: 'package', detail, message: what });
  });
}

interface FieldDifference extends Pick<Difference, 'rule' | 'level' | 'proof' | 'breaksFrom' | 'message'> {
  detail: string;
  place?: 'nameRange' | 'typeRange' | 'range';
  claim?: WireClaim | undefined;
}

/** The message of a difference goes on after "field x (number n) of M". */
function noteField(comparison: Comparison, pair: FieldPair, difference: FieldDifference): void {
  const { before, after, ownerName } = pair;
  const { place = 'range', detail, message, claim, ...rest } = difference;
  const rangeOf = ({ node }: FieldShape): Range => node[place];
  note(comparison, {
    ...rest,
    key: `${ownerName}#${after.node.number}:${detail}`,
    message: `field ${after.node.name} (number ${after.node.number}) of ${ownerName} ${message}`,
    after: { file: after.file, range: rangeOf(after) },
    before: { file: before.file, range: rangeOf(before) },
    symbol: before.fullName,
    ...(claim !== undefined && { claim }),
  });
}

function claimOf(
  { before, after, owners }: FieldPair,
  attempt: WireClaim['attempt'],
  writer: WireClaim['writer'],
  encoding: WireClaim['encoding'] = 'bytes',
): WireClaim | undefined {
  return (
    owners && {
      encoding,
      attempt,
      writer,
      before: { tree: before.tree, message: owners.before, field: before },
      after: { tree: after.tree, message: owners.after, field: after },
    }
  );
}

/** Who writes what the other side then misreads, as far as the direction asked for cares. */
function writerOf(comparison: Comparison): WireClaim['writer'] {
  return comparison.direction === 'both' ? 'either' : readsBefore(comparison) ? 'before' : 'after';
}

function compareName(comparison: Comparison, pair: FieldPair): void {
  const { before, after } = pair;
  const claim = claimOf(pair, 'value', writerOf(comparison), 'json');
  if (before.node.name !== after.node.name) {
    noteField(comparison, pair, {
      rule: 'keep-field-name',
      level: 'wire-json',
      detail: `name:${before.node.name}:${after.node.name}`,
      place: 'nameRange',
      message: `was called ${before.node.name}`,
      claim,
    });
  } else if (before.jsonName !== after.jsonName) {
    noteField(comparison, pair, {
      rule: 'keep-json-name',
      level: 'wire-json',
      detail: `json-name:${before.jsonName}:${after.jsonName}`,
      message: `is called ${JSON.stringify(after.jsonName)} in JSON, and was ${JSON.stringify(before.jsonName)}`,
      claim,
    });
  }
}

function compareType(comparison: Comparison, pair: FieldPair): void {
  const { before, after } = pair;
  // A map and the repeated message that it is on the wire differ in cardinality; that is looked at there.
  if ((before.cardinality === 'map') !== (after.cardinality === 'map')) return;
  let found = findTypeBreak(comparison, before.type, after.type);
  if (before.keyType && after.keyType) {
    found = worseOf(found, findTypeBreak(comparison, before.keyType, after.keyType));
  }
  if (before.isDelimited !== after.isDelimited) found = worseOf({ level: 'wire' }, found);
  if (found === undefined) return;
  const from = typeText(before);
  const to = typeText(after);
  noteTypeBreak(
    comparison,
    pair,
    found,
    from === to ? `is encoded otherwise than before` : `was of type ${from} and is ${to}`,
    `type:${from}:${to}`,
  );
}

function noteTypeBreak(
  comparison: Comparison,
  pair: FieldPair,
  found: TypeBreak,
  message: string,
  detail: string,
): void {
  const base = { rule: 'keep-field-type', detail, place: 'typeRange' } as const;
  if (found.caution !== undefined && !counts(comparison, found.level)) {
    noteField(comparison, pair, {
      ...base,
      level: 'wire',
      proof: 'none',
      message: `${message}: ${found.caution}`,
    });
    return;
  }
  if (found.beyond !== undefined && !counts(comparison, found.level)) {
    noteField(comparison, pair, {
      ...base,
      level: 'wire',
      proof: 'unproven',
      message: `${message}; ${found.beyond} cannot be decided`,
    });
    return;
  }
  if (found.unproven !== undefined) {
    const isJson = pair.before.type.kind !== 'unknown' && pair.before.type.kind !== pair.after.type.kind;
    const reason = `${message}; ${found.unproven} cannot be decided`;
    noteField(comparison, pair, {
      ...base,
      level: found.level,
      proof: 'unproven',
      breaksFrom: isJson ? 'wire-json' : 'package',
      message: counts(comparison, isJson ? 'wire-json' : 'package') ? message : reason,
    });
    return;
  }
  // A number that has lost its name is still a number on the wire; what shows the loss is its name in JSON.
  const areEnums = pair.before.type.kind === 'enum' && pair.after.type.kind === 'enum';
  const encoding =
    found.level === 'wire' && !areEnums ? 'bytes' : found.level === 'package' ? undefined : 'json';
  noteField(comparison, pair, {
    ...base,
    level: found.level,
    message: `${message}, which ${whatBreaks[found.level]}`,
    ...(encoding !== undefined && { claim: claimOf(pair, 'value', writerOf(comparison), encoding) }),
  });
}

const whatBreaks: Readonly<Record<ProtobufLevel, string>> = {
  file: 'breaks files that import this one',
  package: 'breaks code that uses the field',
  'wire-json': 'breaks JSON documents',
  wire: 'breaks messages on the wire',
};

/** The type as people write it, with its full name. */
function typeText({ type, keyType }: FieldShape): string {
  return keyType === undefined ? type.name : `map<${keyType.name}, ${type.name}>`;
}

const cardinalityText: Readonly<Record<Cardinality, string>> = {
  required: 'required',
  explicit: 'optional',
  implicit: 'without presence',
  repeated: 'repeated',
  map: 'a map',
};

function compareCardinality(comparison: Comparison, pair: FieldPair): void {
  const [before, after] = [pair.before.cardinality, pair.after.cardinality];
  if (before === after) return;
  const message = `was ${cardinalityText[before]} and is ${cardinalityText[after]}`;
  const detail = `cardinality:${before}:${after}`;
  const isMany = (cardinality: Cardinality) => cardinality === 'repeated' || cardinality === 'map';
  if (isMany(before) && isMany(after)) {
    const inside = entryBreak(comparison, pair);
    const level = inside?.level === 'wire' ? 'wire' : 'wire-json';
    if (!counts(comparison, level)) {
      noteField(comparison, pair, {
        rule: 'keep-field-cardinality',
        level: 'wire',
        proof: 'unproven',
        detail,
        message: `${message}; whether every entry has a key of its own cannot be decided`,
      });
      return;
    }
    noteField(comparison, pair, {
      rule: 'keep-field-cardinality',
      level,
      detail,
      message,
      claim: claimOf(pair, 'value', writerOf(comparison), level === 'wire' ? 'bytes' : 'json'),
    });
  } else if (isMany(before) !== isMany(after)) {
    const level = manyAreWritten(comparison, isMany(after)) ? 'wire' : 'wire-json';
    noteField(comparison, pair, {
      rule: 'keep-field-cardinality',
      level,
      detail,
      message,
      claim: claimOf(pair, 'value', writerOf(comparison), level === 'wire' ? 'bytes' : 'json'),
    });
  } else if (before === 'required' || after === 'required') {
    const isRefused = after === 'required' ? readsBefore(comparison) : writesAfter(comparison);
    noteField(comparison, pair, {
      rule: 'keep-required-fields',
      level: isRefused ? 'wire' : 'package',
      detail,
      message: `${message}, so a message without it is refused by one of the two`,
      claim: isRefused ? claimOf(pair, 'empty', after === 'required' ? 'before' : 'after') : undefined,
    });
  } else if ((pair.before.node.oneof === undefined) === (pair.after.node.oneof === undefined)) {
    noteField(comparison, pair, { rule: 'keep-field-presence', level: 'package', detail, message });
  }
}

/** One value that is read as a list is still that value; a list that is read as one value loses all but the last. */
function manyAreWritten(comparison: Comparison, afterIsMany: boolean): boolean {
  return afterIsMany ? writesAfter(comparison) : readsBefore(comparison);
}

/** How a map differs from the repeated message that is written instead of it. */
function entryBreak(comparison: Comparison, { before, after }: FieldPair): TypeBreak | undefined {
  const [map, list] = before.cardinality === 'map' ? [before, after] : [after, before];
  if (list.type.kind !== 'message' || list.isDelimited) return { level: 'wire' };
  const { symbol } = list.type;
  let worst: TypeBreak | undefined;
  for (const [number, type] of [
    [1, map.keyType],
    [2, map.type],
  ] as const) {
    const field = symbol.node.fields.find((one) => one.number === number);
    if (field === undefined || type === undefined || field.label === 'repeated') return { level: 'wire' };
    const other = resolveType(list.tree, symbol.file, symbol.fullName, field.typeName);
    worst = worseOf(worst, findTypeBreak(comparison, type, other));
  }
  return worst;
}

function compareOneof(comparison: Comparison, pair: FieldPair): void {
  const [before, after] = [pair.before.node.oneof, pair.after.node.oneof];
  if (before === after) return;
  const message =
    before === undefined
      ? `is in the oneof ${after ?? ''}, and was in none`
      : after === undefined
        ? `was in the oneof ${before}, and is in none`
        : `is in the oneof ${after}, and was in ${before}`;
  const claim = claimOf(pair, 'pair', writerOf(comparison));
  const sharesValue = claim !== undefined && isConfusable(claim);
  noteField(comparison, pair, {
    rule: 'keep-field-oneof',
    level: 'wire',
    detail: `oneof:${before ?? ''}:${after ?? ''}`,
    message: sharesValue
      ? `${message}, so of two fields that are both sent one is lost`
      : `${message}; whether it is ever sent together with another field of the oneof cannot be decided`,
    ...(sharesValue ? { claim } : { proof: 'unproven', breaksFrom: 'package' }),
  });
}

const maxFields = 4000;

/** Is there another field with which it shares a oneof on one side only, and is that one known to both? */
function isConfusable({ before, after }: WireClaim): boolean {
  // Asked for every field that moved: beyond this the answer would cost the square of the fields.
  if (before.message.node.fields.length + after.message.node.fields.length > maxFields) return false;
  const matesOf = ({ message, field }: WireClaim['before']) =>
    new Set(
      message.node.fields
        .filter(
          ({ oneof, number }) =>
            oneof !== undefined && oneof === field?.node.oneof && number !== field.node.number,
        )
        .map(({ number }) => number),
    );
  const knownTo = ({ message }: WireClaim['before']) =>
    new Set(message.node.fields.map(({ number }) => number));
  const [earlier, later] = [matesOf(before), matesOf(after)];
  const areBothKnown = (number: number) => knownTo(before).has(number) && knownTo(after).has(number);
  return (
    [...earlier].some((number) => !later.has(number) && areBothKnown(number)) ||
    [...later].some((number) => !earlier.has(number) && areBothKnown(number))
  );
}
