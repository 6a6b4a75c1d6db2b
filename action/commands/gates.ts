import { openDebts, type Debt } from '../../policies/command/break-glass.ts';
import { freezeOutlook, type FreezeOutlook } from '../../policies/gates/freeze-outlook.ts';
import { environmentNamed, type EnvironmentPolicy } from '../../policies/gates/gate-policy.ts';
import { nameHint } from '../../policies/policy-file/nearest-name.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { readEntriesSoFar } from '../audit-log/directory-store.ts';
import { auditDirectoryOf } from '../command-log/read-log.ts';
import { latestRollouts, stableOf } from '../deployer/find-rollout.ts';
import { printable } from '../report/describe-finding.ts';
import { requirePolicyAt } from '../repository/policy-at.ts';
import { findRevisions } from '../repository/find-revisions.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { textOption, type Command, type CommandContext, type CommandResult } from './command.ts';

export const gatesCommand: Command = {
  name: 'gates',
  summary: 'show what holds a rollout now besides its approval, and when the next freeze begins and ends',
  usage: 'evenkeel gates [--environment NAME] [--at TIME] [--base REVISION]',
  example: 'evenkeel gates --environment production --at 2026-12-24T12:00:00Z',
  options: { environment: { type: 'string' }, at: { type: 'string' }, base: { type: 'string' } },
  optionHelp: {
    environment: 'one environment (default: all that the policy names or that were deployed to)',
    at: 'a time in RFC 3339 (default: now)',
    base: 'the revision whose policy holds (default: what is stable now, else HEAD)',
  },
  async run({ values }, context) {
    const repository = repositoryRoot(context.workingDirectory);
    const wanted = textOption(values, 'environment');
    const at = timeOf(textOption(values, 'at'), context);
    const policy = await policyOf(repository, textOption(values, 'base'), wanted, context);
    const debts = openDebts(readEntriesSoFar(auditDirectoryOf(repository, context.env)));
    const deployed = latestRollouts(repository, context.env).map(({ rollout }) => rollout.plan.environment);
    const shown = environmentsOf(policy, deployed, wanted).map((environment) => ({
      environment: environment.name,
      freeze: freezeOutlook(environment, at),
      debts: debts.filter((debt) => debt.environment === environment.name || debt.environment === ''),
      separateDuties: environment.separateDuties,
      makersMayDeploy: environment.makersMayDeploy,
    }));
    return resultOf(shown, at);
  },
};

interface ShownEnvironment {
  environment: string;
  freeze: FreezeOutlook;
  debts: Debt[];
  separateDuties: boolean;
  makersMayDeploy: boolean;
}

function resultOf(environments: ShownEnvironment[], at: Date): CommandResult {
  const isFrozen = environments.some(({ freeze }) => freeze.isFrozen);
  const isIndebted = environments.some(({ debts }) => debts.length > 0);
  const isOpen = !isFrozen && !isIndebted;
  return {
    exitCode: isOpen ? 0 : 3,
    decision: isOpen ? 'open' : 'closed',
    reasonCode: isFrozen ? 'frozen' : isIndebted ? 'break-glass-debt' : 'open',
    result: { at: at.toISOString(), environments },
    text: environments.flatMap(linesOf).join('\n'),
  };
}

function linesOf({ freeze, debts, environment, ...duties }: ShownEnvironment): string[] {
  const [first = '', ...others] = freeze.lines;
  return [
    first,
    ...others.map((line) => `  ${line}`),
    ...debts.map(
      (debt) =>
        `  nobody has reviewed the break-glass of ${debt.by} for ${debt.commit.slice(0, 12)} of ${debt.service} (${debt.reason}): \`break-glass close ${debt.digest}\``,
    ),
    ...(duties.separateDuties
      ? [`  who approved a change neither starts nor promotes it in ${environment}`]
      : []),
    ...(duties.makersMayDeploy
      ? []
      : [`  who made a change neither starts nor promotes it in ${environment}`]),
  ].map((line) => printable(line));
}

function environmentsOf(
  { environments, path }: Policy,
  deployed: readonly string[],
  wanted: string | undefined,
): EnvironmentPolicy[] {
  const names = [...new Set([...environments.map(({ name }) => name), ...deployed])];
  if (wanted === undefined)
    return (names.length === 0 ? ['production'] : names).map((name) => environmentNamed(environments, name));
  // An environment that nothing asks anything of is a slip more often than it is meant.
  if (!names.includes(wanted) && wanted !== 'production') {
    const hint = nameHint(wanted, names);
    throw inputFailure(
      'environment-unknown',
      `${path} has no environment ${JSON.stringify(wanted)}, and nothing was deployed there; ${hint}`,
    );
  }
  return [environmentNamed(environments, wanted)];
}

async function policyOf(
  repository: string,
  named: string | undefined,
  environment: string | undefined,
  context: CommandContext,
): Promise<Policy> {
  const stable = stableOf(repository, context.env, environment ?? 'production', undefined);
  const { base } = await findRevisions(repository, named ?? stable?.commit ?? 'HEAD', 'HEAD');
  return await requirePolicyAt(repository, base);
}

function timeOf(text: string | undefined, context: CommandContext): Date {
  if (text === undefined) return context.now();
  const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const at = new Date(text);
  if (isWhole && !Number.isNaN(at.getTime())) return at;
  throw inputFailure(
    'time-invalid',
    `--at ${JSON.stringify(text)} is no time; write it in RFC 3339, such as 2026-12-24T12:00:00Z`,
  );
}
