import {
  executeSync,
  getNullableType,
  GraphQLError,
  isCompositeType,
  isAbstractType,
  isListType,
  isNonNullType,
  parse,
  validate,
  type DocumentNode,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { Probe, SchemaChange } from './schema-change.ts';
import type { Ways } from './find-ways.ts';
import { writeOperation } from './write-operation.ts';

/** Operations that one change is tried with. */
const maxProbes = 60;

/** An operation that the first schema takes and the second refuses, confirmed by graphql's `validate`. */
export function findFailingOperation(
  change: SchemaChange,
  ways: Ways,
  after: GraphQLSchema,
): string | undefined {
  for (const probe of (change.probes ?? []).slice(0, maxProbes)) {
    const text = writeOperation(probe, ways);
    if (text === undefined) continue;
    const document = parseOperation(text);
    if (document !== undefined && isValid(ways.schema, document) && !isValid(after, document)) return text;
  }
  return undefined;
}

/** Whether graphql takes the document; one that it cannot even look at is not taken. */
export function isValid(schema: GraphQLSchema, document: DocumentNode): boolean {
  try {
    return validate(schema, document, undefined, { maxErrors: 1 }).length === 0;
  } catch (error) {
    // A schema that is not valid itself is compared all the same, but validates nothing.
    if (error instanceof Error) return false;
    throw error;
  }
}

function parseOperation(text: string): DocumentNode | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}

/**
 * For a field that may now be null: an operation that selects it, and the data of an answer that the second schema
 * gives and the first cannot. Confirmed by executing it against both, with a server that answers null there.
 */
export function findNullResponse(
  change: SchemaChange,
  ways: Ways,
  after: GraphQLSchema,
): { operation: string; response: unknown } | undefined {
  const [type = '', field = ''] = change.coordinate;
  const probe: Probe = { on: 'field', use: 'select', at: [type, field] };
  const operation = writeOperation(probe, ways);
  const document = operation === undefined ? undefined : parseOperation(operation);
  if (operation === undefined || document === undefined) return undefined;
  const [from, to] = [ways.schema, after].map((schema) => typeOfField(schema, type, field));
  if (from === undefined || to === undefined) return undefined;
  const value = nullWithin(from, to);
  const answers = [ways.schema, after].map((schema) => answerWith(schema, document, [type, field], value));
  const [first, second] = answers;
  if (first === undefined || second === undefined || first.hasErrors === second.hasErrors || second.hasErrors)
    return undefined;
  return { operation, response: second.data };
}

function typeOfField(schema: GraphQLSchema, type: string, field: string): GraphQLOutputType | undefined {
  const owner = schema.getType(type);
  return isCompositeType(owner) && 'getFields' in owner ? owner.getFields()[field]?.type : undefined;
}

/** A null as far within lists as the two types differ: `[A!]!` and `[A]!` differ by `[null]`. */
function nullWithin(from: GraphQLOutputType, to: GraphQLOutputType): unknown {
  if (isNonNullType(from) && !isNonNullType(to)) return null;
  const [first, second] = [getNullableType(from), getNullableType(to)];
  return isListType(first) && isListType(second) ? [nullWithin(first.ofType, second.ofType)] : null;
}

function answerWith(
  schema: GraphQLSchema,
  document: DocumentNode,
  [type, field]: readonly [string, string],
  value: unknown,
): { hasErrors: boolean; data: unknown } | undefined {
  const conditions = new Set(
    JSON.stringify(document).match(
      /(?<="typeCondition":\{"kind":"NamedType","name":\{"kind":"Name","value":")\w+/g,
    ),
  );
  try {
    const { data, errors } = executeSync({
      schema,
      document,
      rootValue: {},
      fieldResolver: (_source, _args, _context, { parentType, fieldName, returnType }) => {
        const isTarget =
          fieldName === field &&
          (parentType.name === type || parentType.getInterfaces().some(({ name }) => name === type));
        return isTarget ? value : sampleAnswer(returnType);
      },
      typeResolver: (_value, _context, _info, abstractType) => {
        const possible = schema.getPossibleTypes(abstractType).map(({ name }) => name);
        return possible.find((name) => conditions.has(name)) ?? possible[0];
      },
    });
    return {
      hasErrors: (errors?.length ?? 0) > 0,
      data: data == null ? null : JSON.parse(JSON.stringify(data)),
    };
  } catch {
    return undefined;
  }
}

function sampleAnswer(type: GraphQLOutputType): unknown {
  const inner = getNullableType(type);
  if (isListType(inner)) return [sampleAnswer(inner.ofType)];
  return isCompositeType(inner) || isAbstractType(inner) ? {} : null;
}
