/** A repository with a policy, people, a pull request, and a machine that sweeps its comments with the built bundle. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parse } from 'yaml';
import { readEntries } from '../../../action/audit-log/directory-store.ts';
import { approvalWorkflow } from '../../../action/workflows/approval-workflow.ts';
import type { AuditEntry } from '../../../policies/audit/audit-entry.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { startFakeGitHub, type FakeGitHub } from './fake-github.ts';
import { runAction, type Step, type StepResult } from './run-action.ts';
import { botAccount } from './state.ts';

const policy = `version: 1
services:
  shop: { paths: [shop/**] }
approval: { required: 1 }
commands:
  who:
    break-glass: { roles: [write, maintain, admin], teams: [acme/on-call] }
unclaimed: allow
`;

/** Risky, and carried out by the audit log alone: no service has to run for it. */
export const breakGlass =
  '/evenkeel break-glass orders cannot be paid --service shop --environment production';

/** What \`permissions:\` of the job gives, so that a right too few fails here. */
const rights = (
  parse(approvalWorkflow(null)) as {
    jobs: { commands: { permissions: Record<string, 'read' | 'write'> } };
  }
).jobs.commands.permissions;

export interface CommandScene extends FakeGitHub {
  number: number;
  head: string;
  /** Sweeps, as the job of the workflow does. */
  sweep(step?: Partial<Step>): Promise<StepResult>;
  say(by: string, body: string): number;
  /** The replies to a comment by the account behind the token. */
  repliesTo(comment: number): string[];
  /** The digest that a reply asks to be confirmed. */
  digestFor(comment: number): string;
  /** Our own reactions to a comment. */
  reactionsTo(comment: number): string[];
  entries(event?: AuditEntry['event']): AuditEntry[];
}

export async function commandScene(context: TestContext, bundle: string): Promise<CommandScene> {
  const fake = await startFakeGitHub(context);
  const { world } = fake;
  for (const login of ['ola', 'bo', 'kim']) world.addPerson(login, { role: 'write' });
  world.addPerson('eve', { role: 'none' });
  world.pushBranch({ by: 'ola', files: { 'evenkeel.yml': policy, 'shop/a.txt': 'a\n' } });
  const { number, head } = world.openPull({
    by: 'ola',
    branch: 'topic',
    title: 'pay later',
    files: { 'shop/a.txt': 'b\n' },
  });
  const temporary = temporaryDirectory(context);
  const directory = join(temporary, 'clone');
  execFileSync('git', ['clone', '--quiet', world.git, directory]);
  const sha = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: directory, encoding: 'utf8' }).trim();
  const token = world.token(rights);
  const audit = join(directory, '.evenkeel', 'audit');
  let runs = 0;
  const own = ({ by }: { by: number | null }): boolean => by === botAccount.id;
  const repliesTo = (comment: number): string[] =>
    world.state.comments
      .filter((one) => own(one) && one.body.includes(`comment:${comment} -->`))
      .map(({ body }) => body);
  return {
    ...fake,
    number,
    head,
    sweep: (step = {}) =>
      runAction({
        bundle,
        directory,
        temporary: join(temporary, `runner-${++runs}`),
        apiUrl: fake.url,
        eventName: 'schedule',
        event: {},
        sha,
        inputs: { token, command: 'commands' },
        ...step,
      }),
    say: (by, body) => world.comment(number, { by, body }).id,
    repliesTo,
    digestFor: (comment) =>
      /evenkeel confirm ([0-9a-f]{12})/.exec(repliesTo(comment)[0] ?? '')?.[1] ?? 'none',
    reactionsTo: (comment) =>
      world.state.reactions
        .filter((one) => own(one) && one.comment === comment)
        .map(({ content }) => content),
    entries: (event) =>
      (existsSync(audit) ? [...readEntries(audit)] : []).filter(
        (entry) => event === undefined || entry.event === event,
      ),
  };
}
