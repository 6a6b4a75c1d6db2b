/**
 * One comment, from what the API says now to an outcome that people see. A trust boundary: nothing counts but what is
 * read here, just before it is acted on.
 */
import type { CommandDecision } from '../../../policies/command/command-decision.ts';
import { readComment, type CommandReading } from '../../../policies/command/parse-command.ts';
import type { CarriedOut } from '../../command-log/carry-out.ts';
import { readLog } from '../../command-log/read-log.ts';
import { react, type ReplyState } from './command-reply.ts';
import { carryOut, decideNow, type CommandSession } from './command-session.ts';
import { readCommentById, type FreshComment, type RepositoryComment } from './list-comments.ts';
import { commentIdOf, commitOfIssue, originOfComment } from './recheck-pending.ts';
import type { RefusalLimit } from './refusal-limit.ts';
import { standOf, takeReplyLock } from './reply-lock.ts';
import { endOf, showOutcome, showWaiting } from './show-outcome.ts';

export interface ActedComment {
  origin: string;
  by: string;
  decision: CarriedOut['decision'] | 'not-answered';
  reasonCode: string;
  message: string;
}

/** `null`: it is no command. `elsewhere`: another run that is alive has it in its hands. */
export type Acted = ActedComment | 'elsewhere' | null;

/** Acts on a comment that was listed, once, whatever was listed and however often. Fails when GitHub does not answer. */
export async function actOnComment(
  session: CommandSession,
  listed: Pick<RepositoryComment, 'id'>,
  limit: RefusalLimit,
): Promise<Acted> {
  const lock = takeReplyLock(session.home, `comment:${listed.id}`, session.context.now());
  if (lock === null) return 'elsewhere';
  try {
    const comment = await readCommentById(session.repository, listed.id);
    if (comment === null || comment.author?.id === session.me) return null;
    const reading = readComment(comment.body);
    const { entries, commands } = readLog(session.root, session.context.env);
    if (commands.seenOrigins.has(`comment:${comment.id}`)) {
      await showAgain(session, comment, endOf(entries, `comment:${comment.id}`));
      return null;
    }
    return reading === undefined ? null : await act(session, comment, reading, limit);
  } finally {
    lock.release();
  }
}

/** What an earlier run did and may not have told. */
async function showAgain(
  session: CommandSession,
  comment: Pick<RepositoryComment, 'id' | 'issue' | 'createdAt'>,
  end: ReturnType<typeof endOf>,
): Promise<void> {
  if (end !== null) {
    await showOutcome(session, comment, end);
    return;
  }
  const { commands } = readLog(session.root, session.context.env);
  const waiting = commands.pending.find(({ origin }) => origin.id === `comment:${comment.id}`);
  if (waiting !== undefined) await showWaiting(session, comment, waiting, waiting.by.login);
}

async function act(
  session: CommandSession,
  comment: FreshComment,
  reading: CommandReading,
  limit: RefusalLimit,
): Promise<ActedComment> {
  const { repository, requesterOf, me } = session;
  const requester = await requesterOf(comment.author, comment.isByApp);
  const headCommit = await commitOfIssue(repository, comment.issue, session.commit);
  const origin = originOfComment(comment, headCommit);
  const decision = await decideNow(session, { reading, requester, origin });
  const by = comment.author?.login ?? 'ghost';
  if (decision.decision === 'refused' && !limit.take(comment.author?.id ?? null)) {
    // Nothing was asked for that could be done, so there is nothing to write down and nothing to do twice.
    await react(repository, { comment: comment.id, me }, 'refused');
    const { reasonCode, message } = decision;
    return { origin: origin.id, by, decision: 'not-answered', reasonCode, message };
  }
  // Nothing waits for it: taking users off a bad version must not hang on what people see of it.
  let seen = Promise.resolve();
  const carried = await carryOut(session, decision, () => {
    seen = react(repository, { comment: comment.id, me }, 'seen').catch(() => undefined);
    return Promise.resolve();
  });
  await seen;
  if (carried.decision !== 'duplicate') await tell(session, comment, decision, carried);
  const { reasonCode, message } = carried;
  return { origin: origin.id, by, decision: carried.decision, reasonCode, message };
}

const told: Readonly<
  Record<Exclude<CarriedOut['decision'], 'duplicate' | 'awaiting-confirmation'>, [ReplyState, string]>
> = {
  done: ['done', 'done'],
  answered: ['done', 'answer'],
  failed: ['failed', 'not done'],
  refused: ['refused', 'refused'],
};

/** The comment's own reply, and those of the commands that it confirmed or that turned out to be void. */
async function tell(
  session: CommandSession,
  comment: RepositoryComment,
  decision: CommandDecision,
  carried: CarriedOut,
): Promise<void> {
  if (carried.decision === 'duplicate') return;
  if (carried.decision === 'awaiting-confirmation') {
    const { plan, digest, expiresAt } = decision;
    if (plan === null || digest === null || expiresAt === null) return;
    await showWaiting(session, comment, { plan, digest, expiresAt }, decision.requester?.login ?? 'ghost');
    return;
  }
  const [state, title] = told[carried.decision];
  const lines = carried.text.split('\n');
  await showOutcome(session, comment, { state, title, reasonCode: carried.reasonCode, lines });
  const others = [
    ...(decision.confirms === null ? [] : [decision.confirms]),
    ...decision.voids.map(({ pending }) => pending),
  ];
  for (const { origin } of others) await tellOrigin(session, commentIdOf(origin));
}

/** Brings the reply of another comment's command up to date, from what the audit log says of it. */
export async function tellOrigin(session: CommandSession, id: number | null): Promise<void> {
  if (id === null) return;
  const comment = await readCommentById(session.repository, id);
  const stand = comment ?? standOf(session.home, `comment:${id}`);
  if (stand === null) return;
  const { entries } = readLog(session.root, session.context.env);
  const { issue, createdAt } = stand;
  await showAgain(session, { id, issue, createdAt }, endOf(entries, `comment:${id}`));
}
