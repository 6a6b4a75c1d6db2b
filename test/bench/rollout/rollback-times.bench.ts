/** How long users stay on a bad version: by the tool's own clock, and by the last request that met the candidate. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Exposure } from '../../../stacks/exposure.ts';
import { findPulumi } from '../../../action/deployer/pulumi/find-pulumi.ts';
import { openStack } from '../../../action/deployer/pulumi/stack-driver.ts';
import { connectRouter } from '../../../stacks/local/router/start-router.ts';
import { loadTarget } from '../../../stacks/load-target.ts';
import { openKillScene, type KillScene } from '../../support/kill/kill-scene.ts';
import { until } from '../../support/until.ts';
import type { BenchRow } from '../bench-row.ts';
import { median } from '../paired.ts';

const rounds = 3;
const verdicts = 9;
const shareRounds = 30;
const bundle = join(import.meta.dirname, '../../../action/dist/cli.js');
const never = new AbortController().signal;

export async function benchRollbackTimes(): Promise<BenchRow[]> {
  return [...(await measure('haproxy')), ...(await measure('embedded'))];
}

async function measure(router: 'haproxy' | 'embedded'): Promise<BenchRow[]> {
  const scene = await openKillScene({ router, instances: 1, requestsPerSecond: 200 });
  const cold: number[] = [];
  const routerPart: number[] = [];
  const verdict: number[] = [];
  const steps: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const tool = scene.deployNext();
      await until('users on the candidate', () => isServing(scene), 120);
      // Nobody drives it any more: the terminal that rolls back has everything still to load.
      tool.process.kill('SIGKILL');
      await tool.ended;
      if (round === 0) {
        routerPart.push(...(await timeWithdrawals(scene)));
        steps.push(...(await timeSteps(scene)));
      }
      cold.push(await timeColdRollback(scene));
    }
    for (let round = 0; round < verdicts; round++) verdict.push(await timeVerdict(scene));
  } finally {
    await scene.close();
  }
  return [
    row(`${router}: verdict to traffic off, journal and all, median of ${verdicts}`, median(verdict), 10),
    row(`${router}: the router’s own part of it`, median(routerPart), 10),
    row(`${router}: a rollback from a cold terminal, start to traffic off`, median(cold), 500),
    row(`${router}: a forward step through Pulumi`, median(steps), 800),
  ];
}

function row(name: string, value: number, goalMs: number): BenchRow {
  return { name, value, unit: 'ms', goal: `at most ${goalMs} ms`, isMet: value <= goalMs };
}

function isServing(scene: KillScene): boolean {
  const { state } = scene.latest();
  return state.phase === 'canary' && state.pending === null;
}

/** A bad version under load: by the tool's own clock, which starts at the verdict, before the journal is written. */
async function timeVerdict(scene: KillScene): Promise<number> {
  const { stdout, stderr } = await scene.deployNext('bad').ended;
  const { result } = JSON.parse(stdout) as { result: { phase: string; trafficOffMs: number | null } };
  if (result.phase !== 'rolled-back' || result.trafficOffMs === null)
    throw new Error(`a bad version was not taken back: ${stderr.slice(-400)}`);
  return result.trafficOffMs;
}

/** Under load, from the call until the router itself says that the candidate has no share. */
async function timeWithdrawals(scene: KillScene): Promise<number[]> {
  const router = await connectRouter(scene.router);
  const live = (await router.shares()).candidateBasisPoints;
  const times: number[] = [];
  for (let round = 0; round < shareRounds; round++) {
    await router.setShare(live);
    const startedMs = performance.now();
    await router.setShare(0);
    times.push(performance.now() - startedMs);
  }
  await router.setShare(live);
  return times;
}

/** The same two versions with another share, as a step of a rollout goes through Pulumi. */
async function timeSteps(scene: KillScene): Promise<number[]> {
  const { deployment, plan, state } = scene.latest();
  const pulumi = await findPulumi({ env: process.env, progress: () => undefined, signal: never });
  const stack = await openStack({
    pulumiPath: pulumi.path,
    stateDirectory: scene.directories.home,
    environment: plan.environment,
    service: deployment.service,
    target: await loadTarget(deployment.target, deployment.candidate.directory),
    env: {},
    progress: () => undefined,
  });
  const { stable, candidate, pins } = deployment;
  const capacity = { stable: plan.fullCapacity, candidate: state.candidateCapacity };
  const times: number[] = [];
  for (const candidateBasisPoints of [1000, 2500, 1000, 2500, state.candidateBasisPoints]) {
    const exposure: Exposure = { stable, candidate, candidateBasisPoints, capacity, pins };
    const startedMs = performance.now();
    await stack.apply(exposure, never);
    times.push(performance.now() - startedMs);
  }
  return times;
}

/** From the start of the built command to the last answer that a user got from the candidate. */
async function timeColdRollback(scene: KillScene): Promise<number> {
  const candidate = scene.latest().deployment.candidate.digest;
  const metBy = (): number => scene.load.counts().byRelease[candidate]?.requests ?? 0;
  const startedMs = performance.now();
  const rollback = spawn(process.execPath, [bundle, 'rollback'], {
    cwd: join(scene.directories.home, '..'),
    stdio: 'ignore',
  });
  let isOver = false;
  rollback.once('exit', () => (isOver = true));
  let met = metBy();
  let lastMs = startedMs;
  await until(
    'the end of the rollback',
    () => {
      if (metBy() > met) {
        met = metBy();
        lastMs = performance.now();
      }
      return isOver;
    },
    120,
  );
  return lastMs - startedMs;
}
