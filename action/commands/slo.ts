import type { Policy, ServicePolicy } from '../../policies/policy-file/policy.ts';
import type { StartDecision } from '../../policies/slo/decide-start.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { stableOf } from '../deployer/find-rollout.ts';
import { requirePolicyAt } from '../repository/policy-at.ts';
import { findRevisions } from '../repository/find-revisions.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { describeDecision } from '../slo/describe-decision.ts';
import { assessService } from '../slo/gate-start.ts';
import type { Command, CommandResult } from './command.ts';
import { serviceUnknown } from './service-unknown.ts';

export const sloCommand: Command = {
  name: 'slo',
  summary: 'show what is left of the error budget, how fast it burns, and whether a rollout would start',
  usage: 'evenkeel slo [--service NAME] [--environment NAME] [--base REVISION]',
  example: 'evenkeel slo --service shop --json',
  options: {
    service: { type: 'string' },
    environment: { type: 'string' },
    base: { type: 'string' },
  },
  optionHelp: {
    service: 'one service of the policy (default: all that have an SLO)',
    environment: 'the environment whose stable revision holds the policy (default: production)',
    base: 'the revision whose policy and SLO hold (default: what is stable now, else HEAD)',
  },
  async run({ values }, context) {
    const repository = repositoryRoot(context.workingDirectory);
    const named = typeof values['service'] === 'string' ? values['service'] : undefined;
    const environment = typeof values['environment'] === 'string' ? values['environment'] : 'production';
    const stable = stableOf(repository, context.env, environment, named);
    const revision = typeof values['base'] === 'string' ? values['base'] : (stable?.commit ?? 'HEAD');
    const { base } = await findRevisions(repository, revision, 'HEAD');
    const policy = await requirePolicyAt(repository, base);
    const decisions: (StartDecision & { service: string })[] = [];
    for (const service of servicesWithSlo(policy, named)) {
      const decision = await assessService({ repository, base, policy, service, context });
      decisions.push({ service: service.name, ...decision });
    }
    return resultOf(decisions, base);
  },
};

function servicesWithSlo(policy: Policy, named: string | undefined): ServicePolicy[] {
  const names = policy.services.map(({ name }) => name);
  if (named !== undefined && !names.includes(named)) throw serviceUnknown(policy, named);
  const found = policy.services.filter(
    ({ name, slo }) => slo !== null && (named === undefined || name === named),
  );
  if (found.length > 0) return found;
  const who = named === undefined ? 'no service' : `${named} in ${policy.path}`;
  throw inputFailure(
    'slo-missing',
    `${who} has ${named === undefined ? 'an' : 'no'} SLO; add \`slo: PATH\` with an OpenSLO file to it`,
  );
}

/** Held when a rollout of any of them would be. */
function resultOf(decisions: readonly (StartDecision & { service: string })[], base: string): CommandResult {
  const held = decisions.find(({ decision }) => decision === 'held');
  return {
    exitCode: held === undefined ? 0 : 3,
    decision: held === undefined ? 'start' : 'held',
    reasonCode: held?.reasonCode ?? 'within-budget',
    result: { base, services: decisions },
    text: decisions
      .flatMap((decision) => [
        `${decision.service}: ${decision.decision === 'start' ? 'a rollout would start' : `a rollout would be held (${decision.reasonCode})`}`,
        ...describeDecision(decision),
      ])
      .join('\n'),
  };
}
