/**
 * Texts of a schema -> one built schema, whose nodes know where they stand. Trust boundary: nothing that stands in a
 * file makes this throw. Unknown directives are fine (gateways have their own); unknown types are problems, and stand in
 * as scalars so that the rest can be compared.
 */
import {
  buildASTSchema,
  GraphQLError,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  parse,
  Source,
  validateSchema,
  visit,
  type ASTNode,
  type DefinitionNode,
  type GraphQLSchema,
  type Location,
  type NameNode,
  type TypeDefinitionNode,
  type TypeExtensionNode,
} from 'graphql';
import { LineIndex, type Span } from '../../finding.ts';
import type { ContractVersion } from '../contract.ts';
import { findDuplicates } from './find-duplicates.ts';
import { nestingOf } from './nesting.ts';

/** `fatal`: there is no schema; `invalid`: no server takes it, but the rest can be compared; `unread`: not read here. */
export interface SchemaProblem {
  severity: 'fatal' | 'invalid' | 'doubtful' | 'unread';
  key: string;
  message: string;
  path: string;
  span?: Span;
}

export interface BuiltSchema {
  schema: GraphQLSchema | undefined;
  problems: readonly SchemaProblem[];
  paths: readonly string[];
}

const maxNesting = 200;
const builtIn = new Set(['Int', 'Float', 'String', 'Boolean', 'ID']);
const lineIndices = new WeakMap<Source, LineIndex>();

/** Where a node stands, or undefined for one that no text holds. */
export function placeOf(node: ASTNode | null | undefined): { path: string; span: Span } | undefined {
  // A definition is shown by its name: its body may fill the screen.
  const loc = (node != null && 'name' in node ? nameLocOf(node) : undefined) ?? node?.loc;
  if (loc === undefined) return undefined;
  const lines = lineIndices.get(loc.source) ?? new LineIndex(loc.source.body);
  lineIndices.set(loc.source, lines);
  return { path: loc.source.name, span: lines.span(loc.start, loc.end) };
}

// An anonymous operation has no name.
function nameLocOf(node: { readonly name?: NameNode | undefined }): Location | undefined {
  return node.name?.loc;
}

/** Reads one version. A version without files has an empty schema. */
export async function readSchema(version: ContractVersion): Promise<BuiltSchema> {
  const problems: SchemaProblem[] = [];
  const definitions: DefinitionNode[] = [];
  const paths: string[] = [];
  for (const path of version.paths) {
    const text = await version.read(path);
    if (text === undefined) continue;
    paths.push(path);
    definitions.push(...readDefinitions(path, text, problems));
  }
  if (problems.length > 0) return { schema: undefined, problems, paths };
  for (const { node, coordinate } of findDuplicates(definitions)) reportTwice(node, coordinate, problems);
  const merged = mergeDefinitions(definitions, problems);
  addMissing(merged, problems);
  const built = build(merged, paths[0] ?? '', problems);
  return { schema: built, problems, paths };
}

/** The definitions of one text; syntax errors are problems. A text of comments only has none. */
export function readDefinitions(
  path: string,
  text: string,
  problems: SchemaProblem[],
): readonly DefinitionNode[] {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const shape = nestingOf(body);
  if (shape.isEmpty) return [];
  const start = { line: 1, column: 1 };
  const span = { start, end: start };
  if (shape.depth > maxNesting) {
    const message = `${path} is nested deeper than ${maxNesting} levels, so it was not read`;
    problems.push({ severity: 'unread', key: 'too-deep', message, path, span });
    return [];
  }
  if (body.trimStart().startsWith('{"')) {
    const message = `${path} is JSON: give the schema in the definition language, as an introspection result has no places`;
    problems.push({ severity: 'unread', key: 'json', message, path, span });
    return [];
  }
  try {
    return parse(new Source(body, path)).definitions;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const at = error.positions?.[0] ?? 0;
    const place = new LineIndex(body).span(at, at + 1);
    const message = `${path} cannot be read: ${error.message}`;
    problems.push({ severity: 'fatal', key: 'syntax', message, path, span: place });
    return [];
  }
}

const extensionOf = {
  [Kind.SCALAR_TYPE_DEFINITION]: Kind.SCALAR_TYPE_EXTENSION,
  [Kind.OBJECT_TYPE_DEFINITION]: Kind.OBJECT_TYPE_EXTENSION,
  [Kind.INTERFACE_TYPE_DEFINITION]: Kind.INTERFACE_TYPE_EXTENSION,
  [Kind.UNION_TYPE_DEFINITION]: Kind.UNION_TYPE_EXTENSION,
  [Kind.ENUM_TYPE_DEFINITION]: Kind.ENUM_TYPE_EXTENSION,
  [Kind.INPUT_OBJECT_TYPE_DEFINITION]: Kind.INPUT_OBJECT_TYPE_EXTENSION,
} as const;

/**
 * graphql ignores extensions of what is defined elsewhere (another subgraph), and lets the last of several definitions
 * win. Here the first extension defines what nobody defines, and a definition in another file adds to the first.
 */
function mergeDefinitions(
  definitions: readonly DefinitionNode[],
  problems: SchemaProblem[],
): DefinitionNode[] {
  const defined = new Map<string, TypeDefinitionNode>();
  const merged: DefinitionNode[] = [];
  const extensions: TypeExtensionNode[] = [];
  const directives = new Set<string>();
  for (const node of definitions) {
    if (isTypeExtensionNode(node)) {
      extensions.push(node);
      continue;
    }
    if (node.kind === Kind.DIRECTIVE_DEFINITION) {
      if (directives.has(node.name.value)) reportTwice(node, `@${node.name.value}`, problems);
      directives.add(node.name.value);
    }
    if (!isTypeDefinitionNode(node)) {
      merged.push(node);
      continue;
    }
    const first = defined.get(node.name.value);
    if (first === undefined) {
      defined.set(node.name.value, node);
      merged.push(node);
    } else if (first.kind !== node.kind || first.loc?.source === node.loc?.source) {
      reportTwice(node, node.name.value, problems);
    } else {
      extensions.push(asExtension(node));
    }
  }
  for (const node of extensions) {
    if (defined.has(node.name.value)) {
      merged.push(node);
      continue;
    }
    const definition = asDefinition(node);
    defined.set(node.name.value, definition);
    merged.push(definition);
  }
  return merged;
}

function reportTwice({ name: own }: { name: NameNode }, name: string, problems: SchemaProblem[]): void {
  const place = placeOf(own);
  const message = `${name} is defined twice`;
  problems.push({
    severity: 'invalid',
    key: `twice:${name}`,
    message,
    path: place?.path ?? '',
    ...(place && { span: place.span }),
  });
}

function asExtension(node: TypeDefinitionNode): TypeExtensionNode {
  switch (node.kind) {
    case Kind.SCALAR_TYPE_DEFINITION:
      return { ...node, kind: extensionOf[node.kind] };
    case Kind.OBJECT_TYPE_DEFINITION:
      return { ...node, kind: extensionOf[node.kind] };
    case Kind.INTERFACE_TYPE_DEFINITION:
      return { ...node, kind: extensionOf[node.kind] };
    case Kind.UNION_TYPE_DEFINITION:
      return { ...node, kind: extensionOf[node.kind] };
    case Kind.ENUM_TYPE_DEFINITION:
      return { ...node, kind: extensionOf[node.kind] };
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return { ...node, kind: extensionOf[node.kind] };
  }
}

function asDefinition(node: TypeExtensionNode): TypeDefinitionNode {
  switch (node.kind) {
    case Kind.SCALAR_TYPE_EXTENSION:
      return { ...node, kind: Kind.SCALAR_TYPE_DEFINITION };
    case Kind.OBJECT_TYPE_EXTENSION:
      return { ...node, kind: Kind.OBJECT_TYPE_DEFINITION };
    case Kind.INTERFACE_TYPE_EXTENSION:
      return { ...node, kind: Kind.INTERFACE_TYPE_DEFINITION };
    case Kind.UNION_TYPE_EXTENSION:
      return { ...node, kind: Kind.UNION_TYPE_DEFINITION };
    case Kind.ENUM_TYPE_EXTENSION:
      return { ...node, kind: Kind.ENUM_TYPE_DEFINITION };
    case Kind.INPUT_OBJECT_TYPE_EXTENSION:
      return { ...node, kind: Kind.INPUT_OBJECT_TYPE_DEFINITION };
  }
}

/** Names that nothing defines become scalars, which stand anywhere, and a problem each. */
function addMissing(definitions: DefinitionNode[], problems: SchemaProblem[]): void {
  const known = new Set(builtIn);
  for (const node of definitions) if (isTypeDefinitionNode(node)) known.add(node.name.value);
  const missing = new Set<string>();
  for (const definition of definitions) {
    visit(definition, {
      NamedType(node) {
        const name = node.name.value;
        if (known.has(name) || missing.has(name)) return;
        missing.add(name);
        const place = placeOf(node);
        const message = `the type ${name} is not defined`;
        problems.push({
          severity: 'invalid',
          key: `unknown:${name}`,
          message,
          path: place?.path ?? '',
          ...(place && { span: place.span }),
        });
      },
    });
  }
  for (const value of missing) {
    definitions.push({ kind: Kind.SCALAR_TYPE_DEFINITION, name: { kind: Kind.NAME, value } });
  }
}

function build(
  definitions: readonly DefinitionNode[],
  path: string,
  problems: SchemaProblem[],
): GraphQLSchema | undefined {
  try {
    const schema = buildASTSchema({ kind: Kind.DOCUMENT, definitions }, { assumeValidSDL: true });
    // Types are built when they are asked for, so what is wrong with them shows here.
    for (const error of validateSchema(schema)) {
      const place = placeOf(error.nodes?.[0]);
      const span = place && { span: place.span };
      problems.push({
        severity: isOfWrongKind(error) ? 'invalid' : 'doubtful',
        key: error.message,
        message: error.message,
        path: place?.path ?? path,
        ...span,
      });
    }
    return schema;
  } catch (error) {
    const message = `the schema cannot be built: ${error instanceof Error ? error.message : String(error)}`;
    problems.push({ severity: 'fatal', key: 'build', message, path });
    return undefined;
  }
}

// What is missing of a schema may stand in another part of it; a type that is there is of its kind wherever it is used.
function isOfWrongKind({ message }: GraphQLError): boolean {
  return /must be (?:Output|Input) Type but got|can only include Object types/.test(message);
}
