/**
 * A world for the real shell to be killed in: a target with instances, shares and updates that a crash leaves half done
 * under a lock, a database and a ledger of incidents. It outlives the process that works on it. At every `point` the
 * process may die: from then on nothing it waits for answers any more, as after a SIGKILL.
 */
import assert from 'node:assert/strict';
import type { EffectsContext } from '../../action/deployer/effects.ts';
import type { FastWay } from '../../action/deployer/rehearsal/fast-way.ts';
import type { RolloutPlan } from '../../policies/rollout/state.ts';
import type { Endpoints, Exposure, Release } from '../../stacks/exposure.ts';
import { effectFailure } from '../../stacks/failure.ts';

/** The process is gone. It is thrown where a real process would simply not go on. */
export class Crash extends Error {}

/** One life of the deploying process; it dies when as many points have been passed as chance gives it. */
export interface Life {
  readonly isOver: boolean;
  /** May be the last thing this process does. */
  point(): void;
  /** Whether something fails now, as it may in any world. */
  isUnlucky(): boolean;
}

export interface CrashWorld {
  /** The candidate's share of all users, as the router has it now. */
  shareBasisPoints: number;
  /** Instances that run, by release. */
  instances: Map<string, number>;
  stableRelease: string | null;
  isExpanded: boolean;
  filledRows: number;
  incidents: number;
  /** The update that is under way, or was when its process died. */
  update: { by: Life } | null;
  /** The widest share that anything has set since it was last asked. */
  widestBasisPoints: number;
}

export const rowsToFill = 3;

export function newWorld(stable: string | null, capacity: number): CrashWorld {
  return {
    shareBasisPoints: 0,
    instances: new Map(stable === null ? [] : [[stable, capacity]]),
    stableRelease: stable,
    isExpanded: false,
    filledRows: 0,
    incidents: 0,
    update: null,
    widestBasisPoints: 0,
  };
}

export function effectsIn(world: CrashWorld, life: Life, plan: RolloutPlan): EffectsContext {
  const stable = plan.stable === null ? null : releaseOf(plan.stable);
  const candidate = releaseOf(plan.candidate);
  const turn = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    life.point();
  };
  const setShare = (basisPoints: number): void => {
    world.shareBasisPoints = basisPoints;
    world.widestBasisPoints = Math.max(world.widestBasisPoints, basisPoints);
  };
  const fastWay: FastWay = {
    path: 'router',
    async setShare(basisPoints) {
      life.point();
      setShare(basisPoints);
      await turn();
    },
    share: () => Promise.resolve(world.shareBasisPoints),
  };
  const applyExposure: EffectsContext['applyExposure'] = async (exposure, signal) => {
    if (world.update !== null && world.update.by.isOver) world.update = null;
    assert.equal(world.update, null, 'two updates work on the target at once');
    world.update = { by: life };
    try {
      for (const step of stepsOf(world, exposure, setShare)) {
        await turn();
        if (signal.aborted) throw effectFailure('interrupted', 'the update was cut short', true);
        if (life.isUnlucky()) throw effectFailure('target-busy', 'the target is busy', true);
        step();
      }
      await turn();
      return endpoints;
    } finally {
      // A dead process gives nothing back.
      if (!life.isOver) world.update = null;
    }
  };
  return {
    plan,
    stable,
    candidate,
    pins: { stable: 's', candidate: 'c' },
    writeRelease: () => life.point(),
    applyExposure,
    connectRouter: () => Promise.resolve(null),
    connectFastWay: async () => {
      await turn();
      return fastWay;
    },
    async migrate() {
      await turn();
      world.isExpanded = true;
      await turn();
      return { applied: ['V2__add_column.sql'] };
    },
    async backfill(signal) {
      assert.ok(world.isExpanded, 'filled before it was expanded');
      for (; world.filledRows < rowsToFill; world.filledRows++) {
        await turn();
        if (signal.aborted) throw effectFailure('interrupted', 'the backfill was cut short', true);
      }
      return { rows: world.filledRows };
    },
    async rehearse(effect, signal) {
      const exposure: Exposure = {
        ...{ stable, candidate, pins: { stable: 's', candidate: 'c' } },
        candidateBasisPoints: 0,
        capacity: { stable: plan.fullCapacity, candidate: effect.candidateCapacity },
      };
      await applyExposure(exposure, signal);
      if (stable === null) return { isProven: true, probes: 1, takeBack: null };
      await fastWay.setShare(50);
      await fastWay.setShare(0);
      return { isProven: !life.isUnlucky(), probes: 1, takeBack: null };
    },
    async probeCandidate() {
      await turn();
      return 1;
    },
    returnGradually: () => Promise.reject(new Error('this world has no router to return by')),
    recordStable(release) {
      life.point();
      world.stableRelease = release?.digest ?? null;
    },
    async openIncident() {
      await turn();
      world.incidents++;
      return null;
    },
    progress: () => undefined,
  };
}

/** An update in the order in which a target takes it: new instances, then the share, then what nobody wants any more. */
function stepsOf(world: CrashWorld, exposure: Exposure, setShare: (share: number) => void): (() => void)[] {
  const wanted = new Map<string, number>();
  if (exposure.stable !== null) wanted.set(exposure.stable.digest, exposure.capacity.stable);
  if (exposure.candidate !== null) wanted.set(exposure.candidate.digest, exposure.capacity.candidate);
  const start = [...wanted].map(([digest, count]) => () => {
    world.instances.set(digest, Math.max(count, world.instances.get(digest) ?? 0));
  });
  const share = (): void => setShare(exposure.candidateBasisPoints);
  const stop = [...world.instances.keys()].map((digest) => () => {
    const count = wanted.get(digest) ?? 0;
    if (count === 0) world.instances.delete(digest);
    else world.instances.set(digest, count);
  });
  return [...start, share, ...stop];
}

function releaseOf(digest: string): Release {
  return { digest, commit: digest, tree: digest, directory: `/releases/${digest}` };
}

const endpoints: Endpoints = { public: 'http://127.0.0.1:1', stable: [], candidate: [], metrics: '' };
