import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  isUnionType,
  type GraphQLDirective,
  type GraphQLEnumType,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLUnionType,
} from 'graphql';
import {
  compareDeprecation,
  compareDirectiveArguments,
  compareFields,
  compareInputFields,
} from './compare-fields.ts';
import type { Probe, SchemaChange } from './schema-change.ts';

/** Everything that differs between two schemas and that somebody may notice, in one pass over both. */
export function* compareSchemas(before: GraphQLSchema, after: GraphQLSchema): Generator<SchemaChange> {
  yield* compareRootTypes(before, after);
  const [from, to] = [before.getTypeMap(), after.getTypeMap()];
  for (const type of Object.values(from)) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    const other = to[type.name];
    if (other === undefined) yield removedType(type, after);
    else yield* compareTypes(type, other);
  }
  yield* compareDirectives(before, after);
}

function* compareRootTypes(before: GraphQLSchema, after: GraphQLSchema): Generator<SchemaChange> {
  const roots = (schema: GraphQLSchema) => ({
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  });
  const [from, to] = [roots(before), roots(after)];
  for (const operation of ['query', 'mutation', 'subscription'] as const) {
    const [first, second] = [from[operation], to[operation]];
    if (first == null || first.name === second?.name) continue;
    const end = second == null ? 'and there is none any more' : `and is ${second.name}`;
    const message = `the ${operation} type was ${first.name}, ${end}`;
    const probes: Probe[] = [{ on: 'type', use: 'spread', at: [first.name], name: first.name }];
    const places = { before: first.astNode, after: after.astNode ?? second?.astNode ?? undefined };
    const detail = `${operation}:${second?.name ?? ''}`;
    yield {
      ruleId: 'graphql/keep-root-type',
      severity: 'breaking',
      coordinate: [first.name],
      detail,
      message,
      probes,
      ...places,
    };
  }
}

function removedType(type: GraphQLNamedType, after: GraphQLSchema): SchemaChange {
  const message = `the type ${type.name} is gone`;
  const places = { before: type.astNode, after: after.astNode ?? undefined };
  const probes: Probe[] = [
    { on: 'type', use: 'spread', at: [type.name], name: type.name },
    { on: 'input', use: 'variable', at: [type.name] },
  ];
  return {
    ruleId: 'graphql/keep-type',
    severity: 'breaking',
    coordinate: [type.name],
    message,
    probes,
    ...places,
  };
}

function* compareTypes(before: GraphQLNamedType, after: GraphQLNamedType): Generator<SchemaChange> {
  if (isObjectType(before) && isObjectType(after)) {
    yield* compareInterfaces(before, after);
    yield* compareFields(before, after);
  } else if (isInterfaceType(before) && isInterfaceType(after)) {
    yield* compareInterfaces(before, after);
    yield* compareFields(before, after);
  } else if (isUnionType(before) && isUnionType(after)) {
    yield* compareMembers(before, after);
  } else if (isEnumType(before) && isEnumType(after)) {
    yield* compareValues(before, after);
  } else if (isInputObjectType(before) && isInputObjectType(after)) {
    yield* compareInputFields(before, after);
  } else if (isScalarType(before) && isScalarType(after)) {
    if (before.specifiedByURL == null || before.specifiedByURL === after.specifiedByURL) return;
    const message = `the scalar ${before.name} is specified elsewhere`;
    const detail = `${before.specifiedByURL}->${after.specifiedByURL ?? ''}`;
    const places = { before: before.astNode, after: after.astNode };
    yield {
      ruleId: 'graphql/question-scalar',
      severity: 'note',
      coordinate: [before.name],
      detail,
      message,
      ...places,
    };
  } else {
    const [from, to] = [kindOf(before), kindOf(after)];
    const message = `${before.name} was ${from} and is ${to}`;
    const probes: Probe[] = [
      { on: 'type', use: 'spread', at: [before.name], name: before.name },
      { on: 'type', use: 'select', at: [before.name] },
      { on: 'input', use: 'omit', at: [before.name] },
      { on: 'input', use: 'variable', at: [before.name] },
    ];
    const places = { before: before.astNode, after: after.astNode };
    yield {
      ruleId: 'graphql/keep-kind',
      severity: 'breaking',
      coordinate: [before.name],
      detail: `${from}->${to}`,
      message,
      probes,
      ...places,
    };
  }
}

function kindOf(type: GraphQLNamedType): string {
  if (isObjectType(type)) return 'an object type';
  if (isInterfaceType(type)) return 'an interface';
  if (isUnionType(type)) return 'a union';
  if (isEnumType(type)) return 'an enum';
  return isInputObjectType(type) ? 'an input object type' : 'a scalar';
}

type Implementing = GraphQLObjectType | GraphQLInterfaceType;

function* compareInterfaces(before: Implementing, after: Implementing): Generator<SchemaChange> {
  const [from, to] = [before, after].map((type) => new Set(type.getInterfaces().map(({ name }) => name)));
  const places = { before: before.astNode, after: after.astNode };
  for (const name of from ?? []) {
    if (to?.has(name) === true) continue;
    const probes: Probe[] = [{ on: 'type', use: 'spread', at: [name], name: before.name }];
    const message = `${before.name} no longer implements ${name}`;
    yield {
      ruleId: 'graphql/keep-interface',
      severity: 'breaking',
      coordinate: [before.name],
      detail: name,
      message,
      probes,
      ...places,
    };
  }
  for (const name of to ?? []) {
    if (from?.has(name) === true) continue;
    const message = `${before.name} implements ${name} now`;
    yield {
      ruleId: 'graphql/question-interface',
      severity: 'dangerous',
      coordinate: [before.name],
      detail: name,
      message,
      ...places,
    };
  }
}

function* compareMembers(before: GraphQLUnionType, after: GraphQLUnionType): Generator<SchemaChange> {
  const [from, to] = [before, after].map((type) => new Set(type.getTypes().map(({ name }) => name)));
  const places = { before: before.astNode, after: after.astNode };
  const coordinate = [before.name];
  for (const name of from ?? []) {
    if (to?.has(name) === true) continue;
    const probes: Probe[] = [{ on: 'type', use: 'spread', at: coordinate, name }];
    const message = `${name} no longer belongs to the union ${before.name}`;
    yield {
      ruleId: 'graphql/keep-union-member',
      severity: 'breaking',
      coordinate,
      detail: name,
      message,
      probes,
      ...places,
    };
  }
  for (const name of to ?? []) {
    if (from?.has(name) === true) continue;
    const message = `${name} belongs to the union ${before.name} now`;
    yield {
      ruleId: 'graphql/question-union-member',
      severity: 'dangerous',
      coordinate,
      detail: name,
      message,
      ...places,
    };
  }
}

function* compareValues(before: GraphQLEnumType, after: GraphQLEnumType): Generator<SchemaChange> {
  for (const value of before.getValues()) {
    const other = after.getValue(value.name);
    const coordinate = [before.name, value.name];
    if (other != null) {
      yield* compareDeprecation(coordinate, value, other);
      continue;
    }
    const message = `the value ${value.name} of ${before.name} is gone`;
    const probes: Probe[] = [{ on: 'input', use: 'value', at: [before.name], name: value.name }];
    const places = { before: value.astNode, after: after.astNode };
    yield { ruleId: 'graphql/keep-enum-value', severity: 'breaking', coordinate, message, probes, ...places };
  }
  for (const value of after.getValues()) {
    if (before.getValue(value.name) != null) continue;
    const message = `${before.name} has the value ${value.name} now`;
    const places = { before: before.astNode, after: value.astNode };
    const coordinate = [before.name, value.name];
    yield { ruleId: 'graphql/question-enum-value', severity: 'dangerous', coordinate, message, ...places };
  }
}

function* compareDirectives(before: GraphQLSchema, after: GraphQLSchema): Generator<SchemaChange> {
  const later = new Map(after.getDirectives().map((directive) => [directive.name, directive]));
  for (const directive of before.getDirectives()) {
    const other = later.get(directive.name);
    // Those of the specification are always there, written down or not.
    if (other === undefined && isSpecifiedDirective(directive)) continue;
    const name = `@${directive.name}`;
    if (other !== undefined) {
      yield* compareDirective(name, directive, other);
      continue;
    }
    const probes: Probe[] = [{ on: 'directive', use: 'omit', at: [name] }];
    const places = { before: directive.astNode, after: after.astNode ?? undefined };
    const message = `the directive ${name} is gone`;
    yield {
      ruleId: 'graphql/keep-directive',
      severity: 'breaking',
      coordinate: [name],
      message,
      probes,
      ...places,
    };
  }
}

function* compareDirective(
  name: string,
  from: GraphQLDirective,
  to: GraphQLDirective,
): Generator<SchemaChange> {
  const places = { before: from.astNode, after: to.astNode };
  for (const location of from.locations) {
    if (to.locations.includes(location)) continue;
    const message = `${name} may no longer stand on ${location}`;
    const probes: Probe[] = [{ on: 'directive', use: 'omit', at: [name], name: location }];
    yield {
      ruleId: 'graphql/keep-directive',
      severity: 'breaking',
      coordinate: [name],
      detail: location,
      message,
      probes,
      ...places,
    };
  }
  if (from.isRepeatable && !to.isRepeatable) {
    const message = `${name} may stand only once at a place now`;
    const probes: Probe[] = [{ on: 'directive', use: 'spread', at: [name] }];
    yield {
      ruleId: 'graphql/keep-directive',
      severity: 'breaking',
      coordinate: [name],
      detail: 'repeatable',
      message,
      probes,
      ...places,
    };
  }
  yield* compareDirectiveArguments(name, from.args, to.args, places);
}
