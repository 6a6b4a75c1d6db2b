import {
  capacityCheck,
  type CapacityAnswer,
  type CapacityInstance,
} from '../../policies/failback/capacity-check.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { findInstances } from '../../stacks/local/failback/find-instances.ts';
import { lookAtInstance } from '../../stacks/local/instance-health.ts';
import type { Router } from '../../stacks/local/router/router.ts';

/** An instance that is routed, with what its own health path says at this moment. */
export interface LiveInstance extends CapacityInstance {
  port: number;
  release: string;
}

/** Asks every routed instance itself: a router that has not noticed a death yet is not believed. */
export async function lookAtInstances(router: Router, signal: AbortSignal): Promise<LiveInstance[]> {
  const known = findInstances(router.settings.directory);
  return await Promise.all(
    (await router.instances()).map(async ({ port, release, isUp, limit }) => {
      const own = known.find((instance) => instance.port === port);
      const name = own?.name ?? `port ${port}`;
      const zone = own?.zone ?? null;
      const limited = AbortSignal.any([signal, AbortSignal.timeout(2000)]);
      const look = own === undefined || !isUp ? null : await lookAtInstance(own, own.supervisor, limited);
      return { name, zone, port, release, weight: limit.weight, isHealthy: look?.is === 'ready' };
    }),
  );
}

/**
 * Whether a release alone can carry every user, before the other one is drained or loses its share. Fails with
 * `capacity-too-low`, which may be tried again: its instances may be on their way back.
 */
export async function requireCapacity(
  router: Router,
  wanted: { release: string; fullCapacity: number; minHealthy: number | null; doing: string },
  signal: AbortSignal,
): Promise<void> {
  const { release, fullCapacity, minHealthy, doing } = wanted;
  const own = (await lookAtInstances(router, signal)).filter((instance) => instance.release === release);
  const answer: CapacityAnswer = capacityCheck({ instances: own, leaving: [], fullCapacity, minHealthy });
  if (answer.ok) return;
  throw effectFailure('capacity-too-low', `${doing} has to wait: ${answer.message}`, true);
}
