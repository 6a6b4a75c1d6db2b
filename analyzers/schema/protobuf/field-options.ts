import type { FieldShape } from './field-shape.ts';
import { optionOf, type ProtoField, type ProtoOption } from './proto-file.ts';

/** Does a field that is not sent mean another value than before? Values of enums are compared by number. */
export function findDefaultBreak(before: FieldShape, after: FieldShape): boolean {
  if (before.cardinality === 'repeated' || after.cardinality === 'repeated') return false;
  const first = defaultOf(before);
  const second = defaultOf(after);
  return first !== second && kindOf(before) === kindOf(after);
}

// Between kinds of type a default has no common meaning; the change of type is what is said there.
function kindOf({ type }: FieldShape): string {
  if (type.kind !== 'scalar') return type.kind;
  return type.name === 'string' || type.name === 'bytes' || type.name === 'bool' ? type.name : 'number';
}

/** A default in canonical form; a scalar's own default is the empty text, an enum's is its first value. */
function defaultOf({ node, type }: FieldShape): string {
  const value = optionOf(node.options, 'default')?.value;
  if (type.kind === 'enum') {
    const { values } = type.symbol.node;
    const meant = value === undefined ? values[0] : values.find(({ name }) => name === value);
    return String(meant?.number);
  }
  if (value === undefined) return '';
  if (type.kind !== 'scalar') return value;
  if (type.name === 'bool') return value === 'false' ? '' : value;
  if (type.name === 'string' || type.name === 'bytes') return value;
  const number = type.name === 'float' ? Math.fround(Number(value)) : Number(value);
  if (Number.isNaN(number)) return value;
  if (Object.is(number, -0)) return '-0';
  // Beyond 53 bits two numbers may look the same as doubles, so those keep their digits.
  return number === 0 ? '' : Number.isSafeInteger(number) || !/^-?\d+$/.test(value) ? String(number) : value;
}

/** Options that change the generated type of a field, or which texts it takes. */
export function compareFieldOptions(
  before: FieldShape,
  after: FieldShape,
  report: (detail: string, message: string) => void,
): void {
  const [firstType, secondType] = [jsTypeOf(before.node), jsTypeOf(after.node)];
  if (firstType !== secondType) report('jstype', `had jstype ${firstType} and has ${secondType}`);
  // What holds texts only: between two types, the change of type is what is said.
  if (holdsTexts(before) && holdsTexts(after)) {
    const [first, second] = [cppStringTypeOf(before), cppStringTypeOf(after)];
    // STRING_PIECE is generated as STRING by every published protoc, so it may go, and may not come.
    if (first !== second && (first !== 'STRING_PIECE' || second !== 'STRING'))
      report('string-type', `had the C++ string type ${first} and has ${second}`);
  }
  if (!holdsStrings(before) || !holdsStrings(after)) return;
  if (before.features.utf8Validation !== after.features.utf8Validation) {
    report(
      'utf8',
      `had utf8_validation ${before.features.utf8Validation} and has ${after.features.utf8Validation}`,
    );
  }
  const [first, second] = [javaUtf8Of(before), javaUtf8Of(after)];
  if (first !== second)
    report('java-utf8', `is ${second}validated as UTF-8 in Java, and was ${first}validated`);
}

function holdsTexts({ type }: FieldShape): boolean {
  return type.kind === 'scalar' && (type.name === 'string' || type.name === 'bytes');
}

function holdsStrings({ type, keyType }: FieldShape): boolean {
  return type.name === 'string' || keyType?.name === 'string';
}

function jsTypeOf({ options }: ProtoField): string {
  return optionOf(options, 'jstype')?.value ?? 'JS_NORMAL';
}

/** `ctype` until edition 2023, features.(pb.cpp).string_type from then on. */
function cppStringTypeOf({ file, node }: FieldShape): string {
  const feature = inherited(file.options, node.options, 'features.(pb.cpp).string_type');
  const ctype = optionOf(node.options, 'ctype')?.value;
  return feature ?? ctype ?? (file.syntax === '2024' ? 'VIEW' : 'STRING');
}

/** java_string_check_utf8 until edition 2023, features.(pb.java).utf8_validation from then on. */
function javaUtf8Of({ file, node, features }: FieldShape): string {
  const feature = inherited(file.options, node.options, 'features.(pb.java).utf8_validation');
  if (feature !== undefined && feature !== 'DEFAULT') return feature === 'VERIFY' ? '' : 'not ';
  const isChecked = optionOf(file.options, 'java_string_check_utf8')?.value === 'true';
  return isChecked || features.utf8Validation === 'VERIFY' ? '' : 'not ';
}

function inherited(
  outer: readonly ProtoOption[],
  own: readonly ProtoOption[],
  name: string,
): string | undefined {
  return (optionOf(own, name) ?? optionOf(outer, name))?.value;
}
