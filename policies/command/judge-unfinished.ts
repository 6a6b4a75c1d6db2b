import { isJsonObject, type JsonValue } from '../audit/canonical-json.ts';
import type { UnfinishedCommand } from './command-log.ts';
import type { CommandSituation, PlaceSituation } from './command-situation.ts';

/** What became of a command whose process is gone. */
export interface UnfinishedOutcome {
  isDone: boolean;
  /** One sentence. */
  message: string;
}

/**
 * Looks at what is live for what a command would have done. It is never begun again: either it can be seen to have
 * happened, or whoever asked is told that nobody knows, and asks again.
 */
export function judgeUnfinished(
  unfinished: UnfinishedCommand,
  situation: CommandSituation,
): UnfinishedOutcome {
  const { command, plan, beganAt, by } = unfinished;
  const place = situation.places.find(
    ({ service, environment }) =>
      service === plan?.inputs['service'] && environment === plan.inputs['environment'],
  );
  const seen = command === null ? null : traceOf(command.name, unfinished, situation, place);
  if (seen !== null)
    return { isDone: true, message: `the process was interrupted after it was done: ${seen}` };
  const name = command === null ? 'a command' : command.name;
  return {
    isDone: false,
    message: `the process that had begun ${name} for ${by} at ${beganAt} is gone, and nothing shows that it was done; it is not repeated by itself: look with status and ask again`,
  };
}

/** The sentence that shows it happened; null when nothing does. */
function traceOf(
  name: string,
  { plan, digest, by, beganAt }: UnfinishedCommand,
  { debts }: CommandSituation,
  place: PlaceSituation | undefined,
): string | null {
  // It was not the one that counted, or it would be looked at as what it confirmed.
  if (name === 'confirm') return null;
  if (name === 'break-glass') {
    return debts.some((debt) => debt.digest === digest) ? 'the break-glass is open' : null;
  }
  if (name === 'break-glass-close') {
    const isOpen = debts.some(({ sequence }) => sequence === plan?.inputs['opened']);
    return plan === null || isOpen ? null : 'the break-glass is closed';
  }
  if (name === 'unlock') {
    const isHeld = place?.lock?.since === plan?.inputs['since'];
    return place === undefined || isHeld ? null : 'the lock is free';
  }
  const rollout = place?.rollout;
  if (rollout === undefined || rollout === null) return null;
  const reached = rollout.requests.some(
    (request) => request.by === by && request.at >= beganAt && steersAs(name, request.command),
  );
  const isNew = rollout.startedAt >= beganAt && rollout.candidate.commit === commitOf(plan);
  return reached || isNew ? rollout.message : null;
}

/** The commit that a rollback to an older release, or a retry, rolls out. */
function commitOf(plan: UnfinishedCommand['plan']): JsonValue | undefined {
  const release = plan?.inputs['to'] ?? plan?.inputs['candidate'];
  return isJsonObject(release) ? release['commit'] : undefined;
}

function steersAs(name: string, request: string): boolean {
  return name === request || (name === 'retry' && request === 'rollback');
}
