/** A protected repository with one pull request, and the built bundle reviewing it with the rights of its job. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parse } from 'yaml';
import { approvalWorkflow } from '../../../action/workflows/approval-workflow.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { startFakeGitHub, type FakeGitHub } from './fake-github.ts';
import { runAction, type Step, type StepResult } from './run-action.ts';
import { botAccount, type CheckRun } from './state.ts';
import type { Push } from './world/pull-acts.ts';

const policy = `version: 1
services:
  shop: { paths: [shop/**] }
approval: { required: 1 }
unclaimed: allow
`;

/** What `permissions:` of the job gives, so that a right too few fails here. */
const rights = (
  parse(approvalWorkflow(null)) as { jobs: { review: { permissions: Record<string, 'read' | 'write'> } } }
).jobs.review.permissions;

export interface ReviewScene extends FakeGitHub {
  number: number;
  head: string;
  run(step?: Partial<Step>): Promise<StepResult>;
  /** What a gate shows on a commit: the newest check run of its name; undefined when there is none. */
  gate(name: 'check' | 'approval', commit: string): CheckRun | undefined;
  /** The comments of the account behind the token. */
  ownComments(): string[];
}

/** `ola` opens it; `bo` and `kim` may approve it. */
export async function reviewScene(
  context: TestContext,
  bundle: string,
  push: Partial<Push> = {},
): Promise<ReviewScene> {
  const fake = await startFakeGitHub(context);
  const { world } = fake;
  for (const login of ['ola', 'bo', 'kim']) world.addPerson(login, { role: 'write' });
  world.pushBranch({ by: 'ola', files: { 'evenkeel.yml': policy, 'shop/a.txt': 'a\n' } });
  const opened = world.openPull({
    by: 'ola',
    branch: 'topic',
    title: 'A',
    ...(push.commits === undefined ? { files: { 'shop/a.txt': 'b\n' } } : {}),
    ...push,
  });
  const { number, head } = opened;
  const temporary = temporaryDirectory(context);
  const token = world.token(rights);
  const sha = execFileSync('git', ['rev-parse', 'main'], { cwd: world.git, encoding: 'utf8' }).trim();
  let runs = 0;
  return {
    ...fake,
    number,
    head,
    run: (step = {}) => {
      // Each run has a clone of its own, as each job of a hosted runner does.
      const home = join(temporary, `runner-${++runs}`);
      const directory = join(home, 'clone');
      execFileSync('git', ['clone', '--quiet', world.git, directory]);
      return runAction({
        bundle,
        directory,
        temporary: join(home, 'files'),
        apiUrl: fake.url,
        eventName: 'pull_request_target',
        event: { pull_request: { number } },
        sha,
        inputs: { token, command: 'review' },
        ...step,
      });
    },
    gate: (name, commit) =>
      world.state.checkRuns.findLast((run) => run.head_sha === commit && run.name === `Evenkeel / ${name}`),
    ownComments: () => world.state.comments.filter(({ by }) => by === botAccount.id).map(({ body }) => body),
  };
}
