import '../../support/seed.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import {
  boundsOfNumberFormat,
  findNumber,
  findNumbers,
  type NumberBound,
  type NumberConstraints,
} from '../../../analyzers/containment/numbers/number-values.ts';
import {
  compareRationals,
  nearestDouble,
  rationalOf,
} from '../../../analyzers/containment/numbers/rational.ts';

const anyNumber: NumberConstraints = {
  multiplesOf: [],
  notMultiplesOf: [],
  isInteger: false,
  isNotInteger: false,
  excluded: new Set(),
};

function find(constraints: Partial<NumberConstraints>, count = 1) {
  return findNumbers({ ...anyNumber, ...constraints }, count);
}

function outcomeOf(constraints: Partial<NumberConstraints>): unknown {
  const found = findNumber({ ...anyNumber, ...constraints });
  return found.outcome === 'some' ? found.value : found.outcome;
}

const at = (value: number | string): NumberBound => ({ value, isExclusive: false });
const beside = (value: number | string): NumberBound => ({ value, isExclusive: true });

describe('one number', () => {
  const cases: [name: string, constraints: Partial<NumberConstraints>, expected: unknown][] = [
    ['any', {}, 0],
    ['above 5', { minimum: beside(5) }, 6],
    ['from 5', { minimum: at(5) }, 5],
    ['at most -3', { maximum: at(-3) }, -3],
    ['between two integers', { minimum: beside(5), maximum: beside(6) }, 5.1],
    ['an integer between two integers', { minimum: beside(5), maximum: beside(6), isInteger: true }, 'none'],
    ['a point', { minimum: at(1), maximum: at(1) }, 1],
    ['a point that is left out', { minimum: at(1), maximum: beside(1) }, 'none'],
    ['a point that is taken', { minimum: at(1), maximum: at(1), excluded: new Set([1]) }, 'none'],
    ['an empty range', { minimum: at(2), maximum: at(1) }, 'none'],
    ['not an integer', { isNotInteger: true }, 0.1],
    ['an integer and not one', { isInteger: true, isNotInteger: true }, 'none'],
    ['not an integer at an integer', { isNotInteger: true, minimum: at(1), maximum: at(1) }, 'none'],
    ['even, not a multiple of four', { multiplesOf: [2], notMultiplesOf: [4] }, 2],
    ['a multiple of four, not even', { multiplesOf: [4], notMultiplesOf: [2] }, 'none'],
    ['an integer that is no multiple of 1', { isInteger: true, notMultiplesOf: [1] }, 'none'],
    ['a multiple of 1 that is no integer', { isNotInteger: true, multiplesOf: [1] }, 'none'],
    ['of 2 and 3, not 6', { multiplesOf: [2, 3], notMultiplesOf: [6] }, 'none'],
    ['of 2 and 3, not 4, 9, 5, 7', { multiplesOf: [2, 3], notMultiplesOf: [4, 9, 5, 7] }, 6],
    ['of 6 beyond 10', { multiplesOf: [2, 3], minimum: beside(10) }, 12],
    ['of 0.1, not 0.01', { multiplesOf: [0.1], notMultiplesOf: [0.01] }, 'none'],
    ['of 0.01, not 0.1', { multiplesOf: [0.01], notMultiplesOf: [0.1] }, 0.01],
    ['of 0.5, an integer, not 1', { multiplesOf: [0.5], isInteger: true, notMultiplesOf: [1] }, 'none'],
    ['of 1.5, an integer, not 3', { multiplesOf: [1.5], isInteger: true, notMultiplesOf: [3] }, 'none'],
    ['of 10 between 11 and 19', { multiplesOf: [10], minimum: at(11), maximum: at(19) }, 'none'],
    [
      '0 is a multiple of all',
      { multiplesOf: [7], minimum: at(-6), maximum: at(6), notMultiplesOf: [3] },
      'none',
    ],
    ['no multiple of a small number', { notMultiplesOf: [1e-10] }, 1e-11],
    ['among', { among: [1, 2, 3], multiplesOf: [2] }, 2],
    ['among none', { among: [1, 3], multiplesOf: [2] }, 'none'],
    ['an integer written as 1.0 is one', { among: [1.0], isNotInteger: true }, 'none'],
    ['beyond 2^53', { isInteger: true, minimum: beside(2 ** 53) }, 9007199254740994],
    ['beyond int64', { isInteger: true, minimum: beside('9223372036854775807') }, 9223372036854778000],
    ['a huge one', { isInteger: true, minimum: at(1e308) }, 1e308],
    ['a huge step', { multiplesOf: [1e300], minimum: at(1) }, 1e300],
    ['a tiny range', { minimum: beside(0), maximum: beside(1e-300) }, 1e-301],
  ];
  for (const [name, constraints, expected] of cases) {
    it(`${name}: ${String(expected)}`, () => assert.deepEqual(outcomeOf(constraints), expected));
  }

  it('is unknown, by name, where floating-point arithmetic does not hold what there is', () => {
    const cases: [Partial<NumberConstraints>, RegExp][] = [
      // 0.3 is a multiple of 0.1, but 0.3 / 0.1 is 2.9999999999999996.
      [{ multiplesOf: [0.1], minimum: at(0.25), maximum: at(0.35) }, /multipleOf 0\.1/],
      [{ multiplesOf: [0.1], among: [0.3] }, /multipleOf 0\.1/],
      [{ minimum: beside(Number.MAX_VALUE) }, /double/],
      [{ minimum: beside('1e400') }, /double/],
      [{ minimum: at('1e99999999') }, /limit/],
      [{ notMultiplesOf: [5e-324] }, /multipleOf 5e-324/],
      [{ multiplesOf: [0] }, /multipleOf 0/],
      [{ multiplesOf: [-1] }, /multipleOf -1/],
    ];
    for (const [constraints, reason] of cases) {
      const found = findNumber({ ...anyNumber, ...constraints });
      assert.match(found.outcome === 'unknown' ? found.reason : found.outcome, reason);
    }
  });
});

describe('several numbers', () => {
  it('are counted', () => {
    const digits = { isInteger: true, minimum: at(1), maximum: at(9) };
    assert.equal(find(digits, 9).outcome, 'some');
    assert.equal(find(digits, 10).outcome, 'none');
    assert.equal(find({ ...digits, excluded: new Set([4, 40]) }, 9).outcome, 'none');
    assert.equal(find({ ...digits, notMultiplesOf: [2] }, 5).outcome, 'some');
    assert.equal(find({ ...digits, notMultiplesOf: [2] }, 6).outcome, 'none');
    assert.equal(find({ minimum: at(0), maximum: at(1) }, 1000).outcome, 'some');
    assert.equal(find({ isInteger: true, minimum: at(-1e9), maximum: at(1e9) }, 1000).outcome, 'some');
    assert.equal(find({ among: [1, 1, 2] }, 3).outcome, 'none');
    assert.deepEqual(find({ among: [0, -0] }, 2), { outcome: 'none' });
  });
});

describe('number formats', () => {
  it('are ranges', () => {
    assert.deepEqual(boundsOfNumberFormat('int32')?.maximum, at(2147483647));
    assert.deepEqual(boundsOfNumberFormat('int64')?.minimum, at('-9223372036854775808'));
    assert.deepEqual(boundsOfNumberFormat('double'), { isInteger: false });
    assert.equal(boundsOfNumberFormat('date'), undefined);
  });

  it('int32 has its last number', () => {
    const bounds = boundsOfNumberFormat('int32');
    assert.equal(outcomeOf({ ...bounds, minimum: at(2147483647) }), 2147483647);
    assert.equal(outcomeOf({ ...bounds, minimum: beside(2147483647) }), 'none');
  });
});

describe('exact numbers', () => {
  it('are what the shortest text of a double says, and lead back to it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const exact = rationalOf(value);
        assert.ok(exact !== undefined);
        assert.ok(Object.is(nearestDouble(exact), value) || value === 0);
      }),
    );
  });

  it('are ordered as doubles are', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(double, double, (a, b) => {
        const [one, other] = [rationalOf(a), rationalOf(b)];
        assert.ok(one !== undefined && other !== undefined);
        assert.equal(compareRationals(one, other), Math.sign(a - b) || 0);
      }),
    );
  });
});

describe('random constraints', () => {
  const ajv = new Ajv({ strict: false });
  const quarters = fc.integer({ min: -24, max: 24 }).map((count) => count / 4);
  const bound = fc.option(fc.record({ value: quarters, isExclusive: fc.boolean() }), { nil: undefined });
  // Powers of two and their multiples: doubles hold them exactly, so that ajv's arithmetic is exact as well.
  const step = fc.constantFrom(0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 6);
  const constraints = fc.record({
    minimum: bound,
    maximum: bound,
    multiplesOf: fc.array(step, { maxLength: 2 }),
    notMultiplesOf: fc.array(step, { maxLength: 2 }),
    isInteger: fc.boolean(),
    isNotInteger: fc.boolean(),
    excluded: fc
      .array(quarters, { maxLength: 3 })
      .map((values) => new Set(values.map((value) => value || 0))),
  });

  function schemaOf({ minimum, maximum, multiplesOf, notMultiplesOf, ...rest }: NumberConstraints) {
    const allOf: object[] = [{ type: rest.isInteger ? 'integer' : 'number' }];
    if (minimum) allOf.push({ [minimum.isExclusive ? 'exclusiveMinimum' : 'minimum']: minimum.value });
    if (maximum) allOf.push({ [maximum.isExclusive ? 'exclusiveMaximum' : 'maximum']: maximum.value });
    for (const multipleOf of multiplesOf) allOf.push({ multipleOf });
    for (const multipleOf of notMultiplesOf) allOf.push({ not: { multipleOf } });
    if (rest.isNotInteger) allOf.push({ not: { type: 'integer' } });
    for (const value of rest.excluded) allOf.push({ not: { const: value } });
    return { allOf };
  }

  it('give numbers that ajv accepts, a proof that ajv does not refute, and nothing undecided', () => {
    fc.assert(
      fc.property(constraints, fc.integer({ min: 1, max: 4 }), (asked, count) => {
        const isValid = ajv.compile(schemaOf(asked));
        const found = findNumbers(asked, count);
        assert.notEqual(found.outcome, 'unknown');
        if (found.outcome === 'some') {
          assert.equal(new Set(found.value).size, count);
          for (const value of found.value) assert.ok(isValid(value), String(value));
        }
        if (found.outcome === 'none') {
          let counter = 0;
          for (let eighths = -400; eighths <= 400; eighths += 1) if (isValid(eighths / 8)) counter += 1;
          assert.ok(counter < count, `${counter} numbers`);
        }
      }),
      { numRuns: 500 },
    );
  });
});
