import { analyzeChanges, boundAnalyzers } from '../../analyzers/analyze-changes.ts';
import type { Change } from '../../analyzers/change.ts';
import { changedPaths, claimPaths, policyPaths, type Claim } from '../../analyzers/claim.ts';
import { fingerprintOf, type Finding } from '../../analyzers/finding.ts';
import type { Observations, ServiceScope, Tree } from '../../analyzers/scope.ts';
import { checkRelations } from '../../policies/policy-file/check-relations.ts';
import { toScopes } from '../../policies/policy-file/fill-policy.ts';
import { loadPolicy, readPolicyRule } from '../../policies/policy-file/load-policy.ts';
import type { Policy, ServicePolicy } from '../../policies/policy-file/policy.ts';
import { decide, type Verdict } from '../../policies/verdict.ts';
import { waiveFindings } from '../repository/waive-findings.ts';
import { standingFindings } from '../repository/standing-findings.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { openDeployedVersions } from '../repository/deployed-versions.ts';
import { readHistory } from '../repository/read-history.ts';
import { describeObservations, observe } from '../repository/observe.ts';
import { openChanges, type RepositoryChanges } from '../repository/read-changes.ts';
import { stepFindings } from '../../policies/rollout/step-findings.ts';
import { runbookFindings } from '../../policies/runbooks/runbook-findings.ts';
import { servicesWhoseRunbooksCount } from '../../policies/runbooks/runbook-services.ts';
import { schemaStepFindings } from '../migrations/schema-step-findings.ts';
import { sloFindings } from '../slo/slo-findings.ts';
import { readPolicyFile, usablePolicy } from '../repository/policy-at.ts';
import type { CommandContext } from './command.ts';
import { serviceUnknown } from './service-unknown.ts';

/** Everything a check found, and the policy it was made under; the same for every door. */
export interface CheckOutcome {
  policy: Policy;
  /** The base has no policy: only errors in the head's policy file block. */
  isAdoption: boolean;
  /** Without an approval in the question: `deploy` and the Action ask again with one. */
  verdict: Verdict;
  findings: Finding[];
  claims: Claim[];
  unclaimed: string[];
  base: string;
  head: string;
  changedPaths: number;
  /** What the policy declares for the services that changed and that was not run, as it was asked for. */
  leftOut: string[];
}

export interface CheckRequest {
  directory: string;
  base?: string;
  head: string;
  service?: string;
  /** What `openChanges` gives for these revisions, where that was asked for already. It is closed here. */
  changes?: Promise<RepositoryChanges>;
  context: Pick<CommandContext, 'env' | 'progress' | 'signal' | 'now'>;
  /** Whether declared commands and previews are run; without them their rules have nothing to say. */
  runsCommands?: boolean;
  /** Whether pages that the policy names are asked: on a runner, where the change's own rights are the job's. */
  asksPages?: boolean;
  /** Show what stands in unchanged files as well, as far as rules can say it without a change. */
  showsAll?: boolean;
}

/** Checks everything between two revisions under the base's policy. Fails when there is no policy that can be used. */
export async function runCheck(request: CheckRequest): Promise<CheckOutcome> {
  const read = await (request.changes ?? openChanges(request.directory, request.base, request.head).changes);
  const { repository } = read;
  try {
    const { policy, isAdoption } = await policyFor(read.before, read.after);
    const scopes = scopesOf(policy, request.service);
    const { claims } = claimPaths(read.changes, scopes, boundAnalyzers);
    const touched = new Set(claims.map((claim) => claim.service));
    const observing = {
      head: read.head,
      services: policy.services.filter((service) => touched.has(service.name)),
      claims,
    };
    const observed: Observations =
      request.runsCommands === false
        ? { commands: [], previews: [] }
        : await observe({ repository, ...observing, ...request.context });
    const { changes, before, after } = read;
    const history = await readHistory(
      repository,
      read.base,
      modifiedConfig(changes, claims),
      read.readContents,
    );
    const observations: Observations = { ...observed, history };
    const { close: closeDeployed, ...versions } = await openDeployedVersions(repository, scopes);
    const analysis = await analyzeChanges({
      changes,
      scopes,
      before,
      after,
      observations,
      ...versions,
    }).finally(closeDeployed);
    const landed = changesPolicy(changes) ? ((await policyAfter(after)) ?? policy) : policy;
    const introduced = [
      ...(await policyFindings(changes, after)),
      ...(await sloFindings(changes, landed, after)),
      ...stepFindings(landed),
      ...(await findingsOfProbes(landed, touched, changes, after)),
      ...(await schemaStepFindings(changes, landed, before, after)),
      ...(await findingsOfRunbooks(
        servicesWhoseRunbooksCount({ landed, base: isAdoption ? null : policy, touched, changes }),
        landed,
        after,
        request,
      )),
      ...read.unreadablePaths.map(unreadableName),
      ...analysis.findings,
    ];
    const isComplete = request.showsAll === true;
    const standing = isComplete
      ? await standingFindings({ repository, head: read.head, scopes, before, after, introduced })
      : [];
    const findings = await waiveFindings({
      findings: [...introduced, ...standing],
      before,
      after,
      at: request.context.now().toISOString(),
      maxDays: policy.waivers.maxDays,
      changedPaths: changedPaths(changes),
      isComplete,
    });
    const unclaimed = request.service === undefined ? analysis.unclaimed : [];
    const verdict = decide({ findings, unclaimed, unclaimedPolicy: policy.unclaimed, isAdoption });
    return {
      policy,
      isAdoption,
      verdict,
      findings,
      claims: analysis.claims,
      unclaimed,
      base: read.base,
      head: read.head,
      changedPaths: read.changes.length,
      leftOut: request.runsCommands === false ? describeObservations(observing) : [],
    };
  } finally {
    read.close();
  }
}

function modifiedConfig(changes: readonly Change[], claims: readonly Claim[]): string[] {
  const config = new Set(claims.filter(({ kind }) => kind === 'config').map(({ path }) => path));
  return changes
    .filter(({ status, path }) => status === 'modified' && config.has(path))
    .map(({ path }) => path);
}

/** Whether anybody knows what to do when a rollout of these services goes back. */
async function findingsOfRunbooks(
  services: readonly ServicePolicy[],
  policy: Policy,
  tree: Tree,
  { asksPages = false, context }: CheckRequest,
): Promise<Finding[]> {
  if (services.length === 0) return [];
  const { lookForRunbooks } = await import('../runbooks/look-for-runbooks.ts');
  const references = services.flatMap(({ runbooks }) => Object.values(runbooks));
  return runbookFindings(
    policy,
    services,
    await lookForRunbooks(references, { tree, asksPages, ...context }),
  );
}

/** The base's policy, so that a change cannot loosen the rules for itself; the head's only where the base has none. */
async function policyFor(before: Tree, after: Tree): Promise<{ policy: Policy; isAdoption: boolean }> {
  const own = await readPolicyFile(before);
  const found = own ?? (await readPolicyFile(after));
  if (found === null) {
    throw inputFailure(
      'policy-missing',
      `there is no ${policyPaths.join(' or ')}, neither at base nor at head; write one with \`evenkeel init\` and commit it`,
    );
  }
  return { policy: usablePolicy(found, own === null ? 'head' : 'base'), isAdoption: own === null };
}

/** All services, or the one that is asked for; a name that does not exist must not make a check of nothing. */
function scopesOf(policy: Policy, service: string | undefined): ServiceScope[] {
  const scopes = toScopes(policy);
  if (service === undefined) return scopes;
  const wanted = scopes.filter(({ name }) => name === service);
  if (wanted.length > 0) return wanted;
  throw serviceUnknown(policy, service);
}

/** A policy that the change brings along is not used, but it has to be one that can be used once it has landed. */
async function policyFindings(changes: readonly Change[], after: Tree): Promise<Finding[]> {
  const changed = changedPaths(changes).find((path) => policyPaths.includes(path));
  if (changed === undefined) return [];
  const found = await readPolicyFile(after);
  if (found !== null) {
    const loaded = loadPolicy(found.text, found.path);
    return loaded.ok ? await checkRelations(loaded.policy, found.text) : loaded.problems;
  }
  return [
    {
      ruleId: readPolicyRule.id,
      level: 'warning',
      proof: 'unproven',
      message: 'the change takes the policy file away; after it nothing is checked any more',
      remedy: 'Keep the policy file, or have a person confirm that it is meant to go.',
      path: changed,
      fingerprint: fingerprintOf(readPolicyRule.id, changed, 'removed'),
    },
  ];
}

/** A change of the policy may take any service's probes away. What plans them is loaded only where there is a document. */
async function findingsOfProbes(
  policy: Policy,
  touched: ReadonlySet<string | null>,
  changes: readonly Change[],
  after: Tree,
): Promise<Finding[]> {
  const services = changesPolicy(changes) ? new Set(policy.services.map(({ name }) => name)) : touched;
  const isAsked = policy.services.some(({ name, probes }) => services.has(name) && probes.openapi !== null);
  if (!isAsked) return [];
  const { coverageFindings } = await import('../../policies/probes/coverage-findings.ts');
  return await coverageFindings(policy, services, after);
}

function changesPolicy(changes: readonly Change[]): boolean {
  return changedPaths(changes).some((path) => policyPaths.includes(path));
}

/** The policy that holds once a change of it has landed; null when there is none that could. */
async function policyAfter(after: Tree): Promise<Policy | null> {
  const found = await readPolicyFile(after);
  const loaded = found === null ? null : loadPolicy(found.text, found.path);
  return loaded?.ok === true ? loaded.policy : null;
}

function unreadableName(path: string): Finding {
  return {
    ruleId: 'code/forbid-unreadable',
    level: 'error',
    message: `the name of ${path} is not UTF-8, so no policy can say for certain whose it is`,
    remedy: 'Rename it; `git mv` takes the name as the shell completes it.',
    path,
    fingerprint: fingerprintOf('code/forbid-unreadable', path, 'name'),
  };
}
