/** Probes -> the text of a smallest operation. What it says counts only once `validate` has looked at it. */
import {
  DirectiveLocation,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  isCompositeType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql';
import type { Probe } from './schema-change.ts';
import { hasSelection } from './compare-wrappers.ts';
import type { InputWay, Ways } from './find-ways.ts';

const maxSteps = 60;

/** The text of the operation, or undefined where no way leads to what it is about. */
export function writeOperation({ on, use, at, name }: Probe, ways: Ways): string | undefined {
  const [first = '', second = '', third = ''] = at;
  switch (on) {
    case 'type': {
      const body = use === 'spread' ? `... on ${name ?? first} { __typename }` : '__typename';
      return writeWay(first, body, ways);
    }
    case 'field': {
      const field = fieldOf(first, second, ways);
      if (field === undefined) return undefined;
      if (use === 'spread') {
        return isCompositeType(getNamedType(field.type))
          ? writeField(first, field, new Map(), ways, `... on ${name ?? ''} { __typename }`)
          : undefined;
      }
      return writeField(
        first,
        field,
        new Map(),
        ways,
        name === undefined ? undefined : subselection(field, name, ways),
      );
    }
    case 'argument': {
      const field = fieldOf(first, second, ways);
      const argument = field?.args.find((own) => own.name === third);
      if (field === undefined || argument === undefined) return undefined;
      const value = givenText(use) ?? sampleLiteral(argument.type, 0);
      const variables = use === 'variable' ? String(argument.type) : undefined;
      return value && writeField(first, field, new Map([[third, value]]), ways, undefined, variables);
    }
    case 'input':
      return writeInput({ on, use, at, ...(name !== undefined && { name }) }, ways);
    case 'directive':
      return writeDirective({ on, use, at, ...(name !== undefined && { name }) }, ways);
  }
}

function givenText(use: Probe['use']): string | undefined {
  return use === 'variable' ? '$value' : use === 'null' ? 'null' : undefined;
}

function fieldOf(type: string, field: string, { schema }: Ways): GraphQLField<unknown, unknown> | undefined {
  const owner = schema.getType(type);
  if (!isCompositeType(owner) || isUnionType(owner)) return undefined;
  const fields = owner.getFields();
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

function subselection(field: GraphQLField<unknown, unknown>, name: string, ways: Ways): string | undefined {
  const inner = fieldOf(getNamedType(field.type).name, name, ways);
  return inner && fieldText(inner, new Map());
}

/** `name(required: …) { … }`; undefined where a required argument has no smallest value. */
function fieldText(
  field: GraphQLField<unknown, unknown>,
  given: ReadonlyMap<string, string>,
  body?: string,
): string | undefined {
  const values = argumentsText(field.args, given);
  if (values === undefined) return undefined;
  const selection = body ?? (hasSelection(field.type) ? '__typename' : undefined);
  return `${field.name}${values}${selection === undefined ? '' : ` { ${selection} }`}`;
}

function argumentsText(
  from: readonly GraphQLArgument[],
  given: ReadonlyMap<string, string>,
): string | undefined {
  const parts: string[] = [];
  for (const argument of from) {
    const own = given.get(argument.name);
    if (own === undefined && !isRequiredArgument(argument)) continue;
    const value = own ?? sampleLiteral(argument.type, 0);
    if (value === undefined) return undefined;
    parts.push(`${argument.name}: ${value}`);
  }
  return parts.length === 0 ? '' : `(${parts.join(', ')})`;
}

function writeField(
  owner: string,
  field: GraphQLField<unknown, unknown>,
  given: ReadonlyMap<string, string>,
  ways: Ways,
  body?: string,
  variableType?: string,
): string | undefined {
  const text = fieldText(field, given, body);
  return text === undefined ? undefined : writeWay(owner, text, ways, variableType);
}

/** Wraps a selection on a type in everything that leads there from a root. */
function writeWay(
  type: string,
  selection: string,
  { outputs }: Ways,
  variableType?: string,
): string | undefined {
  let body = selection;
  let name = type;
  for (let steps = 0; steps < maxSteps; steps++) {
    const way = outputs.get(name);
    if (way === undefined) return undefined;
    if ('root' in way) {
      const variables = variableType === undefined ? '' : `($value: ${variableType})`;
      return `${way.root}${variables} { ${body} }`.replace(/^query \{/, '{');
    }
    const text = 'spread' in way ? `... on ${name} { ${body} }` : fieldText(way.field, new Map(), body);
    if (text === undefined) return undefined;
    body = text;
    name = way.parent;
  }
  return undefined;
}

function writeInput({ use, at, name }: Probe, ways: Ways): string | undefined {
  const [type = '', field] = at;
  const way = ways.inputs.get(type);
  if (way === undefined) return undefined;
  const own = ways.schema.getType(type);
  if (field === undefined) {
    if (use === 'variable') return writeValue(way, '$value', ways, String(way.type));
    const value = use === 'value' ? name : isInputObjectType(own) ? objectText(own, new Map(), 0) : undefined;
    return value && writeValue(way, value, ways);
  }
  if (!isInputObjectType(own)) return undefined;
  const input = own.getFields()[field];
  if (input === undefined) return undefined;
  const value = givenText(use) ?? sampleLiteral(input.type, 0);
  const object = value && objectText(own, new Map([[field, value]]), 0);
  return object && writeValue(way, object, ways, use === 'variable' ? String(input.type) : undefined);
}

/** Puts a value where its type is taken: into an argument, or into input objects around it. */
function writeValue(way: InputWay, value: string, ways: Ways, variableType?: string): string | undefined {
  let [current, text]: [InputWay, string] = [way, value];
  for (let steps = 0; steps < maxSteps; steps++) {
    if ('argument' in current) {
      const given = new Map([[current.argument.name, text]]);
      return writeField(current.owner, current.field, given, ways, undefined, variableType);
    }
    const parent = ways.schema.getType(current.parent);
    const next = ways.inputs.get(current.parent);
    if (!isInputObjectType(parent) || next === undefined) return undefined;
    const object = objectText(parent, new Map([[current.input.name, text]]), 0);
    if (object === undefined) return undefined;
    [current, text] = [next, object];
  }
  return undefined;
}

type InputObject = Extract<GraphQLInputType, { getFields: unknown }>;

function objectText(
  type: InputObject,
  given: ReadonlyMap<string, string>,
  depth: number,
): string | undefined {
  const parts: string[] = [];
  for (const field of Object.values(type.getFields())) {
    const own = given.get(field.name);
    if (own === undefined && !isRequiredInputField(field)) continue;
    const value = own ?? sampleLiteral(field.type, depth + 1);
    if (value === undefined) return undefined;
    parts.push(`${field.name}: ${value}`);
  }
  return `{${parts.join(', ')}}`;
}

const scalarSamples: Readonly<Record<string, string>> = { Int: '1', Float: '0.5', Boolean: 'true' };

/** A smallest value of an input type; undefined where it has none that ends. */
function sampleLiteral(type: GraphQLInputType, depth: number): string | undefined {
  if (depth > 10) return undefined;
  if (isNonNullType(type)) return sampleLiteral(type.ofType, depth);
  if (isListType(type)) return depth === 0 ? `[${sampleLiteral(type.ofType, depth + 1) ?? ''}]` : '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (!isInputObjectType(type)) return scalarSamples[type.name] ?? '"x"';
  if (!type.isOneOf) return objectText(type, new Map(), depth);
  const [first] = Object.values(type.getFields());
  const value = first && sampleLiteral(first.type, depth + 1);
  return value === undefined || first === undefined ? undefined : `{${first.name}: ${value}}`;
}

const templates: Readonly<Partial<Record<DirectiveLocation, (directive: string) => string>>> = {
  [DirectiveLocation.FIELD]: (directive) => `{ __typename ${directive} }`,
  [DirectiveLocation.QUERY]: (directive) => `query ${directive} { __typename }`,
  [DirectiveLocation.MUTATION]: (directive) => `mutation ${directive} { __typename }`,
  [DirectiveLocation.SUBSCRIPTION]: (directive) => `subscription ${directive} { __typename }`,
  [DirectiveLocation.INLINE_FRAGMENT]: (directive) => `{ ... ${directive} { __typename } }`,
  [DirectiveLocation.VARIABLE_DEFINITION]: (directive) =>
    `query($skip: Boolean! ${directive}) { __typename @skip(if: $skip) }`,
};

function writeDirective({ use, at, name }: Probe, { schema }: Ways): string | undefined {
  const [first = '', argument] = at;
  const directive = schema.getDirective(first.slice(1));
  const location = name ?? directive?.locations.find((own) => templates[own] !== undefined);
  const template = directive?.locations.filter((own) => own === location).map((own) => templates[own])[0];
  if (directive == null || template === undefined) return undefined;
  const given = new Map<string, string>();
  const own = directive.args.find((known) => known.name === argument);
  if (own !== undefined) {
    const value = givenText(use) ?? sampleLiteral(own.type, 0);
    if (value === undefined) return undefined;
    given.set(own.name, value);
  }
  const values = argumentsText(directive.args, given);
  if (values === undefined) return undefined;
  const text = `${first}${values}`;
  if (own !== undefined && use === 'variable')
    return `query($value: ${String(own.type)}) { __typename ${text} }`;
  return template(use === 'spread' ? `${text} ${text}` : text);
}
