import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  canonicalJson,
  isJsonObject,
  parseCanonicalJson,
  type JsonValue,
} from '../../../policies/audit/canonical-json.ts';

test('the example of RFC 8785, section 3.2.2 and 3.2.3', () => {
  const value: JsonValue = {
    numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  };
  assert.equal(
    canonicalJson(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test('members are sorted by UTF-16 code units: an emoji comes before U+FB33', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
  const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
  const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])));
  assert.equal(text, `{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`);
});

test('numbers of RFC 8785, appendix B', () => {
  const expected: Record<string, string> = {
    '0000000000000000': '0',
    '8000000000000000': '0',
    '0000000000000001': '5e-324',
    '7fefffffffffffff': '1.7976931348623157e+308',
    '4340000000000000': '9007199254740992',
    '4430000000000000': '295147905179352830000',
    '44b52d02c7e14af5': '9.999999999999997e+22',
    '44b52d02c7e14af6': '1e+23',
    '444b1ae4d6e2ef4f': '999999999999999900000',
    '444b1ae4d6e2ef50': '1e+21',
    '3eb0c6f7a0b5ed8c': '9.999999999999997e-7',
    '3eb0c6f7a0b5ed8d': '0.000001',
    becbf647612f3696: '-0.0000033333333333333333',
    '43143ff3c1cb0959': '1424953923781206.2',
  };
  for (const [bits, text] of Object.entries(expected)) {
    assert.equal(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE()), text, bits);
  }
});

test('what the RFC forbids is refused: NaN, infinities, lone surrogates', () => {
  for (const value of [NaN, Infinity, -Infinity, '\ud800', { '\udc00': 1 }]) {
    assert.throws(() => canonicalJson(value), TypeError);
  }
});

test('every value comes back, the order of members does not matter, and there is one spelling', () => {
  const json = fc
    .jsonValue({ stringUnit: 'binary' })
    .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      assert.deepEqual(parseCanonicalJson(text), value);
      assert.equal(parseCanonicalJson(` ${text}`), undefined);
      if (isJsonObject(value))
        assert.equal(canonicalJson(Object.fromEntries(Object.entries(value).reverse())), text);
    }),
  );
});

test('other spellings of the same value are not canonical', () => {
  for (const text of ['{"b":1,"a":2}', '{"a": 1}', '{"a":1,"a":1}', '1.0', '"\\u0041"', '{"a":', '']) {
    assert.equal(parseCanonicalJson(text), undefined, text);
  }
});
