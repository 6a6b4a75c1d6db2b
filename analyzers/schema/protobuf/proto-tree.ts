import type { ContractVersion } from '../contract.ts';
import { defaultFeatures, featuresWithin, type Features } from './features.ts';
import { parseProto, type ParsedProto } from './parse-proto.ts';
import type {
  ProtoEnum,
  ProtoExtension,
  ProtoFile,
  ProtoMessage,
  ProtoProblem,
  ProtoService,
} from './proto-file.ts';
import { wellKnownTypes } from './well-known-types.ts';

interface Declared<Kind extends string, Node> {
  kind: Kind;
  fullName: string;
  file: ProtoFile;
  node: Node;
  features: Features;
}

export interface MessageSymbol extends Declared<'message', ProtoMessage> {
  /** The full name of the message around it. */
  parent?: string;
}
export interface EnumSymbol extends Declared<'enum', ProtoEnum> {
  parent?: string;
}
export type ServiceSymbol = Declared<'service', ProtoService>;
/** `scope` is where its names are looked up; `fullName` is scope and name. */
export interface ExtensionSymbol extends Declared<'extension', ProtoExtension> {
  scope: string;
}

/** One revision's files with everything that they declare, by full name. */
export interface ProtoTree {
  files: Map<string, ProtoFile>;
  /** What could not be read, by path. */
  problems: Map<string, ProtoProblem>;
  texts: Map<string, string>;
  messages: Map<string, MessageSymbol>;
  enums: Map<string, EnumSymbol>;
  services: Map<string, ServiceSymbol>;
  extensions: Map<string, ExtensionSymbol>;
  /** Every package and every prefix of one: a name may begin with it. */
  packages: Set<string>;
}

/** The same text at the same path is parsed once, for both revisions. */
export type ParseCache = Map<string, { text: string; parsed: ParsedProto }>;

/** Reads and parses every file of one version, and what these import as far as it is there. */
export async function readTree(version: ContractVersion, cache: ParseCache): Promise<ProtoTree> {
  const tree: ProtoTree = {
    files: new Map(),
    problems: new Map(),
    texts: new Map(),
    messages: new Map(),
    enums: new Map(),
    services: new Map(),
    extensions: new Map(),
    packages: new Set(),
  };
  for (const path of version.paths) {
    const text = await version.read(path);
    if (text === undefined) continue;
    tree.texts.set(path, text);
    const cached = cache.get(path);
    const parsed = cached?.text === text ? cached.parsed : parseProto(path, text);
    cache.set(path, { text, parsed });
    if (!parsed.ok) tree.problems.set(path, parsed.problem);
    else {
      tree.files.set(path, parsed.file);
      declareFile(tree, parsed.file);
    }
  }
  if (knownFile !== undefined) declareFile(tree, knownFile);
  return tree;
}

const known = parseProto('google/protobuf/*.proto', wellKnownTypes);
const knownFile = known.ok ? known.file : undefined;

/** Is it one of google.protobuf's own that no file of the tree declares? */
export function isBuiltIn(symbol: { file: ProtoFile }): boolean {
  return symbol.file === knownFile;
}

function declareFile(tree: ProtoTree, file: ProtoFile): void {
  for (let prefix = file.package; prefix !== ''; prefix = parentScope(prefix)) tree.packages.add(prefix);
  const features = featuresWithin(defaultFeatures(file.syntax), file.options);
  for (const node of file.messages) declareMessage(tree, file, node, file.package, features);
  for (const node of file.enums) declareEnum(tree, file, node, file.package, features);
  for (const node of file.extensions) declareExtension(tree, file, node, file.package, features);
  for (const node of file.services) {
    const fullName = within(file.package, node.name);
    keepFirst(tree.services, { kind: 'service', fullName, file, node, features });
  }
}

function declareMessage(
  tree: ProtoTree,
  file: ProtoFile,
  node: ProtoMessage,
  scope: string,
  outer: Features,
  parent?: string,
): void {
  const fullName = within(scope, node.name);
  const features = featuresWithin(outer, node.options);
  const symbol: MessageSymbol = { kind: 'message', fullName, file, node, features };
  keepFirst(tree.messages, parent === undefined ? symbol : { ...symbol, parent });
  for (const inner of node.messages) declareMessage(tree, file, inner, fullName, features, fullName);
  for (const inner of node.enums) declareEnum(tree, file, inner, fullName, features, fullName);
  for (const inner of node.extensions) declareExtension(tree, file, inner, fullName, features);
}

function declareEnum(
  tree: ProtoTree,
  file: ProtoFile,
  node: ProtoEnum,
  scope: string,
  outer: Features,
  parent?: string,
): void {
  const fullName = within(scope, node.name);
  const features = featuresWithin(outer, node.options);
  const symbol: EnumSymbol = { kind: 'enum', fullName, file, node, features };
  keepFirst(tree.enums, parent === undefined ? symbol : { ...symbol, parent });
}

function declareExtension(
  tree: ProtoTree,
  file: ProtoFile,
  node: ProtoExtension,
  scope: string,
  features: Features,
): void {
  const fullName = within(scope, node.field.name);
  keepFirst(tree.extensions, { kind: 'extension', fullName, file, node, features, scope });
}

// A name that is declared twice is reported by itself; the first declaration is the one that is compared.
function keepFirst<Symbol extends { fullName: string }>(map: Map<string, Symbol>, symbol: Symbol): void {
  if (!map.has(symbol.fullName)) map.set(symbol.fullName, symbol);
}

export function within(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}

export function parentScope(scope: string): string {
  return scope.slice(0, Math.max(0, scope.lastIndexOf('.')));
}
