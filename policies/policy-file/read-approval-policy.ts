import { Ajv, type ValidateFunction } from 'ajv';
import { tokensOf } from '../../analyzers/document/document.ts';
import type { ApprovalPolicy } from '../approval/approval-policy.ts';
import { approvalSchema } from './approval-schema.ts';
import { fillApproval, type RawApproval } from './fill-approval.ts';
import { faultsOf, type PolicyFault } from './schema-faults.ts';

export type ApprovalPolicyReading =
  | { ok: true; policy: ApprovalPolicy }
  /** One sentence each, as the policy file itself would be answered. */
  | { ok: false; problems: string[] };

let compiled: ValidateFunction<{ approval: RawApproval }> | undefined;

/** Reads the `approval` part alone, as it stands in the policy file. Never throws. */
export function readApprovalPolicy(raw: unknown): ApprovalPolicyReading {
  compiled ??= new Ajv({ allErrors: true, strict: false, verbose: true, ownProperties: true }).compile({
    type: 'object',
    required: ['approval'],
    properties: { approval: approvalSchema },
  });
  const value: unknown = { approval: raw };
  if (!compiled(value)) return { ok: false, problems: sentencesOf(faultsOf(compiled.errors ?? [])) };
  const faults: PolicyFault[] = [];
  const policy = fillApproval(value.approval, faults);
  return faults.length > 0 ? { ok: false, problems: sentencesOf(faults) } : { ok: true, policy };
}

function sentencesOf(faults: readonly PolicyFault[]): string[] {
  return faults.map(({ pointer, message }) => `${tokensOf(pointer).join('.')}: ${message}`);
}
