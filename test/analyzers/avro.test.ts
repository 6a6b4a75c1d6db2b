/** Avro: which changes of a schema leave the data of the other version readable, after the specification. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { avroContract } from '../../analyzers/schema/avro/contract.ts';
import { askAvsc } from '../../analyzers/schema/avro/confirm-witness.ts';
import { compareContract, versionOf, type Answer } from '../support/compare-contract.ts';

type Schema = unknown;
type Verdict = Answer['verdict'];
type Case = [name: string, before: Schema, after: Schema, backward: string, forward: string];

function compare(before: Schema, after: Schema, level: string): Promise<Answer> {
  const textOf = (schema: Schema) =>
    typeof schema === 'string' && /^\s*[{["/]/.test(schema) ? schema : JSON.stringify(schema, null, 2);
  return compareContract(avroContract, {
    before: versionOf(textOf(before), 'order.avsc'),
    after: versionOf(textOf(after), 'order.avsc'),
    direction: 'consumed',
    level,
  });
}

const record = (...fields: Schema[]) => ({ type: 'record', name: 'Order', namespace: 'shop', fields });
const field = (name: string, type: Schema, more: object = {}) => ({ name, type, ...more });
const id = field('id', 'long');
const enumOf = (symbols: string[], more: object = {}) => ({ type: 'enum', name: 'State', symbols, ...more });
const fixed = (size: number, more: object = {}) => ({ type: 'fixed', name: 'Digest', size, ...more });
const decimal = (precision: number, scale?: number) => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  ...(scale !== undefined && { scale }),
});
const long = (logicalType: string) => ({ type: 'long', logicalType });
const node = (...more: Schema[]) => ({
  type: 'record',
  name: 'Node',
  fields: [field('next', ['null', 'Node'], { default: null }), ...more],
});

/** An empty text: compatible; else the rule that stands in the way, `?` in front of what is unproven. */
// prettier-ignore
const cases: Case[] = [
  ['the same schema', record(id), record(id), '', ''],
  ['a field with a default is added', record(id), record(id, field('note', 'string', { default: '' })), '', ''],
  ['a field without a default is added', record(id), record(id, field('note', 'string')), 'keep-field-default', ''],
  ['a nullable field without a default is added', record(id), record(id, field('note', ['null', 'string'])), 'keep-field-default', ''],
  ['a nullable field with the default null', record(id), record(id, field('note', ['null', 'string'], { default: null })), '', ''],
  ['a field without a default is removed', record(id, field('note', 'string')), record(id), '', 'keep-field-default'],
  ['a field with a default is removed', record(id, field('note', 'string', { default: '' })), record(id), '', ''],
  ['a field is renamed', record(id, field('note', 'string')), record(id, field('remark', 'string')), 'keep-field-default', 'keep-field-default'],
  ['a field is renamed with an alias', record(id, field('note', 'string')), record(id, field('remark', 'string', { aliases: ['note'] })), '', 'keep-field-default'],
  ['an alias that is the name of another field', record(id, field('note', 'string')), record(field('id', 'long', { aliases: ['note'] })), '?question-match', 'keep-field-default'],
  ['fields in another order', record(id, field('note', 'string')), record(field('note', 'string'), id), '', ''],
  ['a default is removed from a field that stays', record(field('id', 'long', { default: 0 })), record(id), '', ''],
  ['a default is changed', record(field('id', 'long', { default: 0 })), record(field('id', 'long', { default: 1 })), '', ''],
  ['a documentation is added', record(id), { ...record(id), doc: 'An order.' }, '', ''],
  ['int becomes long', record(field('n', 'int')), record(field('n', 'long')), '', 'keep-promotable'],
  ['int becomes float', 'int', 'float', '', 'keep-promotable'],
  ['int becomes double', 'int', 'double', '', 'keep-promotable'],
  ['long becomes float', 'long', 'float', '', 'keep-promotable'],
  ['long becomes double', 'long', 'double', '', 'keep-promotable'],
  ['float becomes double', 'float', 'double', '', 'keep-promotable'],
  ['string becomes bytes', 'string', 'bytes', '', ''],
  ['bytes becomes string', 'bytes', 'string', '', ''],
  ['int becomes string', 'int', 'string', 'keep-type', 'keep-type'],
  ['boolean becomes int', 'boolean', 'int', 'keep-type', 'keep-type'],
  ['null becomes int', 'null', 'int', 'keep-type', 'keep-type'],
  ['string becomes fixed', 'string', fixed(4), 'keep-type', 'keep-type'],
  ['string becomes an enum', 'string', enumOf(['x']), 'keep-type', 'keep-type'],
  ['an array becomes a map', { type: 'array', items: 'int' }, { type: 'map', values: 'int' }, 'keep-type', 'keep-type'],
  ['a record becomes a map', record(id), { type: 'map', values: 'long' }, 'keep-type', 'keep-type'],
  ['the items of an array are promoted', { type: 'array', items: 'int' }, { type: 'array', items: 'long' }, '', 'keep-promotable'],
  ['the values of a map are promoted', { type: 'map', values: 'long' }, { type: 'map', values: 'double' }, '', 'keep-promotable'],
  ['the items of an array are others', { type: 'array', items: 'int' }, { type: 'array', items: 'string' }, 'keep-type', 'keep-type'],
  ['the values of a map are others', { type: 'map', values: 'int' }, { type: 'map', values: 'string' }, 'keep-type', 'keep-type'],
  ['a type written at length', 'int', { type: 'int' }, '', ''],
  ['a symbol is added', enumOf(['A']), enumOf(['A', 'B']), '', 'keep-symbol'],
  ['a symbol is removed', enumOf(['A', 'B']), enumOf(['A']), 'keep-symbol', ''],
  ['a symbol is renamed', enumOf(['A', 'B']), enumOf(['A', 'C']), 'keep-symbol', 'keep-symbol'],
  ['a symbol is removed, with a default', enumOf(['A', 'B']), enumOf(['A'], { default: 'A' }), '', ''],
  ['a symbol is added, the old one has a default', enumOf(['A'], { default: 'A' }), enumOf(['A', 'B'], { default: 'A' }), '', ''],
  ['symbols in another order', enumOf(['A', 'B']), enumOf(['B', 'A']), '', ''],
  ['a symbol is removed; the default of the field does not help', record(field('s', enumOf(['A', 'B']), { default: 'A' })), record(field('s', enumOf(['A']), { default: 'A' })), 'keep-symbol', ''],
  ['an enum without a default of the field is added, its own default does not help', record(id), record(id, field('s', enumOf(['A'], { default: 'A' }))), 'keep-field-default', ''],
  ['a fixed of another size', fixed(4), fixed(8), 'keep-fixed-size', 'keep-fixed-size'],
  ['a fixed of another name', fixed(4), { ...fixed(4), name: 'Hash' }, 'keep-name', 'keep-name'],
  ['a fixed renamed with an alias', fixed(4), { ...fixed(4), name: 'Hash', aliases: ['Digest'] }, '', 'keep-name'],
  ['an enum of another name', enumOf(['A']), { ...enumOf(['A']), name: 'Status' }, 'keep-name', 'keep-name'],
  ['an enum renamed with an alias', enumOf(['A']), { ...enumOf(['A']), name: 'Status', aliases: ['State'] }, '', 'keep-name'],
  ['a record of another name', record(id), { ...record(id), name: 'Purchase' }, 'keep-name', 'keep-name'],
  ['a record renamed with an alias', record(id), { ...record(id), name: 'Purchase', aliases: ['Order'] }, '', 'keep-name'],
  ['a record renamed with a full alias', record(id), { ...record(id), name: 'Purchase', namespace: 'buy', aliases: ['shop.Order'] }, '', 'keep-name'],
  ['an alias of another namespace', record(id), { ...record(id), name: 'Purchase', namespace: 'buy', aliases: ['Order'] }, 'keep-name', 'keep-name'],
  ['a record in another namespace', record(id), { ...record(id), namespace: 'store' }, '', ''],
  ['a record within a field of another name', record(field('i', { type: 'record', name: 'A', fields: [id] })), record(field('i', { type: 'record', name: 'B', fields: [id] })), 'keep-name', 'keep-name'],
  ['a namespace in the name', record(id), { type: 'record', name: 'shop.Order', fields: [id] }, '', ''],
  ['a type becomes nullable', record(field('n', 'int')), record(field('n', ['null', 'int'])), '', 'keep-branch'],
  ['a nullable is no longer', record(field('n', ['null', 'int'])), record(field('n', 'int')), 'keep-branch', ''],
  ['a branch is added', ['null', 'int'], ['null', 'int', 'string'], '', 'keep-branch'],
  ['a branch is removed', ['null', 'int', 'string'], ['null', 'int'], 'keep-branch', ''],
  ['branches in another order', ['null', 'int'], ['int', 'null'], '', ''],
  ['a branch is promoted', ['null', 'int'], ['null', 'long'], '', 'keep-branch'],
  ['a branch read by a wider one that is there already', ['int', 'long'], ['long'], '', ''],
  ['a union read by one type', ['int', 'long'], 'double', '', 'keep-branch'],
  ['a union of one type', ['int'], 'int', '', ''],
  ['an empty union', [], 'int', '', 'keep-branch'],
  ['a string read by a union with bytes', 'string', ['null', 'bytes'], '', 'keep-branch'],
  ['a record added to a union', ['null', record(id)], ['null', record(id), { type: 'record', name: 'Refund', fields: [] }], '', 'keep-branch'],
  ['a record in a union gets a field', ['null', record(id)], ['null', record(id, field('n', 'int'))], 'keep-field-default', ''],
  ['records of a union in another order', [record(id), enumOf(['A'])], [enumOf(['A']), record(id)], '', ''],
  ['a record with the simple name of two branches', { ...record(id), namespace: 'a' }, [{ ...record(field('id', 'string')), namespace: 'b' }, { ...record(id), namespace: 'c' }], '?question-match', 'keep-type'],
  ['a recursive record gets a field with a default', node(), node(field('n', 'int', { default: 0 })), '', ''],
  ['a recursive record gets a field without one', node(), node(field('n', 'int')), 'keep-field-default', ''],
  ['a field of a recursive record changes', node(field('n', 'int')), node(field('n', 'string')), 'keep-type', 'keep-type'],
  ['decimals of another scale', decimal(10, 2), decimal(10, 4), 'keep-logical-type', 'keep-logical-type'],
  ['decimals of another precision', decimal(10, 2), decimal(12, 2), 'keep-logical-type', 'keep-logical-type'],
  ['a scale of zero, written or not', decimal(10), decimal(10, 0), '', ''],
  ['milliseconds become microseconds', long('timestamp-millis'), long('timestamp-micros'), 'keep-logical-type', 'keep-logical-type'],
  ['an instant becomes a local time', long('timestamp-millis'), long('local-timestamp-millis'), 'keep-logical-type', 'keep-logical-type'],
  ['a date becomes an instant', { type: 'int', logicalType: 'date' }, long('timestamp-millis'), 'keep-logical-type', 'keep-promotable'],
  ['a logical type is added', 'long', long('timestamp-millis'), '', ''],
  ['a logical type is removed', { type: 'string', logicalType: 'uuid' }, 'string', '', ''],
  ['a logical type on a base that it does not fit is ignored', { type: 'string', logicalType: 'date' }, { type: 'string', logicalType: 'time-millis' }, '', ''],
  ['logical types that nobody knows', { type: 'string', logicalType: 'mail' }, { type: 'string', logicalType: 'phone' }, '?keep-logical-type', '?keep-logical-type'],
  ['a default of a later branch', record(id), record(id, field('n', ['null', 'string'], { default: 'x' })), '?question-default', '?question-default'],
  ['a default of another type', record(id), record(id, field('n', 'int', { default: 'x' })), 'parse-schema', 'parse-schema'],
  ['a default of a wrong type that was there', record(field('n', 'int', { default: 'x' })), record(field('n', 'int', { default: 'x' }), field('m', 'int', { default: 0 })), '', ''],
  ['a default for a record', record(id), record(id, field('r', { type: 'record', name: 'R', fields: [field('a', 'int'), field('b', 'int', { default: 1 })] }, { default: { a: 1 } })), '', ''],
  ['a default for a record that lacks a field', record(id), record(id, field('r', { type: 'record', name: 'R', fields: [field('a', 'int')] }, { default: {} })), 'parse-schema', 'parse-schema'],
  ['a whole number for a double', record(id), record(id, field('d', 'double', { default: 1 })), '', ''],
  ['an int out of its range', record(id), record(id, field('d', 'int', { default: 3000000000 })), 'parse-schema', 'parse-schema'],
  ['an unknown type', record(id), record(id, field('n', 'text', { default: '' })), 'parse-schema', 'parse-schema'],
  ['a type that is defined twice', record(id), record(field('a', fixed(1)), field('b', fixed(2))), 'parse-schema', 'parse-schema'],
  ['a field that is there twice', record(id), record(id, id), 'parse-schema', 'parse-schema'],
  ['a symbol that is there twice', enumOf(['A']), enumOf(['A', 'A']), 'parse-schema', 'parse-schema'],
  ['a symbol that is no name', enumOf(['A']), enumOf(['A', 'B-C'], { default: 'A' }), 'parse-schema', 'keep-symbol|parse-schema'],
  ['a default symbol that is none', enumOf(['A']), enumOf(['A'], { default: 'X' }), 'parse-schema', 'parse-schema'],
  ['a name that is none', 'int', { type: 'record', name: 'a-b', fields: [] }, 'keep-type|parse-schema', 'keep-type|parse-schema'],
  ['a union in a union', ['int'], ['int', ['string']], 'parse-schema', 'parse-schema'],
  ['a type twice in a union', ['int'], ['int', 'int'], 'parse-schema', 'parse-schema'],
  ['a record without fields', record(id), { type: 'record', name: 'Order' }, 'parse-schema', 'parse-schema'],
  ['an array without items', { type: 'array', items: 'int' }, { type: 'array' }, 'parse-schema', 'parse-schema'],
  ['a map without values', { type: 'map', values: 'int' }, record(field('m', { type: 'map' })), 'parse-schema', 'parse-schema'],
  ['an object without a type', 'int', { name: 'Order' }, 'parse-schema', 'parse-schema'],
  ['a fixed without a size', fixed(1), { type: 'fixed', name: 'Digest' }, 'parse-schema', 'parse-schema'],
  ['no JSON', record(id), '{ "type": ', 'parse-schema', 'parse-schema'],
  ['comments, as the parser of Avro takes them', '"int"', '// a number\n"int"', '', ''],
  ['a comma too many', '["int"]', '["int",] // x', 'parse-schema', 'parse-schema'],
  ['names are looked up in the namespace around', record(field('a', fixed(4)), field('b', 'Digest')), record(field('a', fixed(4)), field('b', 'shop.Digest')), '', ''],
  ['an error is a record', { type: 'error', name: 'Order', fields: [id] }, record(id), '', ''],
];

describe('a change of an Avro schema', () => {
  for (const [name, before, after, backward, forward] of cases) {
    for (const [level, expected] of [
      ['backward', backward],
      ['forward', forward],
    ] as const) {
      test(`${level}: ${name}`, async () => {
        const answer = await compare(before, after, level);
        const rules = expected.replace('?', '').split('|').filter(Boolean);
        const verdict: Verdict =
          expected === '' ? 'compatible' : expected.startsWith('?') ? 'unproven' : 'breaking';
        assert.deepEqual(
          { verdict: answer.verdict, rules: answer.rules },
          { verdict, rules },
          JSON.stringify(answer.reports),
        );
        for (const report of answer.reports)
          assert.ok(report.span !== undefined, `no span: ${report.message}`);
      });
    }
  }
});

test('avsc refuses the witness of what it checks', async () => {
  const answer = await compare(
    record(field('s', ['null', enumOf(['A', 'B'])])),
    record(field('s', ['null', enumOf(['A'])])),
    'backward',
  );
  const [report] = answer.reports;
  assert.deepEqual(report?.witness, { s: { 'shop.State': 'B' } });
  const schemas = [enumOf(['A']), enumOf(['A', 'B'])].map((type) => record(field('s', ['null', type])));
  assert.equal(await askAvsc(schemas[0], schemas[1], report.witness), 'refused');
});
