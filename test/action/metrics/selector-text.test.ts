/** Texts of queries. What a real server makes of them: prometheus-source.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bucketsOf,
  digestStart,
  rangeQuery,
  versionOf,
} from '../../../action/metrics/prometheus/selector-text.ts';
import { readSelector } from '../../../policies/selector/read-selector.ts';

const [candidate, stable] = ['c'.repeat(12), 'a'.repeat(12)];
const version = { label: 'release', candidate, stable };

test('both versions are asked for in one query, whatever the selector looks like', () => {
  const matcher = `release=~"(sha256:)?(${candidate}|${stable})[0-9a-f]*"`;
  const forms: [written: string, query: string][] = [
    ['up', `up{${matcher}}[30s]`],
    ['up{}', `up{${matcher}}[30s]`],
    ['up { }', `up {${matcher}}[30s]`],
    ['up{job="shop"}', `up{job="shop",${matcher}}[30s]`],
    ['up{job="shop",}', `up{job="shop",${matcher}}[30s]`],
    ['up{job="shop" , }', `up{job="shop" ,${matcher}}[30s]`],
    ['  up{job=~"a|b",code!~"5.."}  ', `up{job=~"a|b",code!~"5..",${matcher}}[30s]`],
    [`up{path='/{id},'}`, `up{path='/{id},',${matcher}}[30s]`],
    ['up{path="{"}', `up{path="{",${matcher}}[30s]`],
    ['{__name__="up"}', `{__name__="up",${matcher}}[30s]`],
  ];
  for (const [written, query] of forms) {
    const selector = readSelector(written);
    assert.ok(selector !== null, `${written} is let through by the policy`);
    assert.equal(rangeQuery(selector, version, 30), query);
  }
  assert.match(rangeQuery('up', version, 30.2), /\[31s\]$/, 'rather a second too much');
});

test('buckets of a histogram by its name', () => {
  assert.equal(bucketsOf('job:seconds'), 'job:seconds_bucket');
  assert.equal(bucketsOf('seconds{seconds="seconds"}'), 'seconds_bucket{seconds="seconds"}');
});

test('a release by the first twelve digits of its digest; less would be somebody else', () => {
  const digest = '0123456789abcdef'.repeat(4);
  assert.equal(digestStart(digest), '0123456789ab');
  assert.equal(digestStart(`sha256:${digest}`), '0123456789ab');
  for (const none of ['', 'sha256:', 'sha256:0123', 'main', `sha512:${digest}`])
    assert.throws(() => digestStart(none), RangeError, none);
});

test('which version a series is of', () => {
  const of = (release: string) => versionOf({ release }, version);
  assert.equal(of(`sha256:${candidate}${'0'.repeat(52)}`), 'candidate');
  assert.equal(of(candidate), 'candidate');
  assert.equal(of(`${stable}1`), 'baseline');
  assert.equal(of('b'.repeat(64)), null);
  assert.equal(of(candidate.slice(0, 7)), null, 'too short to be sure');
  assert.equal(versionOf({ version: candidate }, version), null);
});
