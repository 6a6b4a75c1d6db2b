import type { ApprovalPolicy } from '../approval/approval-policy.ts';

/** The `approval` part as its JSON Schema lets it through. */
export interface RawApproval {
  required: number;
  codeOwners?: boolean;
  roles?: string[];
}

export function fillApproval(raw: RawApproval): ApprovalPolicy {
  return {
    required: raw.required,
    codeOwners: raw.codeOwners ?? false,
    roles: raw.roles ?? ['write', 'maintain', 'admin'],
  };
}
