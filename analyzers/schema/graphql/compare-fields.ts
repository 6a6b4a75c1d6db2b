import {
  astFromValue,
  getNamedType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  print,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
} from 'graphql';
import { compareOutputTypes, takesWhatItTook } from './compare-wrappers.ts';
import type { Probe, SchemaChange } from './schema-change.ts';

type Fields = GraphQLObjectType | GraphQLInterfaceType;

/** Fields and arguments of an object or interface type. */
export function* compareFields(before: Fields, after: Fields): Generator<SchemaChange> {
  const [from, to] = [before.getFields(), after.getFields()];
  for (const [name, field] of Object.entries(from)) {
    const other = to[name];
    const coordinate = [before.name, name];
    if (other !== undefined) {
      yield* compareField(coordinate, field, other);
      continue;
    }
    const message = `the field ${before.name}.${name} is gone`;
    const probes: Probe[] = [{ on: 'field', use: 'select', at: coordinate }];
    const places = { before: field.astNode, after: after.astNode };
    yield { ruleId: 'graphql/keep-field', severity: 'breaking', coordinate, message, probes, ...places };
  }
}

function* compareField(
  coordinate: string[],
  from: GraphQLField<unknown, unknown>,
  to: GraphQLField<unknown, unknown>,
): Generator<SchemaChange> {
  const shown = coordinate.join('.');
  const places = { before: from.astNode?.type, after: to.astNode?.type };
  const outcome = compareOutputTypes(String(from.type), String(to.type));
  const detail = `${String(from.type)}->${String(to.type)}`;
  if (outcome === 'nullable') {
    const message = `${shown} was ${String(from.type)} and is ${String(to.type)}, which may hold null`;
    const response = { [from.name]: null };
    yield {
      ruleId: 'graphql/keep-nullability',
      severity: 'breaking',
      coordinate,
      detail,
      message,
      response,
      ...places,
    };
  } else if (outcome === 'other') {
    const message = `${shown} was ${String(from.type)} and is ${String(to.type)}`;
    const named = getNamedType(from.type);
    const spread: Probe = { on: 'field', use: 'spread', at: coordinate, name: named.name };
    const probes: Probe[] = [spread, { on: 'field', use: 'select', at: coordinate }];
    if (isObjectType(named) || isInterfaceType(named)) {
      for (const field of Object.keys(named.getFields()).slice(0, 50)) {
        probes.push({ on: 'field', use: 'select', at: coordinate, name: field });
      }
    }
    const response = { [from.name]: { before: String(from.type), after: String(to.type) } };
    yield {
      ruleId: 'graphql/keep-output-type',
      severity: 'breaking',
      coordinate,
      detail,
      message,
      probes,
      response,
      ...places,
    };
  }
  yield* compareDeprecation(coordinate, from, to);
  yield* compareArguments(coordinate, from.args, to.args, { before: from.astNode, after: to.astNode });
}

type Places = Pick<SchemaChange, 'before' | 'after'>;

function* compareArguments(
  owner: string[],
  from: readonly GraphQLArgument[],
  to: readonly GraphQLArgument[],
  around: Places,
): Generator<SchemaChange> {
  const later = new Map(to.map((argument) => [argument.name, argument]));
  const earlier = new Set(from.map(({ name }) => name));
  const shown = owner.join('.');
  for (const argument of from) {
    const other = later.get(argument.name);
    const coordinate = [...owner, argument.name];
    if (other !== undefined) {
      yield* compareInput(coordinate, argument, other, 'argument');
      continue;
    }
    const message = `the argument ${argument.name} of ${shown} is gone`;
    const probes: Probe[] = [{ on: 'argument', use: 'value', at: coordinate }];
    const places = { before: argument.astNode, after: around.after };
    yield { ruleId: 'graphql/keep-argument', severity: 'breaking', coordinate, message, probes, ...places };
  }
  for (const argument of to) {
    if (earlier.has(argument.name)) continue;
    const coordinate = [...owner, argument.name];
    const places = { before: around.before, after: argument.astNode };
    const what = `the argument ${argument.name} of ${shown} is new`;
    if (isRequiredArgument(argument)) {
      const probes: Probe[] = [{ on: 'field', use: 'select', at: owner }];
      const message = `${what} and required`;
      yield {
        ruleId: 'graphql/keep-argument-optional',
        severity: 'breaking',
        coordinate,
        message,
        probes,
        ...places,
      };
    } else {
      const message = `${what} and optional`;
      yield {
        ruleId: 'graphql/question-optional-input',
        severity: 'dangerous',
        coordinate,
        message,
        ...places,
      };
    }
  }
}

/** Fields of an input object type. */
export function* compareInputFields(
  before: GraphQLInputObjectType,
  after: GraphQLInputObjectType,
): Generator<SchemaChange> {
  const [from, to] = [before.getFields(), after.getFields()];
  if (after.isOneOf && !before.isOneOf) {
    const message = `${before.name} takes exactly one of its fields now`;
    // An object without any field, or with two, which it took before.
    const probes: Probe[] = [
      { on: 'input', use: 'omit', at: [before.name] },
      ...Object.keys(from).map((name): Probe => ({ on: 'input', use: 'variable', at: [before.name, name] })),
    ];
    const coordinate = [before.name];
    const places = { before: before.astNode, after: after.astNode };
    yield {
      ruleId: 'graphql/keep-input-optional',
      severity: 'breaking',
      coordinate,
      detail: 'oneOf',
      message,
      probes,
      ...places,
    };
  }
  for (const [name, field] of Object.entries(from)) {
    const other = to[name];
    const coordinate = [before.name, name];
    if (other !== undefined) {
      yield* compareInput(coordinate, field, other, 'input');
      continue;
    }
    const message = `the input field ${before.name}.${name} is gone`;
    const probes: Probe[] = [{ on: 'input', use: 'value', at: coordinate }];
    const places = { before: field.astNode, after: after.astNode };
    yield {
      ruleId: 'graphql/keep-input-field',
      severity: 'breaking',
      coordinate,
      message,
      probes,
      ...places,
    };
  }
  for (const [name, field] of Object.entries(to)) {
    if (Object.hasOwn(from, name)) continue;
    const coordinate = [before.name, name];
    const places = { before: before.astNode, after: field.astNode };
    if (isRequiredInputField(field)) {
      const message = `the input field ${before.name}.${name} is new and required`;
      const probes: Probe[] = [{ on: 'input', use: 'omit', at: [before.name] }];
      yield {
        ruleId: 'graphql/keep-input-optional',
        severity: 'breaking',
        coordinate,
        message,
        probes,
        ...places,
      };
    } else {
      const message = `the input field ${before.name}.${name} is new and optional`;
      yield {
        ruleId: 'graphql/question-optional-input',
        severity: 'dangerous',
        coordinate,
        message,
        ...places,
      };
    }
  }
}

function* compareInput(
  coordinate: string[],
  from: GraphQLArgument | GraphQLInputField,
  to: GraphQLArgument | GraphQLInputField,
  on: 'argument' | 'input',
): Generator<SchemaChange> {
  const shown = coordinate.join('.');
  if (!takesWhatItTook(String(from.type), String(to.type))) {
    const ruleId = on === 'argument' ? 'graphql/keep-argument-type' : 'graphql/keep-input-type';
    const message = `${shown} took ${String(from.type)} and takes ${String(to.type)}`;
    const probes: Probe[] = [
      { on, use: 'variable', at: coordinate },
      { on, use: 'value', at: coordinate },
      { on, use: 'null', at: coordinate },
      probeWithout(coordinate, on),
    ];
    const detail = `${String(from.type)}->${String(to.type)}`;
    const places = { before: from.astNode?.type, after: to.astNode?.type };
    yield { ruleId, severity: 'breaking', coordinate, detail, message, probes, ...places };
  } else if (!isRequired(from) && isRequired(to)) {
    const ruleId = on === 'argument' ? 'graphql/keep-argument-optional' : 'graphql/keep-input-optional';
    const message = `${shown} is required now, as its default is gone`;
    const places = { before: from.astNode, after: to.astNode };
    const probes = [probeWithout(coordinate, on)];
    yield { ruleId, severity: 'breaking', coordinate, detail: 'default', message, probes, ...places };
    return;
  }
  const [first, second] = [defaultOf(from), defaultOf(to)];
  // A required value without a default is given by everyone, so a default that comes to it changes nothing.
  if (first !== second && !(first === undefined && isNonNullType(from.type))) {
    const message = `the default of ${shown} ${first === undefined ? 'is new' : second === undefined ? 'is gone' : 'is another one'}`;
    const places = { before: from.astNode, after: to.astNode };
    const detail = `${first ?? ''}->${second ?? ''}`;
    yield {
      ruleId: 'graphql/question-default',
      severity: 'dangerous',
      coordinate,
      detail,
      message,
      ...places,
    };
  }
  yield* compareDeprecation(coordinate, from, to);
}

/** Says nothing of what the coordinate names. */
function probeWithout(coordinate: readonly string[], on: 'argument' | 'input'): Probe {
  return on === 'argument'
    ? { on: 'field', use: 'select', at: coordinate.slice(0, 2) }
    : { on, use: 'omit', at: coordinate.slice(0, 1) };
}

function isRequired(input: GraphQLArgument | GraphQLInputField): boolean {
  return isNonNullType(input.type) && input.defaultValue === undefined;
}

/** The default in one spelling; what cannot be spelled as a value of its type counts as written. */
function defaultOf(input: GraphQLArgument | GraphQLInputField): string | undefined {
  if (input.defaultValue === undefined) return undefined;
  try {
    const node = astFromValue(input.defaultValue, input.type);
    return node == null ? 'null' : sortedText(print(node));
  } catch {
    return input.astNode?.defaultValue == null ? 'null' : print(input.astNode.defaultValue);
  }
}

// The order of fields in a default's object means nothing.
function sortedText(text: string): string {
  return text.startsWith('{') ? [...text.slice(1, -1).split(/,\s*/)].sort().join(', ') : text;
}

/** Something told as deprecated, or no longer. */
export function* compareDeprecation(
  coordinate: readonly string[],
  from: { deprecationReason: string | null | undefined; astNode?: SchemaChange['before'] | null },
  to: { deprecationReason: string | null | undefined; astNode?: SchemaChange['before'] | null },
): Generator<SchemaChange> {
  const [before, after] = [from.deprecationReason, to.deprecationReason].map((reason) => reason != null);
  if (before === after) return;
  const message = `${coordinate.join('.')} is ${after === true ? 'deprecated' : 'no longer deprecated'}`;
  const detail = String(after);
  const places = { before: from.astNode ?? undefined, after: to.astNode ?? undefined };
  yield { ruleId: 'graphql/announce-deprecation', severity: 'note', coordinate, detail, message, ...places };
}

/** Arguments of a directive. */
export function* compareDirectiveArguments(
  name: string,
  from: readonly GraphQLArgument[],
  to: readonly GraphQLArgument[],
  around: Places,
): Generator<SchemaChange> {
  for (const change of compareArguments([name], from, to, around)) {
    // What nobody gives to a directive changes nothing about it.
    if (change.ruleId === 'graphql/question-optional-input') yield { ...change, severity: 'note' };
    else if (change.severity !== 'breaking') yield change;
    else
      yield { ...change, ruleId: 'graphql/keep-directive-argument', probes: directiveProbes(name, change) };
  }
}

function directiveProbes(name: string, { coordinate, ruleId }: SchemaChange): Probe[] {
  const argument = coordinate[1] ?? '';
  if (ruleId === 'graphql/keep-argument-optional') return [{ on: 'directive', use: 'omit', at: [name] }];
  return [
    { on: 'directive', use: 'variable', at: [name, argument] },
    { on: 'directive', use: 'value', at: [name, argument] },
    { on: 'directive', use: 'omit', at: [name] },
  ];
}
