import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { policySchema } from '../../policies/policy-file/schema.ts';

/** At start it is only compiled: this test is what stands in for the check that was left out there. */
test("the policy file's schema is a valid JSON Schema", () => {
  const ajv = new Ajv({ strict: false });
  assert.equal(ajv.validateSchema(policySchema), true, ajv.errorsText());
});
