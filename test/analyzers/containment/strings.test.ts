import '../../support/seed.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { formatNames } from 'ajv-formats/dist/formats.js';
import fc from 'fast-check';
import { restrictsStrings, samplesOf } from '../../../analyzers/containment/strings/string-formats.ts';
import {
  findString,
  findStrings,
  type StringConstraints,
} from '../../../analyzers/containment/strings/string-values.ts';

const anyString: StringConstraints = {
  minLength: 0,
  maxLength: Infinity,
  patterns: [],
  notPatterns: [],
  formats: [],
  notFormats: [],
  excluded: new Set(),
};

function find(constraints: Partial<StringConstraints>) {
  return findString({ ...anyString, ...constraints });
}

/** What is accepted by the first pattern and not by the second. */
function beyond(pattern: string, other: string) {
  return find({ patterns: [pattern], notPatterns: [other] });
}

const ajv = new Ajv({ strict: false });
addFormats.default(ajv);

function schemaOf({ minLength, maxLength, patterns, notPatterns, formats, notFormats }: StringConstraints) {
  return {
    type: 'string',
    minLength,
    ...(maxLength === Infinity ? {} : { maxLength }),
    allOf: [
      {},
      ...patterns.map((pattern) => ({ pattern })),
      ...formats.map((format) => ({ format })),
      ...notPatterns.map((pattern) => ({ not: { pattern } })),
      ...notFormats.map((format) => ({ not: { format } })),
    ],
  };
}

describe('lengths', () => {
  const cases: [minLength: number, maxLength: number, excluded: string[], expected: unknown][] = [
    [0, Infinity, [], ''],
    [3, 3, [], 'aaa'],
    [1, 1, ['a', 'b'], 'c'],
    [4, 3, [], 'none'],
    [0, 0, [''], 'none'],
    [0, 1e9, [''], 'a'],
    [1e9, Infinity, [], 'unknown'],
  ];
  for (const [minLength, maxLength, excluded, expected] of cases) {
    it(`${minLength} to ${maxLength} without ${JSON.stringify(excluded)}: ${JSON.stringify(expected)}`, () => {
      const found = find({ minLength, maxLength, excluded: new Set(excluded) });
      assert.equal(found.outcome === 'some' ? found.value : found.outcome, expected);
    });
  }

  it('count code points', () => {
    assert.deepEqual(find({ minLength: 2, maxLength: 2, patterns: ['^😀+$'] }), {
      outcome: 'some',
      value: '😀😀',
    });
    assert.equal(find({ among: ['😀😀'], minLength: 3 }).outcome, 'none');
  });
});

describe('one pattern within another', () => {
  const included: [pattern: string, other: string][] = [
    ['^a$', 'a'],
    ['^[a-z]+$', '^[a-z]*$'],
    ['^[a-z]{2,5}$', '^[a-z]{1,10}$'],
    ['^(foo|bar)$', '^(foo|bar|baz)$'],
    ['^\\d{3}$', '^[0-9]{3}$'],
    ['^[0-9]{3}$', '^\\d{3}$'],
    ['^(?:ab)+$', '^(ab)*$'],
    ['^(a+)+$', '^a+$'],
    ['^ab*$', '^a'],
    ['^a{3}$', '^aaa$'],
    ['^(a|b)*$', '^[ab]*$'],
    ['^a|b$', 'a|b'],
    ['^x?y$', '^(xy|y)$'],
    ['\\bfoo\\b', 'foo'],
    ['^foo\\b', '^foo(?!\\w)'],
    ['^(?!foo)', '^(?!foobar)'],
    ['^(?=.*\\d)(?=.*[a-z]).{8,}$', '\\d'],
    ['^(?=.*\\d)(?=.*[a-z]).{8,}$', '^.{8,}$'],
    ['(?<=a)b', 'ab'],
    ['ab', '(?<=a)b'],
    ['(?<!a)b', 'b'],
    ['^[^\\s]+$', '^\\S+$'],
    ['^\\w+$', '^[A-Za-z0-9_]+$'],
    ['^[\\p{Lu}]+$', '^\\p{L}+$'],
    ['^.$', '^[^\\n\\r\\u2028\\u2029]$'],
    ['^[\\s\\S]*$', ''],
    ['^(a)\\1$', '^aa$'],
    ['^$', '^\\s*$'],
    ['$^', '^$'],
    ['a\\Bb', 'ab'],
    ['[^]', '^(?!$)'],
    ['^\\u{1F600}$', '^😀$'],
    ['^[a-z]([a-z0-9-]*[a-z0-9])?$', '^[a-z0-9-]+$'],
    ['^.{1,9999}$', '^.{1,10000}$'],
  ];
  for (const [pattern, other] of included) {
    it(`${pattern} is within ${other}`, () => assert.deepEqual(beyond(pattern, other), { outcome: 'none' }));
  }

  const wider: [pattern: string, other: string, witness: string][] = [
    ['a', '^a$', 'aa'],
    ['^[a-z]*$', '^[a-z]+$', ''],
    ['^[a-zA-Z]+$', '^[a-z]+$', 'A'],
    ['^[a-z]{1,10}$', '^[a-z]{2,5}$', 'a'],
    ['^(foo|bar|baz)$', '^(foo|bar)$', 'baz'],
    ['^[0-9]{2,4}$', '^\\d{3}$', '00'],
    ['foo', '\\bfoo\\b', 'afoo'],
    ['^.{8,}$', '^(?=.*\\d)(?=.*[a-z]).{8,}$', 'aaaaaaaa'],
    ['^(?!foobar)', '^(?!foo)', 'foo'],
    ['b', '(?<=a)b', 'b'],
    ['^[^ ]+$', '^\\S+$', '\t'],
    ['^x-', '^x-[a-z]', 'x-'],
    ['', '^.*$', '\n'],
    ['^[A-Z]{3}$', '^(?!XXX)[A-Z]{3}$', 'XXX'],
    ['^(\\d+)-\\1$', '^0', '1-1'],
  ];
  for (const [pattern, other, witness] of wider) {
    it(`${JSON.stringify(witness)} is in ${pattern}, not in ${other}`, () =>
      assert.deepEqual(beyond(pattern, other), { outcome: 'some', value: witness }));
  }

  it('finds nothing in two patterns that exclude each other, and in lengths that a pattern does not have', () => {
    assert.equal(find({ patterns: ['^a+$', '^b+$'] }).outcome, 'none');
    assert.equal(find({ patterns: ['^[a-z]{1,5}$'], minLength: 1e9 }).outcome, 'none');
    assert.equal(find({ patterns: ['^(ab)*$'], minLength: 3, maxLength: 3 }).outcome, 'none');
    assert.equal(
      find({ patterns: ['^a{1000000}$'], maxLength: 3, notPatterns: ['^a{1000000}$'] }).outcome,
      'none',
    );
  });

  it('says of what it cannot decide why', () => {
    const cases: [Partial<StringConstraints>, RegExp][] = [
      [{ patterns: ['[a'] }, /ajv can compile/],
      [{ patterns: ['\\-'] }, /ajv can compile/],
      [{ patterns: ['^(a*)b\\1$'], notPatterns: ['^a*ba*$'] }, /refers back to a group/],
      [{ notPatterns: ['(a+)b\\1', '^'] }, /^$/],
      [{ patterns: ['^(a+)b\\1$'], notPatterns: ['^a+b'] }, /^$/],
      [{ patterns: ['(?<=(?=a)\\w)b'], notPatterns: ['b'] }, /lookbehind/],
      [{ patterns: ['^(a{1000}){1000}$'], minLength: 1 }, /repeats too often/],
      [{ patterns: ['^(a|b)*a(a|b){20}$'], notPatterns: ['^(a|b)*b(a|b){20}$'] }, /too long to look through/],
      [{ patterns: ['^a+$'], minLength: 1e9 }, /too long to show/],
    ];
    for (const [constraints, reason] of cases) {
      const found = find(constraints);
      // Some of them are decided all the same, from what is regular in them.
      if (reason.source === '^$') assert.equal(found.outcome, 'none', JSON.stringify(constraints));
      else assert.match(found.outcome === 'unknown' ? found.reason : found.outcome, reason);
    }
  });
});

describe('long strings', () => {
  it('are found at the length that is asked for', () => {
    const cases: Partial<StringConstraints>[] = [
      { patterns: ['^[a-z]{1,63}(\\.[a-z]{1,63})*$'], minLength: 200, maxLength: 200 },
      { patterns: ['^\\S+$'], minLength: 50_000 },
      { patterns: ['^(ab)+$'], minLength: 2001 },
      { formats: ['uri'], notPatterns: ['^.{1,255}$'] },
      { formats: ['email'], minLength: 321 },
      { formats: ['hostname'], minLength: 254 },
      { notFormats: ['uri'], minLength: 3000, maxLength: 3000 },
    ];
    for (const constraints of cases) {
      const found = find(constraints);
      assert.ok(found.outcome === 'some', JSON.stringify(constraints));
      assert.ok(ajv.compile(schemaOf({ ...anyString, ...constraints }))(found.value));
    }
  });

  it('are none where no text of the language is so long', () => {
    for (const format of ['uuid', 'date', 'ipv4', 'ipv6', 'hostname']) {
      assert.equal(find({ formats: [format], minLength: 255 }).outcome, 'none', format);
    }
  });
});

describe('several strings', () => {
  it('gives as many as there are, and proves where there are fewer', () => {
    const among = (count: number) => findStrings({ ...anyString, patterns: ['^[a-c]$'] }, count);
    assert.deepEqual(among(3), { outcome: 'some', value: ['a', 'b', 'c'] });
    assert.deepEqual(among(4), { outcome: 'none' });
    const excluded = new Set(['aa', 'ab']);
    assert.equal(findStrings({ ...anyString, patterns: ['^[a-c]{2}$'], excluded }, 7).outcome, 'some');
    assert.equal(findStrings({ ...anyString, patterns: ['^[a-c]{2}$'], excluded }, 8).outcome, 'none');
    assert.equal(findStrings({ ...anyString, patterns: ['^(foo|bar)$'] }, 3).outcome, 'none');
    assert.equal(findStrings({ ...anyString, maxLength: 0 }, 2).outcome, 'none');
    assert.equal(findStrings({ ...anyString, among: ['a', 'a', 'b'] }, 3).outcome, 'none');
  });

  it('are different, whatever was asked', () => {
    for (const constraints of [{}, { patterns: ['^x-'] }, { formats: ['uuid'] }, { maxLength: 1 }]) {
      const found = findStrings({ ...anyString, ...constraints }, 200);
      assert.equal(found.outcome === 'some' ? new Set(found.value).size : found.outcome, 200);
    }
  });
});

const stringFormats = formatNames.filter(restrictsStrings);

const atom = fc.constantFrom(
  'a',
  'b',
  '0',
  '-',
  '.',
  '[ab]',
  '[^a]',
  '\\w',
  '\\d',
  '\\b',
  '\\B',
  '^',
  '$',
  '',
);
const pattern = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    atom,
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => a + b),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '*?'))
      .map(([a, repetition]) => `(?:${a})${repetition}`),
    fc
      .tuple(fc.constantFrom('?=', '?!', '?<=', '?<!'), tie('expression'))
      .map(([kind, a]) => `(${kind}${a})`),
  ),
})).expression;

const alphabet = ['a', 'b', '0', '-', '\n'];
const shortTexts = ['', ...alphabet];
for (const first of alphabet) for (const second of alphabet) shortTexts.push(first + second);
for (const text of [...shortTexts])
  if (text.length === 2) for (const last of alphabet) shortTexts.push(text + last);

describe('random patterns', () => {
  it('are read as JavaScript reads them', () => {
    fc.assert(
      fc.property(pattern, (source) => {
        const expression = new RegExp(source, 'u');
        for (const text of shortTexts) {
          const found = find({ patterns: [source], among: [text] });
          if (found.outcome === 'unknown') continue;
          assert.equal(
            found.outcome === 'some',
            expression.test(text),
            `${source} on ${JSON.stringify(text)}`,
          );
        }
      }),
      { numRuns: 400 },
    );
  });

  // Texts of three characters refute a false proof where it shows in short texts; longer ones are not looked at.
  it('give strings that ajv accepts, and no proof that ajv refutes', () => {
    const constraints = fc.record({
      minLength: fc.nat(3),
      maxLength: fc.constantFrom(2, 3, 5, Infinity),
      patterns: fc.array(pattern, { maxLength: 2 }),
      notPatterns: fc.array(pattern, { maxLength: 2 }),
      formats: fc.array(fc.constantFrom(...stringFormats), { maxLength: 1 }),
      notFormats: fc.array(fc.constantFrom(...stringFormats), { maxLength: 1 }),
    });
    let undecided = 0;
    fc.assert(
      fc.property(constraints, fc.integer({ min: 1, max: 3 }), (drawn, count) => {
        const asked = { ...drawn, excluded: new Set<string>() };
        const isValid = ajv.compile(schemaOf(asked));
        const found = findStrings(asked, count);
        if (found.outcome === 'unknown') undecided += 1;
        if (found.outcome === 'some') {
          assert.equal(new Set(found.value).size, count);
          for (const text of found.value) assert.ok(isValid(text), JSON.stringify(text));
        }
        if (found.outcome === 'none') {
          const samples = drawn.formats.flatMap(samplesOf);
          const counter = [...new Set([...shortTexts, ...samples])].filter((text) => isValid(text));
          assert.ok(counter.length < count, JSON.stringify(counter.slice(0, 3)));
        }
      }),
      { numRuns: 600 },
    );
    assert.ok(undecided < 30, `${undecided} of 600 are undecided`);
  });
});
