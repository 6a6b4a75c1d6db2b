import assert from 'node:assert/strict';
import type { ContractRequest } from '../../analyzers/schema/contract.ts';
import { openapiContract } from '../../analyzers/schema/openapi/contract.ts';
import { compareFiles, type Verdict } from './contract-verdict.ts';

/** The verdict over two values of a description, and a rule that has to say something. */
export async function expectVerdict(
  before: unknown,
  after: unknown,
  verdict: Verdict,
  rule?: string,
  options: Partial<ContractRequest> = {},
) {
  const found = await compareFiles(openapiContract, { 'api.json': before }, { 'api.json': after }, options);
  const said = JSON.stringify(found.reports, undefined, 1);
  assert.equal(found.verdict, verdict, said);
  if (rule !== undefined)
    assert.ok(
      found.reports.some(({ ruleId }) => ruleId === `openapi/${rule}`),
      said,
    );
}
