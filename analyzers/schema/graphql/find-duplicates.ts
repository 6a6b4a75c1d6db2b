import { isTypeDefinitionNode, isTypeExtensionNode, Kind, type DefinitionNode, type NameNode } from 'graphql';

/** Something that bears the name of another one of its kind, at the same owner. */
export interface Duplicate {
  /** As people write coordinates: `Type.field`, `Type.field.argument`, `@directive.argument`. */
  coordinate: string;
  node: { readonly name: NameNode };
}

interface Member {
  readonly name: NameNode;
  readonly arguments?: readonly { readonly name: NameNode }[] | undefined;
}

/**
 * Members that stand twice at one owner in one text, which graphql's builder takes without a word: the last one wins.
 * Texts of their own may repeat a field, as the subgraphs of a federation do.
 */
export function findDuplicates(definitions: readonly DefinitionNode[]): Duplicate[] {
  const seen = new Map<unknown, Set<string>>();
  const found: Duplicate[] = [];
  const add = (source: unknown, coordinate: string, node: Duplicate['node']): void => {
    const known = seen.get(source) ?? new Set();
    seen.set(source, known);
    if (known.has(coordinate)) found.push({ coordinate, node });
    known.add(coordinate);
  };
  for (const definition of definitions) {
    const source = definition.loc?.source;
    if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
      for (const argument of definition.arguments ?? []) {
        add(source, `@${definition.name.value}.${argument.name.value}`, argument);
      }
    }
    if (!isTypeDefinitionNode(definition) && !isTypeExtensionNode(definition)) continue;
    for (const member of membersOf(definition)) {
      const coordinate = `${definition.name.value}.${member.name.value}`;
      add(source, coordinate, member);
      for (const argument of member.arguments ?? []) {
        // Told apart by the field's node, so that a field that stands twice is one finding.
        add(member, `${coordinate}.${argument.name.value}`, argument);
      }
    }
  }
  return found;
}

function membersOf(definition: DefinitionNode): readonly Member[] {
  if ('fields' in definition) return definition.fields ?? [];
  return 'values' in definition ? (definition.values ?? []) : [];
}
