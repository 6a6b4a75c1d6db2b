/** A repository with the three workflows as `init` writes them, people, and machines that play them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { readEntries } from '../../../action/audit-log/directory-store.ts';
import { approvalWorkflow } from '../../../action/workflows/approval-workflow.ts';
import { checkWorkflow } from '../../../action/workflows/check-workflow.ts';
import { deployWorkflow } from '../../../action/workflows/deploy-workflow.ts';
import type { AuditEntry } from '../../../policies/audit/audit-entry.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { startFakeGitHub, type FakeGitHub } from './fake-github.ts';
import { botAccount } from './state.ts';
import type { Delivery } from './webhooks.ts';
import { playWorkflows, type PlayedJob } from './workflow/play-workflows.ts';
import type { Files } from './world/pull-acts.ts';

export interface LifeScene extends FakeGitHub {
  /** Plays what the events start, and what follows from it. */
  play(deliveries: readonly Delivery[]): Promise<PlayedJob[]>;
  /** Comments, and plays what that starts; the comment's id. */
  say(number: number, by: string, body: string): Promise<number>;
  /** The newest conclusion of a gate on a commit. */
  gate(name: 'check' | 'approval', commit: string): string | null | undefined;
  /** Decision and reason code of every step of these jobs. */
  answers(jobs: readonly PlayedJob[], job: string): [string, string][];
  /** Our reply to a comment. */
  replyTo(comment: number): string;
  /** Where the machine of the state has its checkout. */
  directory: string;
  entries(event: AuditEntry['event']): AuditEntry[];
}

/** `ola` and `kim` may write, `bo` too, `eve` may only read. */
export async function lifeScene(context: TestContext, bundle: string, files: Files): Promise<LifeScene> {
  const fake = await startFakeGitHub(context);
  const { world } = fake;
  for (const login of ['ola', 'bo', 'kim']) world.addPerson(login, { role: 'write' });
  world.addPerson('eve', { role: 'read' });
  world.pushBranch({
    by: 'ola',
    files: {
      '.github/workflows/evenkeel-check.yml': checkWorkflow(null),
      '.github/workflows/evenkeel-approval.yml': approvalWorkflow(null),
      '.github/workflows/evenkeel-deploy.yml': deployWorkflow('main', null),
      ...files,
    },
  });
  const temporary = temporaryDirectory(context);
  const directory = join(temporary, 'self-hosted');
  const audit = join(directory, '.evenkeel', 'audit');
  const play = (deliveries: readonly Delivery[]): Promise<PlayedJob[]> =>
    playWorkflows({ fake, bundle, temporary }, deliveries);
  return {
    ...fake,
    directory,
    play,
    async say(number, by, body) {
      const { id, deliveries } = world.comment(number, { by, body });
      await play(deliveries);
      return id;
    },
    gate: (name, commit) =>
      world.state.checkRuns.findLast((run) => run.head_sha === commit && run.name === `Evenkeel / ${name}`)
        ?.conclusion,
    answers: (jobs, job) =>
      jobs
        .filter((one) => one.job === job)
        .flatMap(({ steps }) =>
          steps.map(({ outputs }): [string, string] => [
            outputs['decision'] ?? '',
            outputs['reason-code'] ?? '',
          ]),
        ),
    replyTo: (comment) =>
      world.state.comments.find(
        ({ by, body }) => by === botAccount.id && body.includes(`comment:${comment} -->`),
      )?.body ?? '',
    entries: (event) =>
      (existsSync(audit) ? [...readEntries(audit)] : []).filter((entry) => entry.event === event),
  };
}

/** A shop that is never rolled out: `held` and `frozen` is what `deploy` answers once everything else allows it. */
export function frozenShop(approval = '{ required: 1 }'): Files {
  return {
    'evenkeel.yml': `version: 1
services:
  shop:
    paths: [shop/**]
    target: local
    run: { command: node server.js, directory: shop, health: /healthz, port: 4000, instances: 1 }
    metrics: [{ name: errors, critical: true, slack: 1% }]
approval: ${approval}
environments:
  production:
    freeze: [{ name: always, zone: UTC, from: 2026-01-01T00:00, to: 2099-01-01T00:00 }]
rollout: { preset: fast, steps: [50%], soak: 1s, deadline: 30s, bake: 1s }
unclaimed: allow
`,
    'shop/server.js': '// serves\n',
  };
}

/** A shop that is really rolled out, by the embedded router or HAProxy, on this port; break-glass takes a writer. */
export function rollingShop(port: number): Files {
  return {
    'evenkeel.yml': `version: 1
services:
  shop:
    paths: [shop/**]
    target: local
    run: { command: node server.js, directory: shop, health: /healthz, port: ${port}, instances: 1 }
    metrics: [{ name: errors, critical: true, slack: 1% }]
    runbooks: { requested: 'docs/shop.md#back' }
approval: { required: 1 }
commands: { who: { break-glass: { roles: [write] } } }
rollout: { preset: fast, steps: [50%], soak: 1s, deadline: 30s, bake: 1s }
unclaimed: allow
`,
    'docs/shop.md': '# Shop\n\n## Back\n\n1. Tell @support\n2. Look at the till\n',
    'shop/package.json': '{ "type": "module" }\n',
    'shop/server.js': shopServer('none'),
  };
}

/** The shop's whole program: it says who it is, and these words. */
export function shopServer(words: string): string {
  return `import { createServer } from 'node:http';
createServer((request, response) => {
  response.writeHead(200, { 'x-evenkeel-release': process.env.EVENKEEL_RELEASE });
  response.end('${words}');
}).listen(Number(process.env.PORT), '127.0.0.1');
`;
}

/** The log of every step, for a test that fails. */
export function logOf(jobs: readonly PlayedJob[]): string {
  return jobs
    .flatMap(({ workflow, job, steps }) => steps.map(({ log }) => `${workflow}/${job}:\n${log}`))
    .join('\n');
}
