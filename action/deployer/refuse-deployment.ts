import type { GateOutcome } from '../../policies/gates/gate-evidence.ts';
import type { Verdict } from '../../policies/verdict.ts';
import type { Release } from '../../stacks/exposure.ts';
import type { CommandResult } from '../commands/command.ts';
import type { CheckOutcome } from '../commands/run-check.ts';
import { printable } from '../report/describe-finding.ts';
import type { ApprovalOfContent } from './approval-of-content.ts';

/** What `deploy` answers when the verdict does not let it start: every reason, and who can still give what is missing. */
export function refusal(verdict: Verdict, outcome: CheckOutcome, approval: ApprovalOfContent): CommandResult {
  const isAdoption = outcome.isAdoption && verdict.decision === 'allow';
  const reasons = isAdoption
    ? [`${outcome.policy.path} has to land with a peer's approval before anything is deployed`]
    : verdict.reasons.map((reason) =>
        reason.path === undefined ? reason.message : `${reason.path}: ${reason.message}`,
      );
  const isBlocked = verdict.decision === 'block';
  const missing = approval.outcomes.flatMap(({ pull, outcome: decided }) =>
    decided.missing.map((item) => ({ pull, ...item })),
  );
  return {
    exitCode: isBlocked ? 1 : 3,
    decision: isBlocked ? 'block' : 'await-approval',
    reasonCode: verdict.reasonCode,
    result: {
      verdict,
      approval: approval.decision,
      missing,
      findings: outcome.findings,
      base: outcome.base,
      head: outcome.head,
    },
    text: [
      `not deployed (${verdict.reasonCode}):`,
      ...reasons.map((reason) => `  ${reason}`),
      ...missing.map((item) => `  pull request #${item.pull}: ${item.message}${whoCan(item)}`),
    ].join('\n'),
  };
}

/** By name, and only then by what they would have to be. */
function whoCan({ logins, teams, roles }: { logins: string[]; teams: string[]; roles: string[] }): string {
  const named = [...logins, ...teams.map((team) => `a member of ${team}`)];
  const who = named.length > 0 ? named : roles.map((role) => `somebody with the role ${role}`);
  return who.length === 0 ? '' : ` (who can give it: ${who.map((name) => printable(name)).join(', ')})`;
}

/** What `deploy` answers while a gate is closed: each one, and when a clock alone will open it. */
export function gatesClosed(outcome: GateOutcome, candidate: Release): CommandResult {
  const closed = outcome.gates.filter((gate) => !gate.isOpen);
  const [first] = closed;
  return {
    exitCode: 3,
    decision: 'held',
    reasonCode: first?.reasonCode ?? outcome.reasonCode,
    result: { candidate: candidate.digest, commit: candidate.commit, gates: outcome },
    text: [
      `not deployed (${outcome.reasonCode}):`,
      ...closed.map(({ detail, opensAt }) =>
        opensAt === undefined ? `  ${detail}` : `  ${detail} (opens at ${opensAt})`,
      ),
    ].join('\n'),
  };
}

/** What `deploy` answers when the schema's part of the release cannot be done now. */
export function migrationsRefused(
  { reasonCode, message }: { reasonCode: string; message: string },
  candidate: Release,
): CommandResult {
  return {
    exitCode: 1,
    decision: 'block',
    reasonCode,
    result: { candidate: candidate.digest, commit: candidate.commit, message },
    text: `not deployed (${reasonCode}): ${printable(message)}`,
  };
}
