/**
 * A command from a workflow dispatch. A trust boundary: GitHub says in the event who dispatched it; what that account may do
 * is read from the API. A run that is started again is the same command, and only who dispatched it may do that.
 */
import { summary } from '@actions/core';
import { parseCommand } from '../../../policies/command/parse-command.ts';
import { inputFailure } from '../../../stacks/failure.ts';
import { readLog } from '../../command-log/read-log.ts';
import type { CommandContext, CommandResult } from '../../commands/command.ts';
import type { Inputs } from '../../inputs.ts';
import type { WorkflowEvent } from '../event.ts';
import { gitHubFailure, statusOf } from '../octokit.ts';
import { carryOut, decideNow, openSession, type CommandSession } from './command-session.ts';
import { dispatchText } from './dispatch-text.ts';
import { commentIdOf } from './recheck-pending.ts';
import { outcomeMarkdown, waitingMarkdown } from './reply-markdown.ts';
import { tellOrigin } from './act-on-comment.ts';
import { endOf } from './show-outcome.ts';

type DispatchEvent = Extract<WorkflowEvent, { name: 'workflow_dispatch' }>;

/** Carries the dispatched command out, once for each run. */
export async function dispatchCommand(
  event: DispatchEvent,
  inputs: Inputs,
  context: CommandContext,
): Promise<CommandResult> {
  const id = `dispatch:${runOf(context)}`;
  const text = dispatchText({ ...event.inputs, ...given(inputs) });
  const session = await openSession(event, inputs, context);
  const { entries, commands } = readLog(session.root, context.env);
  if (commands.seenOrigins.has(id)) return repeated(id, endOf(entries, id));
  try {
    await refuseOtherBranch(session);
    const requester = await session.requesterOf(event.sender, false);
    const origin = { door: 'dispatch', id, text, headCommit: event.commit } as const;
    const decision = await decideNow(session, { reading: parseCommand(text), requester, origin });
    const carried = await carryOut(session, decision, () => Promise.resolve());
    const { plan, digest, expiresAt, confirms } = decision;
    const isWaiting = carried.decision === 'awaiting-confirmation' && plan && digest && expiresAt;
    const markdown = isWaiting
      ? waitingMarkdown({ plan, digest, expiresAt }, event.sender.login, session.policy)
      : outcomeMarkdown(carried.decision, carried.reasonCode, carried.text.split('\n'));
    if (context.env['GITHUB_STEP_SUMMARY'] !== undefined) await summary.addRaw(markdown, true).write();
    if (confirms !== null) await tellOrigin(session, commentIdOf(confirms.origin));
    for (const { pending } of decision.voids) await tellOrigin(session, commentIdOf(pending.origin));
    return carried;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    throw gitHubFailure('the command was not brought to its end', error);
  }
}

/** What the workflow passes on itself wins over what the event has. */
function given({ command, service, environment }: Inputs): Record<string, string> {
  return {
    ...(command === undefined ? {} : { command }),
    ...(service === undefined ? {} : { service }),
    ...(environment === undefined ? {} : { environment }),
  };
}

function runOf({ env }: CommandContext): string {
  const run = env['GITHUB_RUN_ID'] ?? '';
  if (!/^\d{1,20}$/.test(run)) {
    throw inputFailure(
      'event-invalid',
      'GITHUB_RUN_ID is not a number; run this as a step of a GitHub workflow',
    );
  }
  const { GITHUB_ACTOR: actor = '', GITHUB_TRIGGERING_ACTOR: again = actor } = env;
  if (again !== actor) {
    throw inputFailure(
      'not-the-same-person',
      `this run was dispatched by ${actor} and started again by somebody else; dispatch a run of your own`,
    );
  }
  return run;
}

/** A branch has a policy of its own, which its author could have loosened. */
async function refuseOtherBranch({ repository, context }: CommandSession): Promise<void> {
  const { github, owner, repo } = repository;
  const { data } = await github.rest.repos.get({ owner, repo });
  const ref = context.env['GITHUB_REF'] ?? '';
  if (ref === `refs/heads/${data.default_branch}`) return;
  throw inputFailure(
    'not-the-default-branch',
    `this run was dispatched on ${JSON.stringify(ref)}, and the policy that holds is that of ${data.default_branch}; dispatch it there`,
  );
}

function repeated(id: string, end: ReturnType<typeof endOf>): CommandResult {
  const message =
    end === null
      ? 'this run has asked for it already; it is not asked for twice, look with status'
      : `this run has asked for it already, and it is not done twice: ${end.lines.join(' ')}`;
  const exitCode = end === null || end.state === 'done' ? 0 : 1;
  return {
    exitCode,
    decision: 'duplicate',
    reasonCode: 'duplicate',
    result: { origin: id, message },
    text: message,
  };
}
