import { isObject } from '../document/document.ts';
import { formatOf, parseDocument } from '../document/parse-document.ts';
import { comparedKinds, type ComparedKind, type TextTree } from './comparison.ts';

/** Longer texts are not parsed to find out what they are: their first lines have to say it. */
const maxParsedLength = 2_000_000;
const headLength = 20_000;

const kindByExtension: Readonly<Record<string, ComparedKind>> = {
  proto: 'protobuf',
  graphql: 'graphql',
  graphqls: 'graphql',
  gql: 'graphql',
  avsc: 'avro',
  sql: 'sql',
};

/** What a text is, by its name first and then by what stands in it; undefined when neither says it. */
export function detectKind(path: string, text: string): ComparedKind | undefined {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  if (Object.hasOwn(kindByExtension, extension)) return kindByExtension[extension];
  const head = text.slice(0, headLength);
  const marker = /^(?:\uFEFF?\s*\{\s*)?["']?(openapi|swagger|asyncapi)["']?\s*:/m.exec(
    head.slice(0, 2_000),
  )?.[1];
  if (marker !== undefined) return marker === 'asyncapi' ? 'asyncapi' : 'openapi';
  const isNamed = formatOf(path) !== undefined;
  if (!isNamed) {
    if (/^\s*(?:syntax|edition)\s*=\s*["'](?:proto[23]|\d{4})["']\s*;/m.test(head)) return 'protobuf';
    if (
      /^\s*(?:extend\s+)?(?:type|interface|input|enum|union|scalar|schema|directive)\b[^:;=]*[{=@]/m.test(
        head,
      )
    )
      return 'graphql';
    if (/^\s*(?:create|alter|drop|insert|update|delete|truncate|grant)\s+\w+/im.test(head)) return 'sql';
  }
  if (text.length > maxParsedLength) return isNamed ? kindOfLongText(head) : undefined;
  const document = parseDocument(isNamed ? path : `${path}.${sniffExtension(text)}`, text);
  if (!document.ok) return isNamed ? 'config' : undefined;
  for (const value of document.documents) {
    const kind = kindOfValue(value);
    if (kind !== undefined) return kind;
  }
  return isNamed || document.documents.some(isObject) ? 'config' : undefined;
}

/** The one kind of everything that is compared; otherwise a sentence that lists the kinds. */
export function detectKindOfTrees(
  trees: readonly TextTree[],
): { ok: true; kind: ComparedKind } | { ok: false; message: string } {
  const found = new Set(trees.flatMap(kindsOfTree));
  const [kind, ...others] = found;
  if (kind !== undefined && others.length === 0) return { ok: true, kind };
  const why =
    kind === undefined
      ? 'nothing in these files says what they are'
      : `these files are ${[kind, ...others].join(' and ')}`;
  return { ok: false, message: `${why}; say it with --kind, one of ${comparedKinds.join(', ')}` };
}

/** Beside a contract there may be files that it refers to, and that look like nothing in particular. */
function kindsOfTree(tree: TextTree): ComparedKind[] {
  const found = new Set<ComparedKind>();
  for (const [path, text] of tree) {
    const kind = detectKind(path, text);
    if (kind !== undefined) found.add(kind);
  }
  for (const plain of ['config', 'json-schema'] as const) if (found.size > 1) found.delete(plain);
  return [...found];
}

/** The extension that makes a nameless text readable: JSON is told from YAML by its first character. */
export function sniffExtension(text: string): 'json' | 'yaml' {
  return /^\uFEFF?\s*[{["]/.test(text.slice(0, 1_000)) ? 'json' : 'yaml';
}

function kindOfLongText(head: string): ComparedKind {
  if (/json-schema\.org\/draft/.test(head)) return 'json-schema';
  return /kind\s*["']?\s*:\s*["']?CustomResourceDefinition/.test(head) ? 'crd' : 'config';
}

const schemaTypes = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
const schemaKeywords = [
  'properties',
  'items',
  'required',
  'additionalProperties',
  'patternProperties',
  'prefixItems',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'enum',
];

function kindOfValue(value: unknown): ComparedKind | undefined {
  if (Array.isArray(value)) return value.length > 0 && value.every(isAvro) ? 'avro' : undefined;
  if (!isObject(value)) return undefined;
  const { openapi, swagger, asyncapi, kind, $schema, type } = value;
  if (openapi !== undefined || swagger !== undefined) return 'openapi';
  if (asyncapi !== undefined) return 'asyncapi';
  if (kind === 'CustomResourceDefinition') return 'crd';
  if (isAvro(value)) return 'avro';
  if (typeof $schema === 'string')
    return /json-schema\.org\/(draft|schema)/.test($schema) ? 'json-schema' : undefined;
  if (['$defs', 'definitions', '$id'].some((key) => Object.hasOwn(value, key)) && isSchema(value))
    return 'json-schema';
  const isTyped = Array.isArray(type)
    ? type.length > 0 && type.every((name) => schemaTypes.some((known) => known === name))
    : schemaTypes.some((known) => known === type);
  if (isTyped && Object.keys(value).some((key) => schemaKeywords.includes(key))) return 'json-schema';
  const branches = value['allOf'] ?? value['anyOf'] ?? value['oneOf'] ?? value['properties'];
  return isTypedBranches(branches) ? 'json-schema' : undefined;
}

function isSchema(value: Readonly<Record<string, unknown>>): boolean {
  return ['$ref', 'allOf', 'anyOf', 'oneOf', ...schemaKeywords, 'type'].some((key) =>
    Object.hasOwn(value, key),
  );
}

function isTypedBranches(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const parts: unknown[] = Object.values(value);
  return (
    parts.length > 0 &&
    parts.every(
      (part) => isObject(part) && (schemaTypes.some((type) => type === part['type']) || '$ref' in part),
    )
  );
}

function isAvro(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { type, name } = value;
  if (type === 'record' || type === 'error')
    return typeof name === 'string' && Array.isArray(value['fields']);
  if (type === 'enum') return typeof name === 'string' && Array.isArray(value['symbols']);
  return type === 'fixed' && typeof name === 'string' && value['size'] !== undefined;
}
