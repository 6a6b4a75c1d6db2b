/** CustomResourceDefinitions: which changes leave stored objects, clients and manifests as they are. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findEscapes } from '../../analyzers/containment/find-escapes.ts';
import type { SchemaSource } from '../../analyzers/containment/schema-source.ts';
import { validatorOf } from '../../analyzers/containment/judging/validator.ts';
import { crdContract } from '../../analyzers/schema/crd/contract.ts';
import { focusSchemas } from '../../analyzers/schema/crd/focus-schemas.ts';
import { storedSchemaOf } from '../../analyzers/schema/crd/stored-schema.ts';
import type { Direction } from '../../analyzers/scope.ts';
import { compareContract, versionOf, type Answer } from '../support/compare-contract.ts';
import '../support/seed.ts';

type Json = Record<string, unknown>;

function compare(before: unknown, after: unknown, direction: Direction = 'consumed'): Promise<Answer> {
  const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));
  return compareContract(crdContract, {
    before: versionOf(textOf(before), 'crd.yaml'),
    after: versionOf(textOf(after), 'crd.yaml'),
    direction,
  });
}

const object = (properties: Json, more: Json = {}) => ({ type: 'object', properties, ...more });
const text = { type: 'string' };
const whole = { type: 'integer' };
const list = (items: Json, more: Json = {}) => ({ type: 'array', items, ...more });
const spec = (properties: Json, more: Json = {}) => object({ spec: object(properties, more) });
const entry = object({ name: text, port: whole }, { required: ['name'] });
const listType = (type: string, ...keys: string[]) => ({
  'x-kubernetes-list-type': type,
  ...(keys.length > 0 && { 'x-kubernetes-list-map-keys': keys }),
});
const rule = (text: string, more: Json = {}) => ({ 'x-kubernetes-validations': [{ rule: text, ...more }] });
const keepsAll = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const intOrString = { 'x-kubernetes-int-or-string': true };

const v = (name: string, schema: Json, more: Json = {}) => ({
  name,
  served: true,
  storage: true,
  schema: { openAPIV3Schema: schema },
  ...more,
});
const crd = (versions: Json[], more: Json = {}, names: Json = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'shops.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Shop', plural: 'shops', ...names },
    versions,
    ...more,
  },
});
const one = (schema: Json, more: Json = {}) => crd([v('v1', schema, more)]);
const webhook = { conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } } };
const base = spec({ size: whole });

/** Empty: compatible; else the rule that stands in the way, `?` in front of what is unproven. */
type SchemaCase = [name: string, before: Json, after: Json, expected: string, forward?: string];

// prettier-ignore
const schemaCases: SchemaCase[] = [
  ['the same schema', base, base, '', ''],
  ['another description', base, spec({ size: { ...whole, description: 'How large.' } }), '', ''],
  ['an optional field is added', base, spec({ size: whole, name: text }), '', ''],
  ['a field is removed', spec({ size: whole, name: text }), base, 'keep-field', 'keep-field'],
  ['a field is renamed', spec({ size: whole }), spec({ capacity: whole }), 'keep-field'],
  ['a field of status is removed', object({ status: object({ ready: text, seen: whole }) }), object({ status: object({ ready: text }) }), 'keep-field'],
  ['a field of list entries is removed', spec({ all: list(entry) }), spec({ all: list(object({ name: text }, { required: ['name'] })) }), 'keep-field'],
  ['a field of map values is removed', spec({ by: { type: 'object', additionalProperties: entry } }), spec({ by: { type: 'object', additionalProperties: object({ name: text }, { required: ['name'] }) } }), 'keep-field'],
  ['all of spec is removed', base, object({}), 'keep-field'],
  ['a field of another type', base, spec({ size: text }), 'keep-values', 'keep-provided'],
  ['integer becomes number', base, spec({ size: { type: 'number' } }), '', 'keep-provided'],
  ['number becomes integer', spec({ size: { type: 'number' } }), base, 'keep-values', ''],
  ['integer becomes int-or-string', base, spec({ size: intOrString }), '', 'keep-provided'],
  ['int-or-string becomes integer', spec({ size: intOrString }), base, 'keep-values', ''],
  ['string becomes a list of strings', spec({ a: text }), spec({ a: list(text) }), 'keep-values'],
  ['a required field is added', base, spec({ size: whole, name: text }, { required: ['name'] }), 'keep-optional'],
  ['a required field with a default is added', base, spec({ size: whole, name: { ...text, default: 'a' } }, { required: ['name'] }), ''],
  ['an optional field becomes required', base, spec({ size: whole }, { required: ['size'] }), 'keep-optional', ''],
  ['a required field becomes optional', spec({ size: whole }, { required: ['size'] }), base, '', 'keep-provided'],
  ['a new optional object with a required field', base, spec({ size: whole, at: entry }), '', ''],
  ['spec becomes required', base, { ...base, required: ['spec'] }, 'keep-optional'],
  ['a required field loses its default', spec({ size: { ...whole, default: 1 } }, { required: ['size'] }), spec({ size: whole }, { required: ['size'] }), 'keep-optional'],
  ['a value of an enumeration is removed', spec({ a: { ...text, enum: ['x', 'y'] } }), spec({ a: { ...text, enum: ['x'] } }), 'keep-values', ''],
  ['a value of an enumeration is added', spec({ a: { ...text, enum: ['x'] } }), spec({ a: { ...text, enum: ['x', 'y'] } }), '', 'keep-provided'],
  ['an enumeration in another order', spec({ a: { ...text, enum: ['x', 'y'] } }), spec({ a: { ...text, enum: ['y', 'x'] } }), '', ''],
  ['an enumeration is added', spec({ a: text }), spec({ a: { ...text, enum: ['x'] } }), 'keep-values'],
  ['an enumeration is dropped', spec({ a: { ...text, enum: ['x'] } }), spec({ a: text }), ''],
  ['a minimum is added', base, spec({ size: { ...whole, minimum: 1 } }), 'keep-values'],
  ['a minimum is raised', spec({ size: { ...whole, minimum: 1 } }), spec({ size: { ...whole, minimum: 2 } }), 'keep-values'],
  ['a minimum is lowered', spec({ size: { ...whole, minimum: 2 } }), spec({ size: { ...whole, minimum: 1 } }), ''],
  ['a maximum is lowered', spec({ size: { ...whole, maximum: 9 } }), spec({ size: { ...whole, maximum: 8 } }), 'keep-values'],
  ['a minimum becomes exclusive', spec({ size: { ...whole, minimum: 1 } }), spec({ size: { ...whole, minimum: 1, exclusiveMinimum: true } }), 'keep-values'],
  ['a maximum length is added', spec({ a: text }), spec({ a: { ...text, maxLength: 63 } }), 'keep-values'],
  ['a maximum length is raised', spec({ a: { ...text, maxLength: 63 } }), spec({ a: { ...text, maxLength: 253 } }), ''],
  ['a pattern is added', spec({ a: text }), spec({ a: { ...text, pattern: '^[a-z]+$' } }), 'keep-values'],
  ['a pattern is widened', spec({ a: { ...text, pattern: '^[a-z]+$' } }), spec({ a: { ...text, pattern: '^[a-z0-9]+$' } }), ''],
  ['a pattern is narrowed', spec({ a: { ...text, pattern: '^[a-z0-9]+$' } }), spec({ a: { ...text, pattern: '^[a-z]+$' } }), 'keep-values'],
  ['a pattern is dropped', spec({ a: { ...text, pattern: '^[a-z]+$' } }), spec({ a: text }), ''],
  ['a format is added', spec({ a: text }), spec({ a: { ...text, format: 'date-time' } }), 'keep-values'],
  ['int32 becomes int64', spec({ a: { ...whole, format: 'int32' } }), spec({ a: { ...whole, format: 'int64' } }), ''],
  ['int64 becomes int32', spec({ a: { ...whole, format: 'int64' } }), spec({ a: { ...whole, format: 'int32' } }), 'keep-values'],
  ['fewer elements', spec({ a: list(text) }), spec({ a: list(text, { maxItems: 3 }) }), 'keep-values'],
  ['at least one element', spec({ a: list(text) }), spec({ a: list(text, { minItems: 1 }) }), 'keep-values'],
  ['at least one property', base, spec({ size: whole }, { minProperties: 1 }), 'keep-optional'],
  ['elements of another type', spec({ a: list(text) }), spec({ a: list(whole) }), 'keep-values'],
  ['nullable is added', spec({ a: text }), spec({ a: { ...text, nullable: true } }), '', 'keep-provided'],
  ['nullable is removed', spec({ a: { ...text, nullable: true } }), spec({ a: text }), 'keep-values', ''],
  ['unknown fields are kept from now on', spec({ a: object({ b: text }) }), spec({ a: { ...object({ b: text }), 'x-kubernetes-preserve-unknown-fields': true } }), ''],
  ['unknown fields are pruned from now on', spec({ a: keepsAll }), spec({ a: { type: 'object' } }), 'keep-field'],
  ['a free map becomes an object', spec({ a: { type: 'object', additionalProperties: text } }), spec({ a: object({ b: text }) }), 'keep-field'],
  ['an object becomes a map of the same', spec({ a: object({ b: text }) }), spec({ a: { type: 'object', additionalProperties: text } }), ''],
  ['map values of another type', spec({ a: { type: 'object', additionalProperties: text } }), spec({ a: { type: 'object', additionalProperties: whole } }), 'keep-values'],
  ['an object becomes an embedded resource', spec({ a: keepsAll }), spec({ a: { ...keepsAll, 'x-kubernetes-embedded-resource': true } }), 'keep-values'],
  ['an embedded resource becomes an object', spec({ a: { ...keepsAll, 'x-kubernetes-embedded-resource': true } }), spec({ a: keepsAll }), ''],
  ['apiVersion, kind and metadata are written out', base, object({ apiVersion: text, kind: text, metadata: { type: 'object' }, spec: object({ size: whole }) }), '', ''],
  ['apiVersion, kind and metadata are left out', object({ apiVersion: text, kind: text, metadata: { type: 'object' }, spec: object({ size: whole }) }), base, '', ''],
  ['the name of objects is restricted', base, object({ metadata: object({ name: { ...text, maxLength: 5 } }), spec: object({ size: whole }) }), 'keep-values'],
  ['a choice is added', spec({ a: text, b: text }), spec({ a: text, b: text }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }), 'keep-values'],
  ['a choice is dropped', spec({ a: text, b: text }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }), spec({ a: text, b: text }), ''],
  ['a list becomes a set', spec({ a: list(text) }), spec({ a: list(text, listType('set')) }), 'keep-list-type'],
  ['a set becomes a plain list', spec({ a: list(text, listType('set')) }), spec({ a: list(text) }), 'keep-list-type'],
  ['a list is called atomic, which it was', spec({ a: list(text) }), spec({ a: list(text, listType('atomic')) }), ''],
  ['a list becomes a map', spec({ a: list(entry) }), spec({ a: list(entry, listType('map', 'name')) }), 'keep-list-type'],
  ['a list map with other keys', spec({ a: list(object({ n: text, m: text }, { required: ['n', 'm'] }), listType('map', 'n')) }), spec({ a: list(object({ n: text, m: text }, { required: ['n', 'm'] }), listType('map', 'm')) }), 'keep-list-type'],
  ['a map becomes atomic', spec({ a: { type: 'object', additionalProperties: text } }), spec({ a: { type: 'object', additionalProperties: text, 'x-kubernetes-map-type': 'atomic' } }), 'keep-list-type'],
  ['a map is called granular, which it was', spec({ a: { type: 'object', additionalProperties: text } }), spec({ a: { type: 'object', additionalProperties: text, 'x-kubernetes-map-type': 'granular' } }), ''],
  ['a rule is added', base, spec({ size: whole }, rule('self.size > 3')), 'keep-rule'],
  ['a rule on one field is added', base, spec({ size: { ...whole, ...rule('self % 2 == 0') } }), 'keep-rule'],
  ['a rule on two fields is added', spec({ least: whole, most: whole }), spec({ least: whole, most: whole }, rule('self.least <= self.most')), 'keep-rule'],
  ['a rule that fields exclude each other', spec({ a: text, b: text }), spec({ a: text, b: text }, rule('!(has(self.a) && has(self.b))')), 'keep-rule'],
  ['a rule on list entries', spec({ all: list(entry) }), spec({ all: list({ ...entry, ...rule("self.name != 'main'") }) }), 'keep-rule'],
  ['a rule that makes a field immutable', spec({ a: text }), spec({ a: { ...text, ...rule('self == oldSelf') } }), 'keep-rule'],
  ['a rule that the schema implies', spec({ on: { type: 'boolean' } }), spec({ on: { type: 'boolean', ...rule('self || !self') } }), '?keep-rule'],
  ['a rule in terms that only the API server knows', spec({ a: text }), spec({ a: { ...text, ...rule('isURL(self)') } }), '?keep-rule'],
  ['a rule on a new field', base, spec({ size: whole, a: { ...text, ...rule("self != ''") } }), ''],
  ['a rule is removed', spec({ size: whole }, rule('self.size > 3')), base, ''],
  ['a rule has another message', spec({ size: whole }, rule('self.size > 3')), spec({ size: whole }, rule('self.size > 3', { message: 'too small' })), ''],
  ['a rule in other blanks', spec({ size: whole }, rule('self.size > 3')), spec({ size: whole }, rule('self.size  >  3 ')), ''],
  ['a rule with a wider limit', spec({ size: whole }, rule('self.size > 3')), spec({ size: whole }, rule('self.size > 2')), ''],
  ['a rule with a narrower limit', spec({ size: whole }, rule('self.size > 3')), spec({ size: whole }, rule('self.size > 4')), 'keep-rule'],
  ['a rule with an alternative', spec({ size: whole }, rule('self.size > 3')), spec({ size: whole }, rule('self.size > 3 || self.size == 0')), ''],
  ['a rule without one of its conditions', spec({ size: whole }, rule('self.size > 3 && self.size < 9')), spec({ size: whole }, rule('self.size < 9')), ''],
  ['another default', spec({ a: { ...text, default: 'x' } }), spec({ a: { ...text, default: 'y' } }), ''],
  ['a default that is not valid', spec({ a: whole }), spec({ a: { ...whole, default: 'y' } }), 'keep-default'],
];

describe('schemas of custom resources', () => {
  for (const [name, before, after, expected, forward] of schemaCases) {
    test(name, async () => {
      const answer = await compare(one(before), one(after));
      assert.deepEqual(
        answer.rules,
        expected === '' ? [] : [expected.replace('?', '')],
        JSON.stringify(answer.reports),
      );
      assert.equal(answer.verdict, verdictFor(expected));
      for (const report of answer.reports) {
        assert.ok(report.span, report.message);
      }
      if (forward === undefined) return;
      const read = await compare(one(before), one(after), 'produced');
      assert.deepEqual(read.rules, forward === '' ? [] : [forward], JSON.stringify(read.reports));
    });
  }
});

function verdictFor(expected: string): Answer['verdict'] {
  return expected === '' ? 'compatible' : expected.startsWith('?') ? 'unproven' : 'breaking';
}

const two = (first: Json, second: Json, more: Json = {}) =>
  crd([v('v1', base, first), v('v2', base, second)], more);
const subresources = (value: Json) => one(base, { subresources: value });
const scale = { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' };
const columns = (...names: string[]) =>
  one(base, { additionalPrinterColumns: names.map((name) => ({ name, type: 'string', jsonPath: '.a' })) });
const select = (...paths: string[]) =>
  one(base, { selectableFields: paths.map((jsonPath) => ({ jsonPath })) });
const wide = spec({ size: whole, name: text });
const none = { storage: false };

/** As above; a rule in brackets is told without standing in the way. */
// prettier-ignore
const definitionCases: [name: string, before: unknown, after: unknown, expected: string][] = [
  ['a new definition', 'kind: Namespace\n', one(base), ''],
  ['a definition is removed', one(base), 'kind: Namespace\n', 'keep-definition'],
  ['a version is added', one(base), two({}, none), ''],
  ['a served version is removed', two({}, none), one(base), 'keep-version'],
  ['a version that nobody could use is removed', two({}, { served: false, ...none }), one(base), '[keep-version]'],
  ['a version is renamed', one(base), crd([v('v2', base)]), 'keep-version'],
  ['a version is no longer served', two({}, none), two({}, { served: false, ...none }), 'keep-version'],
  ['a version is served again', two({}, { served: false, ...none }), two({}, none), ''],
  ['another storage version of the same schema', two({}, none), two(none, {}), '[keep-storage]'],
  ['another storage version that lacks a field', crd([v('v1', wide), v('v2', base, none)]), crd([v('v1', wide, none), v('v2', base)]), 'keep-conversion'],
  ['another storage version with a webhook', crd([v('v1', wide), v('v2', base, none)], webhook), crd([v('v1', wide, none), v('v2', base)], webhook), '[keep-storage]'],
  ['a version that lacks a field is added', one(base), crd([v('v1', base), v('v2', wide, none)]), '[keep-conversion]'],
  ['the conversion of versions that differ is dropped', crd([v('v1', base), v('v2', wide, none)], webhook), crd([v('v1', base), v('v2', wide, none)]), 'keep-conversion'],
  ['the conversion of versions that are the same is dropped', two({}, none, webhook), two({}, none), ''],
  ['a schema of a version that is neither served nor stored', crd([v('v1', base), v('v2', wide, { served: false, ...none })]), two({}, { served: false, ...none }), ''],
  ['another scope', one(base), crd([v('v1', base)], { scope: 'Cluster' }), 'keep-names'],
  ['another group', one(base), crd([v('v1', base)], { group: 'example.org' }), 'keep-names'],
  ['another kind', one(base), crd([v('v1', base)], {}, { kind: 'Store', singular: 'shop', listKind: 'ShopList' }), 'keep-names'],
  ['another plural', one(base), crd([v('v1', base)], {}, { plural: 'shopses' }), 'keep-names'],
  ['another list kind', one(base), crd([v('v1', base)], {}, { listKind: 'Shops' }), 'keep-names'],
  ['the list kind is written out', one(base), crd([v('v1', base)], {}, { listKind: 'ShopList', singular: 'shop' }), ''],
  ['a short name is added', one(base), crd([v('v1', base)], {}, { shortNames: ['sh'] }), ''],
  ['a short name is removed', crd([v('v1', base)], {}, { shortNames: ['sh'] }), one(base), '[keep-names]'],
  ['a category is removed', crd([v('v1', base)], {}, { categories: ['all'] }), one(base), '[keep-names]'],
  ['the subresource status is removed', subresources({ status: {} }), one(base), 'keep-subresource'],
  ['the subresource status is added', one(base), subresources({ status: {} }), '[keep-subresource]'],
  ['the subresource scale is added', one(base), subresources({ scale }), ''],
  ['the subresource scale is removed', subresources({ scale }), one(base), 'keep-subresource'],
  ['scale leads to another field', subresources({ scale }), subresources({ scale: { ...scale, specReplicasPath: '.spec.n' } }), 'keep-subresource'],
  ['a column is added', columns('A'), columns('A', 'B'), ''],
  ['a column is removed', columns('A', 'B'), columns('A'), '[keep-column]'],
  ['a selectable field is added', one(base), select('.spec.size'), ''],
  ['a selectable field is removed', select('.spec.size'), one(base), 'keep-selectable-field'],
  ['a version is deprecated', one(base), one(base, { deprecated: true }), ''],
  ['an annotation is added', one(base), { ...one(base), metadata: { name: 'shops.example.com', annotations: { a: 'b' } } }, ''],
  ['no storage version', one(base), one(base, none), '?parse-definition'],
  ['a schema that is none', one(base), crd([{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: 3 } }]), '?parse-definition'],
  ['no schema', one(base), crd([{ name: 'v1', served: true, storage: true }]), '?parse-definition'],
  ['no names', one(base), { ...one(base), spec: { group: 'example.com' } }, '?parse-definition'],
  ['not YAML', one(base), 'kind: [', '?parse-definition'],
  ['neither side defines anything', 'kind: Namespace\n', 'kind: Namespace\n', '?parse-definition'],
];

describe('definitions of custom resources', () => {
  for (const [name, before, after, expected] of definitionCases) {
    test(name, async () => {
      const answer = await compare(before, after);
      const told = [...new Set(answer.reports.map(({ ruleId }) => ruleId.replace('crd/', '')))];
      const silent = /^\[(.*)\]$/.exec(expected)?.[1];
      const blocking = silent === undefined ? expected : '';
      assert.equal(answer.verdict, verdictFor(blocking), JSON.stringify(answer.reports));
      assert.deepEqual(answer.rules, blocking === '' ? [] : [blocking.replace('?', '')]);
      assert.ok(silent === undefined || told.includes(silent), JSON.stringify(answer.reports));
      if (expected === '') assert.deepEqual(answer.reports, []);
    });
  }
});

const beta = (more: Json) => ({
  apiVersion: 'apiextensions.k8s.io/v1beta1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'shops.example.com' },
  spec: { group: 'example.com', names: { kind: 'Shop', plural: 'shops' }, scope: 'Namespaced', ...more },
});

test('v1beta1 says for all versions what v1 says for each', async () => {
  const old = beta({ version: 'v1', validation: { openAPIV3Schema: base }, preserveUnknownFields: false });
  assert.equal((await compare(old, one(base))).verdict, 'compatible');
  assert.deepEqual((await compare(old, one(spec({ size: text })))).rules, ['keep-values']);
  assert.deepEqual((await compare(old, one(object({})))).rules, ['keep-field']);
});

test('definitions are matched by group and kind, whichever order they stand in', async () => {
  const other = { ...one(base), spec: { ...one(base).spec, names: { kind: 'Cart', plural: 'carts' } } };
  const stream = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join('\n---\n');
  const answer = await compare(stream(one(base), other), stream(other, one(wide)));
  assert.equal(answer.verdict, 'compatible');
  assert.deepEqual((await compare(stream(one(base), other), stream(one(base)))).rules, ['keep-definition']);
  const inList = { kind: 'List', items: [other, one(base)] };
  assert.deepEqual((await compare(inList, stream(other))).rules, ['keep-definition']);
});

test('the witness is a whole object that was valid and is refused', async () => {
  const [before, after] = [spec({ a: { ...text, maxLength: 9 } }), spec({ a: { ...text, maxLength: 3 } })];
  const { reports } = await compare(one(before), one(after));
  const witness = reports[0]?.witness;
  assert.ok(typeof witness === 'object' && witness !== null);
  assert.equal(Reflect.get(witness, 'kind'), 'Shop');
  assert.equal(Reflect.get(witness, 'apiVersion'), 'example.com/v1');
  const [was, is] = [before, after].map((root) => validatorOf({ root, pointer: '', dialect: 'crd' }));
  assert.ok(was?.ok && was.accepts(witness));
  assert.ok(is?.ok && is.rejects(witness));
});

test('the witness keeps the rules that stood beside the schema', async () => {
  const rules = rule('has(self.mode) && (self.mode != "big" || self.size > 7)');
  const before = spec({ size: { ...whole, maximum: 9 }, mode: text }, rules);
  const after = spec({ size: { ...whole, maximum: 3 }, mode: text }, rules);
  const { reports } = await compare(one(before), one(after));
  const [report] = reports;
  assert.equal(report?.proof, 'breaking');
  assert.match(JSON.stringify(report.witness), /"mode":/);
});

test('a break that the rules rule out is not claimed', async () => {
  const rules = rule('!has(self.size) || self.size < 3');
  const before = spec({ size: { ...whole, maximum: 9 } }, rules);
  const after = spec({ size: { ...whole, maximum: 5 } }, rules);
  assert.equal((await compare(one(before), one(after))).verdict, 'unproven');
});

test('places are those of the file', async () => {
  const { reports } = await compare(one(spec({ a: text, b: text })), one(spec({ a: text })));
  const line = JSON.stringify(one(spec({ a: text, b: text })), null, 2).split('\n');
  const found = reports[0]?.beforeSpan?.start.line ?? 0;
  assert.match(line[found - 1] ?? '', /"b"/);
});

/** Structural schemas of few names, so that two of them have much in common. */
const schemas = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<Json>(text, whole, { ...text, maxLength: 3 }, { ...whole, minimum: 1 }, intOrString),
    tie('any').map((items) => list(items)),
    fc
      .record({
        properties: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), { maxKeys: 3 }),
        required: fc.subarray(['a', 'b', 'c']),
      })
      .map(({ properties, required }) => {
        const known = required.filter((name) => Object.hasOwn(properties, name));
        return object(properties, known.length === 0 ? {} : { required: known });
      }),
  ),
})).any;

test('what two schemas have in common may be left out of the question', () => {
  fc.assert(
    fc.property(schemas, schemas, fc.boolean(), (first, second, isAlike) => {
      const before = spec({ a: first, b: second, c: text });
      const after = spec({ a: isAlike ? first : second, b: first, c: text });
      const sources = (roots: readonly unknown[]) =>
        roots.map((root) => ({ root, pointer: '', dialect: 'crd' as const }));
      const stored = [before, after].map((one) => storedSchemaOf(one, { prunes: true, fillsDefaults: true }));
      const [from, to] = sources(stored);
      const [fromFocused, toFocused] = sources(focusSchemas(stored[0], stored[1]));
      assert.ok(from && to && fromFocused && toFocused);
      const told = (accepting: SchemaSource, rejecting: SchemaSource) =>
        findEscapes(accepting, rejecting, { undeclared: 'absent' })
          .map(({ outcome, keyword, place, name = '' }) => [outcome, keyword, place, name].join(' '))
          .sort();
      const [is, was] = [told(fromFocused, toFocused), told(from, to)];
      assert.deepEqual(is, was);
    }),
    { numRuns: 300 },
  );
});
