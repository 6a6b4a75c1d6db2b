import type { RuleDescription } from '../../analyzer.ts';

type Row = readonly [
  name: string,
  covers: NonNullable<RuleDescription['covers']>,
  problem: string,
  remedy: string,
  level?: RuleDescription['level'],
];

/** Each problem begins with the least strict level at which it counts: file > package > wire-json > wire. */
const rows: readonly Row[] = [
  [
    'parse-syntax',
    ['add'],
    'all levels: a .proto file that cannot be read cannot be compared, and nothing can be generated from it.',
    'Correct the file at the place that is named.',
  ],
  [
    'resolve-type',
    ['add', 'remove'],
    'all levels: a type that no file declares makes protoc refuse the file.',
    'Declare the type, or import the file that declares it.',
  ],
  [
    'forbid-collision',
    ['add'],
    'all levels: two declarations share a name or number, or one takes what is reserved, so protoc refuses the file.',
    'Give the later one a number and a name that nothing else has had.',
  ],
  [
    'keep-file',
    ['remove', 'rename'],
    'file: files that import the one that is gone no longer compile, nor does code that includes what it generated.',
    'Keep the file, at least with an "import public" of the one that has its content now.',
  ],
  [
    'keep-package',
    ['remove', 'rename'],
    'package, wire where there are services, else unproven there: full names change, and rpc paths and type URLs with them.',
    'Leave the package as it is and declare the next version in a package beside it.',
  ],
  [
    'keep-syntax',
    ['rename'],
    'package: another syntax or edition changes what code is generated for the same fields.',
    'Keep the syntax, or move to an edition with the features that the syntax had, and generate all code anew.',
  ],
  [
    'keep-file-option',
    ['add', 'remove', 'rename'],
    'package: the option decides the names or the kind of the generated code, so code that uses it stops compiling.',
    'Keep the option with the value that it had.',
  ],
  [
    'keep-public-import',
    ['remove', 'narrow'],
    'file: files that see a declaration only through this public import no longer compile.',
    'Keep the public import until every importer names the file itself.',
  ],
  [
    'keep-message',
    ['remove', 'rename'],
    'package (file where it only moved): code that uses the message no longer compiles.',
    'Keep the message and mark it deprecated.',
  ],
  [
    'keep-message-option',
    ['narrow', 'widen'],
    'wire for message_set_wire_format, package for the others: the option changes encoding or generated accessors.',
    'Keep the option as it was.',
  ],
  [
    'keep-json-format',
    ['narrow'],
    'wire-json: with the format no longer promised, a JSON document that was read may not be read any more.',
    'Keep json_format at ALLOW.',
  ],
  [
    'keep-field',
    ['remove'],
    'package, wire-json unless number and name are reserved, wire unless the number is: a field that is gone is lost data.',
    'Keep the field and mark it deprecated; to drop it, reserve its number and its name.',
  ],
  [
    'keep-field-number',
    ['rename'],
    'wire: with another number, the field of messages that are under way is not found.',
    'Keep the number; a new field gets a new name as well.',
  ],
  [
    'keep-field-name',
    ['rename'],
    'wire-json: code and JSON documents use the name.',
    'Keep the name, or add a field beside it and retire the earlier one.',
  ],
  [
    'keep-json-name',
    ['rename'],
    'wire-json: JSON documents that use the earlier name are refused or lose the value.',
    'Keep json_name.',
  ],
  [
    'keep-field-type',
    ['narrow', 'widen'],
    'package, wire-json or wire, by the pair of types: values of one type are misread or refused as the other.',
    'Add a field with the new type and a new number, and fill both until nobody reads the earlier one.',
  ],
  [
    'keep-field-cardinality',
    ['narrow', 'widen'],
    'wire (wire-json between map and its entries): a reader of one value drops all but the last of many.',
    'Add a repeated field beside the single one.',
  ],
  [
    'keep-field-presence',
    ['narrow', 'widen'],
    'package: with or without presence, other code is generated for the field.',
    'Keep "optional", or its absence, as it was.',
  ],
  [
    'keep-required-fields',
    ['add', 'remove', 'narrow'],
    'wire: a message without a field that its reader requires is refused as a whole.',
    'Add fields as optional, and never drop a required one while a reader may be deployed.',
  ],
  [
    'keep-oneof',
    ['remove'],
    'package: code that asks which field of the oneof is set no longer compiles.',
    'Keep the oneof.',
  ],
  [
    'keep-field-oneof',
    ['narrow', 'widen', 'rename'],
    'wire: of several fields of a oneof only the last is kept, so a field that moves in or out loses values.',
    'Leave the field where it is and add another.',
  ],
  [
    'keep-field-default',
    ['narrow'],
    'wire: a field that is not sent is read as its default, so another default is another value.',
    'Keep the default.',
  ],
  [
    'keep-field-option',
    ['narrow', 'widen'],
    'package: jstype, string type and UTF-8 validation decide the generated type or what it accepts.',
    'Keep the option as it was.',
  ],
  [
    'keep-extension',
    ['remove', 'rename'],
    'package (file where it only moved; a warning on the wire): code that uses the extension no longer compiles.',
    'Keep the extension and mark it deprecated.',
  ],
  [
    'keep-extension-range',
    ['remove', 'narrow'],
    'package: extensions that others declared with numbers of this range no longer compile.',
    'Keep the range.',
  ],
  [
    'keep-reserved',
    ['remove', 'narrow'],
    'wire: what is not reserved any more can be used again, and messages with its earlier meaning would be misread.',
    'Keep the reservation.',
  ],
  [
    'keep-enum',
    ['remove', 'rename'],
    'package (file where it only moved): code that uses the enum no longer compiles.',
    'Keep the enum and mark it deprecated.',
  ],
  [
    'keep-enum-value',
    ['remove'],
    'package, wire-json unless number and name are reserved, wire unless the number is: the value is not known any more.',
    'Keep the value and mark it deprecated; to drop it, reserve its number and its name.',
  ],
  [
    'keep-enum-value-name',
    ['rename'],
    'wire-json: code and JSON documents use the name of the value.',
    'Keep the name; with allow_alias the number can have a second one.',
  ],
  [
    'keep-enum-type',
    ['narrow', 'widen'],
    'package, and unproven on the wire where it is closed: a closed enum drops the numbers that an open one keeps.',
    'Keep features.enum_type (proto2 is CLOSED, proto3 and editions are OPEN).',
  ],
  [
    'keep-enum-default',
    ['rename', 'narrow'],
    'wire: where nothing is sent, the first value is read: a warning here, and keep-field-default for each field of the tree.',
    'Keep the first value first.',
    'warning',
  ],
  [
    'keep-service',
    ['remove', 'rename'],
    'package (file where it only moved; a warning on the wire): clients that call the service get UNIMPLEMENTED.',
    'Keep the service until nobody calls it.',
  ],
  [
    'keep-rpc',
    ['remove', 'rename'],
    'package (a warning on the wire): clients that call the rpc get UNIMPLEMENTED.',
    'Keep the rpc until nobody calls it.',
  ],
  [
    'keep-rpc-type',
    ['rename', 'narrow', 'widen'],
    'package, and wire where the two messages differ: client and server no longer mean the same message.',
    'Add an rpc beside it.',
  ],
  [
    'keep-rpc-streaming',
    ['narrow', 'widen'],
    'wire: a side that sends one message and a side that expects a stream do not understand each other.',
    'Add an rpc beside it.',
  ],
  [
    'keep-idempotency',
    ['narrow', 'widen'],
    'wire: clients retry, and caches and GET requests rely on, what the level promises.',
    'Keep idempotency_level.',
  ],
];

/** Every rule of the Protobuf contract. */
export const protobufRules: readonly RuleDescription[] = rows.map(
  ([name, covers, problem, remedy, level = 'error']) => ({
    id: `protobuf/${name}`,
    level,
    covers,
    problem,
    remedy,
  }),
);
