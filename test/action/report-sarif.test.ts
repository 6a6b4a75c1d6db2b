/**
 * SARIF 2.1.0 as code scanning takes it: valid to OASIS's own schema, and to the stricter one that is written down here,
 * from sections 3.14 to 3.49 of the specification, which asks for what the official one leaves open.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Ajv, type AnySchema } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import type { Finding } from '../../analyzers/finding.ts';
import { toSarif } from '../../action/report/sarif.ts';

const text = { type: 'object', required: ['text'], properties: { text: { type: 'string', minLength: 1 } } };
const level = { enum: ['none', 'note', 'warning', 'error'] };
const location = {
  type: 'object',
  additionalProperties: false,
  required: ['physicalLocation'],
  properties: {
    id: { type: 'integer', minimum: -1 },
    message: text,
    physicalLocation: {
      type: 'object',
      additionalProperties: false,
      required: ['artifactLocation'],
      properties: {
        artifactLocation: {
          type: 'object',
          additionalProperties: false,
          required: ['uri'],
          // A relative reference of RFC 3986: no scheme, no leading slash, nothing that has to be escaped.
          properties: {
            uri: {
              type: 'string',
              pattern: "^(?:[A-Za-z0-9._~!*'()-]|%[0-9A-F]{2})+(?:/(?:[A-Za-z0-9._~!*'()-]|%[0-9A-F]{2})*)*$",
            },
          },
        },
        region: {
          type: 'object',
          additionalProperties: false,
          required: ['startLine'],
          properties: Object.fromEntries(
            ['startLine', 'startColumn', 'endLine', 'endColumn'].map((name) => [
              name,
              { type: 'integer', minimum: 1 },
            ]),
          ),
        },
      },
    },
  },
};
const validateStrictly = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile({
  type: 'object',
  additionalProperties: false,
  required: ['version', 'runs'],
  properties: {
    $schema: { type: 'string' },
    version: { const: '2.1.0' },
    runs: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['tool', 'results'],
        properties: {
          columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
          automationDetails: { type: 'object', properties: { id: { type: 'string' } } },
          tool: {
            type: 'object',
            required: ['driver'],
            properties: {
              driver: {
                type: 'object',
                required: ['name', 'version', 'rules'],
                properties: {
                  name: { type: 'string' },
                  version: { type: 'string' },
                  rules: {
                    type: 'array',
                    uniqueItems: true,
                    items: {
                      type: 'object',
                      additionalProperties: false,
                      required: ['id', 'shortDescription', 'help'],
                      properties: {
                        id: { type: 'string' },
                        name: { type: 'string' },
                        shortDescription: text,
                        fullDescription: text,
                        help: text,
                        defaultConfiguration: { type: 'object', properties: { level } },
                        properties: {
                          type: 'object',
                          properties: { tags: { type: 'array', uniqueItems: true } },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
          results: {
            type: 'array',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['ruleId', 'ruleIndex', 'message', 'level', 'locations', 'partialFingerprints'],
              properties: {
                ruleId: { type: 'string' },
                ruleIndex: { type: 'integer', minimum: 0 },
                level,
                message: text,
                baselineState: { enum: ['new', 'unchanged', 'updated', 'absent'] },
                locations: { type: 'array', items: location },
                relatedLocations: { type: 'array', uniqueItems: true, items: location },
                partialFingerprints: { type: 'object', additionalProperties: { type: 'string' } },
                suppressions: {
                  type: 'array',
                  items: {
                    type: 'object',
                    required: ['kind'],
                    properties: {
                      kind: { enum: ['inSource', 'external'] },
                      status: { enum: ['accepted', 'underReview', 'rejected'] },
                    },
                  },
                },
                properties: { type: 'object' },
              },
            },
          },
        },
      },
    },
  },
});

const official = createRequire(import.meta.url).resolve('schemastore/schemas/json/sarif-2.1.0.json');
// One of its patterns is none with the u flag.
const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
formats.default(ajv);
const validateOfficially = ajv.compile(JSON.parse(readFileSync(official, 'utf8')) as AnySchema);

/** The first thing that is wrong with a log, or undefined. */
function faultOf(log: unknown): unknown {
  for (const validate of [validateOfficially, validateStrictly]) {
    if (!validate(log)) return validate.errors?.[0];
  }
  return undefined;
}

const span = { start: { line: 2, column: 3 }, end: { line: 2, column: 9 } };
const finding: Finding = {
  ruleId: 'config/match-schema',
  level: 'error',
  message: '/port must be a number',
  remedy: 'Correct the value.',
  path: 'config/a b:c#d.yaml',
  span,
  beforeSpan: { start: { line: 1, column: 1 }, end: { line: 1, column: 4 } },
  fingerprint: 'f'.repeat(32),
  proof: 'breaking',
  witness: { port: 1 },
};
const rule = {
  id: 'config/match-schema',
  level: 'error',
  covers: ['narrow'],
  problem: 'The service fails at start.',
  remedy: 'Correct the value.',
} as const;

test('a finding becomes a result with its rule, both places, its fingerprint and its witness', () => {
  const log = toSarif([finding], [rule], '1.2.3');
  assert.equal(faultOf(log), undefined);
  const { runs } = log as { runs: { results: unknown[]; tool: { driver: { rules: unknown[] } } }[] };
  assert.deepEqual(runs[0]?.results, [
    {
      ruleId: 'config/match-schema',
      ruleIndex: 0,
      level: 'error',
      message: { text: '/port must be a number' },
      baselineState: 'new',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'config/a%20b%3Ac%23d.yaml' },
            region: { startLine: 2, startColumn: 3, endLine: 2, endColumn: 9 },
          },
        },
      ],
      relatedLocations: [
        {
          id: 1,
          message: { text: 'before the change' },
          physicalLocation: {
            artifactLocation: { uri: 'config/a%20b%3Ac%23d.yaml' },
            region: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 4 },
          },
        },
      ],
      partialFingerprints: { evenkeel: 'f'.repeat(32) },
      properties: { proof: 'breaking', witness: { port: 1 } },
    },
  ]);
  assert.deepEqual(runs[0].tool.driver.rules, [
    {
      id: 'config/match-schema',
      name: 'ConfigMatchSchema',
      shortDescription: { text: 'The service fails at start.' },
      fullDescription: { text: 'The service fails at start. Correct the value.' },
      help: { text: 'Correct the value.' },
      properties: { tags: ['config'], covers: ['narrow'] },
      defaultConfiguration: { level: 'error' },
    },
  ]);
});

test('every list of findings is valid, and every result names its own rule', () => {
  const position = fc.record({
    line: fc.integer({ min: 1, max: 9 }),
    column: fc.integer({ min: 1, max: 9 }),
  });
  const anySpan = fc.record({ start: position, end: position });
  const anyFinding: fc.Arbitrary<Finding> = fc.record(
    {
      ruleId: fc.constantFrom('config/match-schema', 'sql/parse-syntax', 'policy/read-policy'),
      level: fc.constantFrom('error', 'warning', 'note'),
      message: fc.string({ minLength: 1 }),
      remedy: fc.string({ minLength: 1 }),
      path: fc
        .array(
          fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => !name.includes('/')),
          { minLength: 1 },
        )
        .map((names) => names.join('/')),
      span: anySpan,
      beforeSpan: anySpan,
      fingerprint: fc.string({ minLength: 1 }),
      proof: fc.constantFrom('breaking', 'unproven'),
      witness: fc.jsonValue(),
      waivedBy: fc.record({
        owner: fc.string(),
        reason: fc.string(),
        expires: fc.constant('2027-01-31'),
        isProposed: fc.boolean(),
      }),
    },
    { requiredKeys: ['ruleId', 'level', 'message', 'remedy', 'path', 'fingerprint'] },
  );
  fc.assert(
    fc.property(fc.array(anyFinding, { maxLength: 5 }), (findings) => {
      const log = toSarif(findings, [rule], '1.2.3');
      assert.equal(faultOf(log), undefined);
      const { runs } = log as {
        runs: {
          results: { ruleId: string; ruleIndex: number }[];
          tool: { driver: { rules: { id: string }[] } };
        }[];
      };
      for (const run of runs) {
        for (const result of run.results)
          assert.equal(run.tool.driver.rules[result.ruleIndex]?.id, result.ruleId);
      }
    }),
  );
});
