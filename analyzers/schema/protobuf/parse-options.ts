import type { ProtoOption, Range } from './proto-file.ts';
import type { ProtoScanner } from './proto-scanner.ts';

/** Deeper texts are refused: a recursive parser must not meet what somebody nested on purpose. protoc stops at 32. */
export const maxNesting = 64;

export const noOptions: readonly ProtoOption[] = Object.freeze([]);

/** `option name = value;`, the word `option` already taken. */
export function parseOptionStatement(scanner: ProtoScanner, options: ProtoOption[]): void {
  parseAssignment(scanner, options);
  scanner.expect(';');
}

/** `[name = value, …]`, or nothing. */
export function parseBracketedOptions(scanner: ProtoScanner): readonly ProtoOption[] {
  if (!scanner.take('[')) return noOptions;
  const options: ProtoOption[] = [];
  do parseAssignment(scanner, options);
  while (scanner.take(','));
  scanner.expect(']');
  return options;
}

function parseAssignment(scanner: ProtoScanner, options: ProtoOption[]): void {
  const { start } = scanner;
  const name = parseOptionName(scanner);
  scanner.expect('=');
  parseValue(scanner, name, start, options, 0);
}

function parseOptionName(scanner: ProtoScanner): string {
  let name = '';
  do {
    if (scanner.take('(')) {
      name += `(${parseTypeName(scanner).replace(/^\./, '')})`;
      scanner.expect(')');
    } else name += takeName(scanner, 'the name of an option');
    if (scanner.is('.')) name += '.';
  } while (scanner.take('.'));
  return name;
}

function parseValue(
  scanner: ProtoScanner,
  name: string,
  start: number,
  options: ProtoOption[],
  depth: number,
): void {
  if (scanner.is('{') || scanner.is('<')) {
    parseAggregate(scanner, name, start, options, depth + 1);
    return;
  }
  if (scanner.is('[')) {
    parseList(scanner, name, start, options, depth + 1);
    return;
  }
  const value = parseScalar(scanner);
  options.push({ name, value, range: { start, end: scanner.previousEnd } });
}

function parseScalar(scanner: ProtoScanner): string {
  const sign = scanner.take('-') ? '-' : '';
  if (sign === '') scanner.take('+');
  const { kind, value } = scanner;
  if (kind === 'text' && sign === '') return parseText(scanner);
  if (kind === 'name' || kind === 'integer' || kind === 'float') {
    scanner.advance();
    if (kind === 'name') return sign + value;
    return kind === 'integer' ? `${sign}${integerOf(value)}` : String(Number(sign + value));
  }
  scanner.fail(`${scanner.found()} stands where a value is expected`);
  return '';
}

/** A quoted text, which goes on in the next one if there is nothing between them. */
export function parseText(scanner: ProtoScanner): string {
  let text = '';
  if (scanner.kind !== 'text') scanner.fail(`${scanner.found()} stands where a quoted text is expected`);
  while (scanner.kind === 'text') {
    text += scanner.value;
    scanner.advance();
  }
  return text;
}

/** A message value in protobuf's text format. */
function parseAggregate(
  scanner: ProtoScanner,
  name: string,
  start: number,
  options: ProtoOption[],
  depth: number,
): void {
  if (depth > maxNesting) {
    scanner.fail(`the value is nested deeper than ${maxNesting} levels`);
    return;
  }
  const close = scanner.is('{') ? '}' : '>';
  scanner.advance();
  while (scanner.kind !== 'end' && !scanner.is(close)) {
    const part = `${name}.${parseAggregateKey(scanner)}`;
    const hasColon = scanner.take(':');
    if (!hasColon && !scanner.is('{') && !scanner.is('<')) scanner.expect(':');
    parseValue(scanner, part, start, options, depth);
    if (!scanner.take(',')) scanner.take(';');
  }
  scanner.expect(close);
}

function parseAggregateKey(scanner: ProtoScanner): string {
  if (!scanner.take('[')) return takeName(scanner, 'the name of a field');
  let name = parseTypeName(scanner);
  while (scanner.take('/')) name += `/${parseTypeName(scanner)}`;
  scanner.expect(']');
  return `(${name})`;
}

function parseList(
  scanner: ProtoScanner,
  name: string,
  start: number,
  options: ProtoOption[],
  depth: number,
): void {
  if (depth > maxNesting) {
    scanner.fail(`the value is nested deeper than ${maxNesting} levels`);
    return;
  }
  scanner.advance();
  if (scanner.take(']')) return;
  do parseValue(scanner, name, start, options, depth);
  while (scanner.take(','));
  scanner.expect(']');
}

/** `Name`, `package.Name` or `.package.Name`. */
export function parseTypeName(scanner: ProtoScanner): string {
  let name = scanner.take('.') ? '.' : '';
  for (;;) {
    name += takeName(scanner, 'a name');
    if (!scanner.take('.')) return name;
    name += '.';
  }
}

export function takeName(scanner: ProtoScanner, what: string): string {
  const { value } = scanner;
  if (scanner.kind !== 'name') {
    scanner.fail(`${scanner.found()} stands where ${what} is expected`);
    return '';
  }
  scanner.advance();
  return value;
}

/** A whole number with its sign; beyond 64 bits it is a problem. */
export function takeInteger(scanner: ProtoScanner, what: string): { value: number; range: Range } {
  const { start } = scanner;
  const sign = scanner.take('-') ? -1 : 1;
  const { value, kind } = scanner;
  if (kind !== 'integer' || value.length > 24) {
    scanner.fail(`${scanner.found()} stands where ${what} is expected`);
    return { value: 0, range: { start, end: start } };
  }
  scanner.advance();
  return { value: sign * Number(integerOf(value)), range: { start, end: scanner.previousEnd } };
}

function integerOf(written: string): string {
  if (written.length > 24) return written;
  return BigInt(/^0[0-7]/.test(written) ? `0o${written.slice(1)}` : written).toString();
}
