/**
 * The fast way back, whoever offers it: our own router, or the `fast` of a target of one's own. A trust boundary for the
 * latter: it is somebody's module, so it gets a deadline, and what it says it did is read back.
 */
import type { FastFlip, ServiceDefinition } from '../../../stacks/exposure.ts';
import { effectFailure, Failure } from '../../../stacks/failure.ts';
import { loadTarget } from '../../../stacks/load-target.ts';
import type { Router } from '../../../stacks/local/router/router.ts';
import type { Deployment } from '../deployment.ts';
import { connectTargetRouter } from '../target-router.ts';

export interface FastWay {
  path: 'router' | 'target-fast';
  /** Moves the candidate's share and nothing else; live, and read back, when it resolves. Fails with a `Failure`. */
  setShare(candidateBasisPoints: number): Promise<void>;
  /** The candidate's share that is live now. */
  share(): Promise<number>;
}

/** How long somebody's `flip` or `read` may take: a rollback waits no longer, and goes on by an update. */
const fastDeadlineMs = 10_000;

/** The router where there is one, else the target's own `fast`; null: this target only goes back by an update. */
export async function connectFastWay(
  deployment: Deployment,
  stateDirectory: string,
  connectRouter = (): Promise<Router | null> => connectTargetRouter(deployment, stateDirectory),
): Promise<FastWay | null> {
  const router = await connectRouter();
  if (router !== null) return wayOfRouter(router);
  if (deployment.target === 'local') return null;
  const { fast } = await loadTarget(deployment.target, deployment.candidate.directory);
  return fast === undefined ? null : wayOfTarget(fast, deployment.service, stateDirectory);
}

/** Takes every user off the candidate although nothing else can be done. Never fails: it says what became of them. */
export async function leaveCandidate(
  connect: () => Promise<FastWay | null>,
): Promise<{ hasLeft: boolean; what: string }> {
  try {
    const way = await connect();
    if (way === null)
      return { hasLeft: false, what: 'its target has no fast way back, so users are where they were' };
    await way.setShare(0);
    return { hasLeft: true, what: 'users were taken off the candidate all the same' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { hasLeft: false, what: `users could not be taken off the candidate either: ${reason}` };
  }
}

export function wayOfRouter(router: Router): FastWay {
  return {
    path: 'router',
    setShare: (candidateBasisPoints) => router.setShare(candidateBasisPoints),
    share: async () => (await router.shares()).candidateBasisPoints,
  };
}

export function wayOfTarget(fast: FastFlip, service: ServiceDefinition, stateDirectory: string): FastWay {
  const share = async (): Promise<number> => {
    const live: unknown = await within('read', () => fast.read(service, stateDirectory));
    if (typeof live === 'number' && Number.isInteger(live) && live >= 0 && live <= 10_000) return live;
    throw refusal('read', 'returned no whole number of basis points from 0 to 10000');
  };
  return {
    path: 'target-fast',
    share,
    async setShare(candidateBasisPoints) {
      await within('flip', () => fast.flip(candidateBasisPoints, service, stateDirectory));
      const live = await share();
      if (live !== candidateBasisPoints)
        throw refusal('flip', `said it set ${candidateBasisPoints} basis points, and ${live} are live`);
    },
  };
}

async function within<Value>(what: 'flip' | 'read', work: () => Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(refusal(what, `did not end within ${fastDeadlineMs / 1000} s`)),
    fastDeadlineMs,
  );
  try {
    return await Promise.race([Promise.resolve().then(work), late]);
  } catch (error) {
    throw error instanceof Failure ? error : refusal(what, `failed: ${firstLine(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').slice(0, 300);
}

function refusal(what: 'flip' | 'read', why: string): Failure {
  return effectFailure(
    'target-flip-failed',
    `the target's \`fast.${what}\` ${why}; users are moved by an update instead, so mend it before the next rollout`,
    // Trying again would keep users waiting for the update that takes them off for certain.
    false,
  );
}
