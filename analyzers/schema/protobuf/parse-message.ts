import { parseEnum, parseRange, parseReserved } from './parse-enum.ts';
import {
  maxNesting,
  parseBracketedOptions,
  parseOptionStatement,
  parseTypeName,
  takeInteger,
  takeName,
} from './parse-options.ts';
import { maxFieldNumber, type ProtoExtension, type ProtoField, type ProtoMessage } from './proto-file.ts';
import type { ProtoScanner } from './proto-scanner.ts';

/** `message Name { … }`, the word `message` already taken. */
export function parseMessage(scanner: ProtoScanner, start: number, depth: number): ProtoMessage {
  const nameRange = { start: scanner.start, end: scanner.end };
  const message = emptyMessage(takeName(scanner, 'the name of a message'), start, nameRange);
  parseBody(scanner, message, depth);
  return message;
}

function emptyMessage(name: string, start: number, nameRange: ProtoMessage['nameRange']): ProtoMessage {
  return {
    name,
    nameRange,
    options: [],
    fields: [],
    oneofs: [],
    messages: [],
    enums: [],
    extensions: [],
    reservedRanges: [],
    reservedNames: [],
    extensionRanges: [],
    range: { start, end: start },
  };
}

function parseBody(scanner: ProtoScanner, message: ProtoMessage, depth: number): void {
  if (depth > maxNesting) {
    scanner.fail(`messages are nested deeper than ${maxNesting} levels`);
    return;
  }
  scanner.expect('{');
  while (scanner.kind !== 'end' && !scanner.is('}')) parseStatement(scanner, message, depth);
  scanner.expect('}');
  message.range.end = scanner.previousEnd;
}

function parseStatement(scanner: ProtoScanner, message: ProtoMessage, depth: number): void {
  const { start } = scanner;
  if (scanner.take(';')) return;
  if (scanner.kind !== 'name' && !scanner.is('.')) {
    scanner.fail(`${scanner.found()} stands in a message where a field or a declaration is expected`);
    return;
  }
  switch (scanner.is('.') ? '' : scanner.value) {
    case 'export':
    case 'local':
      parseVisible(scanner, message, depth);
      return;
    case 'message':
      scanner.advance();
      message.messages.push(parseMessage(scanner, start, depth + 1));
      return;
    case 'enum':
      scanner.advance();
      message.enums.push(parseEnum(scanner, start));
      return;
    case 'extend':
      scanner.advance();
      parseExtend(scanner, message.extensions, message.messages, depth);
      return;
    case 'extensions':
      scanner.advance();
      do message.extensionRanges.push(parseRange(scanner, maxFieldNumber));
      while (scanner.take(','));
      parseBracketedOptions(scanner);
      scanner.expect(';');
      return;
    case 'reserved':
      scanner.advance();
      parseReserved(scanner, message, maxFieldNumber);
      return;
    case 'option':
      scanner.advance();
      parseOptionStatement(scanner, message.options);
      return;
    case 'oneof':
      scanner.advance();
      parseOneof(scanner, message, depth);
      return;
    default:
      message.fields.push(parseField(scanner, message.messages, depth));
  }
}

/** `export message`, `local enum` (edition 2024): who may refer to it is protoc's business. */
function parseVisible(scanner: ProtoScanner, message: ProtoMessage, depth: number): void {
  const { start } = scanner;
  scanner.advance();
  if (scanner.take('message')) message.messages.push(parseMessage(scanner, start, depth + 1));
  else if (scanner.take('enum')) message.enums.push(parseEnum(scanner, start));
  else scanner.fail(`${scanner.found()} stands where "message" or "enum" is expected`);
}

function parseOneof(scanner: ProtoScanner, message: ProtoMessage, depth: number): void {
  const nameRange = { start: scanner.start, end: scanner.end };
  const name = takeName(scanner, 'the name of a oneof');
  const options: ProtoMessage['options'] = [];
  scanner.expect('{');
  while (scanner.kind !== 'end' && !scanner.is('}')) {
    if (scanner.take(';')) continue;
    if (scanner.take('option')) parseOptionStatement(scanner, options);
    else message.fields.push({ ...parseField(scanner, message.messages, depth), oneof: name });
  }
  scanner.expect('}');
  message.oneofs.push({ name, options, nameRange });
}

/** `extend Name { … }`, the word already taken. A group in it declares a message in the scope around it. */
export function parseExtend(
  scanner: ProtoScanner,
  extensions: ProtoExtension[],
  scope: ProtoMessage[],
  depth: number,
): void {
  const extendee = parseTypeName(scanner);
  scanner.expect('{');
  while (scanner.kind !== 'end' && !scanner.is('}')) {
    if (!scanner.take(';')) extensions.push({ extendee, field: parseField(scanner, scope, depth) });
  }
  scanner.expect('}');
}

function parseField(scanner: ProtoScanner, scope: ProtoMessage[], depth: number): ProtoField {
  const { start } = scanner;
  const label = (['optional', 'required', 'repeated'] as const).find((word) => scanner.take(word));
  const typeStart = scanner.start;
  const typeName = parseTypeName(scanner);
  const isGroup = typeName === 'group';
  const map = typeName === 'map' && scanner.is('<') ? parseMapTypes(scanner) : undefined;
  const typeRange = { start: typeStart, end: scanner.previousEnd };
  const nameRange = { start: scanner.start, end: scanner.end };
  const name = takeName(scanner, 'the name of a field');
  scanner.expect('=');
  const { value: number, range: numberRange } = takeInteger(scanner, 'the number of a field');
  const options = parseBracketedOptions(scanner);
  if (isGroup) {
    const message = emptyMessage(name, start, nameRange);
    parseBody(scanner, message, depth + 1);
    scope.push(message);
  } else scanner.expect(';');
  return {
    name: isGroup ? name.toLowerCase() : name,
    number,
    ...(label !== undefined && { label }),
    typeName: isGroup ? name : (map?.value ?? typeName),
    ...(map !== undefined && { mapKey: map.key }),
    isGroup,
    options,
    range: { start, end: scanner.previousEnd },
    nameRange,
    typeRange,
    numberRange,
  };
}

function parseMapTypes(scanner: ProtoScanner): { key: string; value: string } {
  scanner.expect('<');
  const key = parseTypeName(scanner);
  scanner.expect(',');
  const value = parseTypeName(scanner);
  scanner.expect('>');
  return { key, value };
}
