import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInputObjectType,
  isObjectType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

/** The last step of a shortest way from a root type to a composite type. */
export type Way =
  | { root: 'query' | 'mutation' | 'subscription' }
  | { parent: string; field: GraphQLField<unknown, unknown> }
  /** By a fragment with the type as its condition. */
  | { parent: string; spread: true };

/** The last step to a position that takes a value of an input type. */
export type InputWay =
  | {
      owner: string;
      field: GraphQLField<unknown, unknown>;
      argument: GraphQLArgument;
      type: GraphQLInputType;
    }
  | { parent: string; input: GraphQLInputField; type: GraphQLInputType };

export interface Ways {
  schema: GraphQLSchema;
  /** By the name of a composite type. */
  outputs: ReadonlyMap<string, Way>;
  /** By the name of a scalar, enum or input object type. */
  inputs: ReadonlyMap<string, InputWay>;
}

/** Breadth first over the whole schema, once: every type that operations can get to, by a shortest way. */
export function findWays(schema: GraphQLSchema): Ways {
  const outputs = new Map<string, Way>();
  const queue: GraphQLCompositeType[] = [];
  const reach = (type: GraphQLCompositeType, way: Way) => {
    if (outputs.has(type.name)) return;
    outputs.set(type.name, way);
    queue.push(type);
  };
  const [query, mutation, subscription] = [
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ];
  if (query != null) reach(query, { root: 'query' });
  if (mutation != null) reach(mutation, { root: 'mutation' });
  if (subscription != null) reach(subscription, { root: 'subscription' });
  const inputs = new Map<string, InputWay>();
  for (const type of queue) {
    if (!isUnionType(type)) {
      for (const field of Object.values(type.getFields())) {
        const inner = getNamedType(field.type);
        if (isCompositeType(inner)) reach(inner, { parent: type.name, field });
        for (const argument of field.args) {
          const { name } = getNamedType(argument.type);
          if (!inputs.has(name)) inputs.set(name, { owner: type.name, field, argument, type: argument.type });
        }
      }
    }
    if (isAbstractType(type)) {
      for (const possible of schema.getPossibleTypes(type))
        reach(possible, { parent: type.name, spread: true });
    }
    if (isObjectType(type)) {
      for (const implemented of type.getInterfaces()) reach(implemented, { parent: type.name, spread: true });
    }
  }
  // A map may be walked while it grows: each input type is looked into once.
  for (const name of inputs.keys()) {
    const type = schema.getType(name);
    if (!isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const inner = getNamedType(field.type).name;
      if (!inputs.has(inner)) inputs.set(inner, { parent: name, input: field, type: field.type });
    }
  }
  return { schema, outputs, inputs };
}
