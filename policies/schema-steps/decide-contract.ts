/**
 * Whether the version that runs, and every one that could run again, can do without what a contract step takes away. A
 * trust boundary: it is decided on what the journals say is deployed and on what those versions' files hold. Files can
 * show that a name is used and never that it is not, so a name that stands in one of them counts as needed until the
 * migration itself says, with a reason that a peer has read, that it is not.
 */
import type { ContractStep } from './schema-steps.ts';

/** One version that has users, or that a rollback would return to. */
export interface DeployedVersion {
  service: string;
  environment: string;
  /** `stable`: settled there, and what a rollback returns to. `candidate`: its rollout is under way, or would be this one. */
  role: 'stable' | 'candidate';
  commit: string;
  /** Expands and backfills of the release before this contract that this version does not have. */
  lacks: string[];
  /** Where a removed name stands in its files; one place for each name is enough. */
  mentions: { name: string; path: string }[];
}

export interface ContractEvidence {
  contract: readonly ContractStep[];
  versions: readonly DeployedVersion[];
}

export interface ContractRefusal {
  reasonCode: 'expand-not-settled' | 'contract-needed';
  message: string;
}

/** Null when nothing needs what goes. */
export function decideContract(evidence: ContractEvidence): ContractRefusal | null {
  const step = evidence.contract[0];
  if (step === undefined) return null;
  for (const version of evidence.versions) {
    const missing = version.lacks[0];
    if (missing === undefined) continue;
    return {
      reasonCode: 'expand-not-settled',
      message: `${step.path} is refused: ${whereOf(version)} does not have ${missing} yet; let the release with it settle there first`,
    };
  }
  for (const version of evidence.versions) {
    const need = version.mentions.find(({ name }) => mayNeed(name, evidence.contract));
    if (need === undefined) continue;
    return {
      reasonCode: 'contract-needed',
      message: `${step.path} is refused: ${whereOf(version)} mentions \`${need.name}\` in ${need.path}; deploy a version that does without it and let it settle, or write \`-- evenkeel: unused ${need.name}: REASON\` at the head of the migration`,
    };
  }
  return null;
}

function mayNeed(name: string, contract: readonly ContractStep[]): boolean {
  return contract.some(({ removes, unused }) => removes.includes(name) && !unused.includes(name));
}

function whereOf({ service, environment, role, commit }: DeployedVersion): string {
  const what = role === 'stable' ? 'the stable version' : 'the candidate';
  return `${what} of ${service} in ${environment} (${commit.slice(0, 12)})`;
}

/** How a column's name is written in code: `first_name`, and `firstName` and `FirstName` as mappers have it. */
export function spellingsOf(name: string): string[] {
  const camel = name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return [...new Set([name, camel, camel.charAt(0).toUpperCase() + camel.slice(1)])];
}
