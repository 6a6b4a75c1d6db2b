import { entriesOf } from '../../document/document.ts';
import type { KeywordReading } from './keyword-reading.ts';
import { isMarkedFor } from './marked-properties.ts';
import { always, never, type Literal, type Statements } from '../statement.ts';

/** What keys there are, and what their values satisfy. */
export function readObjectKeywords(reading: KeywordReading): void {
  const { schema, place, documents, statements, view, declares, has, at, within, add, read } = reading;
  const { intern } = statements;
  const { required, property } = objectLiterals(statements);
  const isOut = (name: string, as: 'required' | 'property') =>
    view !== undefined && isMarkedFor(view, documents, schema, place, name, as);
  if (has('required') && Array.isArray(schema['required'])) {
    for (const name of new Set<unknown>(schema['required'])) {
      if (typeof name !== 'string' || isOut(name, 'required')) continue;
      add('required', required(name), { name });
    }
  }
  const names = entriesOf(schema['properties']).map(([name]) => name);
  for (const name of names) {
    const target = within('properties', name);
    const wrap = (inner: Literal) => property(name, inner);
    // What a request never holds is not judged there; the accepting side promises not to send it.
    const isHidden = isOut(name, 'property');
    if (isHidden && !declares) continue;
    const inner = { place: target, step: { to: 'property', name } as const, wrap };
    const literal = isHidden ? wrap(never) : wrap(read(target, false));
    add('properties', literal, { name, place: target, ...(!isHidden && { inner }) });
  }
  const patterns = entriesOf(schema['patternProperties']).map(([pattern]) => pattern);
  for (const pattern of has('patternProperties') ? patterns : []) {
    const target = within('patternProperties', pattern);
    const wrap = (value: Literal) =>
      value === always ? always : intern({ op: 'object-pattern', pattern, value });
    add('patternProperties', wrap(read(target, false)), {
      place: target,
      inner: { place: target, step: { to: 'others' }, wrap },
    });
  }
  if (has('additionalProperties')) {
    const target = at('additionalProperties');
    const wrap = (inner: Literal) => othersLiteral(names, patterns, inner, statements);
    add('additionalProperties', wrap(read(target, false)), {
      inner: { place: target, step: { to: 'others' }, wrap },
    });
  }
  if (has('propertyNames')) {
    const name = read(at('propertyNames'), false);
    if (name !== always) add('propertyNames', intern({ op: 'object-names', name }));
  }
  readDependencies(reading);
}

function readDependencies({ schema, dialect, statements, has, within, add, read }: KeywordReading): void {
  const { all, any, intern } = statements;
  const { required, property } = objectLiterals(statements);
  const isObjectValue = statements.type(['object']);
  for (const keyword of ['dependencies', 'dependentRequired', 'dependentSchemas']) {
    if (!has(keyword)) continue;
    for (const [name, value] of entriesOf(schema[keyword])) {
      const trigger = all([isObjectValue, required(name)]);
      if (Array.isArray(value)) {
        const needed = value.filter((other) => typeof other === 'string').map(required);
        add(keyword, any([-trigger, all(needed)]), { name, place: within(keyword, name) });
      } else {
        const target = within(keyword, name);
        add(keyword, any([-trigger, read(target, true)]), { name, place: target });
      }
    }
  }
  if (dialect === 'crd' && schema['x-kubernetes-embedded-resource'] === true) {
    const text = all([statements.type(['string']), intern({ op: 'string-minimum', limit: 1 })]);
    const demands = ['apiVersion', 'kind'].flatMap((name) => [required(name), property(name, text)]);
    const metadata = [required('metadata'), property('metadata', isObjectValue)];
    add('x-kubernetes-embedded-resource', all([...demands, ...metadata]));
  }
}

/** What the values satisfy of keys that are none of the names and match none of the patterns. */
export function othersLiteral(
  names: readonly string[],
  patterns: readonly string[],
  value: Literal,
  { intern }: Statements,
): Literal {
  return value === always
    ? always
    : intern({ op: 'object-others', names: [...names].sort(), patterns: [...patterns].sort(), value });
}

function objectLiterals({ intern }: Statements) {
  return {
    required: (name: string) => intern({ op: 'object-required', name }),
    property: (name: string, value: Literal) =>
      value === always ? always : intern({ op: 'object-property', name, value }),
  };
}
