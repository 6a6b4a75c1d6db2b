import { featuresWithin, type Features } from './features.ts';
import { optionOf, type ProtoField, type ProtoFile } from './proto-file.ts';
import type { ExtensionSymbol, MessageSymbol, ProtoTree } from './proto-tree.ts';
import { resolveType, type ResolvedType } from './resolve-type.ts';

export type Cardinality = 'required' | 'explicit' | 'implicit' | 'repeated' | 'map';

/** A field with everything that scope, syntax and features say about it. */
export interface FieldShape {
  tree: ProtoTree;
  file: ProtoFile;
  node: ProtoField;
  features: Features;
  fullName: string;
  jsonName: string;
  cardinality: Cardinality;
  /** Of a map, its values' type. */
  type: ResolvedType;
  keyType?: ResolvedType;
  /** Written between a start and an end tag, as groups are. */
  isDelimited: boolean;
}

export function fieldShapeOf(tree: ProtoTree, owner: MessageSymbol, node: ProtoField): FieldShape {
  return shapeOf(tree, owner.file, owner.features, owner.fullName, node, false);
}

export function extensionShapeOf(tree: ProtoTree, extension: ExtensionSymbol): FieldShape {
  const { file, features, scope, node } = extension;
  return shapeOf(tree, file, features, scope, node.field, true);
}

function shapeOf(
  tree: ProtoTree,
  file: ProtoFile,
  outer: Features,
  scope: string,
  node: ProtoField,
  isExtension: boolean,
): FieldShape {
  const features = featuresWithin(outer, node.options);
  const type = resolveType(tree, file, scope, node.typeName);
  const hasMessage = type.kind === 'message';
  return {
    tree,
    file,
    node,
    features,
    type,
    ...(node.mapKey !== undefined && { keyType: resolveType(tree, file, scope, node.mapKey) }),
    fullName: scope === '' ? node.name : `${scope}.${node.name}`,
    jsonName: optionOf(node.options, 'json_name')?.value ?? jsonNameOf(node.name),
    cardinality: cardinalityOf(node, features, hasMessage, isExtension),
    isDelimited:
      node.isGroup || (hasMessage && node.mapKey === undefined && features.messageEncoding === 'DELIMITED'),
  };
}

function cardinalityOf(
  node: ProtoField,
  features: Features,
  hasMessage: boolean,
  isExtension: boolean,
): Cardinality {
  if (node.mapKey !== undefined) return 'map';
  if (node.label === 'repeated') return 'repeated';
  if (node.label === 'required') return 'required';
  if (node.oneof !== undefined || node.label === 'optional') return 'explicit';
  if (features.presence === 'LEGACY_REQUIRED' && !isExtension) return 'required';
  return hasMessage || isExtension || features.presence !== 'IMPLICIT' ? 'explicit' : 'implicit';
}

/** protoc's default for json_name: what follows an underscore is upper case, and the underscore goes. */
function jsonNameOf(name: string): string {
  return name.replace(/_+([^_]?)/g, (_, next: string) => next.toUpperCase());
}
