import {
  parseBracketedOptions,
  parseOptionStatement,
  parseText,
  takeInteger,
  takeName,
} from './parse-options.ts';
import { maxEnumNumber, type NumberRange, type ProtoEnum, type ReservedName } from './proto-file.ts';
import type { ProtoScanner } from './proto-scanner.ts';

/** `enum Name { … }`, the word `enum` already taken. */
export function parseEnum(scanner: ProtoScanner, start: number): ProtoEnum {
  const nameRange = { start: scanner.start, end: scanner.end };
  const name = takeName(scanner, 'the name of an enum');
  const declared: ProtoEnum = {
    name,
    nameRange,
    options: [],
    values: [],
    reservedRanges: [],
    reservedNames: [],
    range: { start, end: start },
  };
  scanner.expect('{');
  while (scanner.kind !== 'end' && !scanner.is('}')) parseEnumStatement(scanner, declared);
  scanner.expect('}');
  declared.range.end = scanner.previousEnd;
  return declared;
}

function parseEnumStatement(scanner: ProtoScanner, declared: ProtoEnum): void {
  if (scanner.take(';')) return;
  const nameRange = { start: scanner.start, end: scanner.end };
  const name = takeName(scanner, 'the name of an enum value');
  if (name === 'option' && !scanner.is('=')) parseOptionStatement(scanner, declared.options);
  else if (name === 'reserved' && !scanner.is('=')) parseReserved(scanner, declared, maxEnumNumber);
  else {
    scanner.expect('=');
    const { value: number } = takeInteger(scanner, 'the number of an enum value');
    parseBracketedOptions(scanner);
    scanner.expect(';');
    declared.values.push({
      name,
      number,
      nameRange,
      range: { start: nameRange.start, end: scanner.previousEnd },
    });
  }
}

/** `reserved 1, 4 to 9, 20 to max;` or `reserved "name", other;`, the word already taken. */
export function parseReserved(
  scanner: ProtoScanner,
  into: { reservedRanges: NumberRange[]; reservedNames: ReservedName[] },
  max: number,
): void {
  do {
    const range = { start: scanner.start, end: scanner.end };
    if (scanner.kind === 'text') into.reservedNames.push({ name: parseText(scanner), range });
    else if (scanner.kind === 'name') into.reservedNames.push({ name: takeName(scanner, 'a name'), range });
    else into.reservedRanges.push(parseRange(scanner, max));
  } while (scanner.take(','));
  scanner.expect(';');
}

export function parseRange(scanner: ProtoScanner, max: number): NumberRange {
  const { start } = scanner;
  const first = takeInteger(scanner, 'a number').value;
  let last = first;
  if (scanner.take('to')) last = scanner.take('max') ? max : takeInteger(scanner, 'a number or "max"').value;
  const range = { start, end: scanner.previousEnd };
  if (last < first) scanner.fail(`the range ends at ${last}, before it begins`, range);
  return { first, last, range };
}
