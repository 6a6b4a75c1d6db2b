/** `evenkeel drain`: takes instances out of the router, and only when what stays can carry the users. */
import { userInfo } from 'node:os';
import { capacityCheck } from '../../policies/failback/capacity-check.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { addWishes, failbackDirectoryOf } from '../../stacks/local/failback/failback-record.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import { appendEntry } from '../audit-log/directory-store.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import type { FoundRollout } from '../deployer/find-rollout.ts';
import { connectPlace, requirePlace } from './connect-place.ts';
import { inTurn } from './in-turn.ts';
import { lookAtInstances, type LiveInstance } from './require-capacity.ts';
import { wishFor } from './run-failback.ts';

export interface DrainRequest {
  service: string | undefined;
  environment: string | undefined;
  instance: string | undefined;
  zone: string | undefined;
}

export async function drainInstances(
  repository: string,
  request: DrainRequest,
  context: CommandContext,
): Promise<CommandResult> {
  const found = requirePlace(repository, context.env, request.service, request.environment);
  const router = await connectPlace(found, context.env);
  const now = (): Date => context.now();
  const taken = await inTurn(found.directories, 'evenkeel drain', now, () =>
    takeOut(router, request, found, context),
  );
  const { leaving, refusal } = taken;
  const names = leaving.map(({ name }) => name);
  if (refusal !== null) {
    const text = `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not drained: ${refusal}`;
    return { exitCode: 1, decision: 'refused', reasonCode: 'capacity-too-low', result: { names }, text };
  }
  const { drainSeconds } = found.rollout.deployment.service;
  const outcomes = await Promise.all(leaving.map(({ port }) => router.drain(port, drainSeconds)));
  const instances = leaving.map(({ name, zone, port, release }, index) => ({
    ...{ name, zone, port, release },
    ...outcomes[index],
  }));
  writeDown(found, instances, context);
  const cut = outcomes.reduce((sum, outcome) => sum + outcome.cut, 0);
  const rest = cut === 0 ? 'nothing was cut off' : `${cut} connections were cut at the deadline`;
  const text = `${names.join(', ')}: drained, ${rest}; \`evenkeel failback\` brings ${names.length === 1 ? 'it' : 'them'} back in steps`;
  return { exitCode: 0, decision: 'done', reasonCode: 'drained', result: { instances }, text };
}

/** Gives them no new requests, unless what stays could not carry the users. */
async function takeOut(
  router: Router,
  request: DrainRequest,
  found: FoundRollout,
  { signal, now }: CommandContext,
): Promise<{ leaving: LiveInstance[]; refusal: string | null }> {
  const live = await lookAtInstances(router, signal);
  const leaving = chosenFrom(live, request);
  const refusal = refusalFor(live, leaving, found);
  if (refusal !== null) return { leaving, refusal };
  const { directory } = router.settings;
  const names = leaving.map(({ name }) => name);
  // Written down first: whoever watches would bring back what was only taken out of the router.
  addWishes(failbackDirectoryOf(directory), wishFor(directory, names, 'out', userInfo().username, now()));
  for (const { port } of leaving) await router.limitInstance({ port, weight: 0, maxConcurrent: null });
  return { leaving, refusal };
}

function chosenFrom(live: readonly LiveInstance[], { instance, zone }: DrainRequest): LiveInstance[] {
  if ((instance === undefined) === (zone === undefined)) {
    throw inputFailure('instance-missing', 'say what to drain: either --instance NAME or --zone NAME');
  }
  const chosen = live.filter((one) => (instance === undefined ? one.zone === zone : one.name === instance));
  if (chosen.length > 0) return chosen;
  const known = live.map((one) => (one.zone === null ? one.name : `${one.name} (zone ${one.zone})`));
  throw inputFailure(
    'instance-unknown',
    `nothing that is routed is ${instance ?? `in zone ${zone ?? ''}`}; there are: ${known.join(', ')}`,
  );
}

/** Each version has to carry its own users with what stays of it. */
function refusalFor(
  live: readonly LiveInstance[],
  leaving: readonly LiveInstance[],
  { rollout }: FoundRollout,
): string | null {
  for (const release of new Set(leaving.map((instance) => instance.release))) {
    const instances = live.filter((instance) => instance.release === release);
    const answer = capacityCheck({
      instances,
      leaving: leaving.filter((instance) => instance.release === release).map(({ name }) => name),
      fullCapacity: instances.length,
      // A canary is smaller than what the policy speaks of.
      minHealthy: minHealthyOf(rollout.deployment.service.minHealthy, instances.length),
    });
    if (!answer.ok) return answer.message;
  }
  return null;
}

function minHealthyOf(minHealthy: number | undefined, running: number): number | null {
  return minHealthy === undefined ? null : Math.min(minHealthy, running);
}

function writeDown(
  { directories, rollout }: FoundRollout,
  instances: object[],
  context: CommandContext,
): void {
  const { service, environment } = rollout.plan;
  appendEntry(directories.audit, context, {
    actor: { kind: 'person', name: userInfo().username },
    event: 'instance.drained',
    service,
    inputs: { environment, instances },
  });
}
