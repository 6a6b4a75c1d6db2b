import { join } from 'node:path';
import type { ServiceDefinition } from '../../../stacks/exposure.ts';
import { runningInstances } from '../../../stacks/local/end-strangers.ts';
import { isAlive } from '../../../stacks/local/instance-process.ts';
import { instancesDirectoryOf } from '../../../stacks/local/instance-names.ts';
import type { Router } from '../../../stacks/local/router/router.ts';
import { stableRelease, type JournalledRollout } from '../deployment.ts';
import { readStackState, type StackPlace, type StackState } from '../pulumi/stack-files.ts';
import { connectFastWay } from '../rehearsal/fast-way.ts';
import type { StateDirectory } from '../state-directory.ts';
import { connectTargetRouter } from '../target-router.ts';
import type { Live, LiveInstance } from './find-drift.ts';

const answerMs = 2000;

/** Looks at everything without changing it. What cannot be reached is what is gone; what is damaged fails. */
export async function readLive(
  directories: StateDirectory,
  { deployment, plan }: JournalledRollout,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Live> {
  const { service } = deployment;
  const isLocal = deployment.target === 'local';
  const place: StackPlace = {
    backendUrl: env['EVENKEEL_PULUMI_BACKEND'] ?? `file://${join(directories.home, 'pulumi', 'state')}`,
    project: `evenkeel-${service.name}`,
    stack: plan.environment,
  };
  const way = isLocal
    ? null
    : await connectFastWay(deployment, directories.home, () => Promise.resolve(null));
  return {
    router: isLocal ? await sharesOf(() => connectTargetRouter(deployment, directories.home)) : 'not-shown',
    instances: isLocal ? await readInstances(service, directories.home) : null,
    basisPoints: way === null ? null : await way.share(),
    state: isLocal ? summaryOf(readStackState(place)) : null,
    stable: stableRelease(directories)?.digest ?? null,
  };
}

async function sharesOf(connect: () => Promise<Router | null>): Promise<Live['router']> {
  try {
    return (await (await connect())?.shares()) ?? 'gone';
  } catch {
    return 'gone';
  }
}

async function readInstances(service: ServiceDefinition, home: string): Promise<LiveInstance[]> {
  const found = runningInstances(instancesDirectoryOf(service, home));
  return await Promise.all(
    found.map(async ({ name, running }) => ({
      name,
      isAlive: isAlive(running),
      answers: await askWho(running.port, service.healthPath),
    })),
  );
}

async function askWho(port: number, healthPath: string): Promise<LiveInstance['answers']> {
  if (port === 0) return null;
  try {
    const response = await fetch(`http://127.0.0.1:${port}${healthPath}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(answerMs),
    });
    await response.body?.cancel();
    return { release: response.headers.get('x-evenkeel-release') };
  } catch {
    return null;
  }
}

function summaryOf(state: StackState | null): Live['state'] {
  if (state === null) return null;
  const shares = state.resources.find(({ type }) => type === 'evenkeel:local:Shares')?.outputs['shares'];
  const { stable, candidateBasisPoints } = propertiesOf(shares);
  const { release } = propertiesOf(stable);
  return {
    instances: state.resources.flatMap(({ type, name }) =>
      type === 'evenkeel:local:Instance' ? [name] : [],
    ),
    basisPoints: typeof candidateBasisPoints === 'number' ? candidateBasisPoints : null,
    stable: typeof release === 'string' ? release : null,
    pending: state.pending,
  };
}

function propertiesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
