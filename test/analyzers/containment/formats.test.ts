import '../../support/seed.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatNames } from 'ajv-formats/dist/formats.js';
import fc from 'fast-check';
import {
  isValidFormat,
  languageOf,
  restrictsStrings,
  samplesOf,
} from '../../../analyzers/containment/strings/string-formats.ts';
import {
  findString,
  isKnownFormat,
  type StringConstraints,
} from '../../../analyzers/containment/strings/string-values.ts';

function find(constraints: Partial<StringConstraints>) {
  const none = { patterns: [], notPatterns: [], formats: [], notFormats: [] };
  return findString({ minLength: 0, maxLength: Infinity, excluded: new Set(), ...none, ...constraints });
}

const stringFormats = formatNames.filter(restrictsStrings);

describe('formats', () => {
  it('knows the names that ajv-formats knows', () => {
    assert.deepEqual(
      formatNames.filter((name) => !isKnownFormat(name)),
      [],
    );
    for (const name of ['idn-email', 'idn-hostname', 'iri', 'iri-reference', 'constructor', '']) {
      assert.equal(isKnownFormat(name), false, name);
    }
  });

  it('takes a format that no validator knows for one that takes all, and cannot tell what it does not take', () => {
    assert.equal(find({ formats: ['iri'] }).outcome, 'some');
    assert.equal(find({ formats: ['phone'], notFormats: ['phone'] }).outcome, 'none');
    const found = find({ notFormats: ['phone'] });
    assert.match(found.outcome === 'unknown' ? found.reason : found.outcome, /phone/);
  });

  it('has a valid string of each, and one that is not valid', () => {
    for (const name of stringFormats) {
      assert.deepEqual(
        samplesOf(name).filter((text) => !isValidFormat(name, text)),
        [],
        name,
      );
      const [inside, outside] = [find({ formats: [name] }), find({ notFormats: [name] })];
      assert.ok(inside.outcome === 'some' && isValidFormat(name, inside.value), name);
      assert.ok(outside.outcome === 'some' && !isValidFormat(name, outside.value), name);
    }
    for (const name of ['password', 'binary', 'int32', 'double']) {
      assert.equal(find({ notFormats: [name] }).outcome, 'none', name);
    }
  });

  const within: [format: string, other: string][] = [
    ['uri', 'uri-reference'],
    ['date', 'uri-reference'],
    ['time', 'iso-time'],
    ['date-time', 'iso-date-time'],
    ['ipv4', 'hostname'],
    ['hostname', 'uri-reference'],
    ['uuid', 'uri-reference'],
    ['uuid', 'regex'],
    ['json-pointer-uri-fragment', 'uri-reference'],
  ];
  it('proves which are within others, and finds a string for every other pair', () => {
    for (const format of stringFormats) {
      for (const other of stringFormats) {
        const found = find({ formats: [format], notFormats: [other] });
        if (within.some(([a, b]) => a === format && b === other)) assert.equal(found.outcome, 'none');
        if (format === other) assert.equal(found.outcome, 'none');
        assert.notEqual(found.outcome, 'unknown', `${format} without ${other}`);
        if (found.outcome !== 'some') continue;
        assert.ok(isValidFormat(format, found.value) && !isValidFormat(other, found.value));
      }
    }
  });

  const againstPatterns: [format: string, pattern: string, outcome: string][] = [
    ['uuid', '^[0-9a-f-]{36}$', 'some'],
    ['uuid', '^[0-9a-fA-F-]{36}$', 'some'],
    ['uuid', '^([uU][rR][nN]:[uU][uU][iI][dD]:)?[0-9a-fA-F-]{36}$', 'none'],
    ['ipv4', '^(\\d{1,3}\\.){3}\\d{1,3}$', 'none'],
    ['ipv6', '^[0-9a-fA-F:.]+$', 'none'],
    ['date', '^\\d{4}-\\d{2}-\\d{2}$', 'none'],
    ['date', '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$', 'none'],
    ['date', '^2\\d{3}-', 'some'],
    ['date-time', '^\\d{4}-\\d{2}-\\d{2}', 'none'],
    ['date-time', 'Z$', 'some'],
    ['time', '^\\d{2}:\\d{2}:', 'none'],
    ['email', '@', 'none'],
    ['email', '^\\S+@\\S+\\.\\S+$', 'none'],
    ['email', '@example\\.com$', 'some'],
    ['uri', '^https?://', 'some'],
    ['uri', ':', 'none'],
    ['hostname', '^[A-Za-z0-9.-]+$', 'none'],
    ['byte', '^[A-Za-z0-9+/=]*$', 'some'],
    ['duration', '^P', 'none'],
    ['json-pointer', '^(/|$)', 'none'],
  ];
  for (const [format, pattern, outcome] of againstPatterns) {
    it(`${format} beyond ${pattern}: ${outcome}`, () =>
      assert.equal(find({ formats: [format], notPatterns: [pattern] }).outcome, outcome));
  }

  it('decides a pattern within a format', () => {
    assert.equal(find({ patterns: ['^https://[a-z.]+$'], notFormats: ['uri'] }).outcome, 'none');
    assert.equal(find({ patterns: ['^(\\d{1,3}\\.){3}\\d{1,3}$'], notFormats: ['ipv4'] }).outcome, 'some');
    assert.equal(find({ patterns: ['^\\d{4}-01-[01]1$'], notFormats: ['date'] }).outcome, 'none');
    assert.equal(find({ patterns: ['^\\d{4}-02-29$'], notFormats: ['date'] }).outcome, 'some');
    assert.equal(find({ patterns: ['^[a-z]+@[a-z]+\\.com$'], notFormats: ['email'] }).outcome, 'none');
  });
});

/** A sample with a few of its characters replaced: near the edge of what is valid. */
const nearSample = (name: string) =>
  fc
    .tuple(
      fc.constantFrom(...samplesOf(name), '2023-02-29', '23:59:60Z', '46:59:60+23:00', '1900-02-29'),
      fc.array(
        fc.tuple(
          fc.nat(40),
          fc.constantFrom(...('0123456789aZtT:-+./@%[]{}?# \n"é😀KABF='.match(/./gsu) ?? [])),
        ),
        { maxLength: 3 },
      ),
    )
    .map(([sample, edits]) => {
      const characters = Array.from(sample);
      for (const [at, character] of edits) characters[at % (characters.length + 1)] = character;
      return characters.join('');
    });

describe('what ajv-formats says', () => {
  for (const name of stringFormats) {
    it(`of ${name} lies between its languages`, () => {
      const { lower, upper } = languageOf(name);
      const [narrow, wide] = [lower, upper].map(({ source, flags }) => new RegExp(source, flags));
      fc.assert(
        fc.property(nearSample(name), (text) => {
          const isValid = isValidFormat(name, text);
          if (narrow?.test(text) === true) assert.ok(isValid, text);
          if (isValid) assert.ok(wide?.test(text), text);
          // The automata read the same languages as JavaScript does.
          const found = find({ formats: [name], among: [text] });
          assert.equal(found.outcome, isValid ? 'some' : 'none', text);
          if (lower.source === upper.source) return;
          assert.equal(find({ notFormats: [name], among: [text] }).outcome, isValid ? 'none' : 'some', text);
        }),
        { numRuns: 300 },
      );
    });
  }
});
