/** Operations that clients are known to send, and what of a schema they touch. */
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  print,
} from 'graphql';
import type { ContractVersion } from '../contract.ts';
import { isValid } from './confirm-change.ts';
import { placeOf, readDefinitions, type SchemaProblem } from './read-schema.ts';
import type { SchemaChange } from './schema-change.ts';

export interface RecordedOperation {
  path: string;
  /** Its name, or `anonymous`. */
  name: string;
  text: string;
  isRefused: boolean;
  /** Types, `Type.field`, `Type.field.argument`, `Input.field`, `Enum.VALUE` and `@directive`s that it names. */
  touched: ReadonlySet<string>;
}

export interface Recorded {
  operations: readonly RecordedOperation[];
  problems: readonly SchemaProblem[];
}

/** Reads every operation, each with the fragments it uses. One that the first schema refuses was never served. */
export async function readOperations(
  version: ContractVersion,
  before: GraphQLSchema,
  after: GraphQLSchema,
): Promise<Recorded> {
  const problems: SchemaProblem[] = [];
  const definitions: DefinitionNode[] = [];
  for (const path of version.paths) {
    const text = await version.read(path);
    if (text !== undefined) definitions.push(...readDefinitions(path, text, problems));
  }
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const operations: RecordedOperation[] = [];
  for (const node of definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    const document: DocumentNode = {
      kind: Kind.DOCUMENT,
      definitions: [node, ...fragmentsOf(node, fragments)],
    };
    const name = node.name?.value ?? 'anonymous';
    const place = placeOf(node);
    const path = place?.path ?? '';
    if (!isValid(before, document)) {
      const message = `the recorded operation ${name} is not valid before the change either, so it says nothing`;
      problems.push({
        severity: 'doubtful',
        key: `operation:${name}`,
        message,
        path,
        ...(place && { span: place.span }),
      });
      continue;
    }
    const touched = touchedBy(document, before);
    operations.push({ path, name, text: print(document), isRefused: !isValid(after, document), touched });
  }
  return { operations, problems };
}

function fragmentsOf(
  root: DefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): FragmentDefinitionNode[] {
  const used = new Map<string, FragmentDefinitionNode>();
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    visit(node, {
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (fragment === undefined || used.has(name.value)) return;
        used.set(name.value, fragment);
        pending.push(fragment);
      },
    });
  }
  return [...used.values()];
}

function touchedBy(document: DocumentNode, schema: GraphQLSchema): Set<string> {
  const touched = new Set<string>();
  const info = new TypeInfo(schema);
  const addType = (type: { name: string } | null | undefined) => {
    if (type != null) touched.add(type.name);
  };
  visit(
    document,
    visitWithTypeInfo(info, {
      enter(node) {
        const [type, parent, input] = [info.getType(), info.getParentType(), info.getInputType()];
        if (type != null) addType(getNamedType(type));
        if (input != null) addType(getNamedType(input));
        switch (node.kind) {
          case Kind.FIELD:
            touchField(touched, schema, parent?.name, node.name.value);
            addType(parent);
            break;
          case Kind.ARGUMENT:
            if (info.getDirective() != null)
              touched.add(`@${info.getDirective()?.name ?? ''}.${node.name.value}`);
            else touched.add(`${parent?.name ?? ''}.${info.getFieldDef()?.name ?? ''}.${node.name.value}`);
            break;
          case Kind.OBJECT_FIELD: {
            const outer = info.getParentInputType();
            if (outer != null) touched.add(`${getNamedType(outer).name}.${node.name.value}`);
            break;
          }
          case Kind.ENUM:
            if (input != null) touched.add(`${getNamedType(input).name}.${node.value}`);
            break;
          case Kind.NAMED_TYPE:
            touched.add(node.name.value);
            break;
          case Kind.VARIABLE_DEFINITION:
            if (input != null) touchInput(touched, getNamedType(input));
            break;
          case Kind.DIRECTIVE:
            touched.add(`@${node.name.value}`);
            break;
          default:
            break;
        }
      },
    }),
  );
  return touched;
}

/** What a variable holds is not recorded, so it may be anything that its type takes. */
function touchInput(touched: Set<string>, root: GraphQLNamedType): void {
  const pending = [root];
  const seen = new Set(pending);
  for (let type = pending.pop(); type !== undefined; type = pending.pop()) {
    touched.add(type.name);
    if (isEnumType(type)) for (const { name } of type.getValues()) touched.add(`${type.name}.${name}`);
    if (!isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      touched.add(`${type.name}.${field.name}`);
      const inner = getNamedType(field.type);
      if (!seen.has(inner)) pending.push(inner);
      seen.add(inner);
    }
  }
}

/** A field of an interface is a field of whatever implements it. */
function touchField(
  touched: Set<string>,
  schema: GraphQLSchema,
  parent: string | undefined,
  field: string,
): void {
  if (parent === undefined) return;
  touched.add(`${parent}.${field}`);
  const type = schema.getType(parent);
  if (!isInterfaceType(type)) return;
  for (const { name } of schema.getImplementations(type).objects) touched.add(`${name}.${field}`);
}

/** Operations that notice a change: they name it, or, where something new is demanded, what it is demanded of. */
export function operationsTouching(
  change: SchemaChange,
  operations: readonly RecordedOperation[],
): readonly RecordedOperation[] {
  const { coordinate, ruleId, detail } = change;
  const isDemand = ruleId === 'graphql/keep-argument-optional' || ruleId === 'graphql/keep-input-optional';
  const isMember = ruleId === 'graphql/keep-union-member' || ruleId === 'graphql/keep-interface';
  const own = (isDemand && detail === undefined ? coordinate.slice(0, -1) : coordinate).join('.');
  return operations.filter(({ touched }) => touched.has(own) && (!isMember || touched.has(detail ?? '')));
}
