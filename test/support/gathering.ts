import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gatherPullEvidence } from '../../action/github/gather/gather-pull-evidence.ts';
import { gitHubEvidence } from '../../action/github/gather/github-evidence.ts';
import { openGitHub, type Repository } from '../../action/github/octokit.ts';
import type { ApprovalPolicy } from '../../policies/approval/approval-policy.ts';
import { decideApproval, type ApprovalOutcome } from '../../policies/approval/decide-approval.ts';
import { parseEvidence, type ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { gitSettings } from './git-repository.ts';
import {
  startFakeGitHub,
  workflowToken,
  type FakeGitHub,
  type FakeGitHubOptions,
} from './github/fake-github.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const peers: ApprovalPolicy = {
  required: 1,
  codeOwners: false,
  roles: ['write', 'maintain', 'admin'],
};

/** Tests wait for nothing, and a request that gets no answer fails soon. */
const times = { requestTimeoutMs: 5000, retryBaseMs: 1 };

/** A world with Ada, who makes changes, and Grace and Linus, who may approve them; and a clone that evidence is gathered in. */
export interface Gathering extends FakeGitHub {
  repository: Repository;
  clone: string;
  gather(number: number, policy?: ApprovalPolicy): Promise<ApprovalEvidence>;
  decide(number: number, policy?: ApprovalPolicy): Promise<ApprovalOutcome>;
  /** What `deploy` asks. */
  source(commit: string): ReturnType<typeof gitHubEvidence>;
  /** Another client, with this token. */
  as(token: string): Repository;
  fetching: Parameters<typeof gatherPullEvidence>[2]['fetching'];
}

export async function startGathering(
  context: TestContext,
  options: FakeGitHubOptions = {},
  files: Record<string, string> = { 'evenkeel.yml': 'version: 1\n', 'src/main.js': '1;\n' },
): Promise<Gathering> {
  const fake = await startFakeGitHub(context, options);
  const { world, url } = fake;
  for (const login of ['ada', 'grace', 'linus']) world.addPerson(login, { role: 'write' });
  world.addPerson('eve');
  world.pushBranch({ by: 'ada', files });
  const clone = join(temporaryDirectory(context), 'clone');
  execFileSync('git', ['clone', '--quiet', world.git, clone], { env: { ...process.env, ...gitSettings } });
  const env = { ...process.env, ...gitSettings, GITHUB_API_URL: url };
  const as = (token: string): Repository => ({
    github: openGitHub(token, env, () => undefined, times),
    owner: world.state.organisation,
    repo: world.state.repository,
  });
  const repository = as(workflowToken);
  const fetching = {
    repository: clone,
    token: workflowToken,
    env,
    signal: new AbortController().signal,
  };
  const wait = (): Promise<void> => Promise.resolve();
  const gather = async (number: number, policy: ApprovalPolicy = peers): Promise<ApprovalEvidence> => {
    const evidence = await gatherPullEvidence(repository, number, { fetching, policy, wait });
    const reading = parseEvidence(JSON.parse(JSON.stringify(evidence)));
    if (!reading.ok) throw new Error(reading.message);
    return reading.evidence;
  };
  return {
    ...fake,
    repository,
    clone,
    gather,
    decide: async (number, policy = peers) =>
      decideApproval(await gather(number, policy), policy, world.clock.now()),
    source: (commit) => gitHubEvidence(repository, commit, { fetching, wait }),
    as,
    fetching,
  };
}
